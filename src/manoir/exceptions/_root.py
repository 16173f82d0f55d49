"""The root of the tree, and the words that an error adds about what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar


def nearest(name: str, known: Iterable[str], *, prefix: str = " Did you mean {}?") -> str:
    """Name the known words closest to a mistyped one, ready to be added to an error message.

    Args:
        name: what was typed.
        known: the words that would have been right.
        prefix: the sentence, with `{}` where the words go.

    Returns:
        The sentence with up to three words in quotes, or "" when nothing is near.

    Example:
        >>> nearest("titel", ["title", "body"])
        " Did you mean 'title'?"
    """
    from difflib import get_close_matches  # a millisecond at each start, for what only a mistake needs

    close = get_close_matches(name, list(known), n=3, cutoff=0.6)
    return prefix.format(" or ".join(repr(word) for word in close)) if close else ""


class ManoirError(Exception):
    """Root of all errors that manoir raises on purpose.

    Attributes:
        code: stable name of the kind of error, for programs and for the documentation.
    """

    code: ClassVar[str | None] = None
