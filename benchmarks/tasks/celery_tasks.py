"""Celery's contender: Redis as broker and for results, everything else as it comes."""

from __future__ import annotations

import json
import os
import sys
import time

from celery import Celery
from celery.result import ResultSet

URL = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/9")
app = Celery("celery_tasks", broker=URL, backend=URL)


@app.task(name="bench.noop")
def noop() -> None: ...


def client(mode: str, count: int) -> dict[str, float]:
    if mode == "ready":
        noop.delay().get(timeout=30)
        return {}
    start = time.perf_counter()
    results = [noop.delay() for _ in range(count)]
    enqueued = time.perf_counter()
    ResultSet(results).join_native(timeout=200)
    total = time.perf_counter()
    return {"enqueue": enqueued - start, "total": total - start}


if __name__ == "__main__":
    print(json.dumps(client(sys.argv[1], int(sys.argv[2]))))
