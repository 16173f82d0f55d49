"""Worker threads: started when needed, reused, at most as many as told."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import Protocol


class Work(Protocol):
    """What a pool runs. `claim` answers True once: a job may stand in a pool and in an inbox at the same time."""

    def claim(self) -> bool: ...
    def execute(self) -> None: ...


class Pool:
    """Daemon threads that take work from one queue.

    Args:
        name: how its threads are called.
        size: most threads; None means as many as there is work at a time.
        elastic: a thread that waits in a portal does not count, another may be started in its place. For work whose
            threads may wait for each other's coroutines.
    """

    def __init__(self, name: str, size: int | None, *, elastic: bool = False) -> None:
        self.name = name
        self.size = size
        self.elastic = elastic
        self.threads = 0
        self.waiting = 0
        self._idle = 0
        self._queued = 0
        self._queue: SimpleQueue[Work] = SimpleQueue()
        self._lock = threading.Lock()  # guards the counters; never held while anything waits

    def submit(self, work: Work) -> bool:
        """Queue `work`.

        Returns:
            Whether a thread is free for it; False when it has to wait until another job ends.
        """
        with self._lock:
            self._queued += 1
            self._queue.put(work)
            if self._queued <= self._idle:
                return True
            return self._grow()

    def enter_wait(self) -> None:
        """Say that the calling thread waits in a portal now."""
        with self._lock:
            self.waiting += 1
            if self._queued > self._idle:
                self._grow()

    def leave_wait(self) -> None:
        """Say that the calling thread works again."""
        with self._lock:
            self.waiting -= 1

    def _grow(self) -> bool:
        if self._is_full():
            return False
        self.threads += 1
        self._idle += 1  # it will take the next job
        threading.Thread(target=self._work, name=f"manoir-{self.name}-{self.threads}", daemon=True).start()
        return True

    def _is_full(self) -> bool:
        return self.size is not None and self.threads - (self.waiting if self.elastic else 0) >= self.size

    def _work(self) -> None:
        while True:
            work = self._queue.get()
            with self._lock:
                self._idle -= 1
                self._queued -= 1
            if work.claim():
                work.execute()
            del work
            with self._lock:
                if self.elastic and self.size is not None and self.threads - self.waiting > self.size:
                    self.threads -= 1
                    return
                self._idle += 1
