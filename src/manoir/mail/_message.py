"""Mails: what is written, to whom, and the message that goes over the wire."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email import policy as policies
from email.message import EmailMessage as WireMessage
from email.message import Message
from email.policy import EmailPolicy
from email.utils import format_datetime, make_msgid
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, cast

from manoir.bridge import blocking
from manoir.conf import settings
from manoir.mail._base import BaseEmailBackend
from manoir.mail._connections import get_connection
from manoir.mail._headers import addresses, header_name, header_value, single_address

DEFAULT_ATTACHMENT_TYPE = "application/octet-stream"
RESERVED_HEADERS = frozenset(
    {"mime-version", "content-type", "content-transfer-encoding", "content-disposition", "bcc"}
)
"""Headers that the message writes itself; Bcc would show everybody who else reads it."""


class EmailAttachment(NamedTuple):
    """A file sent along.

    Attributes:
        filename: its name, or None.
        content: bytes; or text; or a message for the type `message/rfc822`.
        mimetype: its type; None guesses it by the name.
    """

    filename: str | None
    content: Any
    mimetype: str | None


class EmailAlternative(NamedTuple):
    """Another form of the body, such as HTML.

    Attributes:
        content: the text.
        mimetype: its type, such as `"text/html"`.
    """

    content: str
    mimetype: str


def listed(name: str, value: Sequence[str] | None) -> list[str]:
    """Return a list of addresses; a single text is a frequent mistake and named."""
    if isinstance(value, str):
        raise TypeError(f"{name!r} must be a list or tuple of addresses, not the text {value!r}: write [{value!r}].")
    return list(value or ())


class EmailMessage:
    """A mail.

    Args:
        subject: the subject line.
        body: the text.
        from_email: who sends it; None is DEFAULT_FROM_EMAIL.
        to: list of addresses, one mailbox in each.
        bcc: list of addresses that others do not see.
        connection: the backend that sends it; None is the default one.
        attachments: list of EmailAttachment, of tuples like it, or of ready-made message parts.
        headers: further headers; `From`, `To`, `Reply-To`, `Date` and `Message-ID` replace the usual ones.
        cc: list of addresses for a copy.
        reply_to: list of addresses that answers go to.

    Example:
        >>> mail = EmailMessage("Hello", "How are you?", "ann@example.com", ["bob@example.com"])
        >>> mail.recipients()
        ['bob@example.com']
    """

    content_subtype: str = "plain"
    encoding: str | None = None

    def __init__(
        self,
        subject: str = "",
        body: str = "",
        from_email: str | None = None,
        to: Sequence[str] | None = None,
        bcc: Sequence[str] | None = None,
        connection: BaseEmailBackend | None = None,
        attachments: Sequence[Any] | None = None,
        headers: Mapping[str, str] | None = None,
        cc: Sequence[str] | None = None,
        reply_to: Sequence[str] | None = None,
    ) -> None:
        self.subject = subject
        self.body = body or ""
        self.from_email = from_email or settings.DEFAULT_FROM_EMAIL
        self.to = listed("to", to)
        self.cc = listed("cc", cc)
        self.bcc = listed("bcc", bcc)
        self.reply_to = listed("reply_to", reply_to)
        self.extra_headers = dict(headers or {})
        self.connection = connection
        self.attachments: list[Any] = []
        for attachment in attachments or ():
            if isinstance(attachment, Message):
                self.attach(attachment)
            else:
                self.attach(*attachment)

    # -- attachments ----------------------------------------------------------------------------------------------

    def attach(self, filename: Any = None, content: Any = None, mimetype: str | None = None) -> None:
        """Send something along.

        Args:
            filename: its name; or a ready-made part (`email.message.EmailMessage`), then without the rest.
            content: bytes, text, or a message.
            mimetype: its type; None guesses it by the name.

        Raises:
            ValueError: a part was given with content, or no content at all.
        """
        if isinstance(filename, Message):
            if content is not None or mimetype is not None:
                raise ValueError("A ready-made part brings its content and type: give nothing beside it.")
            self.attachments.append(filename)
            return
        if content is None:
            raise ValueError(f"The attachment {filename!r} has no content.")
        guessed = mimetype or mimetypes.guess_type(filename or "")[0] or DEFAULT_ATTACHMENT_TYPE
        if guessed.startswith("text/") and isinstance(content, bytes):
            try:
                content = content.decode()
            except UnicodeDecodeError:
                # Not UTF-8 after all: sent as it is, so that nothing is lost.
                guessed = DEFAULT_ATTACHMENT_TYPE
        self.attachments.append(EmailAttachment(filename, content, guessed))

    def attach_file(self, path: str | PathLike[str], mimetype: str | None = None) -> None:
        """Send a file of this machine along.

        Args:
            path: where it lies; its name is sent, not its folder.
            mimetype: its type; None guesses it by the name.
        """
        file = Path(path)
        self.attach(file.name, file.read_bytes(), mimetype)

    # -- the message ----------------------------------------------------------------------------------------------

    def recipients(self) -> list[str]:
        """Return everybody who gets it: to, cc and bcc."""
        return [address for address in (*self.to, *self.cc, *self.bcc) if address]

    def envelope(self) -> tuple[str, list[str]]:
        """Return sender and recipients as bare addresses, as the server is told them.

        Raises:
            ValueError: one of them is no mailbox, or more than one.
        """
        sender = single_address("from_email", self.from_email).addr_spec
        receivers = [
            address.addr_spec for field in ("to", "cc", "bcc") for address in addresses(field, getattr(self, field))
        ]
        return sender, list(dict.fromkeys(receivers))

    def message(self, *, policy: EmailPolicy[Any] = policies.default) -> WireMessage:
        """Return the message as the standard library writes it.

        Args:
            policy: how it is written; `email.policy.SMTP` for the wire.

        Raises:
            InvalidHeader: a header holds a line break.
            ValueError: an address is no mailbox, or more than one.
        """
        # Blind copies stand in no header, so nothing below would look at them.
        self.envelope()
        wire = WireMessage(policy)
        self.add_body(wire)
        for attachment in self.attachments:
            add_attachment(wire, attachment)
        self.add_headers(wire)
        return wire

    def add_body(self, wire: WireMessage) -> None:
        """Put the text into the message."""
        wire.set_content(
            str(self.body), subtype=self.content_subtype, charset=self.encoding or settings.DEFAULT_CHARSET
        )

    def add_headers(self, wire: WireMessage) -> None:
        """Put the headers into the message; extra ones win."""
        extra = {header_name(name): value for name, value in self.extra_headers.items()}
        refused = sorted(name for name in extra if name.lower() in RESERVED_HEADERS)
        if refused:
            raise ValueError(f"{', '.join(refused)} cannot be set as a header of a mail: the message writes it itself.")
        wire["Subject"] = header_value("Subject", self.subject)
        given = {name.lower() for name in extra}
        for name, value in self.usual_headers().items():
            if name.lower() not in given and value:
                wire[name] = value
        for name, value in extra.items():
            if name.lower() == "subject":
                del wire["Subject"]
            if name.lower() in {"from", "to", "cc", "reply-to", "sender"}:
                wire[name] = addresses(name, [value] if name.lower() in {"from", "sender"} else split_list(value))
            else:
                wire[name] = header_value(name, value)

    def usual_headers(self) -> dict[str, Any]:
        """Return the headers every mail has, unless `headers` says otherwise."""
        sender = single_address("from_email", self.from_email)
        now = datetime.now(UTC)
        return {
            "From": sender,
            "To": addresses("to", self.to),
            "Cc": addresses("cc", self.cc),
            "Reply-To": addresses("reply_to", self.reply_to),
            "Date": format_datetime(now.astimezone() if settings.EMAIL_USE_LOCALTIME else now),
            # The sender's domain instead of this machine's name, which is nobody's business and costs a DNS query.
            "Message-ID": make_msgid(domain=sender.domain.strip("[]")),
        }

    # -- sending --------------------------------------------------------------------------------------------------

    async def asend(self, fail_silently: bool = False) -> int:
        """Send it.

        Args:
            fail_silently: True swallows errors of the server.

        Returns:
            1 if it was sent, 0 if it has no recipients or the server failed silently.
        """
        if not self.recipients():
            return 0
        connection = self.connection or get_connection(fail_silently=fail_silently)
        return await connection.asend_messages([self]) or 0

    send = blocking(asend)


class EmailMultiAlternatives(EmailMessage):
    """A mail with its text in several forms; a reader shows the last one it can.

    Args:
        *args: as for EmailMessage.
        alternatives: list of EmailAlternative, or of tuples like it.
        **kwargs: as for EmailMessage.

    Example:
        >>> mail = EmailMultiAlternatives("Hello", "How are you?", to=["bob@example.com"])
        >>> mail.attach_alternative("<p>How are you?</p>", "text/html")
    """

    def __init__(self, *args: Any, alternatives: Sequence[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.alternatives: list[EmailAlternative] = [EmailAlternative(*pair) for pair in alternatives or ()]

    def attach_alternative(self, content: str, mimetype: str) -> None:
        """Add another form of the text.

        Raises:
            ValueError: content or type is missing, or it is no text type.
        """
        if not content or not mimetype or not mimetype.startswith("text/"):
            raise ValueError(f"An alternative needs content and a text type such as 'text/html', not {mimetype!r}.")
        self.alternatives.append(EmailAlternative(content, mimetype))

    def body_contains(self, text: str) -> bool:
        """Tell whether the text and all its alternatives contain `text`."""
        return all(
            text in str(form) for form in (self.body, *(alternative.content for alternative in self.alternatives))
        )

    def add_body(self, wire: WireMessage) -> None:
        """Put the text in all its forms into the message."""
        charset = self.encoding or settings.DEFAULT_CHARSET
        if self.body or not self.alternatives:
            super().add_body(wire)
        for content, mimetype in self.alternatives:
            subtype = mimetype.partition("/")[2]
            if wire.get_content_maintype() == "text" and "Content-Type" not in wire:
                wire.set_content(str(content), subtype=subtype, charset=charset)
            else:
                wire.add_alternative(str(content), subtype=subtype, charset=charset)


def split_list(value: Any) -> list[str]:
    """Return a header's addresses; a list is one already, a text is a single address."""
    return [str(part) for part in value] if isinstance(value, (list, tuple)) else [str(value)]


def add_attachment(wire: WireMessage, attachment: Any) -> None:
    """Put one attachment into the message."""
    if isinstance(attachment, Message):
        if not wire.is_multipart() or wire.get_content_subtype() != "mixed":
            wire.make_mixed()
        cast(Any, wire).attach(attachment)
        return
    filename, content, mimetype = attachment
    name = None if filename is None else header_value("the name of an attachment", filename)
    maintype, _, subtype = header_value("the type of an attachment", mimetype).partition("/")
    if isinstance(content, (WireMessage, Message)):
        wire.add_attachment(content, filename=name)
    elif isinstance(content, EmailMessage):
        wire.add_attachment(content.message(), filename=name)
    elif maintype == "text" and not isinstance(content, bytes):
        wire.add_attachment(str(content), subtype=subtype, filename=name)
    else:
        data = content if isinstance(content, bytes) else str(content).encode()
        wire.add_attachment(data, maintype=maintype, subtype=subtype or "octet-stream", filename=name)
