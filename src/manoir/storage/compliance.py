"""The tests that every storage passes.

Subclass it in your tests and give it a storage:

    from manoir.storage.compliance import StorageCompliance

    class TestMyStorage(StorageCompliance):
        @pytest.fixture
        def storage(self):
            return MyStorage(base_url="/media/")

The storage must be empty at the start of each test and have a base URL that ends with `/media/`.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from manoir.conf import settings
from manoir.exceptions import SuspiciousFileOperation
from manoir.storage._base import Storage
from manoir.storage._file import ContentFile, File

DANGEROUS_NAMES = [
    "", ".", "..", "../a", "a/../b", "a/..", "a/./b", "a//b", "/a", "/etc/passwd", "a/", "//a", "\\a", "a\\b", "..\\a", "C:a",
    "C:/a", "a:b", "a\x00b", "a\nb", "a\x7f", "con", "NUL.txt", "a/aux.tar.gz", "com1", "a.", "a ", " a", "a/b. ", "a?b", "a*b",
    "a|b", 'a"b', "<a>", "\ud800", "x" * 256, "ü" * 200, "a/" * 64 + "a", ("a" * 100 + "/") * 11 + "a",
]  # fmt: skip
"""Names that lead elsewhere, or mean something else on another system."""


class Unchecked(str):
    """A text that looks harmless by its type, as an overridden method may return it."""


class StorageCompliance:
    """What every storage does, wherever it keeps its files."""

    @pytest.fixture
    def storage(self) -> Storage:
        """Return an empty storage; subclasses do."""
        raise NotImplementedError("Define the fixture `storage` in your subclass of StorageCompliance.")

    async def test_a_file_is_saved_and_opened(self, storage: Storage) -> None:
        """With its bytes, under its name."""
        name = await storage.asave("a/b/file.txt", ContentFile(b"content \xff"))
        assert name == "a/b/file.txt"
        async with await storage.aopen(name) as file:
            assert await file.aread() == b"content \xff"
        assert await storage.asize(name) == 9
        assert await storage.aexists(name) is True

    async def test_text_python_files_and_long_files_are_saved(self, storage: Storage) -> None:
        """Everything that has content."""
        long = bytes(range(256)) * 1_000
        names = [
            await storage.asave("text", ContentFile("ü")),
            await storage.asave("stream", BytesIO(b"stream")),
            await storage.asave(None, File(BytesIO(long), name="long")),
        ]
        found: list[bytes] = []
        for name in names:
            async with await storage.aopen(name) as file:
                found.append(b"".join([chunk async for chunk in file.achunks(1_000)]))
        assert found == ["ü".encode(), b"stream", long]

    async def test_a_taken_name_gets_a_random_part(self, storage: Storage) -> None:
        """The first file stays as it is."""
        first = await storage.asave("a/file.tar.gz", ContentFile(b"1"))
        second = await storage.asave("a/file.tar.gz", ContentFile(b"2"))
        assert re.fullmatch(r"a/file_[A-Za-z0-9]{7}\.tar\.gz", second)
        async with await storage.aopen(first) as one, await storage.aopen(second) as other:
            assert [await one.aread(), await other.aread()] == [b"1", b"2"]

    async def test_many_at_once_under_one_name_lose_nothing(self, storage: Storage) -> None:
        """H47: each gets a name of its own."""
        contents = [str(number).encode() for number in range(20)]
        names = await asyncio.gather(*(storage.asave("same.txt", ContentFile(content)) for content in contents))
        assert len(set(names)) == 20
        for name, content in zip(names, contents, strict=True):
            async with await storage.aopen(name) as file:
                assert await file.aread() == content

    async def test_names_are_kept_short(self, storage: Storage) -> None:
        """The folder and the extension stay whole."""
        name = await storage.asave(f"a/{'x' * 100}.txt", ContentFile(b""), max_length=30)
        assert len(name) <= 30
        assert re.fullmatch(r"a/x+_[A-Za-z0-9]{7}\.txt", name)
        with pytest.raises(SuspiciousFileOperation, match="fits into 10 characters"):
            await storage.asave(f"a/{'x' * 100}.txt", ContentFile(b""), max_length=10)

    @pytest.mark.parametrize("root", ["x" * 251, "ü" * 125, "x" * 230], ids=["ASCII", "two bytes each", "nearly"])
    async def test_the_longest_names_have_alternatives(self, storage: Storage, root: str) -> None:
        """The random part makes a name no longer than file systems take; alone or at once."""
        content = ContentFile(b"")
        names = [await storage.asave(f"{root}.txt", content), await storage.asave(f"{root}.txt", content)]
        names += await asyncio.gather(*(storage.asave(f"{root}.txt", ContentFile(b"")) for _ in range(5)))
        assert names[0] == f"{root}.txt"
        assert len(set(names)) == 7
        assert all(len(name.encode()) <= 255 and name.endswith(".txt") for name in names)

    @pytest.mark.parametrize("name", DANGEROUS_NAMES)
    async def test_dangerous_names_are_refused_everywhere(self, storage: Storage, name: str) -> None:
        """C20, C21: by every method that takes one."""
        for disguised in (name, Unchecked(name)):
            with pytest.raises(SuspiciousFileOperation):
                await storage.asave(disguised, ContentFile(b""))
            with pytest.raises(SuspiciousFileOperation):
                await storage.aopen(disguised)
            with pytest.raises(SuspiciousFileOperation):
                await storage.aopen(disguised, "wb")
            with pytest.raises(SuspiciousFileOperation if name else ValueError):
                await storage.adelete(disguised)
            for ask in (storage.aexists, storage.asize, storage.aget_modified_time):
                with pytest.raises(SuspiciousFileOperation):
                    await ask(disguised)
            with pytest.raises(SuspiciousFileOperation):
                storage.url(disguised)
        assert await storage.alistdir("") == ([], [])

    @pytest.mark.parametrize("name", ["../escape", "/escape", "a/../../escape"])
    async def test_what_an_override_answers_is_checked(self, storage: Storage, name: str) -> None:
        """A careless get_available_name leads nowhere."""

        async def careless(*args: Any) -> str:
            return name

        storage.aget_available_name = careless  # type: ignore[method-assign]
        with pytest.raises(SuspiciousFileOperation):
            await storage.asave("harmless", ContentFile(b""))
        assert await storage.alistdir("") == ([], [])

    async def test_the_name_of_the_content_is_not_trusted(self, storage: Storage) -> None:
        """It usually comes from a visitor."""
        with pytest.raises(SuspiciousFileOperation):
            await storage.asave(None, ContentFile(b"", name="../a"))

    async def test_listing(self, storage: Storage) -> None:
        """Folders and files, apart."""
        for name in ("a.txt", "b/c.txt", "b/d/e.txt"):
            await storage.asave(name, ContentFile(b""))
        assert await storage.alistdir("") == (["b"], ["a.txt"])
        assert await storage.alistdir("b") == (["d"], ["c.txt"])
        assert await storage.alistdir("b/d/") == ([], ["e.txt"])
        with pytest.raises(FileNotFoundError):
            await storage.alistdir("missing")
        with pytest.raises(SuspiciousFileOperation):
            await storage.alistdir("../")

    async def test_deleting(self, storage: Storage) -> None:
        """A missing file is no error, an empty name is."""
        name = await storage.asave("a/b.txt", ContentFile(b""))
        await storage.adelete(name)
        await storage.adelete(name)
        await storage.adelete("missing/file")
        assert await storage.aexists(name) is False
        with pytest.raises(ValueError, match="name of a file"):
            await storage.adelete("")

    async def test_missing_files(self, storage: Storage) -> None:
        """They are not found, by name."""
        for ask in (storage.aopen, storage.asize, storage.aget_accessed_time, storage.aget_created_time):
            with pytest.raises(FileNotFoundError):
                await ask("missing/file")
        assert await storage.aexists("missing/file") is False

    async def test_writing_through_an_open_file(self, storage: Storage) -> None:
        """In every usual mode."""
        async with await storage.aopen("new.txt", "wb") as file:
            file.write(b"one")
        async with await storage.aopen("new.txt", "ab") as file:
            file.write(b" two")
        async with await storage.aopen("new.txt", "r") as file:
            assert file.read() == "one two"
        async with await storage.aopen("new.txt", "w") as file:
            file.write("ü")
        async with await storage.aopen("new.txt") as file:
            assert file.read() == "ü".encode()
        with pytest.raises(FileExistsError):
            await storage.aopen("new.txt", "xb")

    async def test_times(self, storage: Storage) -> None:
        """Aware with USE_TZ, else naive and local."""
        name = await storage.asave("a", ContentFile(b""))
        slack = timedelta(seconds=5)
        for ask in (storage.aget_created_time, storage.aget_modified_time, storage.aget_accessed_time):
            with settings.override(USE_TZ=True):
                assert abs(datetime.now(UTC) - await ask(name)) < slack
            with settings.override(USE_TZ=False):
                assert abs(datetime.now() - await ask(name)) < slack  # noqa: DTZ005 - as USE_TZ = False wants it

    def test_urls(self, storage: Storage) -> None:
        """Every character that means something in a URL is quoted."""
        assert storage.url("a b/ü#%25'.txt").endswith("/media/a%20b/%C3%BC%23%2525'.txt")

    def test_valid_names(self, storage: Storage) -> None:
        """What a visitor calls a file becomes a harmless name."""
        assert storage.generate_filename("summer 2026/../my (best) <photo>.jpg".replace("../", "")) == (
            "summer 2026/my_best_photo.jpg"
        )
        assert storage.generate_filename("C:\\evil\\a b.txt".replace("C:", "")[1:]) == "evil/a_b.txt"
        for name in ("", "..", "a/..", "???", "../a", "/a"):
            with pytest.raises(SuspiciousFileOperation):
                storage.generate_filename(name)

    def test_the_sync_twins(self, storage: Storage) -> None:
        """Every method works in sync code."""
        name = storage.save("a/b.txt", ContentFile(b"hello"))
        with storage.open(name) as file:
            assert list(file.chunks(2)) == [b"he", b"ll", b"o"]
        assert (storage.exists(name), storage.size(name), storage.listdir("a")) == (True, 5, ([], ["b.txt"]))
        assert storage.get_available_name("free.txt") == "free.txt"
        assert storage.get_modified_time(name) <= storage.get_accessed_time(name) + timedelta(days=1)
        assert storage.get_created_time(name)
        storage.delete(name)
        assert storage.exists(name) is False
