"""A real server beside the tests: Granian in this process, on a loop in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import Any

from manoir.conf import settings
from manoir.server import Handler, RSGIApplication
from manoir.staticfiles import StaticFilesHandler

START_SECONDS = 15.0
STOP_SECONDS = 5.0


class LiveServer:
    """Serves the project, in this process, on a loop in a thread of its own.

    Server and test share no transaction, as each has connections of its own: what the test wrote has to be committed
    (the fixture `transactional_db`, `TransactionTestCase`).

    Args:
        host: address to listen on.
        port: 0 takes a free one.

    Attributes:
        url: where, without a slash at the end.

    Example:
        >>> server = LiveServer()
        >>> server.start()
        >>> urllib.request.urlopen(server.url).status
        200
        >>> server.stop()
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port or free_port(host)
        self.url = f"http://{self.host}:{self.port}"
        handler: Handler = Handler()
        if "manoir.staticfiles" in settings.INSTALLED_APPS and settings.STATIC_URL:
            handler = StaticFilesHandler(handler)
        self.application = RSGIApplication(handler)
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._server: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="live-server", daemon=True)

    def __str__(self) -> str:
        return self.url

    def __add__(self, path: str) -> str:
        return f"{self.url}{path}"

    def start(self) -> None:
        """Start, and return once requests are answered.

        Raises:
            RuntimeError: the server did not start in time; the cause is attached.
        """
        self._thread.start()
        if not self._ready.wait(START_SECONDS) or self._error is not None:
            raise RuntimeError(f"The live server did not start on {self.url}.") from self._error
        wait_for_port(self.host, self.port)

    def stop(self) -> None:
        """Stop, and return once the thread has ended.

        Raises:
            RuntimeError: it did not end in time.
        """
        if self._loop is not None and self._server is not None and self._thread.is_alive():
            with suppress(RuntimeError):  # the loop was closed meanwhile
                self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            raise RuntimeError(f"The live server on {self.url} did not stop within {STOP_SECONDS:g} seconds.")

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        from granian.server.embed import Server  # heavy: loaded on first need

        self._loop = asyncio.get_running_loop()
        self._server = Server(self.application, address=self.host, port=self.port, log_enabled=False, websockets=False)
        self._server.on_startup(self._ready.set)
        try:
            await self._server.serve()
        finally:
            await self.application.lifespan.shutdown()


def free_port(host: str) -> int:
    """Return a port on which nobody listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def wait_for_port(host: str, port: int) -> None:
    """Return once a connection is accepted.

    Raises:
        RuntimeError: none was in time.
    """
    pause = threading.Event()
    for _ in range(int(START_SECONDS / 0.02)):
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            pause.wait(0.02)
        else:
            return
    raise RuntimeError(f"Nothing listens on {host}:{port}.")
