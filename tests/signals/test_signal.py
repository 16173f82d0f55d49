from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any

import pytest

from manoir.bridge import spawn
from manoir.conf import Settings, settings
from manoir.exceptions import SynchronousOnlyOperation
from manoir.signals import Signal, receiver, setting_changed


def answer(signal: Signal, sender: object, **named: Any) -> Any:
    return named.get("value")


async def aanswer(signal: Signal, sender: object, **named: Any) -> Any:
    await asyncio.sleep(0)
    return ("async", named.get("value"))


def fail(**kwargs: Any) -> None:
    raise ValueError("no")


async def afail(**kwargs: Any) -> None:
    raise ValueError("no, later")


def test_receivers_answer_in_order() -> None:
    signal = Signal()

    def other(**kwargs: Any) -> str:
        return "other"

    signal.connect(answer)
    signal.connect(other)
    assert [(answer, 1), (other, "other")] == signal.send("me", value=1)


def test_a_signal_without_receivers_answers_nothing() -> None:
    signal = Signal()
    assert signal.send(None) == signal.send_robust(None) == []
    assert signal.receivers == ()
    assert not signal.has_listeners()


async def test_a_signal_without_receivers_answers_nothing_in_a_coroutine() -> None:
    assert await Signal().asend(None) == await Signal().asend_robust(None) == []


def test_sync_send_reaches_both_colours() -> None:
    signal = Signal()
    signal.connect(aanswer)
    signal.connect(answer)
    assert [(answer, 7), (aanswer, ("async", 7))] == signal.send(None, value=7)
    assert [(answer, 7), (aanswer, ("async", 7))] == signal.send_robust(None, value=7)


async def test_asend_reaches_both_colours() -> None:
    signal = Signal()
    signal.connect(aanswer)
    signal.connect(answer)
    assert [(answer, 7), (aanswer, ("async", 7))] == await signal.asend(None, value=7)
    assert [(answer, 7), (aanswer, ("async", 7))] == await signal.asend_robust(None, value=7)


async def test_send_in_a_coroutine_names_the_awaitable_when_a_receiver_is_async() -> None:
    signal = Signal()
    signal.connect(answer)
    assert [(answer, 1)] == signal.send(None, value=1)
    signal.connect(aanswer)
    with pytest.raises(
        SynchronousOnlyOperation, match=r"receiver aanswer is `async def`. Write: await signal\.asend\("
    ):
        signal.send(None)
    with pytest.raises(SynchronousOnlyOperation, match=r"asend_robust"):
        signal.send_robust(None)
    assert [(answer, 1), (aanswer, ("async", 1))] == await spawn(signal.send, None, value=1)


async def test_async_receivers_run_concurrently() -> None:
    signal, both = Signal(), asyncio.Barrier(2)

    async def one(**kwargs: Any) -> None:
        await asyncio.wait_for(both.wait(), 2)

    async def two(**kwargs: Any) -> None:
        await asyncio.wait_for(both.wait(), 2)

    signal.connect(one)
    signal.connect(two)
    assert [(one, None), (two, None)] == await signal.asend(None)


async def test_the_other_async_receivers_finish_before_an_error_is_raised() -> None:
    signal = Signal()
    done: list[int] = []

    async def slow(**kwargs: Any) -> None:
        await asyncio.sleep(0.01)
        done.append(1)

    signal.connect(afail)
    signal.connect(slow)
    with pytest.raises(ValueError, match="no, later"):
        await signal.asend(None)
    assert done == [1]


def test_an_error_ends_a_plain_send() -> None:
    signal = Signal()
    signal.connect(fail)
    signal.connect(aanswer)
    with pytest.raises(ValueError, match="no"):
        signal.send(None)


def test_a_robust_send_returns_and_logs_errors(caplog: pytest.LogCaptureFixture) -> None:
    signal = Signal()
    for each in (fail, answer, afail, aanswer):
        signal.connect(each)
    with caplog.at_level(logging.ERROR):
        answers = dict(signal.send_robust(None, value=1))
    assert (answers[answer], answers[aanswer]) == (1, ("async", 1))
    assert [str(answers[each]) for each in (fail, afail)] == ["no", "no, later"]
    assert [
        record.getMessage()
        for record in caplog.records
        if "fail raised" in record.getMessage() and "later" not in record.getMessage()
    ] == ["The signal receiver fail raised ValueError('no')."]


def test_senders_are_compared_by_identity() -> None:
    class Equal:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = object.__hash__

    signal, one, two = Signal(), Equal(), Equal()
    signal.connect(answer, sender=one)
    assert [(answer, 1)] == signal.send(one, value=1)
    assert signal.send(two, value=1) == []
    assert signal.has_listeners(one)
    assert not signal.has_listeners(two)


