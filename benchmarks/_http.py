"""Servers side by side under load: started on one core, asked from the other, their CPU time per request compared.

What counts is the CPU time of the server per request, which does not depend on how fast the client is; requests per
second are told beside it. Answers are compared before anything is timed; rounds are interleaved, so that a noisy moment
meets everybody.
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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
CONNECTIONS = 64


@dataclass
class Contender:
    """One server: how it is started, and what was measured.

    Attributes:
        name: in the report.
        command: starts it, without host and port.
        environment: further variables.
        headers: sent with every request, such as a cookie.
    """

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    cpu: dict[str, list[float]] = field(default_factory=dict)
    rate: dict[str, list[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        path: of the URL.
        method: GET, or with a body POST.
        body: of the request; None: none.
        content_type: of the body.
        status: that the answer has to have.
        title: in the report; empty: the path.
    """

    path: str
    method: str = "GET"
    body: bytes | None = None
    content_type: str = "application/json"
    status: int = 200
    title: str = ""

    @property
    def name(self) -> str:
        """What the report calls it."""
        return self.title or self.path


def granian(interface: str, target: str, *extra: str) -> list[str]:
    """Return the command that serves `target` by Granian with one worker on uvloop."""
    options = ["--loop", "uvloop", "--workers", "1", "--no-ws", "--log-level", "error"]
    return [sys.executable, "-m", "granian", "--interface", interface, *options, *extra, target]


def uvicorn(target: str) -> list[str]:
    """Return the command that serves `target` by uvicorn with one worker on uvloop."""
    options = ["--loop", "uvloop", "--http", "httptools", "--workers", "1", "--log-level", "error", "--no-access-log"]
    return [sys.executable, "-m", "uvicorn", *options, target]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(contender: Contender, folder: Path, alive: str = "/plaintext") -> None:
    """Start a contender in `folder` and wait until it answers `alive`."""
    contender.port = free_port()
    command = [*contender.command, "--host", "127.0.0.1", "--port", str(contender.port)]
    environment = {**os.environ, "PYTHONPATH": str(folder), **contender.environment}
    contender.process = subprocess.Popen(command, cwd=folder, env=environment)
    pin(contender.process.pid, 0)
    for _ in range(400):
        try:
            fetch(contender, Request(alive))
        except OSError:
            if contender.process.poll() is not None:
                raise SystemExit(f"{contender.name} ended while it started.") from None
            time.sleep(0.05)
        else:
            break
    for process in family(contender):
        pin(process.pid, 0)


