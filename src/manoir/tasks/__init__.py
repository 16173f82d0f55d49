"""Work in the background: functions that workers run, kept in the application's own database until they are done.

The room's map. *Asking*: `_decorators` (`task`, `shared_task`), `_task` (`Task`), `_options`, `_arguments` (what a
function takes), `_values` (what a message can carry), `_message`, `_registry` (names to tasks), `_advice` (what to write
instead of Celery's words). *Backends*: `_base` (what each is, and the five steps it defines), `_handler` (TASKS),
`_immediate`, `_dummy`, `_database` on `_store` and its SQL, `_celery/` with `celery` (its application). *Running*:
`_running` (one attempt), `_limits`, `_context`, `_result`; `_worker` with `_housekeeping`, `_telling`, `_serving`,
`_processes`. *By itself*: `_schedules`, `_planned`, `_clock`. `_checks`; `monitoring`: what a page about tasks shows and
does; `signals`; `compliance`: the tests that every backend passes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from manoir.exceptions import (
    InvalidTask,
    InvalidTaskBackend,
    Retry,
    SoftTimeLimitExceeded,
    TaskArgumentError,
    TaskCancelled,
    TaskException,
    TaskFailed,
    TaskLeaseLost,
    TaskMessageError,
    TaskResultDoesNotExist,
    TaskResultMismatch,
    TimeLimitExceeded,
    UnknownTask,
    WorkerLost,
)
from manoir.tasks._base import BaseTaskBackend, WorkerOptions
from manoir.tasks._checks import register_checks as _register_checks
from manoir.tasks._context import TaskContext, TaskRequest
from manoir.tasks._database import DatabaseBackend
from manoir.tasks._decorators import shared_task, task
from manoir.tasks._dummy import DummyBackend
from manoir.tasks._handler import DEFAULT_TASK_BACKEND_ALIAS, default_task_backend, task_backends
from manoir.tasks._immediate import ImmediateBackend
from manoir.tasks._message import TaskMessage, tick_id
from manoir.tasks._options import TaskOptions
from manoir.tasks._registry import TaskRegistry, registry
from manoir.tasks._result import Progress, TaskError, TaskResult, TaskResultStatus, TaskState
from manoir.tasks._running import Outcome, prepare, put_aside, run_attempt
from manoir.tasks._schedules import Schedule, cron, every
from manoir.tasks._task import Task
from manoir.tasks._worker import Worker

if TYPE_CHECKING:
    from manoir.tasks._celery._backend import CeleryBackend

__all__ = [
    "DEFAULT_TASK_BACKEND_ALIAS",
    "BaseTaskBackend",
    "CeleryBackend",
    "DatabaseBackend",
    "DummyBackend",
    "ImmediateBackend",
    "InvalidTask",
    "InvalidTaskBackend",
    "Outcome",
    "Progress",
    "Retry",
    "Schedule",
    "SoftTimeLimitExceeded",
    "Task",
    "TaskArgumentError",
    "TaskCancelled",
    "TaskContext",
    "TaskError",
    "TaskException",
    "TaskFailed",
    "TaskLeaseLost",
    "TaskMessage",
    "TaskMessageError",
    "TaskOptions",
    "TaskRegistry",
    "TaskRequest",
    "TaskResult",
    "TaskResultDoesNotExist",
    "TaskResultMismatch",
    "TaskResultStatus",
    "TaskState",
    "TimeLimitExceeded",
    "UnknownTask",
    "Worker",
    "WorkerLost",
    "WorkerOptions",
    "cron",
    "default_task_backend",
    "every",
    "prepare",
    "put_aside",
    "registry",
    "run_attempt",
    "shared_task",
    "task",
    "task_backends",
    "tick_id",
]

_register_checks()


def __getattr__(name: str) -> Any:
    if name == "CeleryBackend":  # whoever has tasks in the database alone need not load it
        return import_module("manoir.tasks._celery._backend").CeleryBackend
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
