from __future__ import annotations

import copy
import os
import pickle
import re
import stat
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, SuspiciousFileOperation
from manoir.storage import (
    AliasedStorage,
    ContentFile,
    DefaultStorage,
    File,
    FileSystemStorage,
    InMemoryStorage,
    InvalidStorageError,
    PrivateFileSystemStorage,
    Storage,
    StoragePath,
    default_storage,
    storages,
)
from manoir.storage._urls import file_url
from manoir.storage.compliance import StorageCompliance


class TestFileSystemStorage(StorageCompliance):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Storage:
        (tmp_path / "root").mkdir()
        return FileSystemStorage(location=tmp_path / "root", base_url="/media")


class TestInMemoryStorage(StorageCompliance):
    @pytest.fixture
    def storage(self) -> Storage:
        return InMemoryStorage(base_url="/media/")


class TestPrivateFileSystemStorage(StorageCompliance):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Storage:
        (tmp_path / "private").mkdir()
        return PrivateFileSystemStorage(location=tmp_path / "private", base_url="/media/")

    def test_urls(self, storage: Storage) -> None:
        """The same names in the path; the signature follows."""
        path, _, query = storage.url("a b/ü#%25'.txt").partition("?")
        assert path.endswith("/media/a%20b/%C3%BC%23%2525'.txt")
        assert re.fullmatch(r"until=\d{10}&signature=[\w-]+", query)


def test_urls_below_a_prefix_are_the_same_in_memory():
    with settings.override(MEDIA_URL="media/", FORCE_SCRIPT_NAME="/app"):
        assert InMemoryStorage().url("a") == FileSystemStorage().url("a") == "/app/media/a"


def test_a_storage_in_memory_is_listed_while_threads_write():
    storage, done = InMemoryStorage(), threading.Event()

    def write():
        for number in range(500):
            storage.save(f"{number}", ContentFile(b""))
        done.set()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    writer = threading.Thread(target=write)
    try:
        writer.start()
        while not done.is_set():
            storage.listdir("")
            storage.exists("missing")
    finally:
        writer.join()
        sys.setswitchinterval(before)


class Careless(FileSystemStorage):
    """A subclass of the kind people write: it renames, and believes what it is given."""

    def get_valid_name(self, name: str) -> str:
        return name

    def generate_filename(self, filename: str) -> str:
        return filename

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "..\\x", "C:\\x", "a\0b", "a/./b", "~/../x/..", ".."])
@pytest.mark.parametrize("make", [Careless, PrivateFileSystemStorage, FileSystemStorage, InMemoryStorage])
def test_subclasses_that_check_nothing_write_nowhere_else(make: Any, name: str, tmp_path: Path):
    """C20: the check is in the last method, which nobody overrides: every storage, and a careless subclass."""
    storage = make() if make is InMemoryStorage else make(tmp_path / "root", "/media/")
    for act in (
        lambda: storage.save(name, ContentFile(b"x")),
        lambda: storage.open(name),
        lambda: storage.delete(name),
        lambda: storage.exists(name),
        lambda: storage.size(name),
        lambda: storage.url(name),
    ):
        with pytest.raises(SuspiciousFileOperation):
            act()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_two_thousand_files_of_one_name(tmp_path: Path):
    """M08: a random part and exclusive creation: as many files as were saved, no counting up."""
    storage = FileSystemStorage(tmp_path, "/media/")
    names = {storage.save("a.txt", ContentFile(b"%d" % number)) for number in range(2_000)}
    assert len(names) == 2_000
    assert len(list(tmp_path.iterdir())) == 2_000


