"""Counts the calls of Python functions; builtins and the code of other packages are left out."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any

import manoir

ROOM = str(Path(manoir.__file__).parent)
GENERATED = ("<manoir", "<template")
WARM_UP = 3
TOLERANCE = 1.04
"""Counts may pass the recorded number by a few percent: a guard against new work, not against every edit."""


class Calls:
    """What was called while it was entered: each call, and each time a coroutine goes on.

    Attributes:
        own: calls of manoir's functions (and code it generated), by file and name.
        files: every file whose functions were called.
    """

    def __init__(self) -> None:
        self.own: Counter[str] = Counter()
        self.files: set[str] = set()

    def __enter__(self) -> Calls:
        sys.setprofile(self._note)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            code = frame.f_code
            self.files.add(code.co_filename)
            if code.co_filename.startswith((ROOM, *GENERATED)):
                self.own[f"{code.co_filename.removeprefix(ROOM)}:{code.co_name}"] += 1

    @property
    def count(self) -> int:
        """How many calls of manoir's functions there were."""
        return self.own.total()

    def explain(self, recorded: float) -> str:
        """Say what was called, for the message of a guard that fails."""
        lines = [f"{count:6} {name}" for name, count in self.own.most_common(40)]
        return f"{self.count} calls, recorded are {recorded:g}:\n" + "\n".join(lines)


async def warm_calls(work: Callable[[], Awaitable[object]]) -> Calls:
    """Run `work` until it is warm, then once more under observation."""
    for _ in range(WARM_UP):
        await work()
    with Calls() as calls:
        await work()
    return calls


def guard(calls: Calls, recorded: int) -> None:
    """Fail when there were clearly more calls than recorded; also when there are far fewer, so that the record is kept."""
    assert calls.count <= recorded * TOLERANCE, calls.explain(recorded)
    assert calls.count >= recorded * 0.6, f"Better than recorded, lower the number: {calls.explain(recorded)}"
