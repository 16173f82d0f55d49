"""The tests that every mail backend passes.

Subclass it in your tests and give it a backend:

    from manoir.mail.compliance import MailCompliance

    class TestMyBackend(MailCompliance):
        @pytest.fixture
        def backend(self):
            return MyBackend(...)

        @pytest.fixture
        def delivered(self, backend):
            return lambda: [...]   # the messages that arrived, as email.message.EmailMessage
"""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage as WireMessage
from typing import Any, TypeAlias

import pytest

from manoir.exceptions import InvalidHeader
from manoir.mail._base import BaseEmailBackend
from manoir.mail._message import EmailMessage, EmailMultiAlternatives

Delivered: TypeAlias = Callable[[], list[WireMessage]]

HEADER_ATTACKS: list[dict[str, Any]] = [
    {"subject": "Hello\nBcc: victim@example.com"},
    {"subject": "Hello\r\n\r\nbody"},
    {"subject": "Hello\rBcc: victim@example.com"},
    {"subject": "Hello\x00"},
    {"subject": "Hello\u2028Bcc: victim@example.com"},
    {"from_email": "a@example.com\nBcc: victim@example.com"},
    {"to": ["b@example.com\nBcc: victim@example.com"]},
    {"cc": ["b@example.com\r\nBcc: victim@example.com"]},
    {"bcc": ["b@example.com\nX: y"]},
    {"reply_to": ["b@example.com\nX: y"]},
    {"headers": {"X-Name": "a\nBcc: victim@example.com"}},
    {"headers": {"X-Name\nBcc": "victim@example.com"}},
    {"headers": {"X-Name: a\nBcc": "victim@example.com"}},
    {"headers": {"From": "a@example.com\nBcc: victim@example.com"}},
    {"attachments": [("a.txt\nBcc: victim@example.com", "text", "text/plain")]},
    {"attachments": [("a.txt", "text", "text/plain\nBcc: victim@example.com")]},
]
"""What would add a header or a recipient."""

ADDRESS_ATTACKS = [
    "b@example.com, victim@example.com", "b@example.com; victim@example.com", "<b@example.com> <victim@example.com>",
    "Group: b@example.com;", "b@example.com victim@example.com", "b", "@example.com", "b@", "b@exa mple.com", "b@example..com",
    "Last, First <b@example.com>", "b@example.com>", "<b@example.com", "b@example.com <victim@example.com> x", "x" * 2_000,
    "\u00fc@example.com", "b@example.com%0aBcc:victim@example.com,c@example.com",
]  # fmt: skip
"""What is not exactly one mailbox."""


def mail_with(**changes: Any) -> EmailMessage:
    """Make a mail whose parts can be replaced."""
    arguments: dict[str, Any] = {
        "subject": "Hello",
        "body": "Text",
        "from_email": "a@example.com",
        "to": ["b@example.com"],
    }
    return EmailMessage(**{**arguments, **changes})


class MailCompliance:
    """What every backend does with the mails it is given."""

    @pytest.fixture
    def backend(self) -> BaseEmailBackend:
        """Return the backend; subclasses do."""
        raise NotImplementedError("Define the fixture `backend` in your subclass of MailCompliance.")

    @pytest.fixture
    def delivered(self, backend: BaseEmailBackend) -> Delivered:
        """Return a function that returns what arrived; subclasses do."""
        raise NotImplementedError("Define the fixture `delivered` in your subclass of MailCompliance.")

    async def test_mails_arrive_in_order(self, backend: BaseEmailBackend, delivered: Delivered) -> None:
        """And are counted."""
        assert await backend.asend_messages([mail_with(subject="one"), mail_with(subject="two")]) == 2
        assert [message["Subject"] for message in delivered()] == ["one", "two"]

    async def test_all_of_a_mail_arrives(self, backend: BaseEmailBackend, delivered: Delivered) -> None:
        """Text, HTML, attachments and headers, with letters of every script."""
        mail = EmailMultiAlternatives(
            "Grüße \U0001f600", "Übergröße\n.\nline", "Ä <a@example.com>", ["B <b@example.com>"], cc=["c@example.com"],
            reply_to=["r@example.com"], headers={"X-Own": "ü"},
        )  # fmt: skip
        mail.attach_alternative("<p>Ü</p>", "text/html")
        mail.attach("a ü.bin", b"\x00\xff" * 1_000, "application/octet-stream")
        assert await backend.asend_messages([mail]) == 1
        [message] = delivered()
        assert [message[name] for name in ("Subject", "To", "Cc", "Reply-To", "X-Own")] == [
            "Grüße \U0001f600", "B <b@example.com>", "c@example.com", "r@example.com", "ü",
        ]  # fmt: skip
        assert (message["Date"] is not None, message["Message-ID"] is not None, message["Bcc"]) == (True, True, None)
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        assert text is not None
        assert html is not None
        assert text.get_content().replace("\r\n", "\n").rstrip("\n") == "Übergröße\n.\nline"
        assert html.get_content().strip() == "<p>Ü</p>"
        [attachment] = list(message.iter_attachments())
        assert (attachment.get_filename(), attachment.get_content()) == ("a ü.bin", b"\x00\xff" * 1_000)

    @pytest.mark.parametrize("attack", HEADER_ATTACKS, ids=repr)
    async def test_headers_cannot_be_injected(
        self, backend: BaseEmailBackend, delivered: Delivered, attack: dict[str, Any]
    ) -> None:
        """Nothing is sent at all."""
        with pytest.raises(InvalidHeader):
            await backend.asend_messages([mail_with(**attack)])
        assert delivered() == []

    @pytest.mark.parametrize("field", ["to", "cc", "bcc", "reply_to", "from_email"])
    @pytest.mark.parametrize("address", ADDRESS_ATTACKS, ids=lambda address: address[:30])
    async def test_an_address_is_exactly_one_mailbox(
        self, backend: BaseEmailBackend, delivered: Delivered, field: str, address: str
    ) -> None:
        """Nothing is sent at all."""
        with pytest.raises(ValueError, match="address"):
            await backend.asend_messages([mail_with(**{field: address if field == "from_email" else [address]})])
        assert delivered() == []

    async def test_a_wrong_mail_holds_back_its_whole_batch(
        self, backend: BaseEmailBackend, delivered: Delivered
    ) -> None:
        """So that the caller can mend it and send again without sending twice."""
        with pytest.raises(ValueError, match="not exactly one"):
            await backend.asend_messages([mail_with(), mail_with(to=["b, c"])])
        assert delivered() == []

    async def test_nothing_to_send(self, backend: BaseEmailBackend, delivered: Delivered) -> None:
        """Is no error."""
        assert await backend.asend_messages([]) == 0
        assert delivered() == []

    async def test_one_connection_for_several_calls(self, backend: BaseEmailBackend, delivered: Delivered) -> None:
        """It opens and closes as a context manager of both colours."""
        async with backend:
            await backend.asend_messages([mail_with(subject="one")])
            await backend.asend_messages([mail_with(subject="two")])
        assert [message["Subject"] for message in delivered()] == ["one", "two"]

    def test_the_sync_twins(self, backend: BaseEmailBackend, delivered: Delivered) -> None:
        """Every method works in sync code."""
        with backend:
            assert backend.send_messages([mail_with()]) == 1
        assert mail_with(connection=backend).send() == 1
        assert len(delivered()) == 2
