"""`@task`, and `@shared_task` with the names that Celery gave to the same things."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar, overload

from typing_extensions import Unpack

from manoir.exceptions import InvalidTask
from manoir.tasks._advice import OPTIONS, TRANSLATED, advice
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
    check_names(options, "task", OPTION_NAMES)
    if func is not None:
        return make_task(func, options)
    return lambda func: make_task(func, options)


def make_task(func: Any, given: dict[str, Any]) -> Task[..., Any]:
    """Make and register a task."""
    if not callable(func) or not hasattr(func, "__qualname__"):
        named = f" A name is given by @task(name={func!r})." if isinstance(func, str) else ""
        raise InvalidTask(f"@task decorates functions, not {func!r}.{named}")
    options = dict(given)
    full_name = options.pop("name", None) or f"{func.__module__}.{func.__qualname__}"
    if "<locals>" in full_name or "<lambda>" in full_name:
        raise InvalidTask(
            f"{full_name} is defined inside of another function, where no worker finds it. Define tasks at the top of a"
            " module, or give it a name: @task(name=…)."
        )
    if len(full_name) > 200:
        raise InvalidTask(f"The name {full_name[:60]}… of a task has more than 200 characters. Give a short name=.")
    for name in ("retry_for", "dont_retry_for"):
        if isinstance(options.get(name), list):
            options[name] = tuple(options[name])
    chosen = TaskOptions(**options)
    chosen.check(full_name)
    made: Task[..., Any] = Task(func, full_name, chosen, Arguments(func, takes_context=chosen.takes_context))
    registry.register(made)
    return made


def check_names(given: Iterable[str], decorator: str, known: Sequence[str]) -> None:
    """Refuse options that a decorator does not take.

    Raises:
        InvalidTask: there is one; says what to write instead.
    """
    for name in given:
        if name not in known and name != "name":
            found = advice(name, OPTIONS, known) or f" It takes: {', '.join(['name', *known])}."
            raise InvalidTask(f"@{decorator} has no option {name!r}.{found}")


# -- the names of Celery ------------------------------------------------------------------------------------------------

WITHOUT_EFFECT = frozenset(
    {"acks_late", "ignore_result", "reject_on_worker_lost", "track_started", "store_errors_even_if_ignored"}
)
"""Always so here: a message is given up only when its task has ended, and its state is kept."""
OTHERS = ("default_retry_delay", "retry_backoff", "retry_kwargs")
KNOWN = (*OPTION_NAMES, *TRANSLATED, *OTHERS, *sorted(WITHOUT_EFFECT))


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
        **options: `bind` gives the function a `TaskContext` as `self` (with `self.retry()` and `self.request`);
            `max_retries` (3), `autoretry_for`, `dont_autoretry_for`, `retry_backoff` (True or seconds),
            `retry_backoff_max`, `retry_jitter`, `retry_kwargs`, `default_retry_delay` (180 seconds),
            `soft_time_limit`, `time_limit`, `queue`, `priority`, `expires`, `name`. `acks_late`,
            `reject_on_worker_lost`, `ignore_result` and `track_started` are how it always is here.

    Raises:
        InvalidTask: an option is unknown.

    Example:
        >>> @shared_task(bind=True, autoretry_for=(OSError,), max_retries=5, retry_backoff=True)
        ... def fetch(self, url: str) -> None: ...
    """
    check_names(options, "shared_task", KNOWN)
    if func is not None:
        return make_task(func, translated(options))
    return lambda func: make_task(func, translated(options))


FOR_EVER = 1_000_000
DELAY_SECONDS = 180.0
"""Before a repetition, where nobody says anything about it."""


def translated(options: dict[str, Any]) -> dict[str, Any]:
    """Return options in the words of `task`."""
    given = with_retry_kwargs(options)
    chosen = {TRANSLATED.get(name, name): value for name, value in given.items() if name not in WITHOUT_EFFECT}
    delay, backoff = chosen.pop("default_retry_delay", None), chosen.pop("retry_backoff", None)
    delay = DELAY_SECONDS if delay is None else delay
    if backoff:
        chosen["backoff"] = 1.0 if backoff is True else float(backoff)
    elif "backoff" not in chosen:
        chosen |= {"backoff": float(delay), "backoff_max": float(delay), "jitter": False}
    if "retries" not in options:
        # Celery's words: three repetitions, by self.retry() or for the errors of autoretry_for.
        retries = given.get("max_retries", 3)
        chosen["retries"] = FOR_EVER if retries is None else retries
        chosen.setdefault("retry_for", ())
    return chosen


def with_retry_kwargs(options: dict[str, Any]) -> dict[str, Any]:
    """Return options with what `retry_kwargs` says among them.

    Raises:
        InvalidTask: it says something else than `max_retries` and `countdown`.
    """
    given = dict(options)
    for name, value in dict(given.pop("retry_kwargs", None) or {}).items():
        if name not in ("max_retries", "countdown"):
            raise InvalidTask(f"retry_kwargs has an unknown key {name!r}. There are: 'max_retries' and 'countdown'.")
        given["max_retries" if name == "max_retries" else "default_retry_delay"] = value
    return given
