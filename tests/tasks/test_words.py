"""What users of Celery write works, or the error says what to write here instead."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, InvalidTask, Retry
from manoir.tasks import TaskContext, TaskRegistry, Worker, cron, shared_task, task, task_backends
from manoir.tasks._planned import planned
from manoir.tasks._running import backoff_seconds, repeats
from tests.tasks.compat import send
from tests.tasks.conftest import tasks_settings


class Trouble(Exception):
    pass


class Hopeless(Trouble):
    pass


@shared_task(bind=True, name="words.fetch", max_retries=1)
def fetch(self: TaskContext, url: str, *, way: str) -> dict[str, Any]:
    """Do what the documentation of Celery shows."""
    try:
        if self.request.retries < 1 or way == "never":
            raise Trouble(url)
    except Trouble as error:
        if way == "handled":
            self.retry(countdown=0)
        if way == "reason":
            raise self.retry("not yet", countdown=0) from None
        raise self.retry(exc=error, countdown=0) from None
    return {"id": self.request.id, "retries": self.request.retries, "url": self.request.args[0]}


@shared_task(bind=True, name="words.afetch", max_retries=1)
async def afetch(self: TaskContext, url: str, *, way: str) -> dict[str, Any]:
    """Do the same in the other colour."""
    await asyncio.sleep(0)
    try:
        if self.request.retries < 1 or way == "never":
            raise Trouble(url)
    except Trouble as error:
        if way == "handled":
            self.retry(countdown=0)
        if way == "reason":
            raise self.retry("not yet", countdown=0) from None
        raise self.retry(exc=error, countdown=0) from None
    return {"id": self.request.id, "retries": self.request.retries, "url": self.request.args[0]}


@shared_task(bind=True, name="words.patient", max_retries=0)
def patient(self: TaskContext) -> int:
    """Have more repetitions than was declared."""
    if self.attempt < 4:
        raise self.retry(countdown=0, max_retries=5)
    return self.max_retries


@shared_task(name="words.choosy", autoretry_for=(Trouble,), dont_autoretry_for=(Hopeless,), default_retry_delay=0)
async def choosy(kind: str) -> None:
    """Fail with an error that is repeated, or with one that is not."""
    raise Hopeless if kind == "hopeless" else Trouble


async def ended(backend: Any, *results: Any) -> list[Any]:
    worker = Worker(backend, schedules=False)
    async with asyncio.timeout(60):
        while not all(one.is_finished for one in results):
            await worker.run_until_idle()
            for one in results:
                await one.arefresh()
    return list(results)


@pytest.mark.parametrize("written", [fetch, afetch], ids=["def", "async def"])
async def test_self_retry_and_self_request(backend: Any, written: Any) -> None:
    results = [await written.aenqueue("u", way=way) for way in ("exc", "handled", "reason")]
    for result in await ended(backend, *results):
        assert result.return_value == {"id": result.id, "retries": 1, "url": "u"}
    assert [one.errors[0].message for one in results] == ["u", "u", "not yet"]


@pytest.mark.parametrize("written", [fetch, afetch], ids=["def", "async def"])
async def test_a_task_without_repetitions_left_fails_with_the_error_that_it_met(backend: Any, written: Any) -> None:
    (result,) = await ended(backend, await written.aenqueue("u", way="never"))
    assert (result.status, result.attempts) == ("FAILED", 2)
    assert [one.exception_class for one in result.errors] == [Retry, Trouble]
    assert "Trouble: u" in result.errors[1].traceback


async def test_a_retry_may_have_repetitions_of_its_own(backend: Any) -> None:
    (result,) = await ended(backend, await patient.aenqueue())
    assert (result.attempts, result.return_value) == (4, 0)


async def test_errors_that_are_not_repeated(backend: Any) -> None:
    hopeless, other = await ended(backend, await choosy.aenqueue("hopeless"), await choosy.aenqueue("other"))
    assert (hopeless.attempts, other.attempts) == (1, 4)


async def test_a_result_that_does_not_come_in_time_says_what_it_waits_for(backend: Any) -> None:
    waiting, later = await choosy.aenqueue("other"), await choosy.aapply_async(("other",), countdown=3600)
    for result, words in ((waiting, "ready after 0.01 seconds. No worker .*'default'"), (later, "is to wait until 2")):
        with pytest.raises(TimeoutError, match=words):
            await result.aget(timeout=0.01)
    (claim,) = await backend.store.claim("one", ["default"], 1, 60)
    with pytest.raises(TimeoutError, match=rf"words.choosy \({claim.id}\) is running after 0 seconds\.$"):
        await asyncio.to_thread(waiting.get, timeout=0)


# -- declarations -----------------------------------------------------------------------------------------------------


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    made = TaskRegistry()
    for module in ("_decorators", "_planned"):
        monkeypatch.setattr(f"manoir.tasks.{module}.registry", made)


def function(self: TaskContext, url: str = "") -> None: ...


@pytest.mark.parametrize(
    ("given", "retries", "waits"),
    [
        ({}, 3, [180, 180]),
        ({"default_retry_delay": 5}, 3, [5, 5]),
        ({"default_retry_delay": 1_000}, 3, [1_000, 1_000]),
        ({"retry_kwargs": {"max_retries": 5}}, 5, [180, 180]),
        ({"retry_kwargs": {"max_retries": 5, "countdown": 2}, "max_retries": 1}, 5, [2, 2]),
        ({"max_retries": None}, 1_000_000, [180, 180]),
        ({"retry_backoff": True, "retry_jitter": False}, 3, [1, 2]),
        ({"retry_backoff": 7, "retry_jitter": False, "retry_backoff_max": 10}, 3, [7, 10]),
        ({"retries": 2, "backoff": 3, "jitter": False}, 2, [3, 6]),
    ],
)
def test_repetitions_wait_as_celerys_words_say(own_registry: None, given: Any, retries: int, waits: list[int]) -> None:
    options = shared_task(bind=True, name="words.function", **given)(function).options
    assert (options.retries, [backoff_seconds(options, attempt) for attempt in (1, 2)]) == (retries, waits)


def test_a_list_of_errors_will_do(own_registry: None) -> None:
    given: Any = {"autoretry_for": [OSError], "dont_autoretry_for": [TimeoutError]}
    options = shared_task(name="words.function", **given)(function).options
    assert [repeats(options, error) for error in (OSError(), TimeoutError(), ValueError())] == [True, False, False]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rate_limit": "10/m"}, "no rate limits: .* --concurrency 1"), ({"base": object}, "manoir.tasks.signals"),
        ({"serializer": "pickle"}, "JSON"), ({"retry_kwargs": {"exc": 1}}, "'max_retries' and 'countdown'"),
        ({"link": 1}, "no canvas"), ({"retrys": 1}, "@shared_task .*Did you mean 'retries'"),
        ({"nonsense": 1}, "@shared_task has no option 'nonsense'. It takes: .*max_retries"),
        ({"dont_autoretry_for": (1,)}, "dont_retry_for"),
    ],
)  # fmt: skip
def test_options_of_shared_task_that_are_none(own_registry: None, given: Any, words: str) -> None:
    with pytest.raises(InvalidTask, match=words):
        shared_task(name="words.function", **given)(function)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"bind": True}, "'takes_context'; @shared_task takes it"), ({"max_retries": 3}, "'retries'"),
        ({"queue": "mail"}, "'queue_name'"), ({"autoretry_for": ()}, "'retry_for'"), ({"countdown": 3}, "run_after"),
        ({"nonsense": 1}, "@task has no option 'nonsense'. It takes: .*atomic"),
    ],
)  # fmt: skip
def test_options_of_task_that_have_another_name(own_registry: None, given: Any, words: str) -> None:
    with pytest.raises(InvalidTask, match=words):
        task(name="words.function", **given)(function)


def test_a_name_is_given_as_an_option(own_registry: None) -> None:
    with pytest.raises(InvalidTask, match=r"@task\(name='shop.send'\)"):
        task("shop.send")  # type: ignore[call-overload]


# -- calls ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"link": 1}, "no canvas"), ({"task_id": "x"}, "unique="), ({"retry": False}, "leave it out"),
        ({"ignore_result": True}, "KEEP"), ({"routing_key": "x"}, "by name"), ({"countdwn": 1}, "'countdown'"),
        ({"time_limit": 3}, r"@task\(time_limit=…\)"), ({"run_after": 1}, "'countdown' and 'eta'"),
        ({"nonsense": 1}, "It takes: args, kwargs, countdown"),
    ],
)  # fmt: skip
def test_options_of_apply_async_that_are_none(given: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        send.apply_async((1,), **given)


@pytest.mark.parametrize(
    ("args", "given", "words"),
    [
        ((1,), {}, r"send.apply_async\(\(7,\)\), not 1"), (("1",), {}, "as a tuple"), (((), [1]), {}, "as a dict"),
        (((1,),), {"countdown": "5"}, "countdown has to be seconds, not '5'"), (((1,),), {"countdown": True}, "countdown"),
        (((1,),), {"eta": "2030-01-01"}, "eta has to be a datetime"),
    ],
)  # fmt: skip
def test_what_stands_in_a_wrong_place_of_apply_async(args: Any, given: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        send.apply_async(*args, **given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"queue": "mail"}, "'queue_name'"), ({"countdown": 3}, "'run_after'"), ({"retries": 3}, r"@task\(retries=…\)"),
        ({"prioriti": 3}, "Did you mean 'priority'"),
    ],
)  # fmt: skip
def test_options_of_using_that_are_none(given: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        send.using(**given)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("s", "no canvas"), ("si", "enqueue_many"), ("apply", "ImmediateBackend"), ("AsyncResult", "get_result"),
        ("delay_on_commit", "part of the transaction"), ("request", "bind=True"), ("max_retries", "'retries'"),
        ("delayy", "Did you mean 'delay'"),
    ],
)  # fmt: skip
def test_what_a_task_has_not(name: str, words: str) -> None:
    with pytest.raises(AttributeError, match=words):
        getattr(send, name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ready", "is_finished"), ("successful", "SUCCESSFUL"), ("failed", "FAILED"), ("state", "'status'"),
        ("result", "'return_value'"), ("task_id", "'id'"), ("revoke", "cancel"), ("children", "no canvas"),
        ("return_valeu", "Did you mean 'return_value'"), ("statsu", "Did you mean 'status'"),
    ],
)  # fmt: skip
async def test_what_a_result_has_not(backend: Any, name: str, words: str) -> None:
    result = await choosy.aenqueue("other")
    with pytest.raises(AttributeError, match=words):
        getattr(result, name)


@task(name="words.look", takes_context=True)
async def look(context: TaskContext, name: str) -> str:
    """Tell what an attempt is told about a name that is none."""
    try:
        if name == "throw":
            context.retry(throw=False)  # type: ignore[arg-type]
        getattr(context.request if name == "root_id" else context, name)
    except (AttributeError, TypeError) as error:
        return str(error)
    raise AssertionError(name)


async def test_what_an_attempt_has_not(backend: Any) -> None:
    names = {"update_state": "progress(done", "root_id": "no canvas", "throw": "'throw'", "aprogres": "'aprogress'"}
    for name, result in zip(names, await ended(backend, *[await look.aenqueue(one) for one in names]), strict=True):
        assert names[name] in result.return_value


# -- schedules --------------------------------------------------------------------------------------------------------


def test_the_fields_of_a_crontab_are_one_line() -> None:
    given: Any = {"hour": "*/2", "minute": 0, "day_of_week": "mon,fri"}
    with pytest.raises(ValueError, match=r'not hour, minute, day_of_week: cron\("0 \*/2 \* \* mon,fri"\)'):
        cron(**given)
    assert str(cron("0 */2 * * mon,fri", tz="UTC")) == "cron 0 */2 * * mon,fri UTC"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"schedule": 30.0}, "'cron' .* or 'every'"), ({"every": 30, "options": {"queue": "mail"}}, "beside 'task'"),
        ({"crontab": "0 3 * * *"}, "'cron'"), ({"every": 30, "priorty": 3}, "'priority'"),
    ],
)  # fmt: skip
def test_entries_of_a_beat_schedule(given: Any, words: str) -> None:
    plan = {"nightly": {"task": "words.choosy", "args": ["other"], **given}}
    with (
        settings.override(TASKS={"default": tasks_settings()["default"] | {"SCHEDULES": plan}}),
        pytest.raises(ImproperlyConfigured, match=words),
    ):
        planned(task_backends["default"])


def test_a_tick_may_expire() -> None:
    plan = {"often": {"task": "words.choosy", "every": 30, "args": ["other"], "expires": 15, "queue": "mail"}}
    with settings.override(TASKS={"default": tasks_settings()["default"] | {"SCHEDULES": plan}}):
        (found,) = [one for one in planned(task_backends["default"]) if one.name == "often"]
        assert (found.task.options.expires, found.task.queue_name) == (15, "mail")
