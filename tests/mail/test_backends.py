from __future__ import annotations

import email
import io
import socketserver
import ssl
import threading
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage as WireMessage
from typing import Any

import pytest

from manoir import mail
from manoir.mail import BaseEmailBackend, ConsoleBackend, DummyBackend, EmailMessage, InMemoryBackend, SMTPBackend
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


class Server(socketserver.ThreadingTCPServer):
    """A small mail server on this machine: enough of RFC 5321 to be talked to by a real client."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.messages: list[tuple[str, list[str], bytes]] = []
        self.commands: list[str] = []
        self.connections = 0
        self.offers_tls = False
        self.refuses: set[str] = set()
        super().__init__(("127.0.0.1", 0), Session)


class Session(socketserver.StreamRequestHandler):
    server: Server
    timeout = 10

    def answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        self.server.connections += 1
        sender, receivers = "", []
        self.answer("220 test")
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            self.server.commands.append(line)
            verb = line.split(":")[0].split(" ")[0].upper()
            if verb == "EHLO":
                self.answer("250-test")
                self.answer("250-AUTH PLAIN" if not self.server.offers_tls else "250-STARTTLS")
                self.answer("250 8BITMIME")
            elif verb == "STARTTLS":
                self.answer("454 no TLS today")
            elif verb == "AUTH":
                self.answer("235 welcome")
            elif verb == "MAIL":
                sender, receivers = line.partition(":")[2].split()[0].strip("<>"), []
                self.answer("250 fine")
            elif verb == "RCPT":
                receiver = line.partition(":")[2].split()[0].strip("<>")
                refused = receiver in self.server.refuses
                self.answer("550 unknown here" if refused else "250 fine")
                receivers += [] if refused else [receiver]
            elif verb == "DATA":
                self.answer("354 go on")
                data = b""
                for part in self.rfile:
                    if part == b".\r\n":
                        break
                    data += part.removeprefix(b".") if part.startswith(b"..") else part
                self.server.messages.append((sender, receivers, data))
                self.answer("250 kept")
            elif verb == "QUIT":
                self.answer("221 bye")
                return
            else:
                self.answer("250 fine")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def smtp(server: Server, **options: Any) -> SMTPBackend:
    return SMTPBackend(host="127.0.0.1", port=server.server_address[1], timeout=5, **options)


class TestSMTPBackend(MailCompliance):
    @pytest.fixture
    def backend(self, server: Server) -> BaseEmailBackend:
        return smtp(server)

    @pytest.fixture
    def delivered(self, server: Server, backend: BaseEmailBackend) -> Delivered:
        return lambda: [parsed(data) for _, _, data in server.messages]


def test_the_envelope_names_everybody_and_the_message_no_blind_copy(server: Server):
    mail_with(to=["B <b@example.com>"], cc=["c@example.com"], bcc=["d@example.com"], connection=smtp(server)).send()
    [(sender, receivers, data)] = server.messages
    assert (sender, receivers) == ("a@example.com", ["b@example.com", "c@example.com", "d@example.com"])
    assert b"d@example.com" not in data


def test_one_connection_is_shared_and_a_login_made(server: Server):
    with smtp(server, username="user", password="word") as backend:
        backend.send_messages([mail_with()])
        backend.send_messages([mail_with()])
    assert (server.connections, len(server.messages)) == (1, 2)
    assert [line.split()[0] for line in server.commands].count("AUTH") == 1


@pytest.mark.parametrize("offers_tls", [True, False])
def test_tls_that_cannot_be_had_sends_nothing(server: Server, offers_tls: bool):
    server.offers_tls = offers_tls
    with pytest.raises(OSError):
        smtp(server, use_tls=True, username="user", password="word").send_messages([mail_with()])
    assert server.messages == []
    assert not any(line.startswith(("AUTH", "MAIL")) for line in server.commands)
    assert smtp(server, use_tls=True, fail_silently=True).send_messages([mail_with()]) == 0
    assert server.messages == []


def test_certificates_are_checked():
    context = SMTPBackend(host="127.0.0.1").ssl_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_two_kinds_of_tls_are_refused():
    with pytest.raises(ValueError, match=r"EMAIL_USE_TLS .* and EMAIL_USE_SSL .* exclude each other"):
        SMTPBackend(use_tls=True, use_ssl=True)


def test_a_server_that_refuses_or_is_not_there(server: Server):
    server.refuses = {"b@example.com"}
    with pytest.raises(OSError):
        smtp(server).send_messages([mail_with()])
    assert smtp(server, fail_silently=True).send_messages([mail_with(), mail_with(to=["c@example.com"])]) == 1
    closed = SMTPBackend(host="127.0.0.1", port=9, timeout=2)
    with pytest.raises(OSError):
        closed.send_messages([mail_with()])
    assert SMTPBackend(host="127.0.0.1", port=9, timeout=2, fail_silently=True).send_messages([mail_with()]) == 0


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
