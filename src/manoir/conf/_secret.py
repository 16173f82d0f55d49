"""A string that does not show itself: not in a repr, not in a log line."""

from __future__ import annotations

from typing import SupportsIndex

REDACTED = "**********"
"""What stands in the place of a secret."""


class Secret(str):
    """A string whose value is left out of every repr and of every log line.

    It is an ordinary `str` for whoever uses it (comparing, encoding, joining), so it can stand in any setting. Its
    `repr` is redacted, so tracebacks, debug pages and reprs of whole settings do not show it, and manoir's logging
    redacts it in the arguments and the text of log records.

    Example:
        >>> key = Secret("correct horse")
        >>> key
        Secret('**********')
        >>> key == "correct horse"
        True
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Secret('{REDACTED}')"

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[type[Secret], tuple[str]]:
        return Secret, (str(self),)
