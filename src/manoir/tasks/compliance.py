"""The tests that every task backend passes.

Subclass it in your tests, give it a backend, and say how its tasks come to an end:

    from manoir.tasks.compliance import TaskBackendCompliance

    class TestMyBackend(TaskBackendCompliance):
        @pytest.fixture
        def backend(self):
            with settings.override(TASKS={"default": {"BACKEND": "shop.MyBackend"}}):
                yield task_backends["default"]

        async def finish(self, *results):
            ...  # let a worker run until these have ended

The backend is `task_backends["default"]` while a test runs, and empty at its start. Workers in other processes import
this module, whose tasks they run.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import sys
from decimal import Decimal
from typing import Any, ClassVar, Literal
from uuid import UUID

import pytest

from manoir.bridge import wait
from manoir.db import transaction
from manoir.exceptions import (
    InvalidTask,
    Retry,
    TaskArgumentError,
    TaskCancelled,
    TaskFailed,
    TaskResultDoesNotExist,
    TaskResultMismatch,
)
from manoir.models import TextChoices
from manoir.tasks._base import BaseTaskBackend
from manoir.tasks._context import TaskContext
from manoir.tasks._decorators import task
from manoir.tasks._message import TaskMessage, new_id, utc_now
from manoir.tasks._result import TaskResult, TaskResultStatus

__all__ = ["TaskBackendCompliance"]

VALUES: list[Any] = [
    None, True, False, 0, -1, 2**63, -(2**70), 0.5, "", "text", "ü\x00\U0001f600", b"", b"\xff\x00",
    [], [1, "a", [None]], (), (1, (2,)), {}, {"a": {"b": [1]}}, {1: "a", (1, 2): "b"}, {"$": "date", "v": "x"},
    set(), {1, 2}, frozenset({"a"}), Decimal("1.10"), Decimal("-0"), dt.date(2026, 11, 22), dt.time(1, 2, 3, 4),
    dt.datetime(2026, 11, 22, 1, 2, 3, 4),  # noqa: DTZ001 - naive ones are values too
    dt.datetime(2026, 11, 22, tzinfo=dt.UTC), dt.timedelta(days=-1, microseconds=1), UUID(int=7),
]  # fmt: skip
"""One value of every kind a message carries."""


class Colour(TextChoices):
    """For an argument that is a choice."""

    RED = "red", "Red"


class Trouble(Exception):
    """What the failing tasks raise."""


@task
async def echo(value: Any) -> Any:
    """Return the argument."""
    return value


@task
def echo_in_thread(value: Any) -> Any:
    """Return the argument, from a `def`."""
    return value


@task
async def add(left: int, right: int = 0) -> int:
    """Return a sum."""
    return left + right


@task
async def paint(colour: Colour) -> str:
    """Say what arrived for a choice."""
    return type(colour).__name__


@task
async def fail(text: str) -> None:
    """Fail."""
    raise Trouble(text)


@task(retries=2, backoff=0, takes_context=True)
async def fail_until(context: TaskContext, attempt: int) -> int:
    """Fail until this attempt."""
    if context.attempt < attempt:
        raise Trouble(f"attempt {context.attempt}")
    return context.attempt


@task(retries=1, retry_for=(), takes_context=True)
def ask_again(context: TaskContext) -> int:
    """Ask for one more attempt, without an error."""
    if context.attempt == 1:
        context.retry("once more", countdown=0)
    return context.attempt


@task(retries=3, retry_for=(KeyError,), backoff=0)
async def fail_otherwise() -> None:
    """Fail with an error that is not repeated."""
    raise Trouble("not repeated")


@task(time_limit=0.05)
async def sleep_too_long() -> None:
    """Run into the hard limit."""
    await asyncio.sleep(30)


@task(soft_time_limit=0.05, time_limit=20)
async def sleep_and_tidy() -> str:
    """Run into the soft limit, and clean up."""
    try:
        await asyncio.sleep(30)
    except Exception as error:
        return type(error).__name__
    return "not reached"


@task(atomic=True)
async def add_atomically(left: int) -> int:
    """Return a sum out of a transaction."""
    return left + 1


@task(unique=True)
async def once(number: int) -> int:
    """Return the argument; one at a time for each."""
    return number


@task
async def give_up() -> None:
    """Ask for a repetition although none is left."""
    raise Retry("no repetition is left")


class TaskBackendCompliance:
    """What every backend does, wherever its tasks wait."""

    transactional: ClassVar[bool] = True
    """Tasks that were enqueued in a transaction vanish when it is rolled back."""
    runs: ClassVar[bool] = True
    """It runs tasks at all."""

    @pytest.fixture
    def backend(self) -> BaseTaskBackend:
        """Return the backend, empty; subclasses do."""
        raise NotImplementedError("Define the fixture `backend` in your subclass of TaskBackendCompliance.")

    async def finish(self, *results: TaskResult[Any]) -> None:
        """Let a worker run until these tasks have ended; subclasses say how."""
        raise NotImplementedError("Define `finish` in your subclass of TaskBackendCompliance.")

    async def ended(self, result: TaskResult[Any]) -> TaskResult[Any]:
        """Return the result after its task has ended."""
        await self.finish(result)
        if not result.is_finished:
            await result.arefresh()
        assert result.is_finished
        return result

    def message(self, name: str, arguments: str = "[[],{}]", **parts: Any) -> TaskMessage:
        """Return a message as somebody might forge it."""
        return TaskMessage(id=str(new_id()), name=name, arguments=arguments, enqueued_at=utc_now(), **parts)

    # -- running ----------------------------------------------------------------------------------------------------

    async def test_values_arrive_and_come_back_with_their_type(self, backend: BaseTaskBackend) -> None:
        """Nothing becomes a similar type; of either colour."""
        result = await self.ended(await echo.aenqueue(VALUES))
        other = await self.ended(await echo_in_thread.aenqueue(VALUES))
        again = await backend.aget_result(result.id)
        for found in (result.return_value, again.return_value, other.return_value):
            assert [(type(one), one) for one in found] == [(type(one), one) for one in VALUES]
        assert again.args == [VALUES]

    async def test_a_result_tells_how_the_task_went(self, backend: BaseTaskBackend) -> None:
        """The documented attributes."""
        before = utc_now()
        result = await add.aenqueue(3, right=4)
        assert (result.task.full_name, result.args, result.kwargs, result.backend) == (
            "manoir.tasks.compliance.add", [3], {"right": 4}, "default",
        )  # fmt: skip
        await self.ended(result)
        assert (result.status, result.return_value, result.attempts, result.errors) == (
            TaskResultStatus.SUCCESSFUL, 7, 1, [],
        )  # fmt: skip
        assert result.started_at is not None
        assert result.finished_at is not None
        assert result.enqueued_at <= result.started_at <= result.finished_at
        assert result.enqueued_at - before < dt.timedelta(seconds=5)
        assert len(result.worker_ids) == 1

    async def test_annotations_say_what_arrives(self, backend: BaseTaskBackend) -> None:
        """A choice arrives as the member of its enumeration."""
        assert (await self.ended(await paint.aenqueue(Colour.RED))).return_value == "Colour"

    async def test_an_error_is_kept(self, backend: BaseTaskBackend) -> None:
        """With its class, its text and its traceback."""
        result = await self.ended(await fail.aenqueue("the reason"))
        assert (result.status, len(result.errors)) == (TaskResultStatus.FAILED, 1)
        error = result.errors[0]
        assert (error.exception_class, error.message) == (Trouble, "the reason")
        assert "in fail" in error.traceback
        with pytest.raises(ValueError, match="no return value"):
            assert result.return_value
        with pytest.raises(TaskFailed, match="the reason"):
            await result.aget()

    async def test_errors_are_repeated_as_often_as_allowed(self, backend: BaseTaskBackend) -> None:
        """And no more often."""
        good, bad = await fail_until.aenqueue(3), await fail_until.aenqueue(9)
        await self.finish(good, bad)
        await self.ended(good)
        await self.ended(bad)
        assert (good.status, good.return_value, good.attempts, len(good.errors)) == ("SUCCESSFUL", 3, 3, 2)
        assert (bad.status, bad.attempts, len(bad.errors)) == ("FAILED", 3, 3)

    async def test_a_task_asks_for_another_attempt(self, backend: BaseTaskBackend) -> None:
        """By its context, or by raising Retry; without repetitions left it fails."""
        again, never = await ask_again.aenqueue(), await give_up.aenqueue()
        await self.finish(again, never)
        assert (await self.ended(again)).return_value == 2
        assert (await self.ended(never)).status == "FAILED"

    async def test_only_the_named_errors_are_repeated(self, backend: BaseTaskBackend) -> None:
        """Others end the task."""
        result = await self.ended(await fail_otherwise.aenqueue())
        assert (result.status, result.attempts) == ("FAILED", 1)

    async def test_time_limits(self, backend: BaseTaskBackend) -> None:
        """The hard one ends the task, the soft one can be caught."""
        hard, soft = await sleep_too_long.aenqueue(), await sleep_and_tidy.aenqueue()
        await self.finish(hard, soft)
        await self.ended(hard)
        assert (hard.status, hard.errors[0].exception_class_path) == ("FAILED", "manoir.exceptions.TimeLimitExceeded")
        assert (await self.ended(soft)).return_value == "SoftTimeLimitExceeded"

    async def test_a_task_in_its_own_transaction(self, backend: BaseTaskBackend) -> None:
        """Ends like any other."""
        result = await self.ended(await add_atomically.aenqueue(1))
        assert (result.status, result.return_value) == ("SUCCESSFUL", 2)

    # -- asking -----------------------------------------------------------------------------------------------------

    async def test_wrong_arguments_are_refused_where_they_are_given(self, backend: BaseTaskBackend) -> None:
        """Missing, too many, of a wrong type, or such that no message carries them."""
        for args, kwargs in (((), {}), ((1, 2, 3), {}), (("1",), {}), ((True,), {}), ((1,), {"wrong": 2})):
            with pytest.raises(TaskArgumentError, match="add"):
                await add.aenqueue(*args, **kwargs)  # type: ignore[call-arg,arg-type]
        for value in (object(), float("nan"), [object()], "\ud800", "x" * 200_000):
            with pytest.raises(TaskArgumentError, match=r"message|arguments of"):
                await echo.aenqueue(value)
        deep: list[Any] = []
        for _ in range(50):
            deep = [deep]
        with pytest.raises(TaskArgumentError, match="levels deep"):
            await echo.aenqueue(deep)

    async def test_queues_are_those_of_the_settings(self, backend: BaseTaskBackend) -> None:
        """A queue that nobody works on is a mistake."""
        if backend.queues:
            with pytest.raises(InvalidTask, match="nobody"):
                await add.using(queue_name="nobody").aenqueue(1)

    async def test_many_at_once(self, backend: BaseTaskBackend) -> None:
        """In order, with an id each."""
        ids = await add.aenqueue_many([(1,), {"left": 2}, (3, 4)])
        results = [await backend.aget_result(one) for one in ids]
        await self.finish(*results)
        assert [(await self.ended(one)).return_value for one in results] == [1, 2, 7]

    def test_in_sync_code(self, backend: BaseTaskBackend) -> None:
        """Every method has its plain twin."""
        result = add.delay(1)
        wait(self.finish(result))
        result.refresh()
        assert result.get(timeout=10) == 1
        assert add.get_result(result.id).return_value == 1
        assert backend.get_result(result.id) == result
        assert add.apply_async((1,), {"right": 2}).args == [1]

    async def test_a_task_that_is_called_runs_here(self, backend: BaseTaskBackend) -> None:
        """Without a queue."""
        assert await add(1, 2) == 3
        assert echo_in_thread(1) == 1

    async def test_unknown_results(self, backend: BaseTaskBackend) -> None:
        """Have an error of their own, and so have results of other tasks."""
        for unknown in (str(new_id()), "", "x", "'; --"):
            with pytest.raises(TaskResultDoesNotExist):
                await backend.aget_result(unknown)
        result = await add.aenqueue(1)
        with pytest.raises(TaskResultMismatch, match="add"):
            await echo.aget_result(result.id)

    async def test_a_transaction_that_is_rolled_back_asked_for_nothing(self, backend: BaseTaskBackend) -> None:
        """The task is part of the transaction."""
        if not self.transactional:
            return
        lost: list[TaskResult[int]] = []

        async def ask_and_fail() -> None:
            async with transaction.atomic():
                lost.append(await add.aenqueue(1))
                raise Trouble

        with pytest.raises(Trouble):
            await ask_and_fail()
        with pytest.raises(TaskResultDoesNotExist):
            await lost[0].arefresh()
        async with transaction.atomic():
            kept = await add.aenqueue(2)
        assert (await self.ended(kept)).return_value == 2

    # -- later, once, not at all ------------------------------------------------------------------------------------

    async def test_a_task_waits_for_its_moment(self, backend: BaseTaskBackend) -> None:
        """An expired one is not run any more."""
        if not backend.supports_defer:
            with pytest.raises(InvalidTask, match="later"):
                await add.aapply_async((1,), countdown=60)
            return
        later = await add.aapply_async((1,), countdown=3600)
        soon = await add.aapply_async((2,), countdown=0.05)
        late = await add.aapply_async((3,), expires=utc_now() - dt.timedelta(seconds=1))
        await self.finish(soon, late)
        assert (await self.ended(soon)).return_value == 2
        assert (await self.ended(late)).status == "CANCELLED"
        await later.arefresh()
        assert (later.status, later.attempts) == ("READY", 0)

    async def test_a_unique_task_waits_once(self, backend: BaseTaskBackend) -> None:
        """H47: twenty ask at once, one is taken; after its end it can be asked for again."""
        if not backend.supports_unique:
            return
        later = once.using(run_after=3600)  # a worker that is at work already would end the first one meanwhile
        results = await asyncio.gather(*(later.aenqueue(7) for _ in range(20)))
        other = await once.aenqueue(8)
        assert len({one.id for one in results}) == 1
        assert other.id != results[0].id
        await self.ended(other)
        assert (await once.aenqueue(8)).id != other.id
        if backend.supports_cancel:
            await results[0].acancel()
            assert (await once.aenqueue(7)).id != results[0].id

    async def test_a_message_is_taken_once(self, backend: BaseTaskBackend) -> None:
        """Its id is known already."""
        if not self.runs:
            return
        message = self.message("manoir.tasks.compliance.add", "[[1],{}]")
        assert await backend.asubmit([message]) == [message.id]
        assert await backend.asubmit([message]) == [message.id]
        result = await self.ended(await backend.aget_result(message.id))
        assert (result.return_value, result.attempts) == (1, 1)

    async def test_a_waiting_task_is_cancelled(self, backend: BaseTaskBackend) -> None:
        """And never runs; one that has ended cannot be."""
        if not backend.supports_cancel:
            return
        result = await add.using(run_after=3600).aenqueue(1)
        assert await result.acancel() is True
        assert (result.status, result.attempts) == ("CANCELLED", 0)
        assert await result.acancel() is False
        with pytest.raises(TaskCancelled):
            await result.aget()
        assert await backend.acancel(str(new_id())) is False
        assert await backend.aretry(result.id) is True
        await result.arefresh()
        assert result.status == "READY"

    # -- what an attacker writes into the queue ---------------------------------------------------------------------

    @pytest.mark.parametrize(
        "name", ["os.system", "manoir.tasks.compliance.Trouble", "__class__", "add", "builtins.eval", "json.tool"]
    )
    async def test_names_come_from_the_registry(self, backend: BaseTaskBackend, name: str) -> None:
        """C11, H46: nothing is imported or called for a name; the message is put aside."""
        before = set(sys.modules)
        message = self.message(name, '[["true"],{}]')
        await backend.asubmit([message])
        state = await self.put_aside(backend, message)
        assert state == ("FAILED", "manoir.exceptions.UnknownTask")
        assert not {module for module in set(sys.modules) - before if module.startswith("json.tool")}

    @pytest.mark.parametrize(
        "arguments",
        [
            "", "null", "[]", "[[],[]]", '[[],{"left":"1"}]', '[["1"],{}]', "[[1,2,3],{}]", '[[],{"__class__":1}]',
            '[[{"$":"object","v":"os.system"}],{}]', '[[{"$":"decimal","v":"x"}],{}]', '[[{"$":"int"}],{}]',
            '[[{"$":["int"],"v":1}],{}]', '[[{"$":"dict","v":[[[],1]]}],{}]', "\x80\x04\x95", "[[" * 2_000,
            "[" * 60 + "1" + "]" * 60, '[[{"$":"bytes","v":"%%%"}],{}]', '[[{"$":"int","v":"' + "9" * 5_000 + '"}],{}]',
        ],
    )  # fmt: skip
    async def test_arguments_are_checked_again_by_the_worker(self, backend: BaseTaskBackend, arguments: str) -> None:
        """C09, H46, H56: what is damaged, of a foreign type, too deep or too long is put aside, and nothing runs."""
        message = self.message("manoir.tasks.compliance.add", arguments)
        await backend.asubmit([message])
        status, error = await self.put_aside(backend, message)
        assert (status, error) == ("FAILED", "manoir.exceptions.TaskMessageError")

    async def put_aside(self, backend: BaseTaskBackend, message: TaskMessage) -> tuple[Literal["FAILED"] | str, str]:
        """Return the status and the error of a message that cannot be run."""
        stand_in = TaskResult(add, backend, await backend.aread(message.id), [], {})
        await self.finish(stand_in)
        state = await backend.aread(message.id)
        assert dataclasses.is_dataclass(state)
        assert state.started_at is None or state.result is None
        return state.status.value, state.errors[-1].exception_class_path
