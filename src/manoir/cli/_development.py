"""The process that serves for developers: one loop, one worker of Granian, inside this process."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from typing import Any

from manoir.apps import apps
from manoir.cli._static import with_static_files
from manoir.exceptions import CommandError
from manoir.server import Handler, RSGIApplication
from manoir.tasks import DEFAULT_TASK_BACKEND_ALIAS, DatabaseBackend, WorkerOptions, task_backends


class DevelopmentServer:
    """Serves the project on one address until it is told to stop.

    Args:
        host: address to listen on.
        port: port to listen on.
        ready: called once the server listens; None for nothing.
        with_worker: run the tasks of `task_backends["default"]` as well, on the same loop.
    """

    def __init__(
        self, host: str, port: int, ready: Callable[[], None] | None = None, *, with_worker: bool = False
    ) -> None:
        self.host = host
        self.port = port
        self.ready = ready
        self.with_worker = with_worker
        self.application = RSGIApplication(with_static_files(Handler()))
        self._server: Any = None

    async def serve(self) -> None:
        """Serve until `stop()`; connections and pools are closed then."""
        from granian.server.embed import Server  # heavy: loaded on first need

        self._server = Server(self.application, address=self.host, port=self.port, log_enabled=False, websockets=False)
        if self.ready is not None:
            self._server.on_startup(self.ready)
        try:
            async with working() if self.with_worker else contextlib.nullcontext():
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


def check_worker() -> DatabaseBackend:
    """Return the backend whose tasks `--with-worker` runs.

    Raises:
        CommandError: the backend's workers are processes of their own, or it needs none.
    """
    backend = task_backends[DEFAULT_TASK_BACKEND_ALIAS]
    if type(backend) is not DatabaseBackend or not apps.is_installed("manoir.tasks"):
        raise CommandError(
            f"--with-worker runs the tasks of a DatabaseBackend with 'manoir.tasks' in INSTALLED_APPS, and"
            f" TASKS['default'] is a {type(backend).__name__}. Run `manoir worker` beside the server, if it has workers."
        )
    return backend


@contextlib.asynccontextmanager
async def working() -> AsyncGenerator[None]:
    """Run a worker beside the block; what runs at its end is given back to the queue."""
    worker = check_worker().worker(WorkerOptions(grace_seconds=0.3))
    running = asyncio.create_task(worker.run())
    running.add_done_callback(tell_end)
    try:
        yield
    finally:
        worker.stop()
        await asyncio.wait([running], timeout=3.0)


def tell_end(running: asyncio.Task[None]) -> None:
    """Say why the worker ended, if it did by an error; the server goes on."""
    if not running.cancelled() and (error := running.exception()) is not None:
        sys.stderr.write(f"The worker ended: {type(error).__name__}: {error}\n")
