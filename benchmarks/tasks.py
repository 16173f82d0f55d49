"""Background work: no-op tasks that are enqueued one by one and finished by one worker process, with their results kept.

manoir keeps tasks in PostgreSQL, each committed to disk; Celery and taskiq send them through Redis, which has them in
memory and writes a snapshot now and then. Every contender has its worker started before the clock, as its own
documentation starts one, and every task's result is waited for. What the disk allows one by one is measured in between:
commits of the driver alone, and flushes of a file in this folder.

Redis is taken from BENCH_REDIS_URL, or from database 9 of 127.0.0.1:6379, which is emptied.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

FOLDER = Path(__file__).parent / "tasks"
TASKS = int(os.environ.get("BENCH_TASKS", "2000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
PYTHON = sys.executable


def command(module: str, *words: str) -> list[str]:
    return [PYTHON, "-m", module, *words]


WORKERS: dict[str, list[str]] = {
    "manoir_tasks": [PYTHON, "manoir_tasks.py", "worker"],
    "celery_tasks": command("celery", "-A", "celery_tasks", "worker", "--loglevel", "ERROR", "--without-gossip"),
    "taskiq_tasks": command("taskiq", "worker", "--workers", "1", "--log-level", "ERROR", "taskiq_tasks:broker"),
}
CONTENDERS = {
    "manoir, one by one": ("manoir_tasks", "single"),
    "manoir, not flushed": ("manoir_tasks", "unflushed"),
    "manoir, 50 at once": ("manoir_tasks", "concurrent"),
    "manoir, one transaction": ("manoir_tasks", "transaction"),
    "manoir, enqueue_many": ("manoir_tasks", "many"),
    "Celery": ("celery_tasks", "single"),
    "taskiq": ("taskiq_tasks", "single"),
}


def client(module: str, mode: str) -> dict[str, float]:
    """Enqueue the tasks and wait for their results, in a process of its own; return the seconds of both."""
    done = subprocess.run(
        [PYTHON, f"{module}.py", mode, str(TASKS)], cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        raise SystemExit(f"{module} {mode} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def with_worker(module: str, body: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Run a contender while its worker lives."""
    worker = subprocess.Popen(WORKERS[module], cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client(module, "ready")
        time.sleep(1.0)
        client(module, "ready")
        return body()
    finally:
        worker.send_signal(signal.SIGTERM)
        try:
            worker.wait(timeout=15)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def redis_durability() -> str:
    """Return what Redis says it does with what it was told."""
    import redis

    server = redis.Redis.from_url(os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/9"))
    told = {**server.config_get("appendonly"), **server.config_get("appendfsync"), **server.config_get("save")}
    return ", ".join(f"{key} {value or 'never'}" for key, value in told.items())


def main() -> None:
    subprocess.run([PYTHON, "manoir_tasks.py", "setup"], cwd=FOLDER, check=True)
    seconds: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    limits: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        limits.append(client("manoir_tasks", "limits"))
        for name, (module, mode) in CONTENDERS.items():
            seconds[name].append(with_worker(module, lambda module=module, mode=mode: client(module, mode)))
    celery = TASKS / median(one["total"] for one in seconds["Celery"])
    print(f"{TASKS} no-op tasks, median of {ROUNDS} rounds")
    print(f"{'':26}{'tasks/s':>9}{'enqueued/s':>12}{'x Celery':>10}")
    for name, rounds in seconds.items():
        rate = TASKS / median(one["total"] for one in rounds)
        enqueued = TASKS / median(one["enqueue"] for one in rounds)
        print(f"{name:26}{rate:9,.0f}{enqueued:12,.0f}{rate / celery:10.2f}")
    commits, flushes = (median(one[key] for one in limits) for key in ("commits", "flushes"))
    print(f"one by one, the driver alone commits {commits:,.0f} rows a second; this disk flushes {flushes:,.0f} times")
    print(f"Redis writes to the disk: {redis_durability()}")


if __name__ == "__main__":
    main()
