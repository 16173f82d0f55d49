"""Fields whose canonical value is a UUID, a JSON document or bytes."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast, overload

import msgspec
from typing_extensions import Buffer, TypeVar, Unpack

from manoir.checks import CheckMessage, Error
from manoir.db import ColumnType
from manoir.i18n import gettext_lazy as _
from manoir.models._fields._base import Field, Validator, builtin
from manoir.models._fields._options import OPTION_DEFAULTS, ChoiceOptions, FieldOptions
from manoir.validators import MaxLengthValidator, check_json

if TYPE_CHECKING:
    from manoir.models._model import Model

U = TypeVar("U", default=uuid.UUID)
J = TypeVar("J", default=Any)
S = TypeVar("S")
Bytes = TypeVar("Bytes", default=bytes)


@builtin
class UUIDField(Field[U, U | uuid.UUID | str]):
    """A universally unique identifier; `default=uuid.uuid4` makes one for each new instance.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        null: allow NULL.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("Universally unique identifier")
    empty_strings_allowed = False
    expected: ClassVar[str] = "a UUID"
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("“%(value)s” is not a valid UUID.")}

    @overload
    def __init__(
        self: UUIDField[uuid.UUID],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        null: Literal[False] = False,
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: UUIDField[uuid.UUID | None],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        null: Literal[True],
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    def __init__(self, verbose_name: Any = None, name: str | None = None, **options: Any) -> None:
        super().__init__(verbose_name, name, **options)

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("uuid")

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, uuid.UUID):
            return value
        try:
            if isinstance(value, int) and not isinstance(value, bool):
                return uuid.UUID(int=value)
            if isinstance(value, str) and len(value) <= 60:
                return uuid.UUID(value)
        except ValueError:
            pass
        raise self.error("invalid", value=str(value)[:60])

    def get_prep_value(self, value: Any) -> Any:
        return value if type(value) is uuid.UUID or value is None else self.prepared(value)


@builtin
class JSONField(Field[J, J]):
    """A JSON document: whatever `json` can write, or a typed value.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        encoder: a `json.JSONEncoder` class for values that JSON does not know.
        decoder: a `json.JSONDecoder` class.
        schema: a type that msgspec knows (Struct, dataclass, TypedDict, `list[int]` …): values are validated
            against it when they are written, and are of it when they are read.
        null: allow SQL NULL.
        **options: the options of every field.

    Example:
        >>> import dataclasses
        >>> @dataclasses.dataclass
        ... class Size:
        ...     width: int
        >>> JSONField(schema=Size).to_python({"width": 3})
        Size(width=3)
    """

    description: ClassVar[Any] = _("A JSON object")
    empty_strings_allowed = False
    expected: ClassVar[str] = "a value that JSON can hold"
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Value must be valid JSON."),
        "schema": _("The value does not fit: %(reason)s."),
    }
    option_defaults: ClassVar[Mapping[str, Any]] = {**OPTION_DEFAULTS, "encoder": None, "decoder": None, "schema": None}

    @overload
    def __init__(
        self: JSONField[S],
        verbose_name: str | None = None,
        name: str | None = None,
        encoder: type[json.JSONEncoder] | None = None,
        decoder: type[json.JSONDecoder] | None = None,
        *,
        schema: type[S],
        null: Literal[False] = False,
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: JSONField[S | None],
        verbose_name: str | None = None,
        name: str | None = None,
        encoder: type[json.JSONEncoder] | None = None,
        decoder: type[json.JSONDecoder] | None = None,
        *,
        schema: type[S],
        null: Literal[True],
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: JSONField[Any],
        verbose_name: str | None = None,
        name: str | None = None,
        encoder: type[json.JSONEncoder] | None = None,
        decoder: type[json.JSONDecoder] | None = None,
        *,
        null: bool = False,
        **options: Unpack[ChoiceOptions],
    ) -> None: ...
    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        encoder: Any = None,
        decoder: Any = None,
        *,
        schema: Any = None,
        **options: Any,
    ) -> None:
        for option, value in (("encoder", encoder), ("decoder", decoder)):
            if value is not None and not callable(value):
                raise ValueError(f"{option}={value!r} must be a class or another callable.")
        super().__init__(verbose_name, name, **options)
        self.encoder = encoder
        self.decoder = decoder
        self.schema = schema
        if schema is not None:
            self.from_db_value = schema_reader(schema)
        elif decoder is not None:
            self.from_db_value = decoding_reader(decoder)

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("json")

    def to_python(self, value: Any) -> Any:
        if self.schema is None or value is None:
            return value
        try:
            return msgspec.convert(msgspec.to_builtins(value), self.schema)
        except (msgspec.ValidationError, TypeError) as error:
            raise self.error("schema", reason=str(error)) from error

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        if self.schema is not None:
            return msgspec.to_builtins(self.prepared(value))
        if hasattr(value, "bind"):
            return value
        return json.loads(self.dumped(value)) if self.encoder is not None else value

    def get_lookup_value(self, value: Any) -> Any:
        # A condition may name a part of the document, which need not fit the schema.
        return json.loads(self.dumped(value)) if self.encoder is not None else msgspec.to_builtins(value)

    def dumped(self, value: Any) -> str:
        """The value as JSON text, by the field's encoder."""
        return json.dumps(value, cls=self.encoder)

    def validate(self, value: Any, model_instance: Model | None) -> None:
        super().validate(value, model_instance)
        try:
            check_json(msgspec.to_builtins(value) if self.schema is not None else value, self.encoder)
        except (TypeError, ValueError, RecursionError) as error:
            raise self.error("invalid") from error

    def value_to_string(self, obj: Model) -> Any:
        return self.get_prep_value(self.value_from_object(obj))

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(**kwargs), *self._check_default()]

    def _check_default(self) -> list[CheckMessage]:
        if not isinstance(self.default, (list, dict, set)):
            return []
        return [
            Error(
                "The default is one object that all instances would share.",
                obj=self,
                id="manoir.models.E118",
                hint=f"Use a callable: default={type(self.default).__name__}.",
            )
        ]


