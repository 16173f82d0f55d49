"""Settings changed for a test, a function or a class."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from manoir.conf import settings


class override_settings:
    """Change settings inside a `with` block, a function of either colour, or each test of a class.

    Args:
        **changes: values by name of the setting.

    Example:
        >>> with override_settings(DEBUG=True):
        ...     settings.DEBUG
        True
    """

    def __init__(self, **changes: Any) -> None:
        self.changes = changes
        self._blocks: list[Any] = []

    def __enter__(self) -> None:
        block = settings.override(**self._values())
        block.__enter__()
        self._blocks.append(block)

    def __exit__(self, *exc_info: Any) -> None:
        self._blocks.pop().__exit__(*exc_info)

    def __call__(self, target: Any) -> Any:
        if isinstance(target, type):
            return self._decorate_class(target)
        if inspect.iscoroutinefunction(target):

            @functools.wraps(target)
            async def inside_async(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await target(*args, **kwargs)

            return inside_async

        @functools.wraps(target)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return target(*args, **kwargs)

        return inside

    def _values(self) -> dict[str, Any]:
        return self.changes

    def _decorate_class(self, target: Any) -> Any:
        set_up, tear_down = target.setUpClass.__func__, target.tearDownClass.__func__
        block = self

        def start(cls: Any) -> None:
            block.__enter__()
            set_up(cls)

        def stop(cls: Any) -> None:
            tear_down(cls)
            block.__exit__(None, None, None)

        target.setUpClass = classmethod(start)
        target.tearDownClass = classmethod(stop)
        return target


class modify_settings(override_settings):
    """Change settings that are lists: `modify_settings(MIDDLEWARE={"append": "…", "remove": ["…"]})`."""

    def _values(self) -> dict[str, Any]:
        return modified(self.changes)


def modified(changes: dict[str, dict[str, Any]]) -> dict[str, list[Any]]:
    """Apply `append`, `prepend` and `remove` to settings that are lists.

    Raises:
        ValueError: an action is none of these.
    """
    result: dict[str, list[Any]] = {}
    for name, actions in changes.items():
        value = list(getattr(settings, name, []))
        for action, items in actions.items():
            members = [items] if isinstance(items, str) else list(items)
            if action == "append":
                value += [item for item in members if item not in value]
            elif action == "prepend":
                value = [item for item in members if item not in value] + value
            elif action == "remove":
                value = [item for item in value if item not in members]
            else:
                raise ValueError(f"modify_settings knows append, prepend and remove, not {action!r}.")
        result[name] = value
    return result
