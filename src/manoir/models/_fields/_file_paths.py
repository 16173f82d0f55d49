"""`FilePathField`: a column that holds the path of a file that lies on the server already."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, TypeAlias, cast, overload

from typing_extensions import TypeVar, Unpack

from manoir.checks import CheckMessage, Error
from manoir.i18n import gettext_lazy as _
from manoir.models._fields._base import builtin
from manoir.models._fields._options import FieldOptions
from manoir.models._fields._text import CharField

S = TypeVar("S", default=str)

Folder: TypeAlias = "str | os.PathLike[str] | Callable[[], str | os.PathLike[str]]"


@builtin
class FilePathField(CharField[S]):
    """The path of a file in a folder of the server, which forms offer to choose from.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        path: the folder, absolute; or a function that returns it, so that it may differ between machines.
        match: regular expression that the names of files have to match, without their folders; None takes all.
        recursive: offer what lies in the folders below, too.
        allow_files: offer files.
        allow_folders: offer folders.
        null: allow NULL.
        max_length: longest path in characters; 100 unless told.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("File path")
    default_max_length: ClassVar[int | None] = 100
    option_defaults: ClassVar[Mapping[str, Any]] = {
        **CharField.option_defaults,
        "max_length": 100,
        "path": "",
        "match": None,
        "recursive": False,
        "allow_files": True,
        "allow_folders": False,
    }

    @overload
    def __init__(
        self: FilePathField[str],
        verbose_name: str | None = None,
        name: str | None = None,
        path: Folder = "",
        match: str | None = None,
        recursive: bool = False,
        allow_files: bool = True,
        allow_folders: bool = False,
        *,
        null: Literal[False] = False,
        max_length: int | None = None,
        db_collation: str | None = None,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: FilePathField[str | None],
        verbose_name: str | None = None,
        name: str | None = None,
        path: Folder = "",
        match: str | None = None,
        recursive: bool = False,
        allow_files: bool = True,
        allow_folders: bool = False,
        *,
        null: Literal[True],
        max_length: int | None = None,
        db_collation: str | None = None,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        path: Folder = "",
        match: str | None = None,
        recursive: bool = False,
        allow_files: bool = True,
        allow_folders: bool = False,
        **options: Any,
    ) -> None:
        cast(Any, super()).__init__(verbose_name, name, **options)
        self.path = path
        self.match = match
        self.recursive = recursive
        self.allow_files = allow_files
        self.allow_folders = allow_folders

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """System checks of this field."""
        found = super().check(**kwargs)
        if not self.allow_files and not self.allow_folders:
            found.append(
                Error(
                    "A FilePathField offers neither files nor folders.",
                    obj=self,
                    id="manoir.models.E144",
                    hint="Set allow_files=True or allow_folders=True.",
                )
            )
        return found
