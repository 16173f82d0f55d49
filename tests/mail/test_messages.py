from __future__ import annotations

from email.message import EmailMessage as WireMessage
from pathlib import Path
from typing import Any

import pytest

from manoir import mail
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, InvalidHeader, SuspiciousOperation
from manoir.i18n import gettext_lazy
from manoir.mail import EmailAlternative, EmailAttachment, EmailMessage, EmailMultiAlternatives
from manoir.mail.compliance import mail_with

MAIL_SETTINGS: dict[str, Any] = {
    "EMAIL_BACKEND": "manoir.mail.InMemoryBackend",
    "DEFAULT_FROM_EMAIL": "site@example.com",
    "SERVER_EMAIL": "server@example.com",
    "EMAIL_SUBJECT_PREFIX": "[site] ",
    "ADMINS": ["admin@example.com", ("Ann", "ann@example.com")],
    "MANAGERS": [],
    "MAILERS": {},
}


@pytest.fixture(autouse=True)
def outbox():
    with settings.override(**MAIL_SETTINGS):
        mail.outbox.clear()
        yield
        mail.outbox.clear()


def test_send_mail():
    assert mail.send_mail("Subject", "Text", None, ["b@example.com"], html_message="<p>Text</p>") == 1
    [sent] = mail.outbox
    assert (sent.subject, sent.from_email, sent.to) == ("Subject", "site@example.com", ["b@example.com"])
    assert sent.message().get_content_type() == "multipart/alternative"


async def test_the_async_twins():
    assert await mail.asend_mail("Subject", "Text", None, ["b@example.com"]) == 1
    assert (
        await mail.asend_mass_mail([("One", "Text", None, ["b@example.com"]), ("Two", "Text", None, ["c@example.com"])])
        == 2
    )
    await mail.amail_admins("Down", "Text")
    await mail.amail_managers("Down", "Text")
    assert [sent.subject for sent in mail.outbox] == ["Subject", "One", "Two", "[site] Down"]


def test_mass_mail_and_mail_to_admins():
    assert mail.send_mass_mail([("One", "Text", "a@example.com", ["b@example.com"])]) == 1
    mail.mail_admins("Error\nat /path", "Text", html_message="<p>")
    mail.mail_managers("Broken link", "Text")
    assert mail.outbox[1].subject == "[site] Error at /path"
    assert (mail.outbox[1].to, mail.outbox[1].from_email) == (
        ["admin@example.com", "ann@example.com"],
        "server@example.com",
    )
    assert len(mail.outbox) == 2


def test_admins_of_another_shape_are_named():
    with (
        settings.override(ADMINS=[7]),
        pytest.raises(ImproperlyConfigured, match=r"ADMINS is a list of addresses.*7 is neither"),
    ):
        mail.mail_admins("a", "b")


def test_a_mail_without_recipients_is_not_sent():
    assert EmailMessage("s", "b").send() == 0
    assert EmailMessage("s", "b", to=[""]).send() == 0
    assert mail.outbox == []


def test_recipients_and_envelope():
    message = mail_with(to=["B <b@example.com>", "b@example.com"], cc=["c@bücher.example"], bcc=["d@example.com"])
    assert message.recipients() == ["B <b@example.com>", "b@example.com", "c@bücher.example", "d@example.com"]
    assert message.envelope() == ("a@example.com", ["b@example.com", "c@xn--bcher-kva.example", "d@example.com"])


@pytest.mark.parametrize("name", ["to", "cc", "bcc", "reply_to"])
def test_a_text_instead_of_a_list_is_refused(name: str):
    with pytest.raises(TypeError, match=rf"'{name}' must be a list .* write \['b@example.com'\]"):
        mail_with(**{name: "b@example.com"})


def test_extra_headers_replace_the_usual_ones():
    message = mail_with(
        headers={
            "From": "Other <o@example.com>",
            "To": ["x@example.com", "y@example.com"],
            "Message-ID": "<1@example.com>",
        }
    )
    wire = message.message()
    assert (wire["From"], wire["To"], wire["Message-ID"]) == (
        "Other <o@example.com>", "x@example.com, y@example.com", "<1@example.com>",
    )  # fmt: skip
    assert message.envelope() == ("a@example.com", ["b@example.com"])


