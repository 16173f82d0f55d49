"""Keys of cached values: how prefix, version and name become one key, and which keys travel badly."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable
from typing import Any, Final

from manoir.conf import import_string

MAX_KEY_LENGTH: Final = 250
UNSAFE = re.compile(r"[\x00-\x20\x7f]")


class CacheKeyWarning(RuntimeWarning):
    """A key would be refused by memcached, so the project could not move to it."""


def default_key_function(key: str, key_prefix: str, version: int) -> str:
    """Join the three as Django documents: `prefix:version:key`."""
    return f"{key_prefix}:{version}:{key}"


def key_function(named: Callable[..., str] | str | None) -> Callable[..., str]:
    """Return the function that KEY_FUNCTION gives or names; None is the default one."""
    if named is None:
        return default_key_function
    return named if callable(named) else import_string(named)


def warn_about(key: str) -> None:
    """Warn about a key that memcached would refuse: more than 250 characters, or white space and controls in it."""
    if len(key) > MAX_KEY_LENGTH:
        problem = f"it has {len(key)} characters, more than {MAX_KEY_LENGTH}"
    elif UNSAFE.search(key):
        problem = "it contains white space or control characters"
    else:
        return
    warnings.warn(
        f"The cache key {key[:80]!r} does not work with memcached: {problem}. hashed_key() makes a safe one.",
        CacheKeyWarning,
        stacklevel=5,
    )


def hashed_key(*parts: Any) -> str:
    """Make one safe key of several parts; different parts never give the same key.

    Args:
        parts: texts, numbers and None: the name of the use first, then everything the value depends on (host, language,
            user …).

    Returns:
        The first part and 40 hexadecimal digits.

    Example:
        >>> hashed_key("page", "a", "bc") == hashed_key("page", "ab", "c")
        False
    """
    digest = hashlib.sha256()
    for part in parts:
        text = f"{type(part).__name__}:{part}".encode()
        digest.update(len(text).to_bytes(8, "big") + text)
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", str(parts[0] if parts else "")[:64])
    return f"{name}.{digest.hexdigest()[:40]}"
