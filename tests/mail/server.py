"""A real SMTP server (aiosmtpd) on this machine, with TLS and accounts, and one that misbehaves on purpose."""

from __future__ import annotations

import asyncio
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage as WireMessage
from typing import Any, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from manoir.mail import SMTPBackend

Security = Literal["none", "starttls", "implicit"]


@dataclass
class Delivery:
    """A mail that the server took, and how it came."""

    sender: str
    receivers: list[str]
    data: bytes
    encrypted: bool
    user: str | None

    @property
    def message(self) -> WireMessage:
        found = message_from_bytes(self.data, policy=policy.default)
        assert isinstance(found, WireMessage)
        return found


@dataclass
class Mailbox:
    """What the server was told; it refuses some recipients and some mails."""

    refused: set[str] = field(default_factory=set)
    connections: int = 0
    logins: list[tuple[str, str, bool]] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if session.ssl is None:
            self.connections += 1
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.refused:
            return "550 5.1.1 nobody of this name"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if b"X-Refuse: yes" in envelope.content:
            return "554 5.7.1 not this one"
        user = session.auth_data.decode() if session.auth_data else None
        encrypted = server.transport.get_extra_info("ssl_object") is not None
        self.deliveries.append(Delivery(envelope.mail_from, list(envelope.rcpt_tos), envelope.content, encrypted, user))
        return "250 kept"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        user, password = data.login.decode(), data.password.decode()
        self.logins.append((user, password, server.transport.get_extra_info("ssl_object") is not None))
        if (user, password) != ("ada", "correct horse"):
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=data.login)


class RealServer:
    """aiosmtpd in a thread of its own, on a free port."""

    def __init__(self, security: Security = "none", context: ssl.SSLContext | None = None, **options: Any) -> None:
        self.mailbox = Mailbox()
        self.security = security
        self.context = context
        self.options = options
        self.port = 0
        self.thread = threading.Thread(target=asyncio.run, args=(self._serve(),), name="smtp")
        self.ready = threading.Event()

    async def _serve(self) -> None:
        self.loop, self.over = asyncio.get_running_loop(), asyncio.Event()
        implicit = self.context if self.security == "implicit" else None
        server = await self.loop.create_server(self._protocol, "127.0.0.1", 0, ssl=implicit)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self.over.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    def _protocol(self) -> SMTP:
        return SMTP(
            self.mailbox,
            hostname="mail.test",
            loop=self.loop,
            tls_context=self.context if self.security == "starttls" else None,
            require_starttls=self.security == "starttls",
            auth_require_tls=self.security == "starttls",
            authenticator=self.mailbox.authenticate,
            **self.options,
        )

    def __enter__(self) -> Self:
        self.thread.start()
        assert self.ready.wait(5)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.loop.call_soon_threadsafe(self.over.set)
        self.thread.join(5)

    def backend(self, **options: Any) -> SMTPBackend:
        tls: dict[str, Any] = {"use_tls": self.security == "starttls", "use_ssl": self.security == "implicit"}
        return SMTPBackend(**{"host": "localhost", "port": self.port, "timeout": 5, **tls, **options})


class HostileServer(socketserver.ThreadingTCPServer):
    """A server, or somebody between, that wants a client to go on without TLS: one answer for each verb."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.lines: list[str] = []
        super().__init__(("127.0.0.1", 0), _Script)

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.shutdown()
        self.thread.join(5)
        self.server_close()

    @property
    def verbs(self) -> list[str]:
        return [line.split(" ")[0].upper() for line in self.lines]


class _Script(socketserver.StreamRequestHandler):
    server: HostileServer

    def handle(self) -> None:
        self.say("HELLO")
        for raw in self.rfile:
            line = raw.decode(errors="replace").rstrip("\r\n")
            self.server.lines.append(line)
            verb = line.split(" ")[0].upper()
            if not self.say(verb if verb.isalpha() else "?"):
                return

    def say(self, verb: str) -> bool:
        answer = self.server.answers.get(verb, self.server.answers.get("*", "250 fine"))
        self.wfile.write(answer.encode().replace(b"\n", b"\r\n") + b"\r\n" if answer else b"")
        self.wfile.flush()
        return bool(answer) and verb != "QUIT"
