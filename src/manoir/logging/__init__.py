"""Logging: the LOGGING setting over manoir's defaults, lines that cannot be forged, secrets that stay out.

By default one coloured line per request (`manoir.server`) and everything from WARNING on (with DEBUG from INFO on) go to
stderr; colours only on a terminal. Formatters escape control and bidirectional characters, so that text out of a
request cannot fake a line or drive a terminal, and leave out what is secret.

Map: `_config` (defaults and how LOGGING is applied), `_formatters` (text and JSON lines), `_handlers` (stderr),
`_filters` (by DEBUG, by callback, secrets), `_requests` (the request line), `_escape`.
"""

from __future__ import annotations

from manoir.logging._config import DEFAULT_LOGGING, configure_logging
from manoir.logging._escape import escape_control
from manoir.logging._filters import CallbackFilter, RedactSecrets, RequireDebugFalse, RequireDebugTrue, redact_text
from manoir.logging._formatters import JSONFormatter, LineFormatter, SafeFormatter
from manoir.logging._handlers import ConsoleHandler, wants_colour
from manoir.logging._requests import RequestFormatter, log_request

__all__ = [
    "DEFAULT_LOGGING",
    "CallbackFilter",
    "ConsoleHandler",
    "JSONFormatter",
    "LineFormatter",
    "RedactSecrets",
    "RequestFormatter",
    "RequireDebugFalse",
    "RequireDebugTrue",
    "SafeFormatter",
    "configure_logging",
    "escape_control",
    "log_request",
    "redact_text",
    "wants_colour",
]
