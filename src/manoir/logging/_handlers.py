"""The handler of the console: stderr as it is at the time of each record, with colours on a terminal only."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, TextIO

from manoir.logging._formatters import LineFormatter


class ConsoleHandler(logging.Handler):
    """Writes each record to the stderr of that moment, so redirections and captures are honoured.

    Args:
        level: lowest level that is written.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a broken or closed stream is nobody's error."""
        stream: TextIO | None = sys.stderr
        if stream is None or stream.closed:
            return
        try:
            if isinstance(self.formatter, LineFormatter):
                self.formatter.colour = wants_colour(stream)
            stream.write(self.format(record) + "\n")
            stream.flush()
        except BrokenPipeError:
            return
        except Exception:
            self.handleError(record)


def wants_colour(stream: Any) -> bool:
    """Tell whether a stream gets colours: a terminal, unless NO_COLOR is set; FORCE_COLOR colours everything.

    Example:
        >>> import io
        >>> wants_colour(io.StringIO())
        False
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    try:
        return stream.isatty() and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):
        return False
