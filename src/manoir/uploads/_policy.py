"""Policies: what is let in of the files that visitors send, and as what it is kept.

A policy never believes a name or a media type. It looks at the size, tells the kind by the content, asks the scanner,
makes the file harmless where it can (a picture is drawn anew), and gives it a name that nobody can guess.
"""

from __future__ import annotations

import io
import logging
import string
import weakref
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from manoir.bridge import TwoColours, blocking, hook, to_thread, twin
from manoir.conf import settings
from manoir.exceptions import ScannerUnavailable, ValidationError, nearest
from manoir.i18n import gettext_lazy as _
from manoir.signing import get_random_string
from manoir.storage import ContentFile, File, Storage, default_storage, private_storage
from manoir.uploads._kinds import KINDS, Kind, archive_problem, kind_of
from manoir.uploads._scanner import configured_scanner
from manoir.uploads._sizes import Size, bytes_of, shown_size
from manoir.validators import deconstructible

NAME_LENGTH: Final = 26
"""Characters of a random name: 134 bits, also on file systems that do not tell capitals."""
NAME_CHARACTERS: Final = string.ascii_lowercase + string.digits
ARCHIVES: Final = frozenset({"zip", "docx", "xlsx", "pptx", "odt", "ods", "odp"})

logger = logging.getLogger("manoir.uploads")


class AdmittedFile(File):
    """A file that a policy has let in.

    Args:
        file: the content that will be kept, which may differ from what was sent.
        name: the name to keep it under.
        kind: what it is.
        policy: who let it in.
        original_name: what the client called it, for people to read.
    """

    def __init__(self, file: Any, name: str, kind: Kind, policy: Policy, original_name: str) -> None:
        super().__init__(file, name)
        self.kind = kind
        self.content_type = kind.media_type
        self.policy = policy
        self.original_name = original_name
        # What a policy made has no other owner who could close it: a picture drawn anew in a temporary file.
        weakref.finalize(self, close_made, file)


def in_bytes(file: File) -> File:
    """The file itself; one of text, as `ContentFile("…")` makes it, becomes one of bytes, as storages write it."""
    if not isinstance(file.read(0), str):
        return file
    file.seek(0)
    return ContentFile(file.read().encode(), name=file.name)


def checked_policy(policy: Any) -> Policy | None:
    """Return the policy that was given to a field.

    Raises:
        TypeError: it is none, or a class where an instance is meant.
    """
    if policy is None or isinstance(policy, Policy):
        return policy
    meant = (
        f"policy={policy.__name__}()"
        if isinstance(policy, type) and issubclass(policy, Policy)
        else 'policy=Images(max="5MB")'
    )
    raise TypeError(f"The policy of a field is an instance of manoir.uploads.Policy, not {policy!r}: write {meant}.")


def close_made(file: Any) -> None:
    """Close what a policy made; an upload is closed at the end of its request, and its other owners' files by them."""
    if isinstance(file, io.BufferedIOBase):
        file.close()


