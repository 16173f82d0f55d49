"""Text that is safe as HTML: the one type for it, and the only functions that make it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, cast, overload

from markupsafe import Markup, escape

SafeString = Markup
"""Text that autoescaping leaves alone. Adding plain text to it escapes that text, so it stays safe."""


@overload
def mark_safe(s: str) -> SafeString: ...
@overload
def mark_safe(s: Callable[..., Any]) -> Callable[..., SafeString]: ...
def mark_safe(s: Any) -> Any:
    """Declare text to be safe HTML, so that templates do not escape it.

    Never call it on anything a user wrote; `format_html` builds HTML out of user text safely.

    Args:
        s: the text, or a function that returns it (then this is a decorator).

    Returns:
        A SafeString, or the decorated function.

    Example:
        >>> mark_safe("<br>")
        Markup('<br>')
    """
    if hasattr(s, "__html__"):
        return s
    if callable(s):
        function: Callable[..., Any] = s

        @wraps(function)
        def marked(*args: Any, **kwargs: Any) -> Any:
            return mark_safe(function(*args, **kwargs))

        return marked
    return SafeString(s)


def conditional_escape(text: object) -> SafeString:
    """Escape text unless it is safe already.

    Args:
        text: anything; what has an `__html__` method is taken as HTML, everything else is turned into text and escaped.

    Returns:
        Safe HTML.

    Example:
        >>> conditional_escape(mark_safe("<b>") + "<i>")
        Markup('<b>&lt;i&gt;')
    """
    if type(text) is SafeString:
        return text
    if not isinstance(text, str) and not hasattr(text, "__html__"):
        text = str(text)  # a lazy text may turn out to be safe
    return escape(text)


def force_escape(text: object) -> SafeString:
    """Escape text even when it is marked safe, so twice if need be."""
    return escape(str(text))  # str() of a SafeString is plain text


def format_html(format_string: str, *args: object, **kwargs: object) -> SafeString:
    """Fill a piece of HTML with values, escaping each value that is not safe.

    Args:
        format_string: HTML written by a developer, with `str.format` places.
        *args: values of the numbered places.
        **kwargs: values of the named places.

    Returns:
        Safe HTML.

    Raises:
        TypeError: no value was given, so `mark_safe` was probably meant (or text was formatted beforehand).

    Example:
        >>> format_html("<b>{}</b>", "<script>")
        Markup('<b>&lt;script&gt;</b>')
    """
    if not (args or kwargs):
        raise TypeError(
            "format_html() needs at least one value besides the format string; use mark_safe() for constants."
        )
    escaped = {name: conditional_escape(value) for name, value in kwargs.items()}
    return SafeString(str(format_string).format(*map(conditional_escape, args), **escaped))


def format_html_join(
    sep: str, format_string: str, args_generator: Iterable[Iterable[object] | Mapping[str, object]]
) -> SafeString:
    """Format a row of values each with the same piece of HTML and join them.

    Args:
        sep: what stands between two; escaped unless it is safe.
        format_string: HTML written by a developer, with `str.format` places.
        args_generator: one iterable of positional values, or one mapping of named values, per piece.

    Returns:
        Safe HTML.

    Example:
        >>> format_html_join(" ", "<b>{}</b>", [["a"], ["<"]])
        Markup('<b>a</b> <b>&lt;</b>')
    """
    return conditional_escape(sep).join(
        format_html(format_string, **cast("Mapping[str, object]", row))
        if isinstance(row, Mapping)
        else format_html(format_string, *row)
        for row in args_generator
    )
