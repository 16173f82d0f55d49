"""The backends of the setting TASKS, by alias: `task_backends["default"]`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from manoir.conf import import_string, settings
from manoir.exceptions import InvalidTaskBackend, nearest

if TYPE_CHECKING:
    from manoir.tasks._base import BaseTaskBackend

DEFAULT_TASK_BACKEND_ALIAS: Final = "default"
BACKENDS: Final = ("DatabaseBackend", "CeleryBackend", "ImmediateBackend", "DummyBackend")


class TaskBackendHandler:
    """The backends of TASKS. Each is made at its first use, one for the process."""

    def __init__(self) -> None:
        self.made: dict[str, BaseTaskBackend] = {}

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """The setting TASKS."""
        return settings.TASKS

    # hot path: benchmarks/tasks.py
    def __getitem__(self, alias: str) -> BaseTaskBackend:
        backend = self.made.get(alias)
        if backend is None:
            backend = self.made.setdefault(alias, self.create(alias))
        return backend

    def create(self, alias: str) -> BaseTaskBackend:
        """Make the backend of an alias.

        Raises:
            InvalidTaskBackend: TASKS has no such alias, or its BACKEND cannot be used.
        """
        try:
            entry = dict(self.settings[alias])
        except KeyError:
            known = ", ".join(map(repr, self.settings)) or "none"
            raise InvalidTaskBackend(
                f"TASKS has no {alias!r}.{nearest(alias, self.settings)} There are: {known}."
            ) from None
        path = entry.get("BACKEND", "")
        try:
            factory = import_string(path)
        except ImportError as error:
            raise InvalidTaskBackend(
                f"TASKS[{alias!r}]: the BACKEND cannot be imported. {error}{ours(path)}"
            ) from error
        if not isinstance(factory, type) or not hasattr(factory, "asubmit"):
            raise InvalidTaskBackend(f"TASKS[{alias!r}]: the BACKEND {path!r} is no class of a backend.")
        return cast("BaseTaskBackend", factory(alias, entry))

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def __contains__(self, alias: object) -> bool:
        return alias in self.settings

    async def aclose_all(self) -> None:
        """Close what the backends made so far hold open."""
        for backend in list(self.made.values()):
            await backend.aclose()

    def forget(self, name: str, value: Any = None, enter: bool = True) -> None:
        """Make the backends anew after TASKS changed."""
        if name == "TASKS":
            self.made.clear()


def ours(path: object) -> str:
    """Name the backend of manoir that a path of somewhere else means, or all of them."""
    name = str(path).rpartition(".")[2]
    if name in BACKENDS:
        return f" Here it is 'manoir.tasks.{name}'."
    return f" manoir.tasks has: {', '.join(BACKENDS)}."


task_backends: Final = TaskBackendHandler()
"""The backends of the setting TASKS, by alias."""

settings.on_change(task_backends.forget)


class DefaultBackend:
    """Stands for `task_backends["default"]`, whatever that is at the moment."""

    def __getattr__(self, name: str) -> Any:
        return getattr(task_backends[DEFAULT_TASK_BACKEND_ALIAS], name)

    def __repr__(self) -> str:
        return f"<default_task_backend: {task_backends[DEFAULT_TASK_BACKEND_ALIAS]!r}>"


default_task_backend: Final = cast("BaseTaskBackend", DefaultBackend())
"""The backend `"default"` of the setting TASKS."""
