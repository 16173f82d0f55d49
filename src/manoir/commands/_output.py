"""What a command writes to: a stream with styles, coloured on terminals only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TextIO, TypeAlias

from manoir.logging import wants_colour

StyleFunction: TypeAlias = Callable[[str], str]

ROLES = {
    "ERROR": "1;31",
    "SUCCESS": "1;32",
    "WARNING": "1;33",
    "NOTICE": "31",
    "ERROR_OUTPUT": "1;31",
    "SQL_FIELD": "1;32",
    "SQL_COLTYPE": "32",
    "SQL_KEYWORD": "33",
    "SQL_TABLE": "1",
    "HTTP_INFO": "1",
    "HTTP_SUCCESS": "0",
    "HTTP_REDIRECT": "32",
    "HTTP_NOT_MODIFIED": "36",
    "HTTP_BAD_REQUEST": "1;31",
    "HTTP_NOT_FOUND": "33",
    "HTTP_SERVER_ERROR": "1;35",
    "MIGRATE_HEADING": "1;36",
    "MIGRATE_LABEL": "1",
}
"""Terminal style by role, as documented."""


class Style:
    """Functions that paint text by its role: `self.style.SUCCESS("done")`.

    Args:
        colour: False leaves every text as it is.

    Example:
        >>> Style(colour=False).SUCCESS("done")
        'done'
    """

    ERROR: StyleFunction
    SUCCESS: StyleFunction
    WARNING: StyleFunction
    NOTICE: StyleFunction
    ERROR_OUTPUT: StyleFunction
    SQL_FIELD: StyleFunction
    SQL_COLTYPE: StyleFunction
    SQL_KEYWORD: StyleFunction
    SQL_TABLE: StyleFunction
    HTTP_INFO: StyleFunction
    HTTP_SUCCESS: StyleFunction
    HTTP_REDIRECT: StyleFunction
    HTTP_NOT_MODIFIED: StyleFunction
    HTTP_BAD_REQUEST: StyleFunction
    HTTP_NOT_FOUND: StyleFunction
    HTTP_SERVER_ERROR: StyleFunction
    MIGRATE_HEADING: StyleFunction
    MIGRATE_LABEL: StyleFunction

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour
        for role, code in ROLES.items():
            setattr(self, role, painter(code) if colour else plain)


def painter(code: str) -> StyleFunction:
    return lambda text: f"\x1b[{code}m{text}\x1b[0m"


def plain(text: str) -> str:
    return text


def color_style(force_color: bool = False, stream: Any = None) -> Style:
    """Return the styles for a stream: painted on a terminal, or where they are forced."""
    return Style(colour=force_color or (stream is not None and wants_colour(stream)))


def no_style() -> Style:
    """Return styles that leave every text as it is."""
    return Style(colour=False)


class OutputWrapper:
    r"""A stream that adds a line's end and a style to what is written.

    Args:
        out: the stream.
        ending: added to each text that does not end with it.

    Attributes:
        style_func: paints each text when the stream is a terminal; None: plain.

    Example:
        >>> import io
        >>> stream = io.StringIO()
        >>> OutputWrapper(stream).write("done")
        >>> stream.getvalue()
        'done\n'
    """

    def __init__(self, out: Any, ending: str = "\n") -> None:
        self._out: TextIO = out
        self.ending = ending
        self.style_func: StyleFunction | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)

    def write(self, msg: str = "", style_func: StyleFunction | None = None, ending: str | None = None) -> None:
        """Write text.

        Args:
            msg: the text.
            style_func: paints it; None takes the stream's own style.
            ending: its end; None: a new line.
        """
        ending = self.ending if ending is None else ending
        text = str(msg)
        if ending and not text.endswith(ending):
            text += ending
        paint = style_func or self.style_func
        self._out.write(paint_lines(text, paint) if paint else text)

    def flush(self) -> None:
        """Flush the stream."""
        if hasattr(self._out, "flush"):
            self._out.flush()

    def isatty(self) -> bool:
        """Tell whether the stream is a terminal."""
        return hasattr(self._out, "isatty") and self._out.isatty()


def paint_lines(text: str, paint: StyleFunction) -> str:
    """Paint text without its last line's end, so that the style does not run into the next line."""
    body = text.rstrip("\n")
    return (paint(body) if body else "") + text[len(body) :]
