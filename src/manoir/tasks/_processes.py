"""Several workers on one machine: a parent that starts them, starts lost ones anew, and passes signals on."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

logger = logging.getLogger("manoir.tasks")

SHORTEST_LIFE_SECONDS: Final = 2.0
"""A child that ended sooner is started again only after a pause, so that a mistake does not spin."""


class Processes:
    """Keeps a number of worker processes alive until a signal comes.

    Args:
        arguments: of `python -m manoir` for one worker.
        count: how many.
    """

    def __init__(self, arguments: Sequence[str], count: int) -> None:
        self.command = [sys.executable, "-m", "manoir", *arguments]
        self.count = count
        self.children: list[subprocess.Popen[bytes]] = []
        self.born: dict[int, float] = {}
        self.stopping = threading.Event()

    def run(self) -> None:
        """Run until SIGTERM or SIGINT, and until the children have ended then."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.pass_on)
        while not self.stopping.is_set():
            self.children = [child for child in self.children if child.poll() is None]
            while len(self.children) < self.count and not self.stopping.is_set():
                self.start()
            self.stopping.wait(0.2)
        for child in self.children:
            child.wait()

    def start(self) -> None:
        """Start one worker."""
        if len(self.born) >= self.count:
            youngest = max(self.born.values())
            logger.warning("A worker process ended by itself; another one is started.")
            self.stopping.wait(max(0.0, SHORTEST_LIFE_SECONDS - (time.monotonic() - youngest)))
        child = subprocess.Popen(self.command)  # noqa: S603 - our own interpreter and words that we chose
        self.born[child.pid] = time.monotonic()
        self.children.append(child)

    def pass_on(self, number: int, frame: Any) -> None:
        """Tell the children; the second signal reaches them, too."""
        self.stopping.set()
        for child in self.children:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
