"""Tasks that are asked for at the same time, outside of transactions, are stored together: one statement, one commit.

A commit waits for the disk however little it holds, and a server's requests would each wait for one of their own. So
whoever comes first stores its tasks at once; those that come meanwhile wait, and the first of them stores all that have
gathered. Nobody waits for time to pass, nobody goes on before the disk has its tasks, and one alone pays nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Final, TypeAlias

from manoir.bridge import LoopLocal
from manoir.tasks._message import TaskMessage

MOST_AT_ONCE: Final = 500
"""Messages in a statement, unless one caller alone brings more."""

Insert: TypeAlias = Callable[[Sequence[TaskMessage]], Awaitable[set[str]]]


class Turn(Enum):
    """What somebody who waits is told to do itself."""

    STORE_ALL = "its own, and what others wait with"
    STORE_OWN = "its own only: a statement for several failed, and each caller is to meet its own error"


class Waiting:
    """Somebody whose messages are to be stored.

    Attributes:
        messages: all or none of them.
        answer: the ids that were added, or what it is to do itself; cancelled: it has gone away.
    """

    __slots__ = ("answer", "messages")

    def __init__(self, messages: Sequence[TaskMessage]) -> None:
        self.messages = messages
        self.answer: asyncio.Future[set[str] | Turn] = asyncio.get_running_loop().create_future()

    def tell(self, answer: set[str] | Turn) -> None:
        """Answer, unless it has gone away."""
        if not self.answer.done():
            self.answer.set_result(answer)


class Line:
    """Who waits on one loop.

    Attributes:
        busy: somebody stores, or was told to.
        waiting: the others, in order.
    """

    def __init__(self) -> None:
        self.busy = False
        self.waiting: deque[Waiting] = deque()

    def take(self, room: int) -> list[Waiting]:
        """Take those from the front whose messages have room in a statement."""
        taken: list[Waiting] = []
        while self.waiting and (room := room - len(self.waiting[0].messages)) >= 0:
            one = self.waiting.popleft()
            if not one.answer.done():
                taken.append(one)
        return taken

    def pass_on(self) -> None:
        """Tell the next one that it is its turn."""
        while self.waiting:
            one = self.waiting.popleft()
            if not one.answer.done():
                one.tell(Turn.STORE_ALL)
                return
        self.busy = False


class Gathering:
    """Stores messages of several callers together.

    Messages must not have unique keys: a statement waits for a transaction that holds the same key, and all callers
    would wait with it.

    Args:
        insert: stores messages, all or none, and returns the ids that were not there already.
    """

    def __init__(self, insert: Insert) -> None:
        self.insert = insert
        self.lines: LoopLocal[Line] = LoopLocal(Line)

    # hot path: benchmarks/tasks.py
    async def add(self, messages: Sequence[TaskMessage]) -> set[str]:
        """Store messages; return the ids that were not there already, perhaps with those of others."""
        line = self.lines.get()
        if line.busy:
            answer = await self.wait(line, Waiting(messages))
            if answer is Turn.STORE_OWN:
                return await self.insert(messages)
            if not isinstance(answer, Turn):
                return answer
        line.busy = True
        return await self.lead(line, messages)

    async def wait(self, line: Line, mine: Waiting) -> set[str] | Turn:
        """Wait until somebody has stored these messages, or says what to do."""
        line.waiting.append(mine)
        try:
            return await mine.answer
        except asyncio.CancelledError:
            if not mine.answer.cancelled() and mine.answer.result() is Turn.STORE_ALL:
                line.pass_on()  # told and cancelled in one turn of the loop
            raise

    async def lead(self, line: Line, messages: Sequence[TaskMessage]) -> set[str]:
        """Store messages with those that wait, and pass the turn on.

        Should this caller be cancelled, the next one stores what the others wait with: if the statement was committed
        nevertheless, their ids are there already, and nothing is stored twice.
        """
        others = line.take(MOST_AT_ONCE - len(messages))
        try:
            added = await self.insert([*messages, *(message for one in others for message in one.messages)])
        except Exception:
            if not others:
                raise
            tell(others, Turn.STORE_OWN)
        except BaseException:
            line.waiting.extendleft(reversed(others))
            raise
        else:
            tell(others, added)
            return added
        finally:
            line.pass_on()
        return await self.insert(messages)


def tell(waiting: Sequence[Waiting], answer: set[str] | Turn) -> None:
    for one in waiting:
        one.tell(answer)
