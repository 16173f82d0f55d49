"""`@task`, and `@shared_task` with the names that Celery gave to the same things."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar, overload

from typing_extensions import Unpack

from manoir.exceptions import InvalidTask, nearest
from manoir.tasks._arguments import Arguments
from manoir.tasks._context import TaskContext
from manoir.tasks._options import OPTION_NAMES, OptionArguments, TaskOptions
from manoir.tasks._registry import registry
from manoir.tasks._task import Task

P = ParamSpec("P")
R = TypeVar("R")


class Decorator(Protocol):
    """Makes a task of a function of either colour."""

    @overload
    def __call__(self, func: Callable[P, Coroutine[Any, Any, R]], /) -> Task[P, R]: ...
    @overload
    def __call__(self, func: Callable[P, R], /) -> Task[P, R]: ...


class ContextDecorator(Protocol):
    """Makes a task of a function whose first parameter is the context, which no caller gives."""

    @overload
    def __call__(self, func: Callable[Concatenate[TaskContext, P], Coroutine[Any, Any, R]], /) -> Task[P, R]: ...
    @overload
    def __call__(self, func: Callable[Concatenate[TaskContext, P], R], /) -> Task[P, R]: ...


@overload
def task(func: Callable[P, Coroutine[Any, Any, R]], /) -> Task[P, R]: ...
@overload
def task(func: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(*, takes_context: Literal[True], **options: Unpack[OptionArguments]) -> ContextDecorator: ...
@overload
def task(*, takes_context: Literal[False] = False, **options: Unpack[OptionArguments]) -> Decorator: ...
def task(func: Any = None, /, **options: Any) -> Any:
    """Make a task of a function of a module, `async def` or `def`.

    `async def` tasks share the worker's event loop; `def` tasks run in its threads.

    Args:
        func: the function, when the decorator is written without brackets.
        **options: `priority`, `queue_name`, `backend`, `takes_context`, `retries`, `retry_for`, `backoff`, `time_limit`,
            `unique`, `atomic`, `schedule` and the others of `TaskOptions`; `name` is its name in the registry, the
            module and the function's name unless given.

    Returns:
        The task, or a decorator that makes it.

    Raises:
        InvalidTask: an option is unknown or has a value that means nothing; or `func` is no function of a module.

    Example:
        >>> @task(retries=5)
        ... async def send_receipt(order_id: int) -> None: ...
    """
    if func is not None:
        return make_task(func, options)
    return lambda func: make_task(func, options)


def make_task(func: Any, given: dict[str, Any]) -> Task[..., Any]:
    """Make and register a task."""
    if not callable(func) or not hasattr(func, "__qualname__"):
        raise InvalidTask(f"@task decorates functions, not {func!r}.")
    options = dict(given)
    full_name = options.pop("name", None) or f"{func.__module__}.{func.__qualname__}"
    if "<locals>" in full_name or "<lambda>" in full_name:
        raise InvalidTask(
            f"{full_name} is defined inside of another function, where no worker finds it. Define tasks at the top of a"
            " module, or give it a name: @task(name=…)."
        )
    if len(full_name) > 200:
        raise InvalidTask(f"The name {full_name[:60]}… of a task has more than 200 characters. Give a short name=.")
    for name in options:
        if name not in OPTION_NAMES:
            raise InvalidTask(f"@task has no option {name!r}.{nearest(name, OPTION_NAMES)}")
    if "retry_for" in options and isinstance(options["retry_for"], list):
        options["retry_for"] = tuple(options["retry_for"])
    chosen = TaskOptions(**options)
    chosen.check(full_name)
    made: Task[..., Any] = Task(func, full_name, chosen, Arguments(func, takes_context=chosen.takes_context))
    registry.register(made)
    return made


# -- the names of Celery ------------------------------------------------------------------------------------------------

TRANSLATED = {
    "bind": "takes_context",
    "max_retries": "retries",
    "autoretry_for": "retry_for",
    "retry_backoff_max": "backoff_max",
    "retry_jitter": "jitter",
    "queue": "queue_name",
}
WITHOUT_EFFECT = frozenset(
    {"acks_late", "ignore_result", "reject_on_worker_lost", "track_started", "store_errors_even_if_ignored"}
)
"""Always so here: a message is given up only when its task has ended, and its state is kept."""


@overload
def shared_task(func: Callable[P, Coroutine[Any, Any, R]], /) -> Task[P, R]: ...
@overload
def shared_task(func: Callable[P, R], /) -> Task[P, R]: ...
@overload
def shared_task(*, bind: Literal[True], **options: Any) -> ContextDecorator: ...
@overload
def shared_task(*, bind: Literal[False] = False, **options: Any) -> Decorator: ...
def shared_task(func: Any = None, /, **options: Any) -> Any:
    """Make a task, with options as Celery names them; those of `task` work too.

    Args:
        func: the function, when the decorator is written without brackets.
        **options: `bind` gives the function a `TaskContext` as `self` (with `self.retry()`); `max_retries`,
            `autoretry_for`, `retry_backoff` (True or seconds), `retry_backoff_max`, `retry_jitter`,
            `default_retry_delay`, `soft_time_limit`, `time_limit`, `queue`, `priority`, `expires`, `name`. `acks_late`,
            `reject_on_worker_lost`, `ignore_result` and `track_started` are how it always is here.

    Raises:
        InvalidTask: an option is unknown.

    Example:
        >>> @shared_task(bind=True, autoretry_for=(OSError,), max_retries=5, retry_backoff=True)
        ... def fetch(self, url: str) -> None: ...
    """
    if func is not None:
        return make_task(func, translated(options))
    return lambda func: make_task(func, translated(options))


FOR_EVER = 1_000_000


def translated(options: dict[str, Any]) -> dict[str, Any]:
    """Return options in the words of `task`."""
    chosen = {TRANSLATED.get(name, name): value for name, value in options.items() if name not in WITHOUT_EFFECT}
    delay, backoff = chosen.pop("default_retry_delay", None), chosen.pop("retry_backoff", None)
    if backoff:
        chosen["backoff"] = 1.0 if backoff is True else float(backoff)
    elif delay is not None:
        chosen |= {"backoff": float(delay), "backoff_max": float(delay), "jitter": False}
    if "retries" not in options:
        # Celery's words: three repetitions, by self.retry() or for the errors of autoretry_for.
        retries = options.get("max_retries", 3)
        chosen["retries"] = FOR_EVER if retries is None else retries
        chosen.setdefault("retry_for", ())
    return chosen
