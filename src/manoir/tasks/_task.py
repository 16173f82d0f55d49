"""A task: a function with a name in the registry, and the ways to ask for it."""

from __future__ import annotations

import datetime as dt
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Never, ParamSpec, TypeVar

from manoir.bridge import blocking
from manoir.exceptions import InvalidTask, TaskResultMismatch
from manoir.tasks._advice import CALLS, CHANGES, OPTIONS, TASK, advice
from manoir.tasks._arguments import Arguments
from manoir.tasks._handler import task_backends
from manoir.tasks._options import OPTION_NAMES, TaskOptions, changed
from manoir.tasks._result import TaskResult
from manoir.tasks._schedules import Schedule

if TYPE_CHECKING:
    from manoir.tasks._base import BaseTaskBackend

P = ParamSpec("P")
R = TypeVar("R", covariant=True)

KEPT: Any = object()


class Task(Generic[P, R]):
    """A function that workers run; made by `@task`. It cannot be changed: `using()` returns a changed copy.

    Calling it runs the function here and now. `delay`, `enqueue` and `apply_async` ask a worker to; inside a
    transaction of the backend's database the task is part of that transaction.

    Args:
        func: the function, of either colour.
        full_name: its name in the registry.
        options: how it waits, runs and fails.

    Attributes:
        func: the function.
        name: its name, not always unique.
        full_name: its name in the registry, such as `"shop.tasks.send_receipt"`.
        options: how it waits, runs and fails.
        is_async: the function is `async def`.
        arguments: what the function takes.
    """

    __slots__ = ("__dict__", "arguments", "full_name", "func", "is_async", "options")

    func: Callable[P, Any]
    full_name: str
    options: TaskOptions
    is_async: bool
    arguments: Arguments

    def __init__(self, func: Callable[P, Any], full_name: str, options: TaskOptions, arguments: Arguments) -> None:
        put = functools.partial(object.__setattr__, self)
        put("func", func)
        put("full_name", full_name)
        put("options", options)
        put("is_async", inspect.iscoroutinefunction(func))
        put("arguments", arguments)
        functools.update_wrapper(self, func, updated=())

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):  # what functools.update_wrapper copies
            object.__setattr__(self, name, value)
            return
        raise AttributeError(f"A task cannot be changed. Write {self.name}.using({name}=…), which returns another one.")

    if TYPE_CHECKING:  # a type checker names what is missing by itself
        priority: int
        queue_name: str
        backend: str
        takes_context: bool
        run_after: dt.datetime | dt.timedelta | float | None
        expires: dt.datetime | dt.timedelta | float | None
        retries: int
        retry_for: tuple[type[BaseException], ...]
        dont_retry_for: tuple[type[BaseException], ...]
        backoff: float
        backoff_max: float
        jitter: bool
        soft_time_limit: float | None
        time_limit: float | None
        unique: bool | str | Callable[..., str]
        unique_until: Literal["finish", "start"]
        atomic: bool
        schedule: Schedule | None

    else:

        def __getattr__(self, name: str) -> Any:
            if name in OPTION_NAMES:
                return getattr(self.options, name)
            known = [*OPTION_NAMES, *(one for one in dir(type(self)) if not one.startswith("_"))]
            raise AttributeError(f"Task has no attribute {name!r}.{advice(name, TASK, known)}")

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.func.__name__

    @property
    def module_path(self) -> str:
        """Where the function stands: its module and its name."""
        return f"{self.func.__module__}.{self.func.__qualname__}"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Run the function here and now, without a queue."""
        return self.func(*args, **kwargs)

    def get_backend(self) -> BaseTaskBackend:
        """Return the backend it is enqueued in.

        Raises:
            InvalidTaskBackend: TASKS has no such alias.
        """
        return task_backends[self.options.backend]

    # -- changing -----------------------------------------------------------------------------------------------------

    def using(
        self,
        *,
        priority: int = KEPT,
        backend: str = KEPT,
        queue_name: str = KEPT,
        run_after: dt.datetime | dt.timedelta | float | None = KEPT,
        expires: dt.datetime | dt.timedelta | float | None = KEPT,
        unique: bool | str | Callable[..., str] = KEPT,
        **unknown: Never,
    ) -> Task[P, R]:
        """Return the same task with other options; the registered one stays as it is.

        Args:
            priority: -100 to 100; larger numbers run first.
            backend: alias in TASKS.
            queue_name: where it waits.
            run_after: not before this moment, or this span or these seconds from now.
            expires: not after it.
            unique: no second one waits while one does; see `TaskOptions`.
            **unknown: there are no others: how a task runs is said where it is declared.

        Raises:
            InvalidTask: an option has a value that means nothing.
            TypeError: there is no such option.

        Example:
            >>> send_receipt.using(priority=10).enqueue(7)
        """
        refuse("using", unknown, CHANGES)
        given = {
            "priority": priority,
            "backend": backend,
            "queue_name": queue_name,
            "run_after": run_after,
            "expires": expires,
            "unique": unique,
        }
        options = changed(self.options, {name: value for name, value in given.items() if value is not KEPT})
        options.check(self.full_name)
        return type(self)(self.func, self.full_name, options, self.arguments)

    # -- asking -------------------------------------------------------------------------------------------------------

    async def aenqueue(self, *args: P.args, **kwargs: P.kwargs) -> TaskResult[R]:
        """Ask a worker to run the function with these arguments.

        Returns:
            The task as it waits; with `unique`, perhaps the one that waits already.

        Raises:
            TaskArgumentError: the function does not take these arguments, or no message can carry them.
            InvalidTask: the backend cannot do what the task asks for.
        """
        return await self.get_backend().aenqueue(self, args, kwargs)

    enqueue = blocking(aenqueue)

    async def adelay(self, *args: P.args, **kwargs: P.kwargs) -> TaskResult[R]:
        """Do what `aenqueue` does; the name that Celery gave it."""
        return await self.get_backend().aenqueue(self, args, kwargs)

    delay = blocking(adelay)

    async def aapply_async(
        self,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        countdown: float | None = None,
        eta: dt.datetime | None = None,
        expires: dt.datetime | dt.timedelta | float | None = KEPT,
        queue: str = KEPT,
        priority: int = KEPT,
        unique: bool | str | Callable[..., str] = KEPT,
        backend: str = KEPT,
        **unknown: Never,
    ) -> TaskResult[R]:
        """Ask a worker to run the function, and say when and how.

        Args:
            args: positional arguments.
            kwargs: keyword arguments.
            countdown: seconds to wait before; None: no wait.
            eta: the moment before which it does not run; None: what `countdown` says.
            expires: a moment, a span or seconds after which it is not run any more; None: never.
            queue: where it waits.
            priority: -100 to 100; larger numbers run first.
            unique: no second one waits while one does; see `TaskOptions`.
            backend: alias in TASKS.
            **unknown: there are no others; an error says what is there instead of Celery's.

        Raises:
            InvalidTask: `countdown` and `eta` are both given, or an option means nothing to the backend.
            TaskArgumentError: the function does not take these arguments.
            TypeError: there is no such option.

        Example:
            >>> send_receipt.apply_async((7,), countdown=60, queue="mail")
        """
        refuse("apply_async", unknown, CALLS)
        if countdown is not None and eta is not None:
            raise InvalidTask(f"{self.full_name} was given both countdown and eta. Give one of them.")
        check_call(self.name, args, kwargs, countdown, eta)
        task = self.using(
            priority=priority,
            backend=backend,
            queue_name=queue,
            run_after=KEPT if countdown is None and eta is None else eta if eta is not None else countdown,
            expires=expires,
            unique=unique,
        )
        return await task.get_backend().aenqueue(task, args, kwargs or {})

    apply_async = blocking(aapply_async)

    async def aenqueue_many(self, calls: Iterable[Sequence[Any] | Mapping[str, Any]]) -> list[str]:
        """Ask for many calls at once, in as few statements as the backend can.

        Args:
            calls: for each call its positional arguments (a tuple or list) or its keyword arguments (a dict).

        Returns:
            The ids of the tasks, in order.

        Example:
            >>> send_receipt.enqueue_many([(7,), (8,)])
        """
        pairs: list[tuple[Sequence[Any], Mapping[str, Any]]] = [
            ((), call) if isinstance(call, Mapping) else (call, {}) for call in calls
        ]
        return await self.get_backend().aenqueue_many(self, pairs)

    enqueue_many = blocking(aenqueue_many)

    async def aget_result(self, result_id: str) -> TaskResult[R]:
        """Return a call of this task that was enqueued before.

        Raises:
            TaskResultDoesNotExist: the backend knows no such id.
            TaskResultMismatch: the id is that of another task.
        """
        result = await self.get_backend().aget_result(result_id)
        if result.task.full_name != self.full_name:
            raise TaskResultMismatch(
                f"{result_id} is a result of the task {result.task.full_name}, not of {self.full_name}."
            )
        return result

    get_result = blocking(aget_result)

    # -- identity -----------------------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Task) and (other.full_name, other.options, other.func) == (
            self.full_name,
            self.options,
            self.func,
        )

    def __hash__(self) -> int:
        return hash((self.full_name, self.options.queue_name, self.options.backend))

    def __repr__(self) -> str:
        return f"<Task {self.full_name}>"


KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "using": ("priority", "backend", "queue_name", "run_after", "expires", "unique"),
    "apply_async": ("args", "kwargs", "countdown", "eta", "expires", "queue", "priority", "unique", "backend"),
}


def check_call(name: str, args: Any, kwargs: Any, countdown: Any, eta: Any) -> None:
    """Refuse what `apply_async` was given in a wrong place or type.

    Raises:
        TypeError: names the argument, and how it is written.
    """
    if not isinstance(args, (list, tuple)):
        raise TypeError(f"apply_async() takes the arguments as a tuple, {name}.apply_async((7,)), not {args!r}.")
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise TypeError(
            f"apply_async() takes keyword arguments as a dict, {name}.apply_async((), {{…}}), not {kwargs!r}."
        )
    if isinstance(countdown, bool) or not isinstance(countdown, (int, float, dt.timedelta, NoneType)):
        raise TypeError(f"countdown has to be seconds, not {countdown!r}.")
    if not isinstance(eta, (dt.datetime, NoneType)):
        raise TypeError(f"eta has to be a datetime, not {eta!r}.")


def refuse(method: str, unknown: Mapping[str, Any], words: Mapping[str, str]) -> None:
    """Say what to write instead of a keyword that a method of tasks does not take.

    Raises:
        TypeError: there is one.
    """
    for name in unknown:
        if name in OPTION_NAMES and name not in words:
            found = f" Workers read it from the declaration: @task({name}=…)."
        else:
            found = advice(name, {**OPTIONS, **words}, KNOWN[method])
        raise TypeError(f"{method}() takes no {name!r}.{found} It takes: {', '.join(KNOWN[method])}.")
