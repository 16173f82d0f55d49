"""Tasks: what a checker knows of a call, a result, a context; and what it refuses."""

from __future__ import annotations

from typing import assert_type

from manoir.tasks import Task, TaskContext, TaskResult, cron, every, shared_task, task


@task
async def send(order: int, *, note: str = "") -> str:
    return f"{order} {note}"


@task(retries=5, retry_for=(OSError,), schedule=cron("0 3 * * *"), unique=True, atomic=True)
def count(limit: int = 10) -> float:
    return limit / 2


@task(takes_context=True, time_limit=60)
async def import_rows(context: TaskContext, path: str) -> int:
    await context.aprogress(1, 2, "half")
    context.progress(1)
    return context.attempt


@shared_task(bind=True, max_retries=3, autoretry_for=(OSError,))
def fetch(self: TaskContext, url: str) -> bytes:
    assert_type(self.request.retries, int)
    self.update_state(state="PROGRESS")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    self.retry(exc=OSError(), countdown=5, max_retries=9)


assert_type(send.delay(7), TaskResult[str])
assert_type(send.enqueue(7, note="x"), TaskResult[str])
assert_type(send.apply_async((7,), countdown=5, queue="mail"), TaskResult[str])
assert_type(send.using(priority=5).delay(7), TaskResult[str])
assert_type(send.enqueue_many([(7,), {"order": 7}]), list[str])
assert_type(send.delay(7).return_value, str)
assert_type(send.delay(7).get(timeout=5), str)
assert_type(count.delay(), TaskResult[float])
assert_type(import_rows.delay("x"), TaskResult[int])
assert_type(import_rows.get_result("id"), TaskResult[int])
assert_type(fetch.delay("https://example.com"), TaskResult[bytes])
assert_type(fetch.retries, int)
every(minutes=5)


async def in_a_coroutine() -> None:
    result = await send.adelay(7)
    assert_type(result, TaskResult[str])
    assert_type(await result.aget(), str)
    assert_type(await send.aapply_async((7,)), TaskResult[str])


def takes_any(one: Task[..., object]) -> None: ...


takes_any(send)

send.delay("7")  # pyright: ignore[reportArgumentType]
send.delay()  # pyright: ignore[reportCallIssue]
send.delay(7, "x")  # pyright: ignore[reportCallIssue]
send.delay(7, text="x")  # pyright: ignore[reportCallIssue]
import_rows.delay(7)  # pyright: ignore[reportArgumentType]
fetch.delay()  # pyright: ignore[reportCallIssue]
send.using(prioritty=5)  # pyright: ignore[reportArgumentType]
send.apply_async((7,), link=fetch)  # pyright: ignore[reportArgumentType]
cron(hour=3)  # pyright: ignore[reportArgumentType]
send.s(7)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
send.delay(7).ready()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
