"""System checks: what is wrong with TASKS, with tasks and with schedules, before a worker or a user meets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from manoir.checks import CheckMessage, Error, Warning, register
from manoir.exceptions import ImproperlyConfigured, InvalidTask, InvalidTaskBackend, TaskArgumentError, nearest
from manoir.tasks._base import KNOWN_PARAMETERS, BaseTaskBackend
from manoir.tasks._handler import task_backends
from manoir.tasks._immediate import ImmediateBackend
from manoir.tasks._planned import planned
from manoir.tasks._registry import place_of, registry

TAG: Final = "tasks"


def register_checks() -> None:
    """Register the checks of tasks."""
    register(check_names, TAG)
    register(check_backends, TAG)
    register(check_tasks, TAG)
    register(check_schedules, TAG)
    register(check_immediate, TAG, deploy=True)


def usable_backends() -> Iterator[BaseTaskBackend]:
    for alias in task_backends:
        try:
            yield task_backends[alias]
        except InvalidTaskBackend:
            continue


def check_names(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A name means one function."""
    return [
        Error(
            f"Two tasks are named {other.full_name!r}: {'.'.join(place_of(known))} and {'.'.join(place_of(other))}.",
            hint="The first one runs. Give one of them another name: @task(name=…).",
            id="tasks.E001",
        )
        for known, other in registry.conflicts
    ]


def check_backends(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """TASKS can be used."""
    messages: list[CheckMessage] = []
    for alias in task_backends:
        try:
            backend = task_backends[alias]
        except (InvalidTaskBackend, ValueError, TypeError) as error:
            messages.append(Error(str(error), id="tasks.E002"))
            continue
        messages += [*unknown_keys(backend), *backend.check(**kwargs)]
    return messages


def unknown_keys(backend: BaseTaskBackend) -> Iterator[CheckMessage]:
    for where, given, known in (
        (f"TASKS[{backend.alias!r}]", backend.params, KNOWN_PARAMETERS),
        (f"TASKS[{backend.alias!r}]['OPTIONS']", backend.options, backend.known_options),
    ):
        for key in given:
            if known is not None and key not in known:
                yield Error(
                    f"{where} has an unknown key {key!r}.{nearest(key, known)}",
                    hint=f"Known: {', '.join(sorted(known))}.",
                    id="tasks.E005",
                )


def check_tasks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every task can be enqueued where it says."""
    messages: list[CheckMessage] = []
    usable = {backend.alias: backend for backend in usable_backends()}
    for task in registry:
        alias = task.options.backend
        if alias not in task_backends:
            hint = f"There are: {', '.join(task_backends)}."
            text = f"The task {task.full_name} names the backend {alias!r}, which TASKS does not have."
            messages.append(Error(text + nearest(alias, task_backends), hint=hint, id="tasks.E006"))
        elif alias in usable:
            try:
                usable[alias].validate_task(task)
            except InvalidTask as error:
                messages.append(Error(str(error), id="tasks.E007"))
    return messages


def check_schedules(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every schedule names a task, and gives it what it needs."""
    messages: list[CheckMessage] = []
    for backend in usable_backends():
        try:
            plans = planned(backend)
        except ImproperlyConfigured as error:
            messages.append(Error(str(error), id="tasks.E008"))
            continue
        for plan in plans:
            try:
                plan.task.arguments.check(plan.args, plan.kwargs)
            except TaskArgumentError as error:
                hint = "Give its parameters defaults, or put it into SCHEDULES with 'args' or 'kwargs'."
                messages.append(Error(f"The schedule {plan.name!r}: {error}", hint=hint, id="tasks.E009"))
    return messages


def check_immediate(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """In production, work in the background is not done in the foreground."""
    return [
        Warning(
            f"TASKS[{backend.alias!r}] runs tasks at once, inside of the request that asks for them.",
            hint="Use manoir.tasks.DatabaseBackend, and run `manoir worker`.",
            id="tasks.W001",
        )
        for backend in usable_backends()
        if isinstance(backend, ImmediateBackend)
    ]
