"""taskiq's contender: a list in Redis as broker, results in Redis."""

from __future__ import annotations

import json
import os
import sys
import time

from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend

URL = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/9")
broker = ListQueueBroker(URL, queue_name="taskiq_bench").with_result_backend(
    RedisAsyncResultBackend(URL, result_ex_time=600)
)


@broker.task(task_name="bench.noop")
async def noop() -> None: ...


async def client(mode: str, count: int) -> dict[str, float]:
    await broker.startup()
    if mode == "ready":
        await (await noop.kiq()).wait_result(timeout=30)
        await broker.shutdown()
        return {}
    start = time.perf_counter()
    tasks = [await noop.kiq() for _ in range(count)]
    enqueued = time.perf_counter()
    for one in reversed(tasks):
        await one.wait_result(check_interval=0.01, timeout=200)
    total = time.perf_counter()
    await broker.shutdown()
    return {"enqueue": enqueued - start, "total": total - start}


if __name__ == "__main__":
    import uvloop

    print(json.dumps(uvloop.run(client(sys.argv[1], int(sys.argv[2])))))
