"""Everything a task can be told, in one frozen object."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from typing_extensions import TypedDict

from manoir.exceptions import InvalidTask
from manoir.tasks._schedules import Schedule

Seconds: TypeAlias = float | dt.timedelta
Unique: TypeAlias = bool | str | Callable[..., str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOptions:
    """How a task waits, runs and fails.

    Attributes:
        priority: -100 to 100; larger numbers run first.
        queue_name: where it waits.
        backend: alias in TASKS.
        takes_context: the function's first parameter is a `TaskContext`.
        run_after: not before this moment.
        expires: not after this moment, or this span or these seconds after it was enqueued; None: however late.
        retries: how often it is run again after an error; 0: never.
        retry_for: errors after which it is run again.
        dont_retry_for: errors after which it is not, although `retry_for` has their base.
        backoff: seconds before the first repetition; each further one waits twice as long.
        backoff_max: the longest wait in seconds.
        jitter: choose each wait at random between half of it and all of it, so that tasks that failed together do not
            come back together.
        soft_time_limit: seconds after which `SoftTimeLimitExceeded` is raised inside of it; None: never.
        time_limit: seconds after which it is ended and fails; None: never.
        unique: no second one waits while one does: True for the same arguments, a function of the arguments that
            returns a key, or the key itself.
        unique_until: "finish": not while it runs either; "start": it may be enqueued again once it runs.
        atomic: run it in a transaction that also holds its completion, so that its writes happen exactly once.
        schedule: when it runs by itself.
    """

    priority: int = 0
    queue_name: str = "default"
    backend: str = "default"
    takes_context: bool = False
    run_after: dt.datetime | dt.timedelta | float | None = None
    expires: dt.datetime | dt.timedelta | float | None = None
    retries: int = 0
    retry_for: tuple[type[BaseException], ...] = (Exception,)
    dont_retry_for: tuple[type[BaseException], ...] = ()
    backoff: float = 1.0
    backoff_max: float = 600.0
    jitter: bool = True
    soft_time_limit: float | None = None
    time_limit: float | None = None
    unique: Unique = False
    unique_until: Literal["finish", "start"] = "finish"
    atomic: bool = False
    schedule: Schedule | None = None

    def check(self, name: str) -> None:
        """Refuse values that mean nothing.

        Raises:
            InvalidTask: names the option, its value, and what it may be.
        """
        wrong = self.problem()
        if wrong is not None:
            raise InvalidTask(f"The task {name}: {wrong}")

    def problem(self) -> str | None:
        if type(self.priority) is not int or not -100 <= self.priority <= 100:
            return f"priority is {self.priority!r}, but has to be an int from -100 to 100."
        if not self.queue_name or len(self.queue_name) > 100:
            return f"queue_name is {self.queue_name!r}, but has to be a text of 1 to 100 characters."
        if type(self.retries) is not int or self.retries < 0:
            return f"retries is {self.retries!r}, but has to be an int of 0 or more."
        for option in ("backoff", "backoff_max", "soft_time_limit", "time_limit"):
            value = getattr(self, option)
            if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0):
                return f"{option} is {value!r}, but has to be seconds, 0 or more."
        if self.unique_until not in ("finish", "start"):
            return f'unique_until is {self.unique_until!r}, but has to be "finish" or "start".'
        for option in ("retry_for", "dont_retry_for"):
            if not are_exceptions(getattr(self, option)):
                return f"{option} is {getattr(self, option)!r}, but has to be a tuple of exception classes."
        if self.schedule is not None and not isinstance(self.schedule, Schedule):
            return f"schedule is {self.schedule!r}, but has to be cron(…) or every(…)."
        return None


def are_exceptions(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, type) and issubclass(one, BaseException) for one in value)


class OptionArguments(TypedDict, total=False):
    """The keyword arguments of `@task`; their meaning stands at `TaskOptions`."""

    name: str
    priority: int
    queue_name: str
    backend: str
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
    unique: Unique
    unique_until: Literal["finish", "start"]
    atomic: bool
    schedule: Schedule | None


OPTION_NAMES = tuple(field.name for field in dataclasses.fields(TaskOptions))


def changed(options: TaskOptions, changes: dict[str, Any]) -> TaskOptions:
    """Return the options with some of them changed."""
    return dataclasses.replace(options, **changes)
