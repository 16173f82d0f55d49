"""HTTP: manoir beside the limit (a bare RSGI handler on the same server) and beside Django and FastAPI.

Each server has one worker on one core; the load comes from the other core over 64 connections. Answers are compared
before anything is timed; rounds are interleaved, so that a noisy moment meets everybody. What counts is the CPU time of
the server per request, which does not depend on how fast the client is; requests per second are told beside it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from _data import database_url, make_world

HERE = Path(__file__).parent / "web"
PATHS = ["/plaintext", "/json", "/db", "/rows", "/page"]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
CONNECTIONS = 64


@dataclass
class Contender:
    """One server: how it is started, and what was measured."""

    name: str
    command: list[str]
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    cpu: dict[str, list[float]] = field(default_factory=dict)
    rate: dict[str, list[float]] = field(default_factory=dict)


def granian(interface: str, target: str, *extra: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        interface,
        "--loop",
        "uvloop",
        "--workers",
        "1",
        "--no-ws",
        "--log-level",
        "error",
        *extra,
        target,
    ]


CONTENDERS = [
    Contender("bare RSGI", granian("rsgi", "bare_app:application")),
    Contender("manoir", granian("rsgi", "manoir_app:application")),
    Contender("Django 5.2", granian("wsgi", "django_app:application", "--blocking-threads", "1")),
    Contender(
        "FastAPI",
        [
            sys.executable,
            "-m",
            "uvicorn",
            "--loop",
            "uvloop",
            "--http",
            "httptools",
            "--workers",
            "1",
            "--log-level",
            "error",
            "--no-access-log",
            "fastapi_app:application",
        ],
    ),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(contender: Contender) -> None:
    contender.port = free_port()
    command = [*contender.command, "--host", "127.0.0.1", "--port", str(contender.port)]
    environment = {**os.environ, "BENCH_DATABASE_URL": database_url(), "PYTHONPATH": str(HERE)}
    contender.process = subprocess.Popen(command, cwd=HERE, env=environment)
    os.sched_setaffinity(contender.process.pid, {0})
    for _ in range(200):
        try:
            fetch(contender, "/plaintext")
        except OSError:
            time.sleep(0.05)
        else:
            break
    for process in family(contender):
        os.sched_setaffinity(process.pid, {0})


def family(contender: Contender) -> list[psutil.Process]:
    assert contender.process
    parent = psutil.Process(contender.process.pid)
    return [parent, *parent.children(recursive=True)]


def fetch(contender: Contender, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{contender.port}{path}", timeout=5) as answer:
        return answer.read()


def cpu_seconds(contender: Contender) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in family(contender))


class Pump(asyncio.Protocol):
    """One connection that asks again as soon as it was answered."""

    def __init__(self, request: bytes, deadline: float, counter: list[int]) -> None:
        self.request, self.deadline, self.counter = request, deadline, counter
        self.buffer = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lower = head.lower()
        start = lower.find(b"content-length:")
        if start >= 0:
            complete = len(body) >= int(lower[start + 15 :].split(b"\r\n", 1)[0])
        else:
            complete = body.endswith(b"0\r\n\r\n")
        if complete:
            if not head.startswith(b"HTTP/1.1 200"):
                self.done.set_exception(RuntimeError(head.decode()))
                return
            self.buffer = b""
            self.counter[0] += 1
            if time.monotonic() < self.deadline:
                self.transport.write(self.request)
            else:
                self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def pump(port: int, path: str, seconds: float) -> int:
    """Ask for `path` over all connections for a while; return how many answers came."""
    counter = [0]
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n".encode()
    deadline = time.monotonic() + seconds
    loop = asyncio.get_running_loop()
    pumps = [
        (await loop.create_connection(lambda: Pump(request, deadline, counter), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*[one.done for one in pumps])
    return counter[0]


def load(port: int, path: str, seconds: float) -> int:
    """Send load with wrk where it is installed, else with a client of our own."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return asyncio.run(pump(port, path, seconds))
    answer = subprocess.run(
        [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{max(round(seconds), 1)}s", f"http://127.0.0.1:{port}{path}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in answer:
        raise RuntimeError(answer)
    return int(next(line for line in answer.splitlines() if "requests in" in line).split()[0])


def measure(contender: Contender, path: str) -> None:
    before, started = cpu_seconds(contender), time.monotonic()
    count = load(contender.port, path, SECONDS)
    elapsed, used = time.monotonic() - started, cpu_seconds(contender) - before
    contender.cpu.setdefault(path, []).append(used / count * 1e6)
    contender.rate.setdefault(path, []).append(count / elapsed)


def compare_answers() -> None:
    """Refuse to time servers that do not give the same answer."""
    for path in PATHS:
        answers = {contender.name: b"".join(fetch(contender, path).split()) for contender in CONTENDERS}
        wanted = answers["bare RSGI"]
        for name, answer in answers.items():
            if answer != wanted:
                raise SystemExit(f"{name} answers {path} differently:\n{answer[:300]!r}\n{wanted[:300]!r}")


def main() -> None:
    asyncio.run(make_world())
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    try:
        for contender in CONTENDERS:
            start(contender)
        compare_answers()
        for contender in CONTENDERS:
            for path in PATHS:
                load(contender.port, path, 1)
        for _ in range(ROUNDS):
            for path in PATHS:
                for contender in CONTENDERS:
                    measure(contender, path)
    finally:
        for contender in CONTENDERS:
            if contender.process:
                contender.process.terminate()
    report()


def report() -> None:
    limit = CONTENDERS[0]
    print(f"\nmedian of {ROUNDS} rounds of {SECONDS:g} s, {CONNECTIONS} connections, one worker on one core")
    print("ratio = CPU of the bare handler / CPU of the contender (1.00 is the limit)\n")
    print(f"{'path':<12}{'contender':<14}{'CPU µs':>9}{'req/s':>10}{'ratio':>8}")
    for path in PATHS:
        best = statistics.median(limit.cpu[path])
        for contender in CONTENDERS:
            cpu = statistics.median(contender.cpu[path])
            rate = statistics.median(contender.rate[path])
            print(f"{path:<12}{contender.name:<14}{cpu:>9.1f}{rate:>10,.0f}{best / cpu:>8.2f}")


if __name__ == "__main__":
    main()
