"""Storage: files that people upload and the application makes, wherever they lie.

The room's map:

- `_path`: `StoragePath`, the one strict constructor of names.
- `_file`: `File` and `ContentFile`.
- `_base`: `Storage`: the documented methods in both colours.
- `_filesystem`, `_memory`: `FileSystemStorage` and `InMemoryStorage`.
- `_private`: `PrivateFileSystemStorage`, whose URLs are signed and end.
- `_handler`: `storages` (by alias, out of STORAGES), `default_storage` and `private_storage`, which stand for an alias.
- `compliance`: the tests every storage passes; run them for your own.
"""

from __future__ import annotations

from manoir.exceptions import InvalidStorageError, SuspiciousFileOperation
from manoir.storage._base import Storage
from manoir.storage._file import ContentFile, File
from manoir.storage._filesystem import FileSystemStorage
from manoir.storage._handler import (
    DEFAULT_STORAGE_ALIAS,
    PRIVATE_STORAGE_ALIAS,
    STATICFILES_STORAGE_ALIAS,
    AliasedStorage,
    DefaultStorage,
    StorageHandler,
    default_storage,
    private_storage,
    storages,
)
from manoir.storage._memory import InMemoryStorage
from manoir.storage._path import StoragePath
from manoir.storage._private import PrivateFileSystemStorage

__all__ = [
    "DEFAULT_STORAGE_ALIAS",
    "PRIVATE_STORAGE_ALIAS",
    "STATICFILES_STORAGE_ALIAS",
    "AliasedStorage",
    "ContentFile",
    "DefaultStorage",
    "File",
    "FileSystemStorage",
    "InMemoryStorage",
    "InvalidStorageError",
    "PrivateFileSystemStorage",
    "Storage",
    "StorageHandler",
    "StoragePath",
    "SuspiciousFileOperation",
    "default_storage",
    "private_storage",
    "storages",
]
