"""Fields whose canonical value is text."""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, TypeVar, cast, overload

from typing_extensions import TypeVar as DefaultTypeVar
from typing_extensions import Unpack

from manoir.checks import CheckMessage, Error
from manoir.db import ColumnType
from manoir.i18n import gettext_lazy as _
from manoir.models._choices import ChoicePair
from manoir.models._fields._base import Field, Validator, builtin
from manoir.models._fields._checks import check_max_length
from manoir.models._fields._options import OPTION_DEFAULTS, FieldOptions
from manoir.validators import (
    MaxLengthValidator,
    ProhibitNullCharactersValidator,
    URLValidator,
    validate_email,
    validate_slug,
    validate_unicode_slug,
)

E = TypeVar("E", bound=enum.Enum)
S = DefaultTypeVar("S", default=str)

TextChoicesLike = Iterable[tuple[Any, Any]] | Mapping[Any, Any] | Callable[[], Iterable[ChoicePair] | Mapping[Any, Any]]
"""`choices` of a text field that stays text; an Enum class makes it a field of that Enum."""

Text: TypeAlias = "str | None"


class TextOptions(FieldOptions, total=False):
    """Keyword options of text fields."""

    max_length: int | None
    db_collation: str | None


class TextValue(Field[S, S]):
    """Common ground of text fields: conversion, collation and null characters."""

    expected: ClassVar[str] = "text"
    default_validators: Sequence[Validator] = (ProhibitNullCharactersValidator(),)
    option_defaults: ClassVar[Mapping[str, Any]] = {**OPTION_DEFAULTS, "db_collation": None}

    def __init__(
        self, verbose_name: Any = None, name: str | None = None, *, db_collation: str | None = None, **options: Any
    ) -> None:
        super().__init__(verbose_name, name, **options)
        self.db_collation = db_collation

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("text", collation=self.db_collation)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        return str(value)

    def get_prep_value(self, value: Any) -> Any:
        # hot path: benchmarks/orm.py
        if type(value) is str or value is None:
            return value
        value = self.prepared(value)
        return str(value) if value is not None and type(value) is not str else value


