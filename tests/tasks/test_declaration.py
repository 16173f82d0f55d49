from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from manoir.conf import settings
from manoir.exceptions import InvalidTask, InvalidTaskBackend, TaskArgumentError
from manoir.tasks import (
    DummyBackend,
    Task,
    TaskContext,
    TaskRegistry,
    default_task_backend,
    shared_task,
    task,
    task_backends,
)
from manoir.tasks._options import TaskOptions
from manoir.tasks._running import backoff_seconds, repeats
from tests.tasks.compat import send


@pytest.fixture(autouse=True)
def dummy():
    with settings.override(TASKS={"default": {"BACKEND": "manoir.tasks.DummyBackend", "QUEUES": []}}):
        yield task_backends["default"]


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    made = TaskRegistry()
    for known in (send,):
        made.register(known)
    for module in ("_decorators", "_dummy", "_base"):
        monkeypatch.setattr(f"manoir.tasks.{module}.registry", made)
    return made


def declared(func: Any, **options: Any) -> Any:
    return task(name=f"shop.{func.__name__}", **options)(func)


def test_a_task_has_the_names_of_its_function():
    assert isinstance(send, Task)
    assert (send.name, send.full_name, send.__doc__) == ("send", "tests.tasks.compat.send", "Send something.")
    assert repr(send) == "<Task tests.tasks.compat.send>"


def test_a_task_cannot_be_changed():
    with pytest.raises(AttributeError, match="using"):
        send.priority = 5
    with pytest.raises(AttributeError, match="'priority'"):
        send.prioriti


def test_using_returns_a_changed_copy():
    urgent = send.using(priority=10, queue_name="mail", run_after=dt.timedelta(seconds=5))
    assert (urgent.priority, urgent.queue_name, send.priority, send.queue_name) == (10, "mail", 0, "default")
    assert urgent != send
    assert send.using() == send
    assert hash(send.using()) == hash(send)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"priority": 101}, "priority"), ({"priority": "high"}, "priority"), ({"queue_name": ""}, "queue_name"),
        ({"retries": -1}, "retries"), ({"backoff": -1}, "backoff"), ({"time_limit": "x"}, "time_limit"),
        ({"unique_until": "never"}, "unique_until"), ({"retry_for": (1,)}, "retry_for"), ({"schedule": "daily"}, "cron"),
        ({"retrys": 3}, "'retries'"), ({"name": "x" * 201}, "200"),
    ],
)  # fmt: skip
def test_options_that_mean_nothing_are_refused_where_they_are_written(options, word):
    def func() -> None: ...

    with pytest.raises(InvalidTask, match=word):
        task(**{"name": "shop.func"} | options)(func)


def test_functions_inside_of_functions_need_a_name():
    def inner() -> None: ...

    with pytest.raises(InvalidTask, match="top of a module"):
        task(inner)
    with pytest.raises(InvalidTask, match="functions"):
        task(7)  # type: ignore[call-overload]
    assert declared(inner).full_name == "shop.inner"


def test_arguments_are_checked_against_the_signature():
    for args, kwargs, word in (
        ((), {}, "missing"), ((1, 2, 3), {}, "too many"), ((1,), {"order": 1}, "multiple values"), ((1,), {"x": 1}, "'x'"),
        (("1",), {}, "int"), ((True,), {}, "bool"), ((1,), {"at": "2026-01-01"}, "date"), ((1,), {"price": 1.5}, "float"),
        ((None,), {}, "null"),
    ):  # fmt: skip
        with pytest.raises(TaskArgumentError, match=word):
            send.delay(*args, **kwargs)
    result = send.delay(1, at=dt.date(2026, 1, 1), price=Decimal("1.5"))
    assert result.kwargs == {"at": dt.date(2026, 1, 1), "price": Decimal("1.5")}
    assert len(default_task_backend.results) == 1


def test_annotations_that_cannot_be_checked_are_left_alone():
    def func(thing: NotThere, other: Any, context: TaskContext) -> None: ...  # noqa: F821

    assert declared(func).delay(1, [2], 3).args == [1, [2], 3]


def test_the_context_is_no_argument_of_the_caller():
    def func(context: TaskContext, number: int) -> None: ...

    made = declared(func, takes_context=True)
    assert made.delay(7).args == [7]
    with pytest.raises(TaskArgumentError):
        made.delay()

    def none() -> None: ...

    with pytest.raises(TypeError, match="TaskContext"):
        declared(none, takes_context=True)


