"""Formatters: lines of text that nobody can forge, and JSON lines for machines."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TypeAlias

from manoir.logging._escape import escape_block, escape_control
from manoir.logging._filters import redact_text, redacted

ExceptionInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
LEVEL_STYLES = {"DEBUG": "2", "INFO": "36", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}


class SafeFormatter(logging.Formatter):
    """The standard formatter, whose every value is escaped to one line and free of known secrets.

    Tracebacks keep their lines, indented by two spaces.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        return redact_text(super().format(without_secrets(record)))

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line of the record."""
        safe = logging.makeLogRecord({name: safe_value(value) for name, value in record.__dict__.items()})
        return super().formatMessage(safe)

    def formatException(self, ei: ExceptionInfo) -> str:
        """Return the traceback, indented."""
        return escape_block(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:
        """Return the stack, indented."""
        return escape_block(super().formatStack(stack_info))


class LineFormatter(SafeFormatter):
    """`12:03:41 WARNING manoir.conf: message`, coloured where the handler says so.

    Attributes:
        colour: set by the handler before each record.
    """

    colour = False

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line of the record."""
        line = super().formatMessage(record)
        if not self.colour:
            return line
        style = LEVEL_STYLES.get(record.levelname, "0")
        return line.replace(f" {record.levelname} ", f" {paint(record.levelname, style)} ", 1)


class JSONFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, the record's `extra` values, exception.

    Example:
        >>> record = logging.makeLogRecord({"msg": "paid", "levelname": "INFO", "order": 7, "created": 0})
        >>> JSONFormatter().format(record)
        '{"time": "1970-01-01T00:00:00+00:00", "level": "INFO", "logger": null, "message": "paid", "order": 7}'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a JSON object."""
        record = without_secrets(record)
        values: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        values |= {name: value for name, value in vars(record).items() if name not in STANDARD_ATTRIBUTES}
        if record.exc_info:
            values["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            values["stack"] = record.stack_info
        # ASCII only: every control or bidirectional character becomes an escape.
        return redact_text(json.dumps(values, default=str, ensure_ascii=True))


def without_secrets(record: logging.LogRecord) -> logging.LogRecord:
    """Return a copy of the record without any Secret; `exc_text` of other formatters is left behind."""
    values = {name: redacted(value) for name, value in record.__dict__.items()}
    return logging.makeLogRecord(values | {"exc_text": None})


def safe_value(value: object) -> object:
    """Return a value for a format string: numbers as they are, everything else as escaped text."""
    if value is None or isinstance(value, (int, float)):
        return value
    return escape_control(value if isinstance(value, str) else str(value))


def paint(text: str, style: str) -> str:
    """Return text in a terminal style, such as "31" for red."""
    return f"\x1b[{style}m{text}\x1b[0m"
