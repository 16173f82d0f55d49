"""Sending by SMTP: the standard library's client, in a thread.

TLS is a state and no wish: when it was asked for and cannot be had, nothing is sent.

The client of the standard library needs no further package, so that links to reset a password can be sent out of the
box; a mail waits for its server some hundred milliseconds, beside which the change of threads is nothing.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Sequence
from email import policy as policies
from os import PathLike
from typing import Any

from manoir.bridge import hook, to_thread
from manoir.conf import settings
from manoir.mail._base import BaseEmailBackend
from manoir.mail._message import EmailMessage

logger = logging.getLogger("manoir.mail")


class SMTPBackend(BaseEmailBackend):
    """Sends mails by a server. Each argument's None is the setting of its name.

    Args:
        host: EMAIL_HOST.
        port: EMAIL_PORT.
        username: EMAIL_HOST_USER; "" does not log in.
        password: EMAIL_HOST_PASSWORD.
        use_tls: EMAIL_USE_TLS: begin in clear, then STARTTLS.
        fail_silently: True swallows errors of the server.
        use_ssl: EMAIL_USE_SSL: TLS from the first byte.
        timeout: EMAIL_TIMEOUT, in seconds.
        ssl_keyfile: EMAIL_SSL_KEYFILE.
        ssl_certfile: EMAIL_SSL_CERTFILE.
        **kwargs: ignored.

    Raises:
        ValueError: both kinds of TLS were asked for.
    """

    def __init__(
        self,
        host: str | None = None,
        port: int | None = None,
        username: str | None = None,
        password: str | None = None,
        use_tls: bool | None = None,
        fail_silently: bool = False,
        use_ssl: bool | None = None,
        timeout: float | None = None,
        ssl_keyfile: str | PathLike[str] | None = None,
        ssl_certfile: str | PathLike[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fail_silently, **kwargs)
        self.host: str = host or settings.EMAIL_HOST
        self.port: int = port or settings.EMAIL_PORT
        self.username: str = settings.EMAIL_HOST_USER if username is None else username
        self.password: str = settings.EMAIL_HOST_PASSWORD if password is None else password
        self.use_tls: bool = settings.EMAIL_USE_TLS if use_tls is None else use_tls
        self.use_ssl: bool = settings.EMAIL_USE_SSL if use_ssl is None else use_ssl
        self.timeout: float | None = settings.EMAIL_TIMEOUT if timeout is None else timeout
        self.ssl_keyfile = ssl_keyfile or settings.EMAIL_SSL_KEYFILE
        self.ssl_certfile = ssl_certfile or settings.EMAIL_SSL_CERTFILE
        self.connection: smtplib.SMTP | None = None
        if self.use_tls and self.use_ssl:
            raise ValueError(
                "EMAIL_USE_TLS (STARTTLS) and EMAIL_USE_SSL (TLS at once) exclude each other: set one of them."
            )

    def ssl_context(self) -> ssl.SSLContext:
        """Return how TLS is spoken: certificates are checked, and ours is shown when there is one."""
        context = ssl.create_default_context()
        if self.ssl_certfile:
            context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile)
        return context

    @hook
    async def aopen(self) -> bool | None:
        """Connect, unless connected; True when this call did it, None when it failed silently."""
        if self.connection is not None:
            return False
        try:
            self.connection = await to_thread(self.connect)
        except OSError:
            if not self.fail_silently:
                raise
            return None
        return True

    def connect(self) -> smtplib.SMTP:
        """Connect, start TLS, log in; whatever fails closes the connection."""
        options: dict[str, Any] = {} if self.timeout is None else {"timeout": self.timeout}
        if self.use_ssl:
            client: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, context=self.ssl_context(), **options)
        else:
            client = smtplib.SMTP(self.host, self.port, **options)
        try:
            if self.use_tls:
                code, answer = client.starttls(context=self.ssl_context())
                if code != 220:
                    raise smtplib.SMTPResponseException(code, answer)
            if self.username:
                client.login(self.username, self.password)
        except BaseException:
            client.close()
            raise
        return client

    @hook
    async def aclose(self) -> None:
        """Say goodbye to the server; one that is gone already is no error."""
        client, self.connection = self.connection, None
        if client is not None:
            await to_thread(leave, client)

    @hook
    async def asend_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send mails over one connection and return how many the server took."""
        ready = [(mail.envelope(), mail.message(policy=policies.SMTP).as_bytes()) for mail in email_messages]
        opened = await self.aopen()
        if self.connection is None:
            return 0
        try:
            return await to_thread(self.deliver, self.connection, [mail for mail in ready if mail[0][1]])
        finally:
            if opened:
                await self.aclose()

    def deliver(self, client: smtplib.SMTP, ready: list[tuple[tuple[str, list[str]], bytes]]) -> int:
        """Hand the mails to the server one after the other."""
        sent = 0
        for (sender, receivers), data in ready:
            try:
                refused = client.sendmail(sender, receivers, data)
            except OSError:
                if not self.fail_silently:
                    raise
            else:
                sent += 1
                log_refused(refused, len(receivers))
        return sent


def log_refused(refused: dict[str, tuple[int, bytes]], count: int) -> None:
    """Tell of recipients that the server refused while it took the mail for the others; without their addresses."""
    if refused:
        answers = sorted({f"{code} {text.decode(errors='replace')}" for code, text in refused.values()})
        logger.warning("The mail server refused %d of %d recipients: %s", len(refused), count, "; ".join(answers))


def leave(client: smtplib.SMTP) -> None:
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        client.close()
