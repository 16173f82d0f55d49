"""Keys of rows in URLs: a key may hold any character, a path segment may not."""

from __future__ import annotations

import re
from typing import Any

SPECIAL = re.compile(r"""[:/_#?;@&=+$,"\[\]<>%\n\r\\]""")
ESCAPED = re.compile(r"_([0-9A-F]{2})")


def quote(key: Any) -> Any:
    """Return a key as one segment of a path; what is no text stays as it is.

    Example:
        >>> quote("a/b_c")
        'a_2Fb_5Fc'
    """
    return SPECIAL.sub(lambda match: f"_{ord(match[0]):02X}", key) if isinstance(key, str) else key


def unquote(segment: str) -> str:
    """Return the key that a segment stands for.

    Example:
        >>> unquote("a_2Fb_5Fc")
        'a/b_c'
    """
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), segment)
