"""The scanner beside a real clamd (Debian: clamav-daemon) with one signature of our own; without one this is left out."""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from manoir.exceptions import ScannerUnavailable
from manoir.uploads import ClamAV

MALWARE = b"a cuckoo's egg of manoir"
LONGEST = 1_000_000
CONFIGURATION = """
Foreground yes
DatabaseDirectory {folder}/signatures
TCPAddr 127.0.0.1
TCPSocket {port}
LocalSocket {folder}/clamd.sock
StreamMaxLength {longest}
"""


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A clamd; its addresses: TCP, and a Unix socket."""
    program = shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        pytest.skip("There is no clamd on this machine.")
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "signatures").mkdir()
    (folder / "signatures" / "own.ndb").write_text(f"Manoir.Egg:0:*:{MALWARE.hex()}\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (folder / "clamd.conf").write_text(CONFIGURATION.format(folder=folder, port=port, longest=LONGEST))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "--config-file", folder / "clamd.conf"], stdout=log, stderr=log)
    try:
        wait_for(port, process, folder / "log")
        yield f"127.0.0.1:{port}", str(folder / "clamd.sock")
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


async def test_it_tells_clean_files_from_others(clamd: tuple[str, str]) -> None:
    for address in clamd:
        scanner = ClamAV(address)
        assert await scanner.ascan(io.BytesIO(b"harmless")) is None
        assert await scanner.ascan(io.BytesIO(b"")) is None
        assert (await scanner.ascan(io.BytesIO(b"x" * 200_000 + MALWARE)) or "").startswith("Manoir.Egg")


def test_in_sync_code(clamd: tuple[str, str]) -> None:
    assert ClamAV(clamd[0]).scan(io.BytesIO(b"harmless")) is None


async def test_what_it_finds_too_long_has_no_verdict(clamd: tuple[str, str]) -> None:
    with pytest.raises(ScannerUnavailable):
        await ClamAV(clamd[0], timeout=10).ascan(io.BytesIO(bytes(5 * LONGEST)))
