"""The Celery side of a worker: every task of the registry under its own name, all of them run by one function."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING, Any, Final

from manoir.exceptions import ImproperlyConfigured, TaskFailed, nearest
from manoir.tasks._celery._backend import CeleryBackend
from manoir.tasks._celery._execution import execute
from manoir.tasks._celery._supervisor import ALIAS_VARIABLE
from manoir.tasks._handler import task_backends
from manoir.tasks._registry import registry

if TYPE_CHECKING:
    from celery import Celery

UNKNOWN: Final = "manoir.tasks.unknown"


def celery_backend(alias: str | None = None) -> CeleryBackend:
    """Return the backend that a Celery worker works for.

    Args:
        alias: in TASKS; None: the one that the environment names, or the only one there is.

    Raises:
        ImproperlyConfigured: TASKS has no such entry, or several and none is named.
    """
    found = {name: one for name in task_backends if isinstance(one := task_backends[name], CeleryBackend)}
    alias = alias or os.environ.get(ALIAS_VARIABLE)
    if alias is None and len(found) == 1:
        return next(iter(found.values()))
    if alias in found:
        return found[alias]
    named = ", ".join(found) or "none"
    wanted = f"{alias!r} is none of them.{nearest(alias, found)}" if alias else f"Name one in {ALIAS_VARIABLE}."
    raise ImproperlyConfigured(f"TASKS has these entries of manoir.tasks.CeleryBackend: {named}. {wanted}")


def worker_app(backend: CeleryBackend) -> Celery:
    """Return Celery's application with all tasks of the registry, for a worker."""
    app = backend.broker.app
    prefix = backend.options.get("QUEUE_PREFIX", "")
    if backend.queues:
        from kombu.entity import Queue

        most = app.conf.task_queue_max_priority
        arguments = {"x-max-priority": most} if most else None
        app.conf.task_queues = [Queue(prefix + name, queue_arguments=arguments) for name in sorted(backend.queues)]
    for name in (UNKNOWN, *(task.full_name for task in registry)):
        app.task(runner(backend), bind=True, name=name, throws=(TaskFailed,), shared=False)
    settle_unknown(app)
    return app


def settle_unknown(app: Celery) -> None:
    """Have messages with names that this worker does not know run under one that it knows, so that the task fails.

    Celery throws such messages away, and the row would wait until its message counts as lost.
    """
    from celery.signals import task_unknown

    def again(message: Any = None, **kwargs: Any) -> None:
        with contextlib.suppress(Exception):  # a body of strangers; Celery throws the message away
            task_id, lease = message.payload[0]
            queue = message.delivery_info.get("routing_key")
            shown: dict[str, Any] = {"argsrepr": f"({task_id})", "kwargsrepr": "{}"}  # a monitor need not see the lease
            app.send_task(UNKNOWN, [task_id, lease], task_id=str(task_id), queue=queue, ignore_result=True, **shown)

    task_unknown.connect(again, weak=False)


def runner(backend: CeleryBackend) -> Any:
    """Return the function that Celery calls for every message."""
    from celery.exceptions import Ignore
    from celery.exceptions import Retry as CeleryRetry

    def run(self: Any, task_id: Any = None, lease: Any = None, *args: Any, **kwargs: Any) -> None:
        worker_id = f"celery-{(self.request.hostname or socket.gethostname())[:60]}-{os.getpid()}"
        outcome = execute(backend, task_id, lease, worker_id)
        if outcome is None or outcome.kind == "cancelled":
            raise Ignore
        if outcome.kind == "retry":  # tells monitors; the outbox publishes the next message
            raise CeleryRetry(outcome.error.message if outcome.error else None, when=outcome.run_at)

    return run
