"""SMTPBackend against a real server: envelope, accounts, TLS of both kinds, refusals, timeouts."""

from __future__ import annotations

import asyncio
import logging
import re
import select
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.mail.server import HostileServer, RealServer, Security

from manoir import mail
from manoir.conf import settings
from manoir.mail import BaseEmailBackend, SMTPBackend
from manoir.mail.compliance import Delivered, MailCompliance, mail_with


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's side of TLS; the client trusts its authority."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return server_context(authority, "localhost")


def server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def server() -> Iterator[RealServer]:
    with RealServer() as server:
        yield server


@pytest.fixture(params=["starttls", "implicit"])
def tls(request: pytest.FixtureRequest, certificate: ssl.SSLContext) -> Iterator[RealServer]:
    with RealServer(request.param, certificate) as server:
        yield server


class TestInClear(MailCompliance):
    @pytest.fixture
    def backend(self, server: RealServer) -> BaseEmailBackend:
        return server.backend()

    @pytest.fixture
    def delivered(self, server: RealServer, backend: BaseEmailBackend) -> Delivered:
        return lambda: [delivery.message for delivery in server.mailbox.deliveries]


class TestOverTls(MailCompliance):
    @pytest.fixture
    def backend(self, tls: RealServer) -> BaseEmailBackend:
        return tls.backend(username="ada", password="correct horse")

    @pytest.fixture
    def delivered(self, tls: RealServer, backend: BaseEmailBackend) -> Delivered:
        return lambda: [delivery.message for delivery in tls.mailbox.deliveries]


def test_the_envelope_names_everybody_and_the_message_no_blind_copy(server: RealServer) -> None:
    mail_with(to=["B <b@example.com>"], cc=["c@example.com"], bcc=["d@example.com"], connection=server.backend()).send()
    [delivery] = server.mailbox.deliveries
    assert (delivery.sender, delivery.receivers) == (
        "a@example.com",
        ["b@example.com", "c@example.com", "d@example.com"],
    )
    assert b"d@example.com" not in delivery.data


def test_settings_say_where_to(tls: RealServer) -> None:
    with settings.override(
        EMAIL_BACKEND="manoir.mail.SMTPBackend", MAILERS={}, EMAIL_HOST="localhost", EMAIL_PORT=tls.port, EMAIL_TIMEOUT=5,
        EMAIL_USE_TLS=tls.security == "starttls", EMAIL_USE_SSL=tls.security == "implicit",
        EMAIL_HOST_USER="ada", EMAIL_HOST_PASSWORD="correct horse", DEFAULT_FROM_EMAIL="site@example.com",
    ):  # fmt: skip
        assert mail.send_mail("Subject", "Text", None, ["b@example.com"]) == 1
    [delivery] = tls.mailbox.deliveries
    assert (delivery.sender, delivery.user, delivery.encrypted) == ("site@example.com", "ada", True)


def test_a_mail_with_dots_and_long_lines_arrives_as_it_was(server: RealServer) -> None:
    body = ".\n..\nfrom here\n" + "x" * 2_000 + "\nGrüße\n"
    mail_with(body=body, connection=server.backend()).send()
    [delivery] = server.mailbox.deliveries
    assert delivery.message.get_content().replace("\r\n", "\n") == body
    assert max(map(len, delivery.data.split(b"\r\n"))) <= 998


# -- one connection ---------------------------------------------------------------------------------------------------


def test_many_mails_share_a_connection_and_a_login(tls: RealServer) -> None:
    with tls.backend(username="ada", password="correct horse") as backend:
        assert backend.send_messages([mail_with(subject=f"{number}") for number in range(20)]) == 20
        assert mail_with(subject="last", connection=backend).send() == 1
    assert [delivery.message["Subject"] for delivery in tls.mailbox.deliveries] == [*map(str, range(20)), "last"]
    assert tls.mailbox.logins == [("ada", "correct horse", True)]


async def test_many_mails_share_a_connection_in_coroutines(tls: RealServer) -> None:
    async with tls.backend(username="ada", password="correct horse") as backend:
        for _ in range(3):
            assert await backend.asend_messages([mail_with(), mail_with()]) == 2
    assert len(tls.mailbox.deliveries) == 6
    assert len(tls.mailbox.logins) == 1


async def test_backends_of_their_own_send_at_once(server: RealServer) -> None:
    sent = await asyncio.gather(*(mail_with(connection=server.backend()).asend() for _ in range(8)))
    assert (sum(sent), len(server.mailbox.deliveries), server.mailbox.connections) == (8, 8, 8)


def test_opening_and_closing(server: RealServer) -> None:
    backend = server.backend()
    assert (backend.open(), backend.open()) == (True, False)
    backend.close()
    backend.close()
    assert backend.open() is True
    backend.close()


def test_a_server_that_has_left_is_no_trouble_at_the_end(server: RealServer) -> None:
    backend = server.backend()
    backend.open()
    assert backend.connection is not None
    backend.connection.sock.shutdown(socket.SHUT_RDWR)
    backend.close()
    assert backend.connection is None


