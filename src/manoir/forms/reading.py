"""How forms read text: numbers and dates with limits before the work, for other rooms that clean what was sent."""

from __future__ import annotations

from manoir.forms._fields._dates import from_current_timezone
from manoir.forms._fields._reading import (
    plain_number,
    read_by_formats,
    read_decimal,
    read_float,
    read_integer,
    read_parsed,
    sane_decimal,
)

__all__ = [
    "from_current_timezone",
    "plain_number",
    "read_by_formats",
    "read_decimal",
    "read_float",
    "read_integer",
    "read_parsed",
    "sane_decimal",
]
