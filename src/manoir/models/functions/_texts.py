"""Further functions of text: characters, padding, digests, collations."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from manoir.models._expressions import Value, as_value
from manoir.models._outputs import BIGINT, TEXT
from manoir.models._shape import Key, Node
from manoir.models.functions._func import Func, Transform
from manoir.models.functions._values import Concat, TextTransform

COLLATION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,62}", re.ASCII)


class Chr(Transform):
    """The character of a number."""

    builtin = "chr"
    lookup_name = "chr"

    def result_field(self, args: list[Node]) -> Any:
        return TEXT


class Ord(Transform):
    """The number of a text's first character."""

    builtin = "ord"
    lookup_name = "ord"

    def result_field(self, args: list[Node]) -> Any:
        return BIGINT


class Reverse(TextTransform):
    """Text from its end to its beginning."""

    builtin = "reverse"
    lookup_name = "reverse"


class ConcatPair(Concat):
    """Two texts joined; see `Concat`."""

    arity: ClassVar[int | None] = 2


class LPad(Func):
    """Text of `length` characters: filled up at its beginning with `fill_text`, or cut off.

    Args:
        expression: the text.
        length: how many characters; an expression, too.
        fill_text: what it is filled up with; text is the name of a field, so write `Value("x")`.
    """

    builtin = "lpad"

    def __init__(self, expression: Any, length: Any, fill_text: Any = None, **extra: Any) -> None:
        if not hasattr(length, "bind") and length is not None and length < 0:
            raise ValueError(
                f"{type(self).__name__}(length={length!r:.40}) is no number of characters: give 0 or more."
            )
        super().__init__(expression, as_value(length), Value(" ") if fill_text is None else fill_text, **extra)

    def result_field(self, args: list[Node]) -> Any:
        return TEXT


class RPad(LPad):
    """The same, filled up at its end."""

    builtin = "rpad"


class MD5(TextTransform):
    """The MD5 digest of a text, in hexadecimal digits: a checksum, no protection."""

    builtin = "md5"
    lookup_name = "md5"


class SHA1(TextTransform):
    """The SHA-1 digest of a text, in hexadecimal digits; PostgreSQL needs its extension pgcrypto for it."""

    builtin = "sha1"
    lookup_name = "sha1"


class SHA224(TextTransform):
    """The SHA-224 digest of a text, in hexadecimal digits."""

    builtin = "sha224"
    lookup_name = "sha224"


class SHA256(TextTransform):
    """The SHA-256 digest of a text, in hexadecimal digits."""

    builtin = "sha256"
    lookup_name = "sha256"


class SHA384(TextTransform):
    """The SHA-384 digest of a text, in hexadecimal digits."""

    builtin = "sha384"
    lookup_name = "sha384"


class SHA512(TextTransform):
    """The SHA-512 digest of a text, in hexadecimal digits."""

    builtin = "sha512"
    lookup_name = "sha512"


class Collate(Func):
    """A text that is compared and sorted by another collation.

    Args:
        expression: the text.
        collation: name of a collation of the database, such as `"NOCASE"` on SQLite or `"C"` on PostgreSQL.

    Raises:
        ValueError: that cannot be the name of a collation.
    """

    builtin = "collate"

    def __init__(self, expression: Any, collation: str) -> None:
        if not isinstance(collation, str) or not COLLATION.fullmatch(collation):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"Collate() got {collation!r:.80}, which cannot be the name of a collation.")
        super().__init__(expression)
        self.collation = collation

    def extra(self) -> Key:
        return self.collation
