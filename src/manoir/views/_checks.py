"""Checks of the class-based views of installed apps."""

from __future__ import annotations

from typing import Any

from manoir.apps import classes_of_apps
from manoir.bridge import hook_conflicts
from manoir.checks import CheckMessage, Error, Tags, register
from manoir.views._base import View


@register(Tags.async_support)
def check_view_hooks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name views that override both colours of one hook, so that it is undecided which one counts."""
    return [
        Error(
            f"{conflict.owner.__qualname__} defines both {conflict.sync_name}() and {conflict.async_name}().",
            hint=f"Keep one: `def {conflict.sync_name}` or `async def {conflict.async_name}`; manoir calls it in both "
            "colours.",
            obj=view,
            id="manoir.views.E001",
        )
        for view in classes_of_apps(View, app_configs)
        for conflict in hook_conflicts(view)
        if conflict.owner is view
    ]
