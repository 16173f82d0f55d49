"""delete()."""

from __future__ import annotations

from typing import Any


async def adelete(instance: Any, **options: Any) -> tuple[int, dict[str, int]]:
    raise TypeError("delete() does not exist yet.")