def pin(pid: int, core: int) -> None:
    """Keep a process on one core, where the system can."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


def family(contender: Contender) -> list[psutil.Process]:
    assert contender.process
    parent = psutil.Process(contender.process.pid)
    return [parent, *parent.children(recursive=True)]


def fetch(contender: Contender, request: Request) -> bytes:
    """Ask once; return the body."""
    return answer(contender, request)[0]


def answer(contender: Contender, request: Request) -> tuple[bytes, dict[str, str]]:
    """Ask once; return body and headers.

    Raises:
        OSError: it does not answer, or with another status.
    """
    headers = {**contender.headers, **({"Content-Type": request.content_type} if request.body is not None else {})}
    url = f"http://127.0.0.1:{contender.port}{request.path}"
    asked = urllib.request.Request(url, data=request.body, headers=headers, method=request.method)
    with urllib.request.urlopen(asked, timeout=30) as found:
        if found.status != request.status:
            raise OSError(f"{contender.name} answers {request.path} with {found.status}.")
        return found.read(), dict(found.headers.items())


def cpu_seconds(contender: Contender) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in family(contender))


class Pump(asyncio.Protocol):
    """One connection that asks again as soon as it was answered."""

    def __init__(self, request: bytes, status: bytes, deadline: float, counter: list[int]) -> None:
        self.request, self.status, self.deadline, self.counter = request, status, deadline, counter
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
            if not head.startswith(self.status):
                self.done.set_exception(RuntimeError(head.decode() + body[:500].decode(errors="replace")))
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


def raw(contender: Contender, request: Request) -> bytes:
    """Return the bytes of a request."""
    lines = [f"{request.method} {request.path} HTTP/1.1", "Host: localhost", "Accept: */*"]
    lines += [f"{name}: {value}" for name, value in contender.headers.items()]
    if request.body is not None:
        lines += [f"Content-Type: {request.content_type}", f"Content-Length: {len(request.body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (request.body or b"")


async def pump(contender: Contender, request: Request, seconds: float) -> int:
    """Ask over all connections for a while; return how many answers came."""
    counter = [0]
    asked, status = raw(contender, request), f"HTTP/1.1 {request.status}".encode()
    deadline = time.monotonic() + seconds
    loop = asyncio.get_running_loop()
    pumps = [
        (await loop.create_connection(lambda: Pump(asked, status, deadline, counter), "127.0.0.1", contender.port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*[one.done for one in pumps])
    return counter[0]


def load(contender: Contender, request: Request, seconds: float) -> int:
    """Send load with wrk where it is installed and can send the request, else with a client of our own."""
    wrk = shutil.which("wrk")
    if wrk is None or request.body is not None or request.status != 200:
        return asyncio.run(pump(contender, request, seconds))
    headers = [part for name, value in contender.headers.items() for part in ("-H", f"{name}: {value}")]
    url = f"http://127.0.0.1:{contender.port}{request.path}"
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{max(round(seconds), 1)}s", *headers, url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    return int(next(line for line in said.splitlines() if "requests in" in line).split()[0])


def measure(contender: Contender, request: Request) -> None:
    before, started = cpu_seconds(contender), time.monotonic()
    count = load(contender, request, SECONDS)
    elapsed, used = time.monotonic() - started, cpu_seconds(contender) - before
    contender.cpu.setdefault(request.name, []).append(used / count * 1e6)
    contender.rate.setdefault(request.name, []).append(count / elapsed)


def same(contenders: Sequence[Contender], requests: Sequence[Request], plain: Callable[[bytes], object]) -> None:
    """Refuse to time servers that do not give the same answer.

    Args:
        contenders: the first one is right.
        requests: what they are asked for.
        plain: makes of a body what has to be equal.
    """
    for request in requests:
        answers = {contender.name: plain(fetch(contender, request)) for contender in contenders}
        wanted = answers[contenders[0].name]
        for name, found in answers.items():
            if found != wanted:
                raise SystemExit(f"{name} answers {request.path} differently:\n{str(found)[:600]}\n{str(wanted)[:600]}")


def without_blanks(body: bytes) -> bytes:
    return b"".join(body.split())


def race(
    contenders: Sequence[Contender],
    requests: Sequence[Request],
    folder: Path,
    *,
    plain: Callable[[bytes], object] = without_blanks,
    prepare: Callable[[Contender], None] | None = None,
    alive: str = "/plaintext",
) -> None:
    """Start all contenders, compare their answers, measure them in turn, and report.

    Args:
        contenders: the first one is the limit that the others are compared with.
        requests: what they are asked for.
        folder: where their applications are.
        plain: makes of a body what has to be equal.
        prepare: called for each after its start, for example to sign in.
        alive: a path that is answered with 200 once a contender has started.
    """
    pin(0, 1)
    try:
        for contender in contenders:
            start(contender, folder, alive)
            if prepare is not None:
                prepare(contender)
        same(contenders, requests, plain)
        for contender in contenders:
            for request in requests:
                load(contender, request, 1)
        for _ in range(ROUNDS):
            for request in requests:
                for contender in contenders:
                    measure(contender, request)
    finally:
        for contender in contenders:
            if contender.process:
                contender.process.terminate()
    report(contenders, requests)


def report(contenders: Sequence[Contender], requests: Sequence[Request]) -> None:
    """Print CPU, rate and ratio of each."""
    limit = contenders[0]
    print(f"\nmedian of {ROUNDS} rounds of {SECONDS:g} s, {CONNECTIONS} connections, one worker on one core")
    print("ratio = CPU of the bare handler / CPU of the contender (1.00 is the limit)\n")
    print(f"{'request':<12}{'contender':<22}{'CPU µs':>9}{'req/s':>10}{'ratio':>8}")
    for request in requests:
        best = statistics.median(limit.cpu[request.name])
        for contender in contenders:
            cpu = statistics.median(contender.cpu[request.name])
            rate = statistics.median(contender.rate[request.name])
            print(f"{request.name:<12}{contender.name:<22}{cpu:>9.1f}{rate:>10,.0f}{best / cpu:>8.2f}")
