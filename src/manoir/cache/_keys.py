"""Keys of cached values: how prefix, version and name become one key, and which keys travel badly."""

from __future__ import annotations

import hashlib
import re
import sys
import warnings
from collections.abc import Callable, Iterable
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


def caller_outside() -> int:
    """Return the `stacklevel`, for who calls this, of the first caller that is none of manoir's."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith(("manoir.", "asyncio.")):
        level, frame = level + 1, frame.f_back
    return level


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
        stacklevel=caller_outside(),
    )


def make_template_fragment_key(fragment_name: str, vary_on: Iterable[object] | None = None) -> str:
    """Return the key under which `{% cache %}` keeps a piece of a page, so that it can be deleted.

    Args:
        fragment_name: its name in the tag.
        vary_on: the further values in the tag, in order.

    Returns:
        The key, for the cache that the tag names (the default one where it names none and there is no
        `"template_fragments"`).

    Example:
        >>> key = make_template_fragment_key("sidebar", ["ada"])  # of {% cache 500 sidebar user.username %}
        >>> key == make_template_fragment_key("sidebar", ["bob"])
        False
    """
    digest = hashlib.sha256()
    for value in vary_on or ():
        text = str(value).encode()
        digest.update(f"{len(text)}:".encode() + text)  # lengths keep ("ab", "c") apart from ("a", "bc")
    return f"template.cache.{fragment_name}.{digest.hexdigest()}"


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
