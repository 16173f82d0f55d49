import asyncio

from manoir.db._turn import Turn


async def test_a_free_turn_is_taken_at_once():
    turn = Turn()
    assert await turn.acquire(1)
    assert turn.busy
    turn.release()
    assert not turn.busy


async def test_waiters_are_served_in_order_and_nobody_overtakes():
    turn, order = Turn(), []
    await turn.acquire(1)

    async def wait_for_it(name: str) -> None:
        assert await turn.acquire(1)
        order.append(name)
        await asyncio.sleep(0)
        turn.release()

    tasks = [asyncio.create_task(wait_for_it(name)) for name in "abc"]
    await asyncio.sleep(0)
    turn.release()
    assert turn.busy  # handed over: a newcomer has to queue
    tasks.append(asyncio.create_task(wait_for_it("late")))
    await asyncio.gather(*tasks)
    assert order == ["a", "b", "c", "late"]
    assert not turn.busy


async def test_waiting_has_a_limit():
    turn = Turn()
    await turn.acquire(1)
    assert await turn.acquire(0.01) is False
    turn.release()
    assert not turn.busy


async def test_a_waiter_cancelled_in_its_hand_over_gives_the_turn_on():
    turn = Turn()
    await turn.acquire(1)
    cancelled, patient = asyncio.create_task(turn.acquire(1)), asyncio.create_task(turn.acquire(1))
    await asyncio.sleep(0)
    turn.release()  # handed to `cancelled`, which has not run yet
    cancelled.cancel()
    await asyncio.wait([cancelled])
    assert cancelled.cancelled()
    assert await patient is True
    turn.release()
    assert not turn.busy
