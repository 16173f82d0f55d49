"""Backends that send nothing over the net: to the terminal, into a list, nowhere."""

from __future__ import annotations

import copy
import sys
import threading
from collections.abc import Sequence
from email import policy as policies
from typing import Any, TextIO

from manoir.bridge import hook
from manoir.mail._base import BaseEmailBackend
from manoir.mail._message import EmailMessage

outbox: list[EmailMessage] = []
"""What InMemoryBackend was given, in order. Tests empty it by `outbox.clear()`."""


class InMemoryBackend(BaseEmailBackend):
    """Keeps mails in `manoir.mail.outbox`, after the same checks that sending makes."""

    @hook
    async def asend_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep copies of the mails."""
        for mail in email_messages:
            mail.message()
        # The connection is shared and may hold a lock; a later change of the mail must not change what was sent.
        for mail in email_messages:
            kept = copy.copy(mail)
            kept.to, kept.cc, kept.bcc = list(mail.to), list(mail.cc), list(mail.bcc)
            kept.attachments = list(mail.attachments)
            outbox.append(kept)
        return len(email_messages)


class DummyBackend(BaseEmailBackend):
    """Drops mails and counts them."""

    @hook
    async def asend_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Count the mails."""
        return len(email_messages)


class ConsoleBackend(BaseEmailBackend):
    """Writes mails to the terminal, for development.

    Args:
        fail_silently: True swallows errors of writing.
        stream: where to; None is standard output.
        **kwargs: ignored.
    """

    def __init__(self, fail_silently: bool = False, *, stream: TextIO | None = None, **kwargs: Any) -> None:
        super().__init__(fail_silently, **kwargs)
        self.stream = stream
        # Held while one mail is written, never across a wait.
        self.lock = threading.Lock()

    @hook
    async def asend_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails, each with a line below it."""
        texts = [mail.message(policy=policies.default).as_string() for mail in email_messages]
        try:
            with self.lock:
                # Looked up now: tests replace sys.stdout.
                stream = self.stream or sys.stdout
                for text in texts:
                    stream.write(f"{text}\n{'-' * 79}\n")
                stream.flush()
        except OSError:
            if not self.fail_silently:
                raise
            return 0
        return len(texts)