class SyncStorage(Storage):
    """A storage of the kind people bring along: documented sync methods, and nothing else."""

    def __init__(self) -> None:
        self.inner = InMemoryStorage(base_url="/media/")

    def _open(self, name: Any, mode: str = "rb") -> File:
        return self.inner.open(name, mode)

    def _save(self, name: Any, content: File) -> str:
        return self.inner.save(name, content)

    def delete(self, name: str) -> None:
        self.inner.delete(name)

    def exists(self, name: str) -> bool:
        return self.inner.exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return self.inner.listdir(path)

    def size(self, name: str) -> int:
        return self.inner.size(name)

    def url(self, name: str) -> str:
        return self.inner.url(name)

    def get_accessed_time(self, name: str) -> Any:
        return self.inner.get_accessed_time(name)

    def get_created_time(self, name: str) -> Any:
        return self.inner.get_created_time(name)

    def get_modified_time(self, name: str) -> Any:
        return self.inner.get_modified_time(name)


class TestStorageWithSyncMethods(StorageCompliance):
    @pytest.fixture
    def storage(self) -> Storage:
        return SyncStorage()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_modes_are_exact_whatever_the_umask(root: Path):
    storage = FileSystemStorage(root, file_permissions_mode=0o664, directory_permissions_mode=0o775)
    before = os.umask(0o077)
    try:
        storage.save("a/b/c.txt", ContentFile(b""))
        assert [mode_of(root / "a"), mode_of(root / "a/b"), mode_of(root / "a/b/c.txt")] == [0o775, 0o775, 0o664]
        with settings.override(FILE_UPLOAD_PERMISSIONS=None):
            FileSystemStorage(root).save("plain.txt", ContentFile(b""))
        assert mode_of(root / "plain.txt") == 0o600
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)


def test_a_file_is_private_until_it_is_complete(root: Path):
    seen: list[int] = []

    class Watching(ContentFile):
        def chunks(self, chunk_size: int | None = None):
            seen.append(mode_of(root / "a"))
            yield b"x"

    FileSystemStorage(root, file_permissions_mode=0o644).save("a", Watching(b""))
    assert (seen, mode_of(root / "a")) == ([0o600], 0o644)


def test_nothing_is_left_of_a_save_that_failed(root: Path):
    class Broken(ContentFile):
        def chunks(self, chunk_size: int | None = None):
            yield b"x"
            raise OSError("the client went away")

    with pytest.raises(OSError, match="the client went away"):
        FileSystemStorage(root).save("a", Broken(b""))
    assert list(root.iterdir()) == []


