"""Sizes as people write them: `"5MB"`."""

from __future__ import annotations

import re
from typing import Final

Size = int | str

UNITS: Final = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
WRITTEN: Final = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s{0,3}([KMG]?I?B|)", re.ASCII | re.IGNORECASE)


def bytes_of(size: Size) -> int:
    """Return a size in bytes.

    Args:
        size: bytes, or text with a unit: B, KB, MB, GB (powers of 1,000), KiB, MiB, GiB (powers of 1,024).

    Raises:
        ValueError: it is no size.

    Example:
        >>> bytes_of("5MB"), bytes_of("1.5 KiB")
        (5000000, 1536)
    """
    if isinstance(size, int) and not isinstance(size, bool) and size > 0:
        return size
    found = WRITTEN.fullmatch(size.strip()) if isinstance(size, str) else None
    if found is None or found[2].upper() not in UNITS or (made := round(float(found[1]) * UNITS[found[2].upper()])) < 1:
        raise ValueError(f"{size!r} is no size. Write bytes as a number, or text such as '5MB' or '512 KiB'.")
    return made


def shown_size(size: int) -> str:
    """Return a size for people.

    Example:
        >>> shown_size(5_250_000), shown_size(900)
        ('5.2 MB', '900 B')
    """
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}".replace(".0 ", " ")
    return f"{size} B"
