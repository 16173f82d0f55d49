"""Dates and times by Django's documented format characters, whatever the language's own formats are."""

from __future__ import annotations

from datetime import date, datetime, time

from manoir.i18n._dateformat import render

__all__ = ["format", "time_format"]


def format(value: date, format_string: str) -> str:
    r"""Write a date or a datetime by Django's format characters.

    Args:
        value: the date or datetime; an aware one is written in its own time zone, a naive one counts as TIME_ZONE's.
        format_string: the characters; a backslash makes the next one plain text.

    Raises:
        TypeError: the format needs a time of day, but `value` is a plain date.

    Example:
        >>> from manoir.i18n import dateformat
        >>> dateformat.format(date(2026, 11, 2), r"l, jS \o\f F Y")
        'Monday, 2nd of November 2026'
    """
    return render(value, format_string)


def time_format(value: time | datetime, format_string: str) -> str:
    """Write a time by Django's format characters.

    Args:
        value: the time.
        format_string: the characters; a backslash makes the next one plain text.

    Raises:
        TypeError: the format needs a date, but `value` is a plain time.

    Example:
        >>> from manoir.i18n import dateformat
        >>> dateformat.time_format(time(15, 30), "P")
        '3:30 p.m.'
    """
    return render(value, format_string)