def schema_reader(schema: Any) -> Callable[[Any, Any, Any], Any]:
    """A `from_db_value` that answers values of `schema`."""

    def read(value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else msgspec.convert(value, schema)

    return read


def decoding_reader(decoder: Any) -> Callable[[Any, Any, Any], Any]:
    """A `from_db_value` that runs a `json.JSONDecoder` class over the document."""

    def read(value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(json.dumps(value), cls=decoder)

    return read


@builtin
class BinaryField(Field[Bytes, Bytes | bytes | bytearray | memoryview]):
    """Raw bytes; not editable unless told. Files belong into a storage.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        max_length: most bytes.
        null: allow NULL.
        **options: the options of every field.
    """

    description: ClassVar[Any] = _("Raw binary data")
    expected: ClassVar[str] = "bytes"
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("The value must be bytes, or base64 text.")}
    empty_values: Sequence[Any] = (None, b"")
    option_defaults: ClassVar[Mapping[str, Any]] = {**OPTION_DEFAULTS, "editable": False}

    @overload
    def __init__(
        self: BinaryField[bytes],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        null: Literal[False] = False,
        max_length: int | None = None,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: BinaryField[bytes | None],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        null: Literal[True],
        max_length: int | None = None,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    def __init__(self, verbose_name: Any = None, name: str | None = None, **options: Any) -> None:
        options.setdefault("editable", False)
        super().__init__(verbose_name, name, **options)

    @property
    def column_type(self) -> ColumnType | None:
        return ColumnType("binary", length=self.max_length)

    @property
    def validators(self) -> list[Validator]:
        limit = [] if self.max_length is None else [MaxLengthValidator(self.max_length)]
        return [*super().validators, *limit]

    def get_default(self) -> Any:
        default = super().get_default()
        return b"" if default == "" else default

    def to_python(self, value: Any) -> Any:
        if value is None or type(value) is bytes:
            return value
        if isinstance(value, (bytearray, memoryview)):
            return bytes(cast("Buffer", value))
        if isinstance(value, str):
            try:
                return base64.b64decode(value.encode("ascii"), validate=True)
            except ValueError as error:
                raise self.error("invalid") from error
        raise self.error("invalid")

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, str):
            raise self.wrong_type(value)  # text is base64 only where it comes from a serializer
        return self.prepared(value)

    def value_to_string(self, obj: Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else base64.b64encode(bytes(value)).decode("ascii")
