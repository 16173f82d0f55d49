from __future__ import annotations

import email
import io
import stat
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage as WireMessage
from pathlib import Path
from typing import Any

import pytest

from manoir import mail
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.mail import BaseEmailBackend, ConsoleBackend, DummyBackend, EmailMessage, FileBasedBackend, InMemoryBackend
from manoir.mail.compliance import Delivered, MailCompliance, mail_with


def parsed(data: bytes) -> WireMessage:
    message = email.message_from_bytes(data, policy=policy.default)
    assert isinstance(message, WireMessage)
    return message


class TestInMemoryBackend(MailCompliance):
    @pytest.fixture
    def backend(self) -> Iterator[BaseEmailBackend]:
        mail.outbox.clear()
        yield InMemoryBackend()
        mail.outbox.clear()

    @pytest.fixture
    def delivered(self, backend: BaseEmailBackend) -> Delivered:
        return lambda: [parsed(message.message().as_bytes()) for message in mail.outbox]


class TestConsoleBackend(MailCompliance):
    @pytest.fixture
    def stream(self) -> io.StringIO:
        return io.StringIO()

    @pytest.fixture
    def backend(self, stream: io.StringIO) -> BaseEmailBackend:
        return ConsoleBackend(stream=stream)

    @pytest.fixture
    def delivered(self, stream: io.StringIO, backend: BaseEmailBackend) -> Delivered:
        return lambda: [
            parsed(text.encode("utf-8", "surrogateescape")) for text in stream.getvalue().split("-" * 79 + "\n")[:-1]
        ]


class TestFileBasedBackend(MailCompliance):
    @pytest.fixture
    def backend(self, tmp_path: Path) -> BaseEmailBackend:
        return FileBasedBackend(file_path=tmp_path / "mails")

    @pytest.fixture
    def delivered(self, tmp_path: Path, backend: BaseEmailBackend) -> Delivered:
        return lambda: [
            parsed(text)
            for file in sorted((tmp_path / "mails").iterdir(), key=lambda file: file.stat().st_mtime_ns)
            for text in file.read_bytes().split(b"\n" + b"-" * 79 + b"\n")[:-1]
        ]


def test_mails_of_one_connection_share_a_file_that_is_private(tmp_path: Path):
    """M07: the mode is given when the file is made."""
    with settings.override(EMAIL_FILE_PATH=tmp_path), FileBasedBackend() as backend:
        backend.send_messages([mail_with()])
        backend.send_messages([mail_with()])
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().count("Subject: Hello") == 2
    backend.send_messages([mail_with()])
    assert len(list(tmp_path.iterdir())) == 2


def test_a_directory_of_mails_that_cannot_be_used(tmp_path: Path):
    (tmp_path / "file").touch()
    with settings.override(EMAIL_FILE_PATH=None), pytest.raises(ImproperlyConfigured, match="set EMAIL_FILE_PATH"):
        FileBasedBackend()
    with pytest.raises(ImproperlyConfigured, match="cannot be made"):
        FileBasedBackend(file_path=tmp_path / "file")
    backend = FileBasedBackend(file_path=tmp_path / "mails", fail_silently=True)
    backend.directory = tmp_path / "gone"
    assert backend.send_messages([mail_with()]) == 0


def test_the_outbox_keeps_a_mail_as_it_was():
    mail.outbox.clear()
    message = mail_with()
    InMemoryBackend().send_messages([message])
    message.to.append("later@example.com")
    message.subject = "Changed"
    assert (mail.outbox[0].to, mail.outbox[0].subject) == (["b@example.com"], "Hello")
    mail.outbox.clear()


def test_the_terminal_is_the_default_of_the_console(capsys: pytest.CaptureFixture[str]):
    ConsoleBackend().send_messages([mail_with()])
    assert "Subject: Hello\n" in capsys.readouterr().out


def test_the_dummy_counts():
    assert DummyBackend().send_messages([mail_with(), mail_with()]) == 2


class SyncBackend(BaseEmailBackend):
    """A backend of the kind people bring along."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sent: list[EmailMessage] = []

    def send_messages(self, email_messages: Any) -> int:
        self.sent += email_messages
        return len(email_messages)


async def test_a_backend_with_a_sync_method_is_awaited():
    backend = SyncBackend()
    assert await mail_with(connection=backend).asend() == 1
    assert len(backend.sent) == 1


def test_a_backend_without_its_method_says_so():
    with pytest.raises(NotImplementedError, match=r"BaseEmailBackend does not define send_messages\(\)"):
        BaseEmailBackend().send_messages([])