# -- accounts ---------------------------------------------------------------------------------------------------------


def test_a_wrong_password_sends_nothing(tls: RealServer) -> None:
    backend = tls.backend(username="ada", password="wrong")
    with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
        backend.send_messages([mail_with()])
    assert "wrong" not in str(caught.value)
    assert (backend.connection, tls.mailbox.deliveries) == (None, [])
    assert tls.backend(username="ada", password="wrong", fail_silently=True).send_messages([mail_with()]) == 0


# -- what the server refuses ------------------------------------------------------------------------------------------


def test_a_refused_recipient_does_not_keep_the_others_from_their_mail(
    server: RealServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.mailbox.refused = {"gone@example.com"}
    with caplog.at_level(logging.WARNING, "manoir.mail"):
        assert mail_with(to=["b@example.com", "gone@example.com"], connection=server.backend()).send() == 1
    assert [delivery.receivers for delivery in server.mailbox.deliveries] == [["b@example.com"]]
    [record] = caplog.records
    assert record.getMessage() == "The mail server refused 1 of 2 recipients: 550 5.1.1 nobody of this name"


def test_a_mail_for_nobody_is_an_error(server: RealServer) -> None:
    server.mailbox.refused = {"b@example.com"}
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        mail_with(connection=server.backend()).send()
    mails = [mail_with(), mail_with(to=["c@example.com"])]
    assert server.backend(fail_silently=True).send_messages(mails) == 1
    assert [delivery.receivers for delivery in server.mailbox.deliveries] == [["c@example.com"]]


def test_a_refused_mail_does_not_end_the_connection(server: RealServer) -> None:
    mails = [mail_with(headers={"X-Refuse": "yes"}), mail_with()]
    with server.backend() as backend:
        with pytest.raises(smtplib.SMTPDataError):
            backend.send_messages(mails)
        assert backend.send_messages(mails[1:]) == 1
    assert server.backend(fail_silently=True).send_messages(mails) == 1
    assert (len(server.mailbox.deliveries), server.mailbox.connections) == (2, 2)


@pytest.mark.parametrize("silent", [False, True])
def test_a_server_that_is_not_there(silent: bool) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        backend = SMTPBackend("127.0.0.1", probe.getsockname()[1], timeout=2, fail_silently=silent)
    if silent:
        assert (backend.send_messages([mail_with()]), backend.open()) == (0, None)
    else:
        with pytest.raises(ConnectionRefusedError):
            backend.send_messages([mail_with()])


@pytest.mark.parametrize("stage", ["HELLO", "EHLO", "MAIL", "DATA"])
def test_a_server_that_says_nothing_is_given_up(stage: str) -> None:
    """H56"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answers = {"HELLO": b"220 hi\r\n", "EHLO": b"250 hi\r\n", "MAIL": b"250 fine\r\n", "RCPT": b"250 fine\r\n"}
        answers.pop(stage, None)
        peer = _Silent(listener, answers)
        with pytest.raises(OSError):
            SMTPBackend("127.0.0.1", listener.getsockname()[1], timeout=0.05).send_messages([mail_with()])
        peer.close()


class _Silent:
    """Answers up to a stage, then listens for ever."""

    def __init__(self, listener: socket.socket, answers: dict[str, bytes]) -> None:
        self.listener, self.answers = listener, answers
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(self.answers.get("HELLO", b""))
            for line in lines:
                connection.sendall(self.answers.get(line.split()[0].decode().upper(), b""))

    def close(self) -> None:
        self.thread.join(5)


# -- TLS is a state ---------------------------------------------------------------------------------------------------


def test_everything_is_encrypted(tls: RealServer) -> None:
    tls.backend(username="ada", password="correct horse").send_messages([mail_with()])
    [delivery] = tls.mailbox.deliveries
    assert (delivery.encrypted, tls.mailbox.logins[0][2]) == (True, True)


STRIPPED = {
    "not offered": {"HELLO": "220 hi", "EHLO": "250-hi\n250 AUTH PLAIN LOGIN"},
    "refused": {"HELLO": "220 hi", "EHLO": "250-hi\n250 STARTTLS", "STARTTLS": "454 not today"},
    "refused as unknown": {"HELLO": "220 hi", "EHLO": "250-hi\n250 STARTTLS", "STARTTLS": "502 what?"},
    "agreed, then in clear": {"HELLO": "220 hi", "EHLO": "250-hi\n250 STARTTLS", "STARTTLS": "220 go on\n250 fine"},
    "agreed, then gone": {"HELLO": "220 hi", "EHLO": "250-hi\n250 STARTTLS", "STARTTLS": "220 go on", "?": ""},
    "positive, but no 220": {"HELLO": "220 hi", "EHLO": "250-hi\n250 STARTTLS", "STARTTLS": "250 sure"},
    "EHLO unknown": {"HELLO": "220 hi", "EHLO": "500 what?", "HELO": "250 hi"},
}


@pytest.mark.parametrize("case", STRIPPED)
def test_tls_that_cannot_be_had_sends_nothing(case: str) -> None:
    """H55: whoever strips STARTTLS gets neither password nor mail."""
    with HostileServer(STRIPPED[case]) as hostile:
        options: dict[str, Any] = {"timeout": 2, "use_tls": True, "username": "ada", "password": "correct horse"}
        backend = SMTPBackend("127.0.0.1", hostile.server_address[1], **options)
        with pytest.raises(OSError):
            backend.send_messages([mail_with()])
        assert backend.connection is None
        silent = SMTPBackend("127.0.0.1", hostile.server_address[1], fail_silently=True, **options)
        assert (silent.send_messages([mail_with()]), silent.open(), silent.connection) == (0, None, None)
    assert {"AUTH", "MAIL", "RCPT", "DATA"}.isdisjoint(hostile.verbs)
    assert not any("correct" in line or "Hello" in line for line in hostile.lines)


def test_what_is_said_before_tls_counts_for_nothing(certificate: ssl.SSLContext) -> None:
    """H55: an answer that somebody between put behind the 220 is not read as one of the server."""
    with RealServer("starttls", certificate) as server, _Injecting(server.port) as between:
        backend = SMTPBackend(
            "localhost", between.port, use_tls=True, timeout=5, username="ada", password="correct horse"
        )
        assert backend.send_messages([mail_with(), mail_with(to=["c@example.com"])]) == 2
    assert [(found.receivers, found.encrypted) for found in server.mailbox.deliveries] == [
        (["b@example.com"], True),
        (["c@example.com"], True),
    ]


def reply(server: socket.socket) -> bytes:
    """Read one answer of a server, however many lines and packets it has, and nothing of what follows."""
    data = b""
    while not re.search(rb"(?:^|\n)\d{3} [^\n]*\n$", data):
        data += server.recv(1)
    return data


class _Injecting:
    """Stands between, and adds an answer of its own to the one that opens TLS."""

    def __init__(self, port: int) -> None:
        self.upstream = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run)

    def __enter__(self) -> _Injecting:
        self.thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.thread.join(5)
        self.listener.close()

    def run(self) -> None:
        client, _ = self.listener.accept()
        with client, socket.create_connection(("127.0.0.1", self.upstream)) as server:
            client.sendall(reply(server))
            for _ in range(2):  # EHLO, STARTTLS
                server.sendall(client.recv(4096))
                answer = reply(server)
                client.sendall(answer + b"550 injected\r\n" if answer.startswith(b"220") else answer)
            self.relay(client, server)

    def relay(self, client: socket.socket, server: socket.socket) -> None:
        other = {client: server, server: client}
        while True:
            for side in select.select([client, server], [], [], 5)[0]:
                try:
                    data = side.recv(65_536)
                    other[side].sendall(data)
                except ConnectionError:  # one of them has left
                    return
                if not data:
                    return


@pytest.mark.parametrize("security", ["starttls", "implicit"])
@pytest.mark.parametrize("fault", ["another name", "another authority"])
def test_a_certificate_that_is_not_the_servers_is_refused(
    security: Security, fault: str, authority: trustme.CA, certificate: ssl.SSLContext
) -> None:
    """H55"""
    wrong = (
        server_context(authority, "mail.example")
        if fault == "another name"
        else server_context(trustme.CA(), "localhost")
    )
    with RealServer(security, wrong) as server:
        backend = server.backend(username="ada", password="correct horse")
        with pytest.raises(ssl.SSLCertVerificationError):
            backend.send_messages([mail_with()])
        assert backend.connection is None
    assert (server.mailbox.deliveries, server.mailbox.logins) == ([], [])


def test_a_certificate_of_ours_is_shown(authority: trustme.CA, certificate: ssl.SSLContext, tmp_path: Path) -> None:
    authority.configure_trust(certificate)
    certificate.verify_mode = ssl.CERT_REQUIRED
    own = authority.issue_cert("site.example")
    own.cert_chain_pems[0].write_to_path(tmp_path / "own.pem")
    own.private_key_pem.write_to_path(tmp_path / "own.key")
    with RealServer("implicit", certificate) as server:
        files = {"ssl_certfile": tmp_path / "own.pem", "ssl_keyfile": tmp_path / "own.key"}
        assert server.backend(**files).send_messages([mail_with()]) == 1
        with pytest.raises(OSError):
            server.backend().send_messages([mail_with()])


def test_two_kinds_of_tls_are_refused() -> None:
    with pytest.raises(ValueError, match=r"EMAIL_USE_TLS .* and EMAIL_USE_SSL .* exclude each other"):
        SMTPBackend(use_tls=True, use_ssl=True)


def test_old_versions_of_tls_are_not_spoken(authority: trustme.CA, certificate: ssl.SSLContext) -> None:
    context = SMTPBackend(host="127.0.0.1").ssl_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
