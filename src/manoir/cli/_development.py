"""The process that serves for developers: one loop, one worker of Granian, inside this process."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Any

from manoir.cli._static import with_static_files
from manoir.server import Handler, RSGIApplication


class DevelopmentServer:
    """Serves the project on one address until it is told to stop.

    Args:
        host: address to listen on.
        port: port to listen on.
        ready: called once the server listens; None for nothing.
    """

    def __init__(self, host: str, port: int, ready: Callable[[], None] | None = None) -> None:
        self.host = host
        self.port = port
        self.ready = ready
        self.application = RSGIApplication(with_static_files(Handler()))
        self._server: Any = None

    async def serve(self) -> None:
        """Serve until `stop()`; connections and pools are closed then."""
        from granian.server.embed import Server  # heavy: loaded on first need

        self._server = Server(self.application, address=self.host, port=self.port, log_enabled=False, websockets=False)
        if self.ready is not None:
            self._server.on_startup(self.ready)
        try:
            await self._server.serve()
        finally:
            await self.application.lifespan.shutdown()

    def stop(self) -> None:
        """End `serve()`."""
        if self._server is not None:
            self._server.stop()

    def run(self) -> None:
        """Serve in this process until SIGINT or SIGTERM; errors of the project's modules are raised before it listens."""
        self.application.handler.load()
        asyncio.run(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers on loops
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self.stop)
        await self.serve()
