"""Time zones, and dates, times and durations out of text.

The room's map:

- `_zones`: `now`, the zone of the settings and the one of this context (`activate`, `override`), `localtime`,
  `make_aware`, `make_naive`.
- `_parse`: `parse_date`, `parse_time`, `parse_datetime`, `parse_duration`, and durations written as text.
"""

from __future__ import annotations

from manoir.timezone._parse import (
    duration_iso_string,
    duration_string,
    parse_date,
    parse_datetime,
    parse_duration,
    parse_time,
)
from manoir.timezone._zones import (
    activate,
    deactivate,
    get_current_timezone,
    get_current_timezone_name,
    get_default_timezone,
    get_default_timezone_name,
    get_fixed_timezone,
    is_aware,
    is_naive,
    localdate,
    localtime,
    make_aware,
    make_naive,
    now,
    override,
    template_localtime,
    utc,
)

__all__ = [
    "activate",
    "deactivate",
    "duration_iso_string",
    "duration_string",
    "get_current_timezone",
    "get_current_timezone_name",
    "get_default_timezone",
    "get_default_timezone_name",
    "get_fixed_timezone",
    "is_aware",
    "is_naive",
    "localdate",
    "localtime",
    "make_aware",
    "make_naive",
    "now",
    "override",
    "parse_date",
    "parse_datetime",
    "parse_duration",
    "parse_time",
    "template_localtime",
    "utc",
]
