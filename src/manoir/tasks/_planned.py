"""The schedules of a backend: of its tasks, and of SCHEDULES in its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from manoir.exceptions import ImproperlyConfigured, UnknownTask
from manoir.tasks._advice import SCHEDULE, advice
from manoir.tasks._base import BaseTaskBackend
from manoir.tasks._registry import registry
from manoir.tasks._schedules import Schedule, cron, every
from manoir.tasks._task import Task

KEYS: Final = ("task", "cron", "tz", "every", "args", "kwargs", "queue", "priority", "expires")


@dataclass(frozen=True, slots=True)
class Planned:
    """A task that runs by itself.

    Attributes:
        name: of the schedule: that of its task, or its key in SCHEDULES.
        task: what runs.
        schedule: when.
        args: positional arguments.
        kwargs: keyword arguments.
    """

    name: str
    task: Task[..., Any]
    schedule: Schedule
    args: list[Any] = field(default_factory=list[Any])
    kwargs: dict[str, Any] = field(default_factory=dict[str, Any])


def planned(backend: BaseTaskBackend) -> list[Planned]:
    """Return the schedules of a backend, in order of their names.

    An entry of SCHEDULES takes the place of a task's own schedule of that name; None takes it away.

    Raises:
        ImproperlyConfigured: an entry of SCHEDULES cannot be understood.
    """
    found = {
        task.full_name: Planned(task.full_name, task, task.options.schedule)
        for task in registry
        if task.options.schedule is not None and task.options.backend == backend.alias
    }
    for name, given in backend.schedules.items():
        found.pop(name, None)
        if given is not None:
            found[name] = entry(backend, name, given)
    return [found[name] for name in sorted(found)]


def entry(backend: BaseTaskBackend, name: str, given: Mapping[str, Any]) -> Planned:
    """Return what an entry of SCHEDULES plans."""
    where = f"TASKS[{backend.alias!r}]['SCHEDULES'][{name!r}]"
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(
            f"{where} is {given!r}, but has to be a dict with 'task' and 'cron' or 'every', or None."
        )
    for key in given:
        if key not in KEYS:
            raise ImproperlyConfigured(
                f"{where} has an unknown key {key!r}.{advice(str(key), SCHEDULE, KEYS)} Known: {', '.join(KEYS)}."
            )
    if ("cron" in given) == ("every" in given):
        raise ImproperlyConfigured(f"{where} needs either 'cron' (a line) or 'every' (seconds or a timedelta).")
    try:
        task = registry[given.get("task", "")]
        schedule = cron(given["cron"], tz=given.get("tz")) if "cron" in given else every(given["every"])
    except (UnknownTask, ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"{where}: {error}") from error
    changes: dict[str, Any] = {"backend": backend.alias}
    if "queue" in given:
        changes["queue_name"] = given["queue"]
    changes |= {key: given[key] for key in ("priority", "expires") if key in given}
    return Planned(name, task.using(**changes), schedule, list(given.get("args", [])), dict(given.get("kwargs", {})))
