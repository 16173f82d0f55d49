"""`clean_<field>` and `aclean_<field>`: hooks whose names follow from the fields of a form."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable
from typing import Any

from manoir.bridge import blocking_function, run_sync

DERIVED = "__manoir_derived__"


def complete_cleaners(cls: type, names: Iterable[str]) -> None:
    """Give every class below `cls` that has one colour of `clean_<field>` the other colour.

    So `super()` of either colour and Python's own method resolution find the most derived one, as with all hooks.

    Raises:
        TypeError: `clean_<field>` is `async def`: its name is the sync colour.
    """
    for name in names:
        sync_name, async_name = f"clean_{name}", f"aclean_{name}"
        for base in cls.__mro__[:-1]:
            has_sync, has_async = sync_name in vars(base), async_name in vars(base)
            if has_sync and inspect.iscoroutinefunction(vars(base)[sync_name]):
                raise TypeError(
                    f"{base.__qualname__}.{sync_name} is `async def`, but this name is the sync colour of the hook. "
                    f"Write `async def {async_name}` or `def {sync_name}`."
                )
            if has_sync and not has_async:
                setattr(base, async_name, awaiting(vars(base)[sync_name], async_name))
            elif has_async and not has_sync:
                setattr(base, sync_name, waiting(vars(base)[async_name], sync_name))


def awaiting(func: Any, name: str) -> Any:
    """The awaitable colour of a user's `def`."""

    @functools.wraps(func)
    async def cleaner(self: Any) -> Any:
        return await run_sync(func, self)

    return named(cleaner, name)


def waiting(func: Any, name: str) -> Any:
    """The sync colour of a user's `async def`."""
    return named(blocking_function(func), name)


def named(func: Any, name: str) -> Any:
    func.__name__ = name
    setattr(func, DERIVED, True)
    return func


def has_sync_cleaner(cls: type, names: Iterable[str]) -> bool:
    """Whether a `clean_<field>` of a class is a user's `def`, which may really block."""
    found = (getattr(cls, f"clean_{name}", None) for name in names)
    return any(member is not None and not hasattr(member, DERIVED) for member in found)
