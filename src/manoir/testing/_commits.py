"""What waits for a commit that never comes: `on_commit` functions of a test, collected and, if wanted, run."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

from manoir.db import DEFAULT_DB_ALIAS, connections, transaction


class capture_on_commit_callbacks:
    """Collect what `transaction.on_commit()` is given inside a block, of either colour.

    A test's transaction is rolled back, so what waits for its commit would never run. With `execute` it runs at the end of
    the block, in order, and so does what these functions register themselves.

    Args:
        using: alias of the database.
        execute: run the functions at the end, unless an exception leaves the block.

    Example:
        >>> with capture_on_commit_callbacks(execute=True) as callbacks:
        ...     client.post("/orders/", {"book": 1})
        >>> len(callbacks), len(mail.outbox)
        (1, 1)
    """

    def __init__(self, *, using: str = DEFAULT_DB_ALIAS, execute: bool = False) -> None:
        self.using = using
        self.execute = execute
        self.callbacks: list[Callable[[], Any]] = []
        self._waiting: list[Any] = []
        self._start = 0

    def __enter__(self) -> list[Callable[[], Any]]:
        level = connections[self.using].level
        # Outside of a transaction nothing waits: on_commit runs its function at once, or after the commit.
        self._waiting = [] if level is None else level.callbacks
        self._start = len(self._waiting)
        return self.callbacks

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        while callback := self._next():
            if self.execute and error is None:
                transaction.run_callbacks_in_sync([callback])

    async def __aenter__(self) -> list[Callable[[], Any]]:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        while callback := self._next():
            if self.execute and error is None:
                await transaction.run_callbacks([callback])

    def _next(self) -> Any:
        """Take note of the next function; None when there is none left."""
        if self._start >= len(self._waiting):
            return None
        callback = self._waiting[self._start]
        self._start += 1
        self.callbacks.append(callback.func)
        return callback
