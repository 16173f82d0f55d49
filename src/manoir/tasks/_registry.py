"""The tasks of the project by name: the only way from a message to a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from manoir.exceptions import UnknownTask, nearest

if TYPE_CHECKING:
    from manoir.tasks._task import Task


class TaskRegistry:
    """Tasks by full name. A name out of a message is looked up here and nowhere else; nothing is imported for it.

    Attributes:
        conflicts: pairs of tasks that ask for one name; a system check names them.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, Task[..., Any]] = {}
        self.conflicts: list[tuple[Task[..., Any], Task[..., Any]]] = []

    def register(self, task: Task[..., Any]) -> None:
        """Add a task. The same function, defined anew, takes the place of the former; another one does not."""
        known = self._tasks.get(task.full_name)
        if known is not None and place_of(known) != place_of(task):
            self.conflicts.append((known, task))
            return
        self._tasks[task.full_name] = task

    def unregister(self, name: str) -> None:
        """Forget a task, for tests."""
        self._tasks.pop(name, None)

    def __getitem__(self, name: str) -> Task[..., Any]:
        """Return a task.

        Raises:
            UnknownTask: no installed app registered this name.
        """
        try:
            return self._tasks[name]
        except KeyError:
            raise UnknownTask(
                f"No installed app has a task named {name[:200]!r}.{nearest(name[:200], self._tasks)} Tasks are found"
                " in the module `tasks` of each app of INSTALLED_APPS."
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._tasks

    def __iter__(self) -> Iterator[Task[..., Any]]:
        return iter(list(self._tasks.values()))

    def __len__(self) -> int:
        return len(self._tasks)


def place_of(task: Task[..., Any]) -> tuple[str, str]:
    return task.func.__module__, task.func.__qualname__


registry: Final = TaskRegistry()
"""The tasks of this process."""
