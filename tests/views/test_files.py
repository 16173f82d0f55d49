"""Stored files as answers: signed links, and headers that keep an upload from becoming a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from manoir.conf import settings
from manoir.exceptions import BadSignature, ImproperlyConfigured, SignatureExpired, SuspiciousFileOperation
from manoir.storage import ContentFile, PrivateFileSystemStorage, default_storage, private_storage
from manoir.testing import Client
from tests.uploads.samples import docx, picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><script>alert(document.domain)</script>"


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path) -> Iterator[None]:
    with settings.override(
        ROOT_URLCONF="tests.views.media_urls", MEDIA_ROOT=tmp_path / "media", MEDIA_URL="/media/", MIDDLEWARE=[]
    ):
        yield


def save_private(name: str, content: bytes) -> str:
    """Store a private file and return its link."""
    return private_storage.url(private_storage.save(name, ContentFile(content)))


@pytest.fixture
def client() -> Client:
    return Client()


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


# -- signed links -----------------------------------------------------------------------------------------------------


def test_a_signed_link_leads_to_the_file(client: Client):
    response = client.get(save_private("photos/a.png", picture()))
    assert response.status_code == 200
    assert body(response) == picture()
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"] == 'inline; filename="a.png"'
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert 3_590 < int(re.fullmatch(r"private, max-age=(\d+)", response["Cache-Control"])[1]) <= 5_400  # type: ignore[index]


def test_the_key_of_a_link_stays_out_of_logs(client: Client, caplog: pytest.LogCaptureFixture):
    with caplog.at_level("INFO"):
        assert client.get(save_private("a.txt", b"x")).status_code == 200
    assert "/private/a.txt" in caplog.text
    assert "signature" not in caplog.text


def test_links_stay_equal_for_a_while():
    url = save_private("a.txt", b"x")
    assert private_storage.url("a.txt") == url


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("a.txt", "b.txt"),
        lambda url: url.replace("until=", "until=1"),
        lambda url: url[:-1] + ("A" if url[-1] != "A" else "B"),
        lambda url: url.partition("?")[0],
        lambda url: re.sub(r"until=\d+", "until=", url),
        lambda url: re.sub(r"until=\d+", "until=٣", url),
        lambda url: re.sub(r"until=\d+", "until=" + "9" * 500, url),
        lambda url: url + "A" * 10_000,
        lambda url: re.sub(r"signature=.*", "signature=", url),
        lambda url: url.replace("a.txt", "x/../a.txt"),
        lambda url: url.replace("a.txt", "..%2f..%2fetc%2fpasswd"),
        lambda url: url.replace("a.txt", "a.txt%00"),
        lambda url: url.replace("a.txt", quote("\\..\\a.txt")),
        lambda url: url.replace("a.txt", "%252e%252e%252fa.txt"),
    ],
)
def test_changed_links_lead_nowhere(client: Client, change: Any):
    """C21: every part of the link is signed, and a name that leads elsewhere is refused before that."""
    url = save_private("a.txt", b"secret")
    save_private("b.txt", b"secret")
    assert client.get(url).status_code == 200
    response = client.get(change(url))
    assert response.status_code in (400, 404)
    assert b"secret" not in body(response)


def test_links_end(monkeypatch: pytest.MonkeyPatch, client: Client):
    import time

    url = save_private("a.txt", b"x")
    start = time.time()
    monkeypatch.setattr(time, "time", lambda: start + 3_600)
    assert client.get(url).status_code == 200
    monkeypatch.setattr(time, "time", lambda: start + 5_401)
    assert client.get(url).status_code == 404
    parts = re.search(r"until=(\d+)&signature=(.+)", url)
    assert parts is not None
    with pytest.raises(SignatureExpired, match="is over"):
        private_storage.checked_link("a.txt", *parts.groups())  # type: ignore[attr-defined]


def test_links_of_one_storage_do_not_open_another(tmp_path: Path):
    one = PrivateFileSystemStorage(tmp_path / "one", "/one/")
    other = PrivateFileSystemStorage(tmp_path / "other", "/other/")
    parts = re.search(r"until=(\d+)&signature=(.+)", one.url("a.txt"))
    assert parts is not None
    assert one.checked_link("a.txt", *parts.groups())[0] == "a.txt"
    with pytest.raises(BadSignature):
        other.checked_link("a.txt", *parts.groups())


def test_a_link_may_last_longer():
    until = int(re.search(r"until=(\d+)", private_storage.url("a.txt", expires=86_400))[1])  # type: ignore[call-arg,index]
    assert until > int(re.search(r"until=(\d+)", private_storage.url("a.txt"))[1]) + 50_000  # type: ignore[index]


def test_private_files_are_for_this_user_alone(tmp_path: Path):
    save_private("folder/a.txt", b"x")
    path = Path(private_storage.path("folder/a.txt"))
    assert path == tmp_path / "media-private" / "folder" / "a.txt"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_private_files_need_a_place_and_a_url():
    with settings.override(MEDIA_ROOT=""), pytest.raises(ImproperlyConfigured, match="PRIVATE_MEDIA_ROOT"):
        private_storage.path("a")
    with settings.override(PRIVATE_MEDIA_URL=""), pytest.raises(ImproperlyConfigured, match="PRIVATE_MEDIA_URL"):
        private_storage.url("a")
    with pytest.raises(SuspiciousFileOperation):
        private_storage.url("../a")


# -- what is shown, and how -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["private", "public"])
@pytest.mark.parametrize(
    ("name", "content", "kind", "shown"),
    [
        ("a.png", picture(), "image/png", True),
        ("a.jpeg", picture("jpeg"), "image/jpeg", True),
        ("a.webp", picture("webp"), "image/webp", True),
        ("a.png", HTML, "application/octet-stream", False),
        ("a.gif", SVG, "application/octet-stream", False),
        ("a.png", picture("gif"), "application/octet-stream", False),
        ("a.svg", SVG, "application/octet-stream", False),
        ("a.html", HTML, "application/octet-stream", False),
        ("a.htm", HTML, "application/octet-stream", False),
        ("a.xhtml", HTML, "application/octet-stream", False),
        ("a.xml", SVG, "application/octet-stream", False),
        ("a.js", b"alert(1)", "application/octet-stream", False),
        ("a.txt", HTML, "text/plain; charset=utf-8", False),
        ("a.pdf", b"%PDF-1.7", "application/pdf", False),
        ("a.docx", docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", False),
        ("a", HTML, "application/octet-stream", False),
        ("a.png.html", picture(), "application/octet-stream", False),
    ],
)
def test_what_is_shown(client: Client, where: str, name: str, content: bytes, kind: str, shown: bool):
    """H16: headers read back: attachment, nosniff, sandbox; SVG and HTML never inline."""
    if where == "private":
        url = save_private(name, content)
    else:
        url = default_storage.url(default_storage.save(name, ContentFile(content)))
    response = client.get(url)
    assert response.status_code == 200
    assert body(response) == content
    assert response["Content-Type"] == kind
    assert response["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "script" not in response["Content-Security-Policy"]


def test_names_in_headers(client: Client):
    """H17: a name starts no parameter of its own."""
    response = client.get(save_private("a;filename=evil.exe;naïve.txt", b"x"))
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''a%3Bfilename%3Devil.exe%3Bna%C3%AFve.txt"


def test_ranges_and_conditions(client: Client):
    url = save_private("a.txt", b"0123456789")
    response = client.get(url, headers={"range": "bytes=2-4"})
    assert (response.status_code, body(response)) == (206, b"234")
    tag = client.get(url)["ETag"]
    assert client.get(url, headers={"if-none-match": tag}).status_code == 304


def test_other_methods_and_missing_files(client: Client):
    url = save_private("a.txt", b"x")
    assert client.post(url).status_code == 405
    assert client.head(url).status_code == 200
    private_storage.delete("a.txt")
    assert client.get(url).status_code == 404
    assert client.get("/media/none.txt").status_code == 404
    assert client.post("/media/none.txt").status_code == 405
    assert client.get("/private/").status_code == 404


@pytest.mark.parametrize(
    "name", ["..%2fmedia-private%2fa.txt", "%2e%2e/media-private/a.txt", "..\\media-private\\a.txt", "/etc/passwd"]
)
def test_public_files_lead_nowhere_else(client: Client, name: str):
    """C21: a prefix sibling (`media` and `media-private`), dots and backslashes."""
    save_private("a.txt", b"secret")
    response = client.get(f"/media/{name}")
    assert response.status_code in (400, 404)
    assert b"secret" not in body(response)


def test_links_within_folders_are_not_followed(client: Client, tmp_path: Path):
    """C21: a symbolic link below the root."""
    default_storage.save("a.txt", ContentFile(b"x"))
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "media" / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert client.get("/media/link.txt").status_code == 404


def test_a_private_storage_with_links_of_its_own_is_not_served_here(client: Client):
    with settings.override(STORAGES={**settings.STORAGES, "private": {"BACKEND": "manoir.storage.InMemoryStorage"}}):
        private_storage.save("a.txt", ContentFile(b"secret"))
        assert client.get("/private/a.txt?until=1&signature=x").status_code == 404


def test_routes_follow_the_settings():
    from manoir.views import media_urls

    assert [route.name for route in media_urls()] == ["private-file", "public-file"]
    with settings.override(MEDIA_URL="https://cdn.example.com/"):
        assert [route.name for route in media_urls()] == ["private-file"]
