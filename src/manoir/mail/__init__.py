"""Mail: messages, and the backends that send them.

The room's map:

- `_sending`: `send_mail` and its kin.
- `_connections`: `get_connection`.
- `_message`: `EmailMessage`, `EmailMultiAlternatives`.
- `_headers`: one mailbox an address, no line breaks in headers.
- `_base`, `_backends`, `_files`, `_smtp`: the backends: terminal, memory, nowhere, files, SMTP.
- `compliance`: the tests every backend passes; run them for your own.
"""

from __future__ import annotations

from manoir.exceptions import InvalidHeader
from manoir.mail._backends import ConsoleBackend, DummyBackend, InMemoryBackend, outbox
from manoir.mail._base import BaseEmailBackend
from manoir.mail._connections import get_connection
from manoir.mail._files import FileBasedBackend
from manoir.mail._message import EmailAlternative, EmailAttachment, EmailMessage, EmailMultiAlternatives
from manoir.mail._sending import (
    amail_admins,
    amail_managers,
    asend_mail,
    asend_mass_mail,
    mail_admins,
    mail_managers,
    send_mail,
    send_mass_mail,
)
from manoir.mail._smtp import SMTPBackend

BadHeaderError = InvalidHeader
"""Django's documented name."""

__all__ = [
    "BadHeaderError",
    "BaseEmailBackend",
    "ConsoleBackend",
    "DummyBackend",
    "EmailAlternative",
    "EmailAttachment",
    "EmailMessage",
    "EmailMultiAlternatives",
    "FileBasedBackend",
    "InMemoryBackend",
    "InvalidHeader",
    "SMTPBackend",
    "amail_admins",
    "amail_managers",
    "asend_mail",
    "asend_mass_mail",
    "get_connection",
    "mail_admins",
    "mail_managers",
    "outbox",
    "send_mail",
    "send_mass_mail",
]