@pytest.mark.parametrize("caching", [False, True])
def test_class_senders(caching: bool) -> None:
    class One: ...

    class Two: ...

    signal = Signal(use_caching=caching)
    signal.connect(answer, sender=One)
    for _ in range(2):
        assert (len(signal.send(One)), len(signal.send(Two)), len(signal.send(None))) == (1, 0, 0)
    everybody = signal.send
    signal.connect(aanswer)
    assert (len(everybody(One)), len(everybody(Two))) == (2, 1)
    signal.disconnect(aanswer)
    assert (len(signal.send(One)), len(signal.send(Two))) == (1, 0)


def test_senders_that_cannot_be_referred_to_weakly_work() -> None:
    signal = Signal()
    signal.connect(answer, sender=(sender := ("a", "tuple")))
    assert len(signal.send(sender)) == 1


def test_a_dead_receiver_is_forgotten() -> None:
    signal = Signal(use_caching=True)

    class Owner:
        def method(self, **kwargs: Any) -> str:
            return "heard"

    owner = Owner()
    signal.connect(owner.method)
    assert [response for _, response in signal.send(Owner)] == ["heard"]
    del owner
    gc.collect()
    assert signal.send(Owner) == []
    assert not signal.has_listeners(Owner)
    assert signal.receivers == ()


def test_a_strong_receiver_stays() -> None:
    signal = Signal()
    signal.connect(lambda **kwargs: "kept", weak=False)
    gc.collect()
    assert [response for _, response in signal.send(None)] == ["kept"]


def test_a_dead_sender_takes_its_receivers_along() -> None:
    signal = Signal()

    class Sender: ...

    signal.connect(answer, sender=Sender)
    del Sender
    gc.collect()
    assert not signal.has_listeners(int)
    assert signal.receivers == ()


def test_connecting_twice_changes_nothing() -> None:
    signal = Signal()
    for _ in range(2):
        signal.connect(answer)
        signal.connect(answer, sender=int)
    assert len(signal.send(int)) == 2


def test_a_dispatch_uid_is_connected_once_and_disconnects() -> None:
    signal = Signal()
    receivers = [lambda **kwargs: 1, lambda **kwargs: 2]
    for each in receivers:
        signal.connect(each, dispatch_uid="once")
    assert [response for _, response in signal.send(None)] == [1]
    assert signal.disconnect(dispatch_uid="once")
    assert not signal.disconnect(dispatch_uid="once")
    assert signal.send(None) == []


def test_methods_disconnect() -> None:
    class Owner:
        def method(self, **kwargs: Any) -> None: ...

    signal, owner, other = Signal(), Owner(), Owner()
    signal.connect(owner.method)
    assert not signal.disconnect(other.method)
    assert signal.disconnect(owner.method)


def test_a_receiver_may_disconnect_itself() -> None:
    signal = Signal()

    def once(**kwargs: Any) -> str:
        signal.disconnect(once)
        return "once"

    signal.connect(once)
    signal.connect(answer)
    assert [(once, "once"), (answer, None)] == signal.send(None)
    assert [(answer, None)] == signal.send(None)


def test_receivers_are_checked_when_connected() -> None:
    with pytest.raises(TypeError, match="'text' cannot receive a signal: it is not callable"):
        Signal().connect("text")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"must accept \*\*kwargs"):
        Signal().connect(lambda sender: None)


def test_objects_with_an_async_call_are_awaited() -> None:
    class Callable:
        async def __call__(self, **kwargs: Any) -> str:
            return "awaited"

    signal, called = Signal(), Callable()
    signal.connect(called)
    assert [(called, "awaited")] == signal.send(None)


def test_the_decorator_connects_to_several_signals() -> None:
    one, two = Signal(), Signal()

    @receiver([one, two], sender=int)
    def heard(**kwargs: Any) -> str:
        return "heard"

    assert [(heard, "heard")] == one.send(int) == two.send(int)
    assert one.send(str) == []


def test_overriding_a_setting_sends_setting_changed() -> None:
    seen: list[tuple[Any, ...]] = []

    def note(sender: Any, setting: str, value: Any, enter: bool, **kwargs: Any) -> None:
        seen.append((sender, setting, value, enter))

    setting_changed.connect(note)
    try:
        with settings.override(APPEND_SLASH=False):
            pass
    finally:
        setting_changed.disconnect(note)
    assert [(Settings, "APPEND_SLASH", False, True), (Settings, "APPEND_SLASH", True, False)] == seen
