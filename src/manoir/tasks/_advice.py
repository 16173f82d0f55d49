"""What to write instead of words that Celery or Django has, or that are nearly right: the second half of messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from manoir.exceptions import nearest

NO_CANVAS: Final = (
    "There is no canvas (chain, group, chord). For what follows a task, enqueue the next one at its end (with"
    " @task(atomic=True) both happen or neither); for many calls of one task, use enqueue_many()."
)
NO_ROUTES: Final = "Tasks wait in queues by name: queue_name='mail' in @task, queue='mail' in apply_async()."
ONE_FORMAT: Final = "Messages are JSON with a closed table of types; there is nothing to choose."
PUBLISHED_SAFELY: Final = "A task is stored with your transaction and is not lost when a broker is down: leave it out."
IN_TRANSACTION: Final = "Write delay() or enqueue(): inside of atomic() it is part of the transaction, and rolled back nothing was asked for."
CONTEXT: Final = "It belongs to the attempt that runs: @shared_task(bind=True) or @task(takes_context=True) give it."
OUTSIDE: Final = (
    "Tasks are functions: call what they share, and connect to manoir.tasks.signals for what is beside them."
)

TRANSLATED: Final = {
    "bind": "takes_context",
    "max_retries": "retries",
    "autoretry_for": "retry_for",
    "dont_autoretry_for": "dont_retry_for",
    "retry_backoff_max": "backoff_max",
    "retry_jitter": "jitter",
    "queue": "queue_name",
}
"""Options of Celery that have another name here."""

OPTIONS: Final[Mapping[str, str]] = {
    **{name: f"That is Celery's name for {ours!r}; @shared_task takes it." for name, ours in TRANSLATED.items()},
    "retry_backoff": "That is Celery's name for 'backoff' (seconds); @shared_task takes it.",
    "default_retry_delay": "Here it is backoff=… with backoff_max=…; @shared_task takes Celery's names.",
    "retry_kwargs": "Here it is retries=… and backoff=…; @shared_task takes Celery's names.",
    "rate_limit": (
        "There are no rate limits: give the task a queue of its own and `manoir worker --queues … --concurrency 1`, or"
        " raise Retry(countdown=…) when it is too early."
    ),
    "base": OUTSIDE,
    "on_success": OUTSIDE,
    "on_failure": OUTSIDE,
    "on_retry": OUTSIDE,
    "after_return": OUTSIDE,
    "before_start": OUTSIDE,
    "throws": "Every error that is not repeated fails the task and is kept; `retry_for` says which are repeated.",
    "serializer": ONE_FORMAT,
    "compression": ONE_FORMAT,
    "pydantic": "Arguments are checked against the annotations of the function as it is.",
    "typing": "Arguments are checked against the signature of the function as it is.",
    "routing_key": NO_ROUTES,
    "exchange": NO_ROUTES,
    "link": NO_CANVAS,
    "link_error": NO_CANVAS,
    "run_every": "A periodic task has schedule=cron(…) or schedule=every(…).",
    "crontab": 'A periodic task has schedule=cron("0 3 * * *").',
    "countdown": "Say it where you ask: apply_async(countdown=…), or using(run_after=…).",
    "eta": "Say it where you ask: apply_async(eta=…), or using(run_after=…).",
}
"""Of `@task` and `@shared_task`."""

CALLS: Final[Mapping[str, str]] = {
    "link": NO_CANVAS,
    "link_error": NO_CANVAS,
    "chain": NO_CANVAS,
    "chord": NO_CANVAS,
    "group_id": NO_CANVAS,
    "retry": PUBLISHED_SAFELY,
    "retry_policy": PUBLISHED_SAFELY,
    "ignore_result": "Results are always kept, for as long as OPTIONS['KEEP'] says: leave it out.",
    "task_id": "Ids are made here and are in the result; unique='…' is the key that keeps a second one away.",
    "serializer": ONE_FORMAT,
    "compression": ONE_FORMAT,
    "headers": "Give the task an argument for it.",
    "routing_key": NO_ROUTES,
    "exchange": NO_ROUTES,
    "queue_name": "Celery's name is 'queue' here; using() takes 'queue_name'.",
    "run_after": "Celery's names are 'countdown' and 'eta' here; using() takes 'run_after'.",
    "connection": "The broker stands in TASKS.",
    "producer": "The broker stands in TASKS.",
}
"""Of `apply_async`, beside the options of a task."""

CHANGES: Final[Mapping[str, str]] = {
    "queue": "Here it is 'queue_name'; apply_async() takes 'queue'.",
    "countdown": "Here it is 'run_after' (seconds, a timedelta or a datetime); apply_async() takes 'countdown'.",
    "eta": "Here it is 'run_after' (seconds, a timedelta or a datetime); apply_async() takes 'eta'.",
}
"""Of `using`."""

TASK: Final[Mapping[str, str]] = {
    **dict.fromkeys(("s", "si", "signature", "subtask", "chunks", "map", "starmap", "replace", "chain"), NO_CANVAS),
    **dict.fromkeys(
        ("delay_on_commit", "apply_async_on_commit", "enqueue_on_commit", "aenqueue_on_commit"), IN_TRANSACTION
    ),
    **dict.fromkeys(("request", "update_state", "retry"), CONTEXT),
    "apply": "Call the task to run it here and now; manoir.tasks.ImmediateBackend does so for a whole project.",
    "run": "Call the task itself.",
    "call": "Call the task itself.",
    "acall": "Call the task itself, with await.",
    "AsyncResult": "get_result(id) gives the result of an earlier call.",
    **{name: f"Here it is {ours!r}." for name, ours in TRANSLATED.items()},
}
"""Of a task."""

RESULT: Final[Mapping[str, str]] = {
    "ready": "`await result.arefresh()`, then `result.is_finished`. (The status READY means that it waits.)",
    "successful": "`await result.arefresh()`, then `result.status == TaskResultStatus.SUCCESSFUL`.",
    "failed": "`await result.arefresh()`, then `result.status == TaskResultStatus.FAILED`.",
    "state": "Here it is 'status', as of the last refresh(): READY, RUNNING, SUCCESSFUL, FAILED or CANCELLED.",
    "result": "Here it is 'return_value' of a task that succeeded, and 'errors' of one that failed.",
    "info": "Here it is 'progress' while it runs, then 'return_value' or 'errors'.",
    "traceback": "Each of 'errors' has one.",
    "task_id": "Here it is 'id'.",
    "name": "Here it is 'task.full_name'.",
    "queue": "Here it is 'task.queue_name'.",
    "retries": "'attempts' counts them from 1.",
    "date_done": "Here it is 'finished_at'.",
    "worker": "Here it is 'worker_ids'.",
    "revoke": "`cancel()` takes a waiting task out of the queue, and ends an `async def` that runs where it waits.",
    "forget": "Results go by themselves, after OPTIONS['KEEP'] and OPTIONS['KEEP_FAILED'].",
    "wait": "`get(timeout=…)` waits.",
    "maybe_throw": "`get()` raises TaskFailed.",
    **dict.fromkeys(("children", "parent", "then", "collect", "join", "get_leaf", "graph"), NO_CANVAS),
}
"""Of a result."""

ATTEMPT: Final[Mapping[str, str]] = {
    "update_state": "`progress(done, total, message)` says how far it has come.",
    "replace": NO_CANVAS,
    "add_to_chord": NO_CANVAS,
    "apply_async": "Call it on the task itself.",
    "delay": "Call it on the task itself.",
    "s": NO_CANVAS,
    "is_aborted": "`cancel_requested`, or `check_cancelled()`, which raises.",
    "logger": "Use logging.getLogger(__name__).",
    "metadata": "`progress(done, total, message)` is what others see; the return value is kept.",
}
"""Of what a task is given as its context."""

REQUEST: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("root_id", "parent_id", "group", "group_index", "chord", "chain", "callbacks", "errbacks"), NO_CANVAS
    ),
    "correlation_id": "Here it is 'id'.",
    "headers": "Give the task an argument for it.",
    "timelimit": "They stand in the options of the task.",
    "reply_to": "Results are rows of the database.",
    "callback": NO_CANVAS,
}
"""Of `context.request`."""

SCHEDULE: Final[Mapping[str, str]] = {
    "schedule": "Give 'cron' (a line such as \"0 3 * * *\") or 'every' (seconds or a timedelta).",
    "crontab": "Here it is 'cron', a line such as \"0 3 * * *\".",
    "options": "'queue', 'priority' and 'expires' stand beside 'task'.",
    "queue_name": "Here it is 'queue'.",
    "interval": "Here it is 'every' (seconds or a timedelta).",
    "timezone": "Here it is 'tz'.",
}
"""Of an entry of SCHEDULES."""


def advice(name: str, words: Mapping[str, str], known: Iterable[str]) -> str:
    """Say what to write instead of a name that means nothing here, ready to be added to a message.

    Args:
        name: what was written.
        words: what is known about names of others.
        known: the names there are.

    Example:
        >>> advice("task_id", RESULT, ())
        " Here it is 'id'."
    """
    return f" {words[name]}" if name in words else nearest(name, known)