@deconstructible(path="manoir.uploads.Policy")
class Policy(TwoColours):
    """What may be uploaded.

    Args:
        kinds: names of the kinds that are let in (`manoir.uploads.KINDS` has all); None takes the class's.
        max: largest size: bytes, or text such as `"5MB"`.
        private: keep files where no URL leads but a signed one; False takes the default storage.
        random_names: keep files under names that nobody can guess; False keeps the client's, made safe.
        scan: ask the scanner of UPLOAD_SCANNER; None does so where one is set, True insists that one is.

    Raises:
        ValueError: a kind or the size cannot be understood.

    Example:
        >>> Policy(kinds=["pdf"], max="2MB").max
        2000000
    """

    default_kinds: ClassVar[Sequence[str]] = ()
    default_max: ClassVar[Size] = "10MB"
    default_error_messages: ClassVar[dict[str, Any]] = {
        "too_large": _("This file is %(size)s large; at most %(max)s are taken."),
        "empty": _("The file that arrived is empty."),
        "kind": _("Send one of these kinds of files: %(allowed)s."),
        "archive": _("This file is not taken: %(problem)s."),
        "malware": _("This file is not taken: it was found to be harmful."),
        "not_scanned": _("Files cannot be checked at the moment. Please try again later."),
    }

    def __init__(
        self,
        *,
        kinds: Sequence[str] | None = None,
        max: Size | None = None,
        private: bool = True,
        random_names: bool = True,
        scan: bool | None = None,
    ) -> None:
        if isinstance(kinds, str):
            raise ValueError(f"kinds lists names, even of one kind: kinds=[{kinds!r}].")
        self.kinds = tuple(self.default_kinds if kinds is None else kinds)
        for name in self.kinds:
            if name not in KINDS:
                raise ValueError(f"{name!r} is no kind of files.{nearest(name, KINDS)} There are: {', '.join(KINDS)}.")
        self.max = bytes_of(self.default_max if max is None else max)
        self.private = private
        self.random_names = random_names
        self.scan = scan

    @property
    def storage(self) -> Storage:
        """The storage that fits: the private one, or the default one."""
        return private_storage if self.private else default_storage

    @property
    def accepted_names(self) -> list[str]:
        """Endings of the names that are let in, with their dots, for the attribute `accept`; empty for all."""
        return [f".{extension}" for name in self.kinds for extension in KINDS[name].extensions]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, its = ({name: value for name, value in vars(one).items() if name[0] != "_"} for one in (self, other))
        return mine == its

    def __hash__(self) -> int:
        return hash((type(self), self.kinds, self.max))

    # -- the gate -------------------------------------------------------------------------------------------------

    async def aadmit(self, file: Any, name: str | None = None) -> AdmittedFile:
        """Let a file in, or refuse it.

        Args:
            file: an upload, a `File` or an open binary file.
            name: what it is called; None takes the file's own name.

        Returns:
            The file to keep. One that this policy has let in before comes back as it is.

        Raises:
            ValidationError: it is refused; `code` says why.
            TypeError: it is no file.
        """
        if isinstance(file, AdmittedFile) and file.policy == self:
            return file
        if not isinstance(file, File) and not hasattr(file, "read"):
            raise TypeError(
                f"A policy looks at an upload, a File or an open binary file, not {type(file).__name__}. ContentFile(data, "
                "name='a.txt') makes a file of data."
            )
        upload = await to_thread(in_bytes, file if isinstance(file, File) else File(file, name))
        self._check_size(await to_thread(lambda: upload.size))
        kind = await to_thread(kind_of, upload)
        await self.acheck(upload, kind)
        await self._ascan(upload)
        await to_thread(upload.seek, 0)
        content, kind = await self.aconvert(upload, kind)
        sent = str(name or upload.name or "")
        return AdmittedFile(content, self.name_for(sent, kind), kind, self, sent)

    admit = blocking(aadmit)

    def error(self, code: str, **params: Any) -> ValidationError:
        """The ValidationError of one of the messages."""
        messages: dict[str, Any] = {}
        for cls in reversed(type(self).__mro__):
            messages.update(vars(cls).get("default_error_messages", {}))
        return ValidationError(messages[code], code=code, params=params)

    def _check_size(self, size: int) -> None:
        if not size:
            raise self.error("empty")
        if size > self.max:
            raise self.error("too_large", size=shown_size(size), max=shown_size(self.max))

    async def _ascan(self, file: Any) -> None:
        scanner = None if self.scan is False else configured_scanner()
        if scanner is None:
            if self.scan:
                logger.error("A policy insists on scanning, but UPLOAD_SCANNER is not set: the upload was refused.")
                raise self.error("not_scanned")
            return
        try:
            found = await scanner.ascan(file)
        except ScannerUnavailable as error:
            logger.error("An upload could not be scanned: %s", error)
            if settings.UPLOAD_SCANNER_REQUIRED:
                raise self.error("not_scanned") from error
            return
        if found is not None:
            logger.warning("An upload was refused: the scanner found %r in it.", found[:200])
            raise self.error("malware")

    # -- what a policy of your own overrides ------------------------------------------------------------------------

    @hook
    async def acheck(self, file: Any, kind: Kind) -> None:
        """Hook: refuse a file, after its size and before anything is decoded; call `super()`.

        Args:
            file: what was sent, at its beginning.
            kind: what it is, by its content.

        Raises:
            ValidationError: it is refused.
        """
        if kind.name not in self.kinds:
            raise self.error("kind", allowed=", ".join(name.upper() for name in self.kinds))
        if kind.name in ARCHIVES:
            problem = await to_thread(archive_problem, file)
            if problem is not None:
                raise self.error("archive", problem=problem)

    check = twin(acheck)

    @hook
    async def aconvert(self, file: Any, kind: Kind) -> tuple[Any, Kind]:
        """Hook: make of a file what is kept.

        Args:
            file: what was sent, at its beginning.
            kind: what it is.

        Returns:
            An open binary file, and its kind.

        Raises:
            ValidationError: it cannot be converted.
        """
        return file, kind

    convert = twin(aconvert)

    def name_for(self, sent: str, kind: Kind) -> str:
        """Return the name to keep a file under: its extension follows from what it is, never from what it was called.

        Args:
            sent: what the client called it.
            kind: what it is.
        """
        base = "".join(filter(str.isprintable, sent.replace("\\", "/"))).rpartition("/")[2]
        stem, dot, extension = base.rpartition(".")
        suffix = extension.lower() if dot and extension.lower() in kind.extensions else kind.extensions[0]
        if self.random_names:
            return f"{get_random_string(NAME_LENGTH, NAME_CHARACTERS)}.{suffix}"
        # Further dots could make another extension of it for a server that reads them from the left.
        return f"{(stem if dot else base).replace('.', '_') or 'file'}.{suffix}"


@deconstructible(path="manoir.uploads.Documents")
class Documents(Policy):
    """PDF, office documents without macros, and plain text, for download only.

    Example:
        >>> Documents(max="2MB").kinds[:3]
        ('pdf', 'docx', 'xlsx')
    """

    default_kinds = ("pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "text")


@deconstructible(path="manoir.uploads.AnyFile")
class AnyFile(Policy):
    """Every file, for download only: it is scanned where a scanner is set, and otherwise kept as it came."""

    default_kinds = tuple(KINDS)

    @property
    def accepted_names(self) -> list[str]:
        """Empty: all."""
        return []

    @hook
    async def acheck(self, file: Any, kind: Kind) -> None:
        """Let everything pass."""
