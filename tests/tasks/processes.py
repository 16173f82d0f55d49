"""Real worker processes on a database of the tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from manoir.db import Connection

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a test gives up."""


@contextmanager
def worker_process(connection: Connection, tasks: dict[str, Any], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker on the database of `connection`; it is killed at the end of the block at the latest."""
    process = start(connection, tasks, *arguments)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def start(connection: Connection, tasks: dict[str, Any], *arguments: str) -> subprocess.Popen[bytes]:
    given = {**connection.settings_dict, "OPTIONS": dict(connection.options)}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment["TASK_TEST_SETTINGS"] = json.dumps({"DATABASES": {"default": given}, "TASKS": tasks})
    environment.pop("MANOIR_SETTINGS_MODULE", None)
    return subprocess.Popen(
        [sys.executable, "-m", "manoir", "worker", "--settings", "tests.tasks.process_settings", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process as a power cut would."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def wait_until(condition: Any, seconds: float = PATIENCE) -> None:
    """Wait until a function returns something true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.02)
