"""Settings changed for a test, a function or a class."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, TypeVar, cast

from manoir.apps import apps
from manoir.conf import settings

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class override_settings:
    """Change settings inside a `with` block, a function of either colour, or each test of a test case.

    What depends on a setting follows: middleware, URLs, templates, caches, storages, and, for INSTALLED_APPS, the
    registry of apps.

    Args:
        **changes: values by name of the setting.

    Example:
        >>> with override_settings(DEBUG=True):
        ...     settings.DEBUG
        True
    """

    def __init__(self, **changes: Any) -> None:
        self.changes: dict[str, Any] = changes
        self._entered: list[ExitStack] = []

    def __enter__(self) -> None:
        values = self._values()
        with ExitStack() as stack:
            stack.enter_context(settings.override(**values))
            if "INSTALLED_APPS" in values and apps.ready:
                apps.set_installed_apps(values["INSTALLED_APPS"])
                stack.callback(apps.unset_installed_apps)
            self._entered.append(stack.pop_all())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._entered.pop().close()

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, target: Decorated) -> Decorated:
        """Decorate a function of either colour, or a test case.

        Raises:
            TypeError: `target` is a class that is no test case of manoir's.
        """
        if isinstance(target, type):
            return cast(Decorated, self._decorate_class(target))
        if inspect.iscoroutinefunction(target):

            @functools.wraps(target)
            async def inside_async(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await target(*args, **kwargs)

            return cast(Decorated, inside_async)

        @functools.wraps(target)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return target(*args, **kwargs)

        return cast(Decorated, inside)

    def _values(self) -> Mapping[str, Any]:
        return self.changes

    def _decorate_class(self, target: Any) -> Any:
        if "class_overrides" not in dir(target):
            raise TypeError(
                f"{type(self).__name__} decorates functions and subclasses of SimpleTestCase, not the class"
                f" {target.__qualname__}. Decorate its methods, or use the fixture `settings`."
            )
        target.class_overrides = (*target.class_overrides, self)
        return target


class modify_settings(override_settings):
    """Change settings that are lists: `modify_settings(MIDDLEWARE={"append": "…", "remove": ["…"]})`.

    Args:
        **changes: by name of the setting, what to `append`, `prepend` and `remove`: one string or several.

    Raises:
        ValueError: an action is none of these (when the block begins).
    """

    def _values(self) -> Mapping[str, Any]:
        return modified(self.changes)


def modified(changes: Mapping[str, Mapping[str, str | list[str]]]) -> dict[str, list[Any]]:
    """Apply `append`, `prepend` and `remove` to settings that are lists."""
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
                raise ValueError(f"modify_settings knows append, prepend and remove, not {action!r} (in {name}).")
        result[name] = value
    return result
