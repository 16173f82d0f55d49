"""Natural keys: `natural_key()` of instances and `get_by_natural_key()` of managers, each in the colour it was written in."""

from __future__ import annotations

import inspect
from typing import Any

from manoir.bridge import spawn


def has_natural_key(model: Any) -> bool:
    """Whether instances of a model tell a natural key."""
    return hasattr(model, "natural_key") or hasattr(model, "anatural_key")


def finds_by_natural_key(model: Any) -> bool:
    """Whether the default manager of a model finds rows by natural keys."""
    manager = model._default_manager
    return hasattr(manager, "get_by_natural_key") or hasattr(manager, "aget_by_natural_key")


async def anatural_key_of(instance: Any) -> Any:
    """The natural key of an instance."""
    return await acall_nearest(instance, "natural_key")


async def afind(model: Any, alias: str, key: Any) -> Any:
    """The row with a natural key.

    Raises:
        ObjectDoesNotExist: there is none.
    """
    manager = model._default_manager.db_manager(alias)
    return await acall_nearest(manager, "get_by_natural_key", *key)


async def acall_nearest(owner: Any, name: str, *args: Any) -> Any:
    """Call `a<name>` or `name`, whichever the class nearest to `owner`'s own has; sync code may wait inside."""
    awaited = f"a{name}"
    for cls in type(owner).__mro__:
        if awaited in vars(cls):
            return await getattr(owner, awaited)(*args)
        if name in vars(cls):
            break
    result = await spawn(getattr(owner, name), *args)
    return await result if inspect.isawaitable(result) else result