@pytest.mark.parametrize("name", ["Content-Type", "Bcc", "MIME-Version", "content-transfer-encoding"])
def test_headers_the_message_writes_itself_are_refused(name: str):
    with pytest.raises(ValueError, match=f"{name} cannot be set"):
        mail_with(headers={name: "x"}).message()


def test_names_with_dots_are_common_and_accepted():
    assert mail_with(to=["J. R. Smith <b@example.com>"]).envelope()[1] == ["b@example.com"]


def test_an_injected_header_is_a_bad_request():
    assert mail.BadHeaderError is InvalidHeader
    assert issubclass(InvalidHeader, SuspiciousOperation)
    assert issubclass(InvalidHeader, ValueError)
    with pytest.raises(InvalidHeader, match=r"mail header Subject holds '\\n'"):
        mail.send_mail("a\nb", "c", None, ["b@example.com"])


def test_lazy_texts_are_written():
    wire = mail_with(subject=gettext_lazy("Subject"), body=gettext_lazy("Body")).message()
    assert (wire["Subject"], wire.get_content()) == ("Subject", "Body\n")


def test_attachments(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("ü")
    (tmp_path / "latin.txt").write_bytes(b"\xfc")
    inner = WireMessage()
    inner.set_content("inner")
    part = WireMessage()
    part.set_content(b"part", maintype="image", subtype="png", filename="p.png")
    message = mail_with(attachments=[EmailAttachment("a.bin", b"\x00", None), ("m.eml", inner, "message/rfc822"), part])
    message.attach_file(tmp_path / "notes.txt")
    message.attach_file(tmp_path / "latin.txt")
    message.attach("nested.eml", mail_with(subject="nested"), "message/rfc822")
    parts = list(message.message().iter_attachments())
    assert [(found.get_filename(), found.get_content_type()) for found in parts] == [
        ("a.bin", "application/octet-stream"), ("m.eml", "message/rfc822"), ("p.png", "image/png"),
        ("notes.txt", "text/plain"), ("latin.txt", "application/octet-stream"), ("nested.eml", "message/rfc822"),
    ]  # fmt: skip
    assert message.message().get_content_type() == "multipart/mixed"
    with pytest.raises(ValueError, match="'a' has no content"):
        message.attach("a")
    with pytest.raises(ValueError, match="nothing beside it"):
        message.attach(part, "content")


def test_alternatives():
    message = EmailMultiAlternatives("s", "text", to=["b@example.com"], alternatives=[("<p>text</p>", "text/html")])
    assert message.alternatives == [EmailAlternative("<p>text</p>", "text/html")]
    assert (message.body_contains("text"), message.body_contains("<p>")) == (True, False)
    with pytest.raises(ValueError, match="text type such as 'text/html'"):
        message.attach_alternative("x", "image/png")
    only_html = EmailMultiAlternatives("s", "", to=["b@example.com"], alternatives=[("<p>", "text/html")])
    assert only_html.message().get_content_type() == "text/html"


def test_a_html_mail_by_subtype():
    message = mail_with(body="<p>")
    message.content_subtype = "html"
    assert message.message().get_content_type() == "text/html"


def test_mailers_by_alias():
    mailers = {"default": {"BACKEND": "manoir.mail.DummyBackend"}, "memory": {"BACKEND": "manoir.mail.InMemoryBackend"}}
    with settings.override(MAILERS=mailers):
        mail.send_mail("default", "b", None, ["b@example.com"])
        mail.send_mail("memory", "b", None, ["b@example.com"], using="memory")
        assert [sent.subject for sent in mail.outbox] == ["memory"]
        with pytest.raises(ImproperlyConfigured, match=r"MAILERS has no 'memry'\. Did you mean 'memory'"):
            mail.get_connection(using="memry")


def test_a_backend_that_cannot_be_imported_is_named():
    with pytest.raises(ImproperlyConfigured, match=r"mail backend cannot be imported.*InMemoryBackend"):
        mail.get_connection("manoir.mail.InMemoryBacken")


def test_the_machine_is_not_named():
    import socket

    assert mail_with().message()["Message-ID"].endswith("@example.com>")
    assert socket.gethostname() not in mail_with().message().as_string()