def test_symbolic_links_are_not_followed(root: Path, tmp_path: Path):
    """C20, C21: neither to read nor to write."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret")
    storage = FileSystemStorage(root)
    for name in ("folder/secret", "file"):
        with pytest.raises(SuspiciousFileOperation, match="symbolic link"):
            storage.open(name)
        with pytest.raises(SuspiciousFileOperation, match="symbolic link"):
            storage.open(name, "wb")
    with pytest.raises(SuspiciousFileOperation, match="symbolic link"):
        storage.save("folder/new", ContentFile(b""))
    with pytest.raises(SuspiciousFileOperation, match="symbolic link"):
        storage.listdir("folder")
    with pytest.raises(SuspiciousFileOperation, match="symbolic link"):
        storage.delete("folder/secret")
    assert storage.save("file", ContentFile(b"x")) != "file"
    assert (outside / "secret").read_text() == "secret"
    assert [path.name for path in outside.iterdir()] == ["secret"]


def test_the_root_itself_may_be_a_link_and_a_sibling_is_not_inside(root: Path, tmp_path: Path):
    """C21: `root-secret` begins as `root` does."""
    (tmp_path / "link").symlink_to(root)
    storage = FileSystemStorage(tmp_path / "link")
    storage.save("a", ContentFile(b"x"))
    assert (root / "a").read_bytes() == b"x"
    (tmp_path / "root-secret").mkdir()
    with pytest.raises(SuspiciousFileOperation):
        storage.open("../root-secret/a")


def test_a_name_taken_at_the_last_moment_is_not_overwritten(root: Path):
    """H47: a file is made exclusively, whatever was looked at before."""
    storage = FileSystemStorage(root)
    (root / "a.txt").write_bytes(b"first")
    name = storage.write_file(StoragePath("a.txt"), ContentFile(b"second"))
    assert name != "a.txt"
    assert ((root / "a.txt").read_bytes(), (root / name).read_bytes()) == (b"first", b"second")


def test_threads_saving_one_name_lose_nothing(root: Path):
    storage = FileSystemStorage(root)
    names: list[str] = []
    threads = [
        threading.Thread(target=lambda n=number: names.append(storage.save("d/a.txt", ContentFile(str(n)))))
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((root / name).read_text() for name in set(names)) == sorted(map(str, range(12)))


def test_overwriting_replaces_in_one_step(root: Path):
    storage = FileSystemStorage(root, allow_overwrite=True)
    assert [storage.save("a", ContentFile(content)) for content in (b"1", b"22")] == ["a", "a"]
    assert (root / "a").read_bytes() == b"22"
    assert [path.name for path in root.iterdir()] == ["a"]


def test_a_closed_stored_file_opens_again(root: Path):
    storage = FileSystemStorage(root)
    file = storage.open(storage.save("a", ContentFile(b"x")))
    file.close()
    assert file.closed
    with file.open() as again:
        assert again.read() == b"x"


def test_the_settings_are_read_when_they_are_needed(root: Path):
    storage = FileSystemStorage()
    with settings.override(MEDIA_ROOT=str(root), MEDIA_URL="https://media.example.com/m"):
        assert (storage.path("a/b"), storage.url("a/b")) == (str(root / "a/b"), "https://media.example.com/m/a/b")
        assert storage.location == str(root)


def test_a_relative_media_url_begins_at_the_root_of_the_site(root: Path):
    with settings.override(MEDIA_URL="media/", PRIVATE_MEDIA_URL="private"):
        assert FileSystemStorage(root).url("a") == "/media/a"
        assert PrivateFileSystemStorage(root).url("a").startswith("/private/a?")
        with settings.override(FORCE_SCRIPT_NAME="/app"):
            assert FileSystemStorage(root).url("a") == "/app/media/a"
    with settings.override(MEDIA_URL="https://cdn.example.com/m"):
        assert FileSystemStorage(root).url("a") == "https://cdn.example.com/m/a"


def test_storages_deconstruct_and_compare(root: Path):
    storage = FileSystemStorage(location=str(root), base_url="/m/")
    path, args, kwargs = storage.deconstruct()  # type: ignore[attr-defined]
    assert (path, args, kwargs) == ("manoir.storage.FileSystemStorage", (), {"location": str(root), "base_url": "/m/"})
    assert FileSystemStorage(*args, **kwargs) == storage
    assert FileSystemStorage(location="/elsewhere") != storage


def test_what_a_storage_does_not_define_is_named():
    with pytest.raises(
        NotImplementedError, match=r"Storage does not define exists\(\) \(or aexists\(\) as async def\)"
    ):
        Storage().exists("a")
    with pytest.raises(NotImplementedError, match=r"does not define _save\(\) \(or _asave\(\)"):
        Storage()._save(StoragePath("a"), ContentFile(b""))
    with pytest.raises(NotImplementedError, match="keeps no files on this machine"):
        InMemoryStorage().path("a")
    with pytest.raises(ValueError, match="no base_url"):
        file_url(None, "a")


def test_storages_of_the_settings(root: Path):
    entries = {
        "default": {"BACKEND": "manoir.storage.FileSystemStorage", "OPTIONS": {"location": str(root)}},
        "memory": {"BACKEND": "manoir.storage.InMemoryStorage"},
        "broken": {"BACKEND": "manoir.storage.InMemoryStorag"},
        "wrong": {"BACKEND": "manoir.storage.InMemoryStorage", "OPTIONS": {"bucket": "b"}},
    }
    with settings.override(STORAGES=entries):
        assert storages["memory"] is storages["memory"]
        assert default_storage.save("a", ContentFile(b"x")) == "a"
        assert (root / "a").exists()
        assert default_storage == storages["default"]
        with pytest.raises(InvalidStorageError, match=r"STORAGES has no 'memry'\. Did you mean 'memory'"):
            storages["memry"]
        with pytest.raises(ImproperlyConfigured, match=r"STORAGES\['broken'\]: the BACKEND cannot be imported"):
            storages["broken"]
        with pytest.raises(InvalidStorageError, match=r"STORAGES\['wrong'\]: the OPTIONS do not fit.*bucket"):
            storages["wrong"]
        before = storages["memory"]
    with settings.override(STORAGES=entries):
        assert storages["memory"] is not before


def test_an_alias_stands_for_its_storage():
    photos = AliasedStorage("photos")
    assert isinstance(photos, Storage)  # without STORAGES having it: a field is made before settings are asked
    with settings.override(STORAGES={**settings.STORAGES, "photos": {"BACKEND": "manoir.storage.InMemoryStorage"}}):
        assert photos.save("a.txt", ContentFile(b"x")) == "a.txt"
        assert storages["photos"].exists("a.txt")
        assert photos == storages["photos"]
    assert pickle.loads(pickle.dumps(photos)) == photos == copy.deepcopy(photos)
    assert photos != default_storage
    assert len({photos, AliasedStorage("photos"), default_storage}) == 2


def test_paths_have_parts():
    path = StoragePath("a/b.tar.gz")
    assert (path.parts, path.parent, path.basename, str(path)) == (["a", "b.tar.gz"], "a", "b.tar.gz", "a/b.tar.gz")
    assert StoragePath(path) is path


def test_files():
    file = ContentFile(b"one\ntwo\n", name="a.txt")
    assert (file.size, len(file), bool(file), str(file), list(file), file.multiple_chunks(3)) == (
        8, 8, True, "Raw content", [b"one\n", b"two\n"], True,
    )  # fmt: skip
    file.seek(8)
    file.write(b"three")
    assert (file.size, file.open().read(), file.readline()) == (13, b"one\ntwo\nthree", b"")
    assert repr(file) == "<ContentFile: Raw content>"


def test_a_closed_upload_is_never_opened_by_the_name_a_visitor_gave(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    with (tmp_path / "upload").open("w+b") as stream:
        file = File(stream, name=str(secret))
    (tmp_path / "upload").unlink()
    with pytest.raises(ValueError, match="is closed and cannot be opened again"):
        file.open()


def test_a_python_file_opens_again(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"x")
    file = File((tmp_path / "a").open("rb"))
    with file:
        assert (file.size, file.name, file.mode) == (1, str(tmp_path / "a"), "rb")
    with file.open() as again:
        assert again.read() == b"x"


def test_a_file_of_unknown_size_says_so():
    with pytest.raises(AttributeError, match=r"size of .* cannot be found out"):
        File(object(), name="a").size


def test_the_documented_class_of_the_default_storage_stands_for_it():
    made = DefaultStorage()
    assert made == default_storage
    assert default_storage == made
    assert made != AliasedStorage("private")
    memory = {"default": {"BACKEND": "manoir.storage.InMemoryStorage"}}
    with settings.override(STORAGES=memory):
        assert made.save("a.txt", ContentFile(b"a")) == "a.txt"
        assert default_storage.exists("a.txt")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("con.txt", "con_.txt"),
        ("AUX", "AUX_"),
        ("com1.tar.gz", "com1_.tar.gz"),
        ("notes.txt.", "notes.txt"),
        ("notes. .", "notes._"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
        ("д" * 200 + ".pdf", "д" * 125 + ".pdf"),
        ("a." + "б" * 200, "a." + "б" * 126),
        ("../up\u202etxt.exe", "..uptxt.exe"),
    ],
)
def test_names_of_visitors_come_out_valid(sent: str, kept: str):
    """A visitor who calls a file like a device, or in a long name, has done nothing wrong."""
    valid = Storage().get_valid_name(sent)
    assert valid == kept
    assert StoragePath(valid) == valid
