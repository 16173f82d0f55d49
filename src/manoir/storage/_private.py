"""Files that no URL leads to but a signed one, which ends with its time."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Final

from manoir.conf import settings
from manoir.exceptions import BadSignature, ImproperlyConfigured, SignatureExpired
from manoir.signing import Signer
from manoir.storage._filesystem import FileSystemStorage
from manoir.storage._path import StoragePath
from manoir.storage._urls import file_url, site_url, with_slash
from manoir.validators import deconstructible

PURPOSE: Final = "manoir.storage.private"
MAX_SIGNATURE: Final = 200
MAX_DIGITS: Final = 11


@deconstructible(path="manoir.storage.PrivateFileSystemStorage")
class PrivateFileSystemStorage(FileSystemStorage):
    """Files in a folder that no web server may serve. `url()` gives a signed link, which `manoir.views.private_file` answers.

    Args:
        location: the folder; None is PRIVATE_MEDIA_ROOT, or beside MEDIA_ROOT when that is empty.
        base_url: URL below which `private_file` answers; None is PRIVATE_MEDIA_URL.
        expires: seconds for which a link is good at least; None is PRIVATE_MEDIA_EXPIRES.
        **options: those of FileSystemStorage.
    """

    def __init__(
        self,
        location: str | os.PathLike[str] | None = None,
        base_url: str | None = None,
        expires: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(location, base_url, **options)
        self._expires = expires

    @property
    def base_location(self) -> str | os.PathLike[str]:
        """The folder as it was given.

        Raises:
            ImproperlyConfigured: no setting names one.
        """
        if self._location is not None:
            return self._location
        if settings.PRIVATE_MEDIA_ROOT:
            return settings.PRIVATE_MEDIA_ROOT
        if not settings.MEDIA_ROOT:
            raise ImproperlyConfigured("Private files need the setting PRIVATE_MEDIA_ROOT: the folder to keep them in.")
        root = Path(settings.MEDIA_ROOT)
        return root.with_name(f"{root.name}-private")

    @property
    def base_url(self) -> str | None:
        """The URL below which signed links lie."""
        given = settings.PRIVATE_MEDIA_URL if self._base_url is None else self._base_url
        return with_slash(site_url(given)) if given else None

    @property
    def file_permissions_mode(self) -> int | None:
        """Mode of new files: for this user alone, unless told."""
        return 0o600 if self._file_permissions_mode is None else self._file_permissions_mode

    @property
    def directory_permissions_mode(self) -> int | None:
        """Mode of new folders: for this user alone, unless told."""
        return 0o700 if self._directory_permissions_mode is None else self._directory_permissions_mode

    def arguments(self) -> tuple[Any, ...]:
        """Return what equal storages were made with."""
        return (*super().arguments(), self._expires)

    def url(self, name: str, expires: int | None = None) -> str:
        """Return a link that works for everybody who has it, until it ends.

        Equal links are given out for a while, so that browsers can keep what they fetched: a link lasts `expires`
        seconds and up to half of that more.

        Args:
            name: name of the file.
            expires: seconds; None takes the storage's, then PRIVATE_MEDIA_EXPIRES.
        """
        path = StoragePath(name)
        base = self.base_url
        if not base:
            raise ImproperlyConfigured("Links to private files need the setting PRIVATE_MEDIA_URL.")
        lasting = expires or self._expires or settings.PRIVATE_MEDIA_EXPIRES
        step = max(1, lasting // 2)
        end = (int(time.time()) // step + 1) * step + lasting
        signature = self._signer().signature(f"{end}:{path}")
        return f"{file_url(base, path)}?until={end}&signature={signature}"

    def checked_link(self, name: str, until: str, signature: str) -> tuple[StoragePath, int]:
        """Check the parts of a link that `url` made.

        Args:
            name: name of the file, as the URL has it.
            until: when the link ends, in seconds of POSIX time.
            signature: its signature.

        Returns:
            The checked name, and the seconds that are left.

        Raises:
            BadSignature: the link was not made for this storage, or was changed. SignatureExpired: its time is over.
            SuspiciousFileOperation: the name leads elsewhere.
        """
        path = StoragePath(name)
        if not until.isascii() or not until.isdecimal() or len(until) > MAX_DIGITS or len(signature) > MAX_SIGNATURE:
            raise BadSignature("This link to a private file is incomplete.")
        # The time is digits only and a StoragePath holds no colon, so the parts cannot be cut elsewhere.
        self._signer().unsign(f"{until}:{path}:{signature}")
        left = int(until) - int(time.time())
        if left <= 0:
            raise SignatureExpired("The time of this link to a private file is over.")
        return path, left

    def _signer(self) -> Signer:
        # The storage is part of the purpose: a link to one file says nothing about the file of that name elsewhere.
        return Signer(salt=f"{PURPOSE}:{self.base_url}")
