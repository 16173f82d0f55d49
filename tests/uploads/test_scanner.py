"""Scanners: the protocol of clamd, and what happens when it gives no verdict."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import Any

import pytest

from manoir.bridge import run
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, ScannerUnavailable, ValidationError
from manoir.storage import ContentFile
from manoir.uploads import AnyFile, ClamAV, Documents, Scanner
from tests.uploads.clamd import Clamd
from tests.uploads.samples import EICAR


def scanner_setting(address: str, **options: Any) -> dict[str, Any]:
    return {"BACKEND": "manoir.uploads.ClamAV", "OPTIONS": {"address": address, "timeout": 5, **options}}


async def test_a_clean_file_over_tcp():
    clamd = Clamd()
    content = bytes(range(256)) * 1_000  # several chunks
    async with clamd.serving() as address:
        assert await ClamAV(address).ascan(BytesIO(content)) is None
    assert clamd.seen == [content]


async def test_eicar_is_found_over_a_unix_socket(tmp_path: Any):
    async with Clamd().serving(str(tmp_path / "clamd.sock")) as address:
        assert await ClamAV(address).ascan(BytesIO(b"before " + EICAR)) == "Eicar-Test-Signature"


@pytest.mark.parametrize("mood", ["silent", "broken", "failing"])
async def test_no_verdict_is_an_error(mood: str):
    async with Clamd(mood=mood).serving() as address:
        with pytest.raises(ScannerUnavailable):
            await ClamAV(address, timeout=0.05).ascan(BytesIO(b"x"))


async def test_a_stream_that_clamd_finds_too_long_is_no_verdict():
    async with Clamd(max_length=100_000).serving() as address:
        with pytest.raises(ScannerUnavailable, match=r"size limit exceeded|does not answer"):
            await ClamAV(address).ascan(BytesIO(bytes(3_000_000)))


async def test_a_clamd_that_is_not_there():
    with pytest.raises(ScannerUnavailable, match=r"127\.0\.0\.1:1 does not answer .*Does it run"):
        await ClamAV("127.0.0.1:1").ascan(BytesIO(b"x"))


def test_addresses_are_checked():
    for address in ("localhost", "localhost:", ":3310", "localhost:clamd", ""):
        with pytest.raises(ImproperlyConfigured, match="host:port or the path of a Unix socket"):
            ClamAV(address)
    assert ClamAV("[::1]:3310").host == "::1"


# -- in a policy ------------------------------------------------------------------------------------------------------


async def test_a_policy_asks_the_scanner_of_the_settings():
    async with Clamd().serving() as address:
        with settings.override(UPLOAD_SCANNER=scanner_setting(address)):
            assert await Documents().aadmit(ContentFile(b"fine", name="a.txt"))
            with pytest.raises(ValidationError) as refused:
                await AnyFile().aadmit(ContentFile(EICAR, name="a.com"))
            assert refused.value.error_code == "malware"
            assert await AnyFile(scan=False).aadmit(ContentFile(EICAR, name="a.com"))


def test_sync_code_scans_too():
    clamd = Clamd()

    async def main() -> None:
        from manoir.bridge import to_thread

        async with clamd.serving() as address:
            with settings.override(UPLOAD_SCANNER=scanner_setting(address)):
                await to_thread(Documents().admit, ContentFile(b"fine", name="a.txt"))

    run(main())
    assert clamd.seen == [b"fine"]


async def test_without_a_verdict_uploads_are_refused_unless_told(caplog: Any):
    with settings.override(UPLOAD_SCANNER=scanner_setting("127.0.0.1:1")):
        with caplog.at_level(logging.ERROR, "manoir.uploads"), pytest.raises(ValidationError) as refused:
            await Documents().aadmit(ContentFile(b"fine", name="a.txt"))
        assert refused.value.error_code == "not_scanned"
        assert "127.0.0.1" not in str(refused.value)
        assert "127.0.0.1:1 does not answer" in caplog.text
        with settings.override(UPLOAD_SCANNER_REQUIRED=False):
            assert await Documents().aadmit(ContentFile(b"fine", name="a.txt"))


async def test_a_policy_that_insists_needs_a_scanner():
    with pytest.raises(ValidationError) as refused:
        await Documents(scan=True).aadmit(ContentFile(b"fine", name="a.txt"))
    assert refused.value.error_code == "not_scanned"


class Words(Scanner):
    """A scanner of a project's own, in sync code."""

    def scan(self, file: Any) -> str | None:
        file.seek(0)
        return "Bad-Word" if b"bad" in file.read() else None


async def test_a_scanner_of_ones_own():
    with settings.override(UPLOAD_SCANNER={"BACKEND": f"{__name__}.Words"}):
        assert await Documents().aadmit(ContentFile(b"fine", name="a.txt"))
        with pytest.raises(ValidationError):
            await Documents().aadmit(ContentFile(b"bad", name="a.txt"))


async def test_a_scanner_that_cannot_be_used():
    with (
        settings.override(UPLOAD_SCANNER={"BACKEND": "manoir.uploads.Nothing"}),
        pytest.raises(ImproperlyConfigured, match="UPLOAD_SCANNER cannot be used"),
    ):
        await Documents().aadmit(ContentFile(b"fine", name="a.txt"))
