"""`manoir worker` for Celery: an ordinary Celery worker as a child process, and the relay here."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from manoir.exceptions import TaskException
from manoir.tasks._celery._relay import Relay

if TYPE_CHECKING:
    from manoir.tasks._base import WorkerOptions
    from manoir.tasks._celery._backend import CeleryBackend

logger = logging.getLogger("manoir.tasks")

ALIAS_VARIABLE = "MANOIR_TASK_BACKEND"
"""Environment variable that says which entry of TASKS a Celery worker works for; needed where there are several."""


class Supervisor:
    """A Celery worker and the relay, as one: when either is told to end, both do.

    Args:
        backend: the backend.
        options: how to work.
        arguments: further arguments of `celery worker`.
    """

    def __init__(self, backend: CeleryBackend, options: WorkerOptions, arguments: Sequence[str] = ()) -> None:
        self.backend = backend
        self.options = options
        self.arguments = arguments
        self.relay = Relay(backend, f"relay-{socket.gethostname()[:60]}-{os.getpid()}", schedules=options.schedules)
        self.child: asyncio.subprocess.Process | None = None
        self.stopping = False

    @property
    def has_remains(self) -> bool:
        """Nothing of the tasks runs in this process."""
        return False

    async def run(self) -> None:
        """Work until `stop()`, then until the running tasks have ended or their time is up.

        Raises:
            TaskException: the Celery worker ended by itself.
        """
        self.child = await asyncio.create_subprocess_exec(
            *self.command(), env={**os.environ, ALIAS_VARIABLE: self.backend.alias}, start_new_session=True
        )
        relay = asyncio.ensure_future(self.relay.run())
        try:
            status = await self.child.wait()
            if not self.stopping:
                raise TaskException(f"The Celery worker of TASKS[{self.backend.alias!r}] ended with status {status}.")
        finally:
            self.end(signal.SIGKILL)
            self.relay.stop()
            await asyncio.gather(relay, return_exceptions=True)

    def stop(self) -> None:
        """Take no more tasks; what runs may end within the grace period."""
        self.stopping = True
        self.end(signal.SIGTERM)
        if self.options.grace_seconds is not None:
            asyncio.get_running_loop().call_later(self.options.grace_seconds, self.abort)

    def abort(self) -> None:
        """End at once; the tasks come back when their leases end."""
        self.stopping = True
        self.end(signal.SIGQUIT)

    def end(self, number: signal.Signals) -> None:
        """Send the worker a signal, if it lives."""
        if self.child is not None and self.child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.child.send_signal(number)

    def command(self) -> list[str]:
        """Return the words that start the worker; a session of its own keeps Ctrl-C with us."""
        prefix = self.backend.options.get("QUEUE_PREFIX", "")
        words = [sys.executable, "-m", "celery", "-A", "manoir.tasks.celery", "worker", "--task-events"]
        words += ["--hostname", f"manoir-{secrets.token_hex(3)}@%h", "--loglevel", "WARNING"]
        if queues := self.options.queues or sorted(self.backend.queues):
            words += ["--queues", ",".join(prefix + name for name in queues)]
        if self.options.concurrency is not None:
            words += ["--concurrency", str(self.options.concurrency)]
        return [*words, *self.arguments]
