"""The request line: what the server logs about each answer, and how it looks."""

from __future__ import annotations

import logging

from manoir.logging._escape import escape_control
from manoir.logging._filters import redact_text
from manoir.logging._formatters import LineFormatter, paint

logger = logging.getLogger("manoir.server")

STATUS_STYLES = {1: "36", 2: "32", 3: "36", 4: "33", 5: "1;31"}
SLOW_MILLISECONDS = 500.0


def log_request(
    method: str, path: str, status: int, duration_ms: float, *, queries: int | None = None, **extra: object
) -> None:
    """Log one answered request on `manoir.server`: INFO, from status 400 on WARNING, from 500 on ERROR.

    Args:
        method: the request's method.
        path: its path with the query string, as received.
        status: status of the answer.
        duration_ms: time from the request's head to the answer, in milliseconds.
        queries: number of database queries; None when they were not counted.
        **extra: more values for structured logs, such as `client_ip` or `request_id`.
    """
    # hot path: benchmarks/foundations.py
    level = logging.INFO if status < 400 else logging.WARNING if status < 500 else logging.ERROR
    if logger.isEnabledFor(level):
        values = {"method": method, "path": path, "status": status, "duration_ms": duration_ms, "queries": queries}
        logger.log(level, "%s %s %s", method, path, status, extra={**extra, **values})


class RequestFormatter(LineFormatter):
    """`12:03:41 GET /cities/ 200 4.2 ms 3 queries`; records that are no request lines look as everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = (0, "")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        values = record.__dict__
        if record.exc_info or not ("method" in values and "status" in values and "duration_ms" in values):
            return super().format(record)
        # hot path: benchmarks/foundations.py (no copy of the record: every part is escaped on its own)
        return redact_text(" ".join(part for part in (self.clock(record), *self.request_parts(record)) if part))

    def clock(self, record: logging.LogRecord) -> str:
        """Return the record's time; formatted once a second."""
        second, text = self._clock
        if int(record.created) != second:
            text = self.formatTime(record, self.datefmt)
            self._clock = (int(record.created), text)
        return text

    def request_parts(self, record: logging.LogRecord) -> list[str]:
        """Return method, path, status, duration and queries, painted where colours are wanted."""
        values = record.__dict__
        status, duration, queries = int(values["status"]), float(values["duration_ms"]), values.get("queries")
        counted = "" if queries is None else "1 query" if queries == 1 else f"{queries} queries"
        parts = [
            (escape_control(str(values["method"])), "1"),
            (escape_control(str(values.get("path", ""))), "0"),
            (str(status), STATUS_STYLES.get(status // 100, "0")),
            (f"{duration:.1f} ms", "33" if duration >= SLOW_MILLISECONDS else "2"),
            (counted, "2"),
        ]
        return [paint(text, style) if self.colour and text else text for text, style in parts]
