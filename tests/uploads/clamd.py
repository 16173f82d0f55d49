"""A small clamd: the command INSTREAM of the real protocol, over TCP and Unix sockets.

It finds the EICAR test file, honours a StreamMaxLength, and can be told to be silent, to break off or to fail.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.uploads.samples import EICAR


class Clamd:
    """The server.

    Args:
        max_length: StreamMaxLength: a longer stream is refused, and the connection closed, as clamd does.
        mood: "well", "silent" (never answers), "broken" (hangs up) or "failing" (answers an error).
    """

    def __init__(self, max_length: int = 10**8, mood: str = "well") -> None:
        self.max_length = max_length
        self.mood = mood
        self.seen: list[bytes] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.mood == "broken":
                return
            command = await reader.readuntil(b"\0")
            if command != b"zINSTREAM\0":
                writer.write(b"UNKNOWN COMMAND\0")
                return
            content = await self.stream(reader)
            if content is None:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
            elif self.mood == "silent":
                await reader.read()  # until the client gives up
            elif self.mood == "failing":
                writer.write(b"stream: Can't allocate memory ERROR\0")
            else:
                self.seen.append(content)
                writer.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def stream(self, reader: asyncio.StreamReader) -> bytes | None:
        parts: list[bytes] = []
        while size := struct.unpack(">I", await reader.readexactly(4))[0]:
            if sum(map(len, parts)) + size > self.max_length:
                return None
            parts.append(await reader.readexactly(size))
        return b"".join(parts)

    @asynccontextmanager
    async def serving(self, socket: str | None = None) -> AsyncIterator[str]:
        """Serve, and give the address."""
        if socket is None:
            server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
            address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        else:
            server = await asyncio.start_unix_server(self.talk, socket)
            address = socket
        try:
            yield address
        finally:
            server.close()
