"""Loading relations and deferred fields for all instances of one query at once."""

from __future__ import annotations

from typing import Any

from manoir.bridge import blocking_function


async def aload(instance: Any, field: Any) -> Any:
    raise TypeError("Relations cannot be loaded yet.")


load = blocking_function(aload)