@builtin
class CharField(TextValue[S]):
    """Text of limited length, an `<input>` in forms.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        max_length: longest text in characters, enforced by validation and by databases that can.
        db_collation: collation of the column.
        choices: an Enum class makes the attribute a member of it; pairs leave it a `str`.
        null: allow NULL; prefer `blank=True` and the empty string.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("String (up to %(max_length)s)")

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: CharField[E],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[False] = False,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: CharField[E | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[True],
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: CharField[str],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[False] = False,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: CharField[str | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[True],
            **options: Unpack[TextOptions],
        ) -> None: ...
        def __init__(self, verbose_name: Any = None, name: Text = None, **options: Any) -> None: ...

    @property
    def column_type(self) -> ColumnType | None:
        if self.max_length is None:
            return ColumnType("text", collation=self.db_collation)
        return ColumnType("char", length=self.max_length, collation=self.db_collation)

    @property
    def validators(self) -> list[Validator]:
        limit = [] if self.max_length is None else [MaxLengthValidator(self.max_length)]
        return [*super().validators, *limit]

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(**kwargs), *check_max_length(self, required=False)]


@builtin
class TextField(TextValue[S]):
    """Text of any length, a `<textarea>` in forms; `max_length` only limits forms."""

    description: ClassVar[Any] = _("Text")

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: TextField[E],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[False] = False,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: TextField[E | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[True],
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: TextField[str],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[False] = False,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: TextField[str | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[True],
            **options: Unpack[TextOptions],
        ) -> None: ...
        def __init__(self, verbose_name: Any = None, name: Text = None, **options: Any) -> None: ...


@builtin
class EmailField(CharField[S]):
    """An e-mail address, at most 254 characters unless told."""

    description: ClassVar[Any] = _("Email address")
    default_max_length: ClassVar[int | None] = 254
    default_validators: Sequence[Validator] = (ProhibitNullCharactersValidator(), validate_email)

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: EmailField[E],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[False] = False,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: EmailField[E | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[True],
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: EmailField[str],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[False] = False,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: EmailField[str | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[True],
            **options: Unpack[TextOptions],
        ) -> None: ...
        def __init__(self, verbose_name: Any = None, name: Text = None, **options: Any) -> None: ...


@builtin
class URLField(CharField[S]):
    """A URL, at most 200 characters unless told."""

    description: ClassVar[Any] = _("URL")
    default_max_length: ClassVar[int | None] = 200
    default_validators: Sequence[Validator] = (ProhibitNullCharactersValidator(), URLValidator())

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: URLField[E],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[False] = False,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: URLField[E | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: type[E],
            null: Literal[True],
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: URLField[str],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[False] = False,
            **options: Unpack[TextOptions],
        ) -> None: ...
        @overload
        def __init__(
            self: URLField[str | None],
            verbose_name: Text = None,
            name: Text = None,
            *,
            choices: TextChoicesLike | None = None,
            null: Literal[True],
            **options: Unpack[TextOptions],
        ) -> None: ...
        def __init__(self, verbose_name: Any = None, name: Text = None, **options: Any) -> None: ...


@builtin
class SlugField(CharField[S]):
    """A short label of letters, digits, `_` and `-`, for URLs; indexed and at most 50 characters unless told.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        allow_unicode: accept letters beyond ASCII.
        null: allow NULL.
        max_length: longest text in characters.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("Slug (up to %(max_length)s)")
    default_max_length: ClassVar[int | None] = 50
    option_defaults: ClassVar[Mapping[str, Any]] = {
        **CharField.option_defaults,
        "db_index": True,
        "allow_unicode": False,
    }

    @overload
    def __init__(
        self: SlugField[str],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        allow_unicode: bool = False,
        null: Literal[False] = False,
        choices: TextChoicesLike | None = None,
        max_length: int | None = None,
        db_collation: str | None = None,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: SlugField[str | None],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        allow_unicode: bool = False,
        null: Literal[True],
        choices: TextChoicesLike | None = None,
        max_length: int | None = None,
        db_collation: str | None = None,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    def __init__(
        self, verbose_name: Any = None, name: str | None = None, *, allow_unicode: bool = False, **options: Any
    ) -> None:
        options.setdefault("db_index", True)
        cast(Any, super()).__init__(verbose_name, name, **options)
        self.allow_unicode = allow_unicode

    @property
    def validators(self) -> list[Validator]:
        return [*super().validators, validate_unicode_slug if self.allow_unicode else validate_slug]


@builtin
class GenericIPAddressField(TextValue[S]):
    """An IPv4 or IPv6 address, stored as text in its shortest form.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        protocol: `"both"`, `"IPv4"` or `"IPv6"`.
        unpack_ipv4: write `::ffff:192.0.2.1` as `192.0.2.1`; only with `protocol="both"`.
        null: allow NULL.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("IP address")
    empty_strings_allowed = False
    expected: ClassVar[str] = "an IP address"
    default_max_length: ClassVar[int | None] = 39
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Enter a valid %(protocol)s address.")}
    option_defaults: ClassVar[Mapping[str, Any]] = {
        **TextValue.option_defaults,
        "max_length": 39,
        "protocol": "both",
        "unpack_ipv4": False,
    }

    @overload
    def __init__(
        self: GenericIPAddressField[str],
        verbose_name: str | None = None,
        name: str | None = None,
        protocol: Protocol = "both",
        unpack_ipv4: bool = False,
        *,
        null: Literal[False] = False,
        choices: TextChoicesLike | None = None,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: GenericIPAddressField[str | None],
        verbose_name: str | None = None,
        name: str | None = None,
        protocol: Protocol = "both",
        unpack_ipv4: bool = False,
        *,
        null: Literal[True],
        choices: TextChoicesLike | None = None,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        protocol: str = "both",
        unpack_ipv4: bool = False,
        **options: Any,
    ) -> None:
        if protocol.lower() not in ADDRESS_KINDS:
            raise ValueError(f"The protocol {protocol!r} is unknown; use 'both', 'IPv4' or 'IPv6'.")
        if unpack_ipv4 and protocol.lower() != "both":
            raise ValueError("unpack_ipv4=True only makes sense with protocol='both'.")
        super().__init__(verbose_name, name, **options)
        self.protocol = protocol
        self.unpack_ipv4 = unpack_ipv4

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("char", length=39)

    def to_python(self, value: Any) -> Any:
        if value is None or value == "":
            return None
        text = str(value).strip()
        try:
            address = ipaddress.ip_address(text) if len(text) <= 60 else None
        except ValueError:
            address = None
        kind, label = ADDRESS_KINDS[self.protocol.lower()]
        if not isinstance(address, kind) or "%" in text:
            raise self.error("invalid", value=value, protocol=label)
        if self.unpack_ipv4 and isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return str(address)

    def get_prep_value(self, value: Any) -> Any:
        return self.prepared(value)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(**kwargs), *self._check_blank()]

    def _check_blank(self) -> list[CheckMessage]:
        if self.null or not self.blank:
            return []
        return [
            Error(
                "GenericIPAddressField stores an empty value as NULL, so blank=True needs null=True.",
                obj=self,
                id="manoir.models.E117",
                hint="Add null=True.",
            )
        ]


Protocol: TypeAlias = Literal["both", "IPv4", "IPv6"]
ADDRESS_KINDS: dict[str, tuple[Any, str]] = {
    "both": ((ipaddress.IPv4Address, ipaddress.IPv6Address), "IPv4 or IPv6"),
    "ipv4": (ipaddress.IPv4Address, "IPv4"),
    "ipv6": (ipaddress.IPv6Address, "IPv6"),
}
