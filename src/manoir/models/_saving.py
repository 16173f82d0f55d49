"""save() and refresh_from_db()."""

from __future__ import annotations

from typing import Any


async def asave(instance: Any, **options: Any) -> None:
    raise TypeError("save() does not exist yet.")


async def asave_base(instance: Any, **options: Any) -> None:
    raise TypeError("save_base() does not exist yet.")


async def arefresh_from_db(instance: Any, **options: Any) -> None:
    raise TypeError("refresh_from_db() does not exist yet.")
