"""Checks of the class-based views of installed apps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.apps import apps
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
        for view in views_of_apps(app_configs)
        for conflict in hook_conflicts(view)
        if conflict.owner is view
    ]


def views_of_apps(app_configs: Any) -> Iterator[type[View]]:
    """View classes that the checked apps define, each once."""
    seen: set[type[View]] = set()
    waiting = list(View.__subclasses__())
    while waiting:
        view = waiting.pop()
        if view in seen:
            continue
        seen.add(view)
        waiting.extend(view.__subclasses__())
        owner = apps.get_containing_app_config(view.__module__)
        if owner is not None and (app_configs is None or owner in app_configs):
            yield view