def test_when_and_where(dummy):
    eta = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    result = send.apply_async((1,), eta=eta, expires=60, queue="mail", priority=3)
    message = dummy.states[result.id].message
    assert (message.run_at, message.queue, message.priority) == (eta, "mail", 3)
    assert dt.timedelta(seconds=55) < message.expires_at - message.enqueued_at < dt.timedelta(seconds=65)
    later = send.apply_async(kwargs={"order": 1}, countdown=60)
    assert later.run_after > later.enqueued_at
    naive = send.apply_async((1,), eta=dt.datetime(2030, 1, 1))
    assert naive.run_after == eta
    with pytest.raises(InvalidTask, match="both"):
        send.apply_async((1,), eta=eta, countdown=1)
    with pytest.raises(TypeError, match="run_after"):
        send.using(run_after="tomorrow").delay(1)


def test_unique_keys(dummy):
    def by_arguments(number: int, text: str = "") -> None: ...

    def by_function(number: int, text: str = "") -> None: ...

    one = declared(by_arguments, unique=True)
    assert one.delay(1, "a").id == one.delay(number=1, text="a").id != one.delay(2, "a").id
    other = declared(by_function, unique=lambda number, text="": f"number {number}")
    assert other.delay(1, "a").id == other.delay(1, "b").id != other.delay(2).id
    assert send.apply_async((1,), unique="key").id == send.apply_async((2,), unique="key").id
    assert send.delay(1).id != send.delay(1).id
    assert len({state.message.unique_key for state in dummy.states.values() if state.message.unique_key}) == 5


def test_the_dummy_backend_keeps_what_was_enqueued(dummy):
    send.delay(1)
    send.enqueue_many([(2,), {"order": 3}])
    assert isinstance(dummy, DummyBackend)
    assert [(one.args, one.kwargs) for one in default_task_backend.results] == [
        ([1], {}),
        ([2], {}),
        ([], {"order": 3}),
    ]
    default_task_backend.clear()
    assert default_task_backend.results == []


def test_backends_by_alias():
    assert list(task_backends) == ["default"]
    assert "reports" not in task_backends
    with pytest.raises(InvalidTaskBackend, match="default"):
        task_backends["defualt"]
    wrong = {"default": {"BACKEND": "collections.OrderedDict"}}
    with settings.override(TASKS=wrong), pytest.raises(InvalidTaskBackend, match="no class of a backend"):
        send.delay(1)
    for path, words in (
        ("django.tasks.backends.immediate.ImmediateBackend", "Here it is 'manoir.tasks.ImmediateBackend'."),
        ("shop.tasks.RedisBackend", "manoir.tasks has: DatabaseBackend, CeleryBackend"),
    ):
        elsewhere = {"default": {"BACKEND": path}}
        with settings.override(TASKS=elsewhere), pytest.raises(InvalidTaskBackend, match=words):
            send.delay(1)
    assert "DummyBackend" in repr(default_task_backend)


def test_the_words_of_celery():
    def func(self: TaskContext, url: str) -> None: ...

    made = shared_task(
        bind=True, name="shop.fetch", autoretry_for=(OSError,), max_retries=5, retry_backoff=2, retry_backoff_max=50,
        retry_jitter=False, queue="mail", acks_late=True, ignore_result=False,
    )(func)  # fmt: skip
    options = made.options
    assert (options.takes_context, options.retries, options.retry_for, options.queue_name) == (
        True,
        5,
        (OSError,),
        "mail",
    )
    assert [backoff_seconds(options, attempt) for attempt in (1, 2, 3, 9)] == [2, 4, 8, 50]

    def plain(self: TaskContext) -> None: ...

    given_up = shared_task(bind=True, name="shop.plain", default_retry_delay=7)(plain).options
    assert (given_up.retries, given_up.retry_for, backoff_seconds(given_up, 3)) == (3, (), 7)
    assert repeats(given_up, ValueError()) is False
    with pytest.raises(InvalidTask, match="rate"):
        shared_task(name="shop.rate", rate="1/s")(plain)


def test_waits_double_and_are_spread():
    options = TaskOptions(retries=9, backoff=1, backoff_max=100)
    for attempt, longest in ((1, 1), (3, 4), (20, 100), (5_000, 100)):
        waits = {backoff_seconds(options, attempt) for _ in range(50)}
        assert longest / 2 <= min(waits) <= max(waits) <= longest
        assert len(waits) > 40


def test_inside_of_a_coroutine_the_plain_twin_names_the_other():
    import asyncio

    from manoir.exceptions import SynchronousOnlyOperation

    async def main() -> None:
        with pytest.raises(SynchronousOnlyOperation, match="adelay"):
            send.delay(1)

    asyncio.run(main())
