"""Mail into files: one for each connection, for development and for systems that pick mails up."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from email import policy as policies
from os import PathLike
from pathlib import Path
from typing import Any

from manoir.bridge import hook, to_thread
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.mail._base import BaseEmailBackend
from manoir.mail._message import EmailMessage

SEPARATOR = "-" * 79
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
counter = itertools.count(1)


class FileBasedBackend(BaseEmailBackend):
    """Writes mails into a directory: all of one connection into one file, each with a line below it.

    Files are readable for their owner only, because mails hold links that sign people in.

    Args:
        fail_silently: True swallows errors of writing.
        file_path: the directory, made when it is missing; None is EMAIL_FILE_PATH.
        **kwargs: ignored.

    Raises:
        ImproperlyConfigured: there is no directory, it is something else, or it cannot be made.

    Example:
        >>> FileBasedBackend(file_path="/tmp/mails").send_messages([])
        0
    """

    def __init__(
        self, fail_silently: bool = False, *, file_path: str | PathLike[str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(fail_silently, **kwargs)
        self.directory = usable_directory(file_path or settings.EMAIL_FILE_PATH)
        self.path: Path | None = None

    @hook
    async def aopen(self) -> bool | None:
        """Begin a file at the next mail, unless there is one; True if it is new."""
        if self.path is not None:
            return False
        moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        self.path = self.directory / f"{moment}-{os.getpid()}-{next(counter)}.log"
        return True

    @hook
    async def aclose(self) -> None:
        """End the file: the next mail begins another one."""
        self.path = None

    @hook
    async def asend_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails and return how many."""
        texts = [mail.message(policy=policies.default).as_bytes() for mail in email_messages]
        if not texts:
            return 0
        opened = await self.aopen()
        assert self.path is not None
        try:
            await to_thread(append, self.path, texts)
        except OSError:
            if not self.fail_silently:
                raise
            return 0
        finally:
            if opened:
                await self.aclose()
        return len(texts)


def usable_directory(path: str | PathLike[str] | None) -> Path:
    """Return the directory of mails, made when it is missing."""
    if not path:
        raise ImproperlyConfigured("Mail into files needs a directory: set EMAIL_FILE_PATH, or give file_path.")
    directory = Path(path).absolute()
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"The directory of mails {str(directory)!r} cannot be made: {error}") from error
    if not os.access(directory, os.W_OK):
        raise ImproperlyConfigured(f"The directory of mails {str(directory)!r} cannot be written to.")
    return directory


def append(path: Path, texts: list[bytes]) -> None:
    """Write mails to the end of a file, which nobody else may read, and nobody else has made (M07)."""
    flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) if path.exists() else FLAGS
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        for text in texts:
            file.write(text + f"\n{SEPARATOR}\n".encode())
