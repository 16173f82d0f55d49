"""Virus scanners: a hook, and one that speaks the protocol of clamd."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any, Final

from manoir.bridge import TwoColours, hook, to_thread, twin
from manoir.conf import import_string, settings
from manoir.exceptions import ImproperlyConfigured, ScannerUnavailable

CHUNK: Final = 64 * 1024
MAX_REPLY: Final = 4_096


class Scanner(TwoColours):
    """Looks for malware in files. Override `scan`, or `ascan` as `async def`."""

    @hook
    async def ascan(self, file: Any) -> str | None:
        """Look at a file.

        Args:
            file: an open binary file.

        Returns:
            The name of what was found; None for a clean file.

        Raises:
            ScannerUnavailable: no answer, or none that says either.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define scan() (or ascan() as async def).")

    scan = twin(ascan)


class ClamAV(Scanner):
    """A clamd, asked by its command INSTREAM, so that it needs no access to our files.

    Args:
        address: `"host:port"`, or the path of a Unix socket, which begins with `/`.
        timeout: seconds for connecting, and again for each step of the talk.

    Example:
        UPLOAD_SCANNER = {"BACKEND": "manoir.uploads.ClamAV", "OPTIONS": {"address": "127.0.0.1:3310"}}
    """

    def __init__(self, address: str = "127.0.0.1:3310", timeout: float = 30) -> None:
        self.address = address
        self.timeout = timeout
        if not address.startswith("/"):
            host, colon, port = address.rpartition(":")
            if not (host and colon and port.isdecimal()):
                raise ImproperlyConfigured(
                    f"The address of a clamd is host:port or the path of a Unix socket, not {address!r}."
                )
            self.host, self.port = host.strip("[]"), int(port)

    @hook
    async def ascan(self, file: Any) -> str | None:
        """Send the file to clamd and return the name of what it found; None for a clean file."""
        try:
            reply = await self._areply(file)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError) as error:
            raise ScannerUnavailable(
                f"The clamd at {self.address} does not answer ({type(error).__name__}). Does it run, and is the address "
                "in UPLOAD_SCANNER right?"
            ) from error
        return verdict(reply)

    async def _aconnect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.address.startswith("/"):
            return await asyncio.open_unix_connection(self.address, limit=MAX_REPLY)
        return await asyncio.open_connection(self.host, self.port, limit=MAX_REPLY)

    async def _areply(self, file: Any) -> str:
        async with asyncio.timeout(self.timeout):  # wait_for() of Python 3.11 can lose a cancellation
            reader, writer = await self._aconnect()
        try:
            try:
                writer.write(b"zINSTREAM\0")
                async for chunk in achunks(file):
                    writer.write(struct.pack(">I", len(chunk)) + chunk)
                    async with asyncio.timeout(self.timeout):
                        await writer.drain()
                writer.write(struct.pack(">I", 0))
                async with asyncio.timeout(self.timeout):
                    await writer.drain()
            except ConnectionError:
                pass  # clamd says why before it hangs up: its StreamMaxLength is smaller than the file
            async with asyncio.timeout(self.timeout):
                reply = await reader.readuntil(b"\0")
        finally:
            writer.close()
        return reply[:-1].decode("utf-8", "replace")


async def achunks(file: Any) -> AsyncIterator[bytes]:
    """The content of a file from its beginning, read in threads."""
    await to_thread(file.seek, 0)
    while chunk := await to_thread(file.read, CHUNK):
        yield chunk
    await to_thread(file.seek, 0)


def verdict(reply: str) -> str | None:
    """What clamd found; None for nothing.

    Raises:
        ScannerUnavailable: the reply says neither.
    """
    text = reply.partition(": ")[2].strip()
    if text == "OK":
        return None
    if text.endswith(" FOUND"):
        return text.removesuffix(" FOUND")
    raise ScannerUnavailable(f"clamd could not look at the file: {reply[:200]!r}.")


def configured_scanner() -> Scanner | None:
    """The scanner of UPLOAD_SCANNER; None without one.

    Raises:
        ImproperlyConfigured: its BACKEND cannot be used.
    """
    params = settings.UPLOAD_SCANNER
    if not params:
        return None
    try:
        return import_string(params["BACKEND"])(**params.get("OPTIONS", {}))
    except (ImportError, KeyError, TypeError) as error:
        dot = "" if str(error).endswith(("?", ".")) else "."
        raise ImproperlyConfigured(
            f"UPLOAD_SCANNER cannot be used: {error}{dot} Name a class as BACKEND and its arguments as OPTIONS."
        ) from error
