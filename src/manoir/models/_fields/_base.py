"""`Field`: what all fields have in common, and the documented API for fields of your own."""

from __future__ import annotations

import copy
import enum
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, cast, overload

from typing_extensions import TypeVar, Unpack

from manoir.checks import CheckMessage
from manoir.db import ColumnType
from manoir.exceptions import FieldTypeError, ImproperlyConfigured, ValidationError
from manoir.i18n import gettext_lazy as _
from manoir.models._choices import ChoicePair, flattened_choices, normalized_choices
from manoir.models._fields._checks import check_field
from manoir.models._fields._lookup_registry import LookupRegistry
from manoir.models._fields._options import NOT_PROVIDED, OPTION_DEFAULTS, DatabaseDefault, FieldOptions
from manoir.models._fields._support import (
    display_method,
    enum_reader,
    field_of_model,
    is_plain_callable,
    merged_messages,
    next_counter,
    plain_value,
    pointing,
    public_path,
    rebuilt_field,
    refuse_unknown_options,
    same_option,
    shown,
)
from manoir.models._identifiers import Identifier

if TYPE_CHECKING:
    from manoir.models._expressions import Expr
    from manoir.models._model import Model

G = TypeVar("G", covariant=True, default=Any)
"""What reading the attribute gives."""
W = TypeVar("W", contravariant=True, default=Any)
"""What may be assigned to the attribute or compared with it."""

Validator = Callable[[Any], object]

EMPTY_VALUES: tuple[Any, ...] = (None, "", [], (), {})
BLANK_CHOICE: list[ChoicePair] = [("", "---------")]


class FormFieldBuilder:
    """Holds the function that `manoir.forms` registers to build a form field for a model field."""

    build: ClassVar[Callable[..., Any] | None] = None


def register_formfield_builder(builder: Callable[..., Any]) -> Callable[..., Any]:
    """Register `builder(field, **kwargs) -> form field or None`, which `Field.formfield()` calls.

    The room of forms stands above models, so it puts itself in here; usable as a decorator.
    """
    FormFieldBuilder.build = staticmethod(builder)
    return builder


class Field(LookupRegistry, Generic[G, W]):
    """A column of a model's table: its Python type, its options, its validation. Subclass it for your own.

    Args:
        verbose_name: name for people; None makes one from the attribute's name.
        name: name of the attribute; the model gives it.
        null: the column may hold NULL.
        choices: the allowed values: pairs of value and label, groups, a mapping, an Enum class or a callable.
        max_length: longest text, in characters; None where it does not matter.
        **options: `blank` (validation allows empty), `default` (a value or a callable), `db_default` (a value or an
            expression that the database computes), `unique`, `db_index`, `primary_key`, `editable`, `help_text`,
            `validators`, `error_messages`, `db_column`, `db_comment`, `db_tablespace`, `unique_for_date`,
            `unique_for_month`, `unique_for_year`, `serialize`, `auto_created`.

    Raises:
        TypeError: an option is unknown; the message names the nearest.

    Example:
        >>> class UpperField(Field[str, str]):
        ...     def get_internal_type(self) -> str:
        ...         return "CharField"
        ...
        ...     def to_python(self, value: object) -> str:
        ...         return str(value).upper()
        >>> UpperField(max_length=3).to_python("ab")
        'AB'
    """

    description: ClassVar[Any] = _("Field")
    empty_strings_allowed: bool = True
    empty_values: Sequence[Any] = EMPTY_VALUES
    default_max_length: ClassVar[int | None] = None
    expected: ClassVar[str] = "a fitting value"
    """Words for error messages: what a lookup or an assignment should have given."""

    default_validators: Sequence[Validator] = ()
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_choice": _("Value %(value)r is not a valid choice."),
        "null": _("This field cannot be null."),
        "blank": _("This field cannot be blank."),
        "unique": _("%(model_name)s with this %(field_label)s already exists."),
        "unique_for_date": _("%(field_label)s must be unique for %(date_field_label)s %(lookup_type)s."),
    }
    option_defaults: ClassVar[Mapping[str, Any]] = OPTION_DEFAULTS

    from_db_value: Callable[[Any, Any, Any], Any] | None = None
    """Documented hook: a method `(value, expression, connection)` of subclasses; None costs the reader nothing."""
    descriptor: ClassVar[type[Any] | None] = None
    """Makes the object that stands in the model class; None keeps the value in the instance's `__dict__` alone."""

    is_relation: ClassVar[bool] = False
    many_to_one: ClassVar[bool] = False
    one_to_one: ClassVar[bool] = False
    many_to_many: ClassVar[bool] = False
    one_to_many: ClassVar[bool] = False
    concrete: bool = True
    hidden: ClassVar[bool] = False
    generated: ClassVar[bool] = False

    model: type[Model]
    name: str
    attname: str
    column: Identifier | None
    verbose_name: Any
    remote_field: Any = None
    related_model: Any = None

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        *,
        null: bool = False,
        choices: Any = None,
        max_length: int | None = None,
        **options: Unpack[FieldOptions],
    ) -> None:
        refuse_unknown_options(type(self), options)
        self.name = cast(str, name)
        self.verbose_name = self._verbose_name = verbose_name
        self.null = null
        self.max_length = self.default_max_length if max_length is None else max_length
        self._choices = choices
        self.enum: type[enum.Enum] | None = (
            cast("type[enum.Enum]", choices) if isinstance(choices, enum.EnumType) else None
        )
        self.primary_key = options.get("primary_key", False)
        self.blank = options.get("blank", False)
        self.db_index = options.get("db_index", False)
        self._unique = options.get("unique", False)
        self.default: Any = options.get("default", NOT_PROVIDED)
        self.db_default: Any = options.get("db_default", NOT_PROVIDED)
        self.editable = options.get("editable", True)
        self.serialize = options.get("serialize", True)
        self.help_text = options.get("help_text", "")
        self.db_column = options.get("db_column")
        self.db_comment = options.get("db_comment")
        self.db_tablespace = options.get("db_tablespace")
        self.auto_created = options.get("auto_created", False)
        self.unique_for_date = options.get("unique_for_date")
        self.unique_for_month = options.get("unique_for_month")
        self.unique_for_year = options.get("unique_for_year")
        self._validators: list[Validator] = list(options.get("validators", ()))
        self._error_messages = options.get("error_messages")
        self.error_messages: dict[str, Any] = merged_messages(type(self), self._error_messages)
        self.creation_counter = next_counter(self.auto_created)
        if self.enum is not None and type(self).from_db_value is None:
            self.from_db_value = enum_reader(self.enum)

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[Model]) -> Expr[G, W]: ...
        @overload
        def __get__(self, instance: Model, owner: type[Model]) -> G: ...
        def __get__(self, instance: Model | None, owner: type[Model]) -> Any: ...
        def __set__(self, instance: Model, value: W) -> None: ...

    # -- what it is ----------------------------------------------------------------------------------------------

    @property
    def unique(self) -> bool:
        """Whether the database lets each value stand once."""
        return self._unique or self.primary_key

    @property
    def choices(self) -> list[ChoicePair] | None:
        """Pairs of value and label (a callable is called anew); None when any value is allowed."""
        return None if self._choices is None else normalized_choices(self._choices)

    @choices.setter
    def choices(self, choices: Any) -> None:
        self._choices = choices

    @property
    def flatchoices(self) -> list[ChoicePair]:
        """`choices` with its groups opened; empty without choices."""
        return flattened_choices(self.choices or [])

    @property
    def validators(self) -> list[Validator]:
        """Validators of the class, then those of the option."""
        return [*self.default_validators, *self._validators]

    @property
    def has_db_default(self) -> bool:
        """Whether the database computes the value of a new row."""
        return self.db_default is not NOT_PROVIDED

    @property
    def db_returning(self) -> bool:
        """Whether an INSERT should read the value back."""
        return self.has_db_default

    @property
    def column_type(self) -> ColumnType | None:
        """The column's type for every database; None when the field has no column.

        A field of your own that names a built-in one in `get_internal_type()` gets that one's column.
        """
        stand_in = self._stand_in()
        return None if stand_in is None else stand_in.column_type

    @property
    def value_range(self) -> tuple[int, int] | None:
        """Smallest and largest integer that the column can hold; None for everything else."""
        stand_in = self._stand_in()
        return None if stand_in is None else stand_in.value_range

    def _stand_in(self) -> Field[Any, Any] | None:
        """A built-in field with this one's options, for a field of a project's own that names one."""
        base = internal_types.get(self.get_internal_type())
        if base is None or isinstance(self, base):
            return None
        stand_in = base.__new__(base)
        vars(stand_in).update(base.option_defaults)
        vars(stand_in).update(vars(self))
        return stand_in

    def get_internal_type(self) -> str:
        """Name of the built-in field whose column this one uses."""
        return type(self).__name__

    def db_type(self, connection: Any) -> str | None:
        """Column type in the DDL of `connection`; None when the field has no column."""
        column_type = self.column_type
        return None if column_type is None else connection.sql_type(column_type)

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        """Documented: the column type as a mapping with `type`."""
        return {"type": self.db_type(connection), "check": None}

    def rel_db_type(self, connection: Any) -> str | None:
        """Type of a column that points to this one."""
        column_type = self.column_type
        return None if column_type is None else connection.sql_type(pointing(column_type))

    # -- joining a model -----------------------------------------------------------------------------------------

    def set_attributes_from_name(self, name: str) -> None:
        """Derive `name`, `attname`, `column` and `verbose_name` from the attribute's name."""
        # Interned: CPython's fast attribute reads compare key objects by identity, so `f"{name}_id"` would cost thrice.
        self.name = sys.intern(self.name or name)
        self.attname = sys.intern(self.get_attname())
        self.column = self.get_column()
        self.concrete = self.column is not None
        if self.verbose_name is None:
            self.verbose_name = self.name.replace("_", " ")

    def get_attname(self) -> str:
        """Name of the attribute that holds the column's value."""
        return self.name

    def get_column(self) -> Identifier | None:
        """Name of the column; None without one."""
        return Identifier(self.db_column, existing=True) if self.db_column else Identifier(self.attname)

    def get_attname_column(self) -> tuple[str, Identifier | None]:
        """Both names at once."""
        return self.get_attname(), self.get_column()

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        """Become the field `name` of the model `cls`; the metaclass calls it."""
        self.set_attributes_from_name(name)
        self.model = cls
        cls._meta.add_field(self)
        if self.descriptor is not None:
            setattr(cls, self.attname, self.descriptor(self))
        display = f"get_{self.name}_display"
        if self._choices is not None and not any(display in vars(base) for base in cls.__mro__ if base is not object):
            setattr(cls, display, display_method(self, display))

    # -- values --------------------------------------------------------------------------------------------------

    def has_default(self) -> bool:
        """Whether Python knows a default."""
        return self.default is not NOT_PROVIDED

    @property
    def has_factory(self) -> bool:
        """Whether the default is called anew for each instance."""
        return self.has_default() and callable(self.default) and not isinstance(self.default, enum.Enum)

    def get_default(self) -> Any:
        """Value of the field on a new instance."""
        if self.default is not NOT_PROVIDED:
            return self.default() if self.has_factory else self.default
        if self.has_db_default:
            return DatabaseDefault(self)
        return "" if self.empty_strings_allowed and not self.null else None

    def to_python(self, value: Any) -> Any:
        """Turn any documented form of the value into the field's Python type.

        Raises:
            ValidationError: the value cannot be one of this field.
        """
        return value

    def get_prep_value(self, value: Any) -> Any:
        """Turn a Python value into the canonical value that databases are given.

        Raises:
            FieldTypeError: the value can never stand in this column.
        """
        return plain_value(value)

    def get_lookup_value(self, value: Any) -> Any:
        """Turn a Python value into what conditions compare with: canonical, but never rounded to fit the column."""
        return self.get_prep_value(value)

    def prepared(self, value: Any) -> Any:
        """`to_python` for values on their way to the database: errors name the field and what it expects."""
        value = plain_value(value)
        if value is None:
            return None
        try:
            return self.to_python(value)
        except ValidationError as error:
            raise self.wrong_type(value) from error

    def wrong_type(self, value: Any) -> FieldTypeError:
        """The error for a value that can never stand in this column."""
        return FieldTypeError(f"{self} expects {self.expected}, not {shown(value)} ({type(value).__name__}).")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Documented hook: the value for one database; by default what `get_prep_value` answers."""
        return value if prepared else self.get_prep_value(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Documented hook: the value to write."""
        return self.get_db_prep_value(value, connection=connection, prepared=False)

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        """Value to write for `model_instance`; may change the instance (`auto_now`)."""
        return getattr(model_instance, self.attname)

    async def apre_save(self, instance: Any, add: bool) -> None:
        """Hook for fields that have to wait before a row is written, as files do; nobody calls it unless overridden.

        Args:
            instance: the row.
            add: the row is new.
        """

    def value_from_object(self, obj: Model) -> Any:
        """The instance's value of this field."""
        return getattr(obj, self.attname)

    def value_to_string(self, obj: Model) -> str:
        """The instance's value as text, for serializers."""
        return str(plain_value(self.value_from_object(obj)))

    def save_form_data(self, instance: Model, data: Any) -> None:
        """Take a value that a form has cleaned."""
        setattr(instance, self.name, data)

    # -- validation ----------------------------------------------------------------------------------------------

    def clean(self, value: Any, model_instance: Model | None) -> Any:
        """Convert and validate a value.

        Raises:
            ValidationError: the value is not acceptable; the error's `code` says why.
        """
        value = self.to_python(plain_value(value))
        self.validate(value, model_instance)
        self.run_validators(value)
        return self.as_member(value)

    def as_member(self, value: Any) -> Any:
        """The member of the Enum given as `choices`, or the value itself."""
        if self.enum is None or value in self.empty_values:
            return value
        try:
            return self.enum(value)
        except ValueError:
            return value

    def validate(self, value: Any, model_instance: Model | None) -> None:
        """Refuse a value that is no choice, null or blank against the options; fields that nobody edits are trusted.

        Raises:
            ValidationError: with the code `invalid_choice`, `null` or `blank`.
        """
        if not self.editable:
            return
        if self._choices is not None and value not in self.empty_values:
            if any(value == choice for choice, _label in self.flatchoices):
                return
            raise self.error("invalid_choice", value=value)
        if value is None and not self.null:
            raise self.error("null")
        if not self.blank and value in self.empty_values:
            raise self.error("blank")

    def run_validators(self, value: Any) -> None:
        """Call every validator with a value that is not empty.

        Raises:
            ValidationError: all complaints of the validators together.
        """
        if value in self.empty_values:
            return
        errors: list[ValidationError] = []
        for validator in self.validators:
            try:
                validator(value)
            except ValidationError as error:
                if error.error_code in self.error_messages and hasattr(error, "message"):
                    error.message = self.error_messages[error.error_code]
                errors.extend(error.error_list)
        if errors:
            raise ValidationError(errors)

    def error(self, code: str, **params: Any) -> ValidationError:
        """The ValidationError of this field for one of its `error_messages`."""
        return ValidationError(self.error_messages[code], code=code, params=params)

    # -- forms ---------------------------------------------------------------------------------------------------

    def get_choices(
        self, include_blank: bool = True, blank_choice: list[ChoicePair] = BLANK_CHOICE
    ) -> list[ChoicePair]:
        """The choices as a form shows them, with an empty one first where that is allowed and none is there."""
        choices = self.choices or []
        has_blank = any(value in ("", None) for value, _label in flattened_choices(choices))
        return [*blank_choice, *choices] if include_blank and not has_blank else choices

    def formfield(self, **kwargs: Any) -> Any:
        """The form field for this field; None when forms do not show it.

        Raises:
            ImproperlyConfigured: `manoir.forms` is not loaded.
        """
        if FormFieldBuilder.build is None:
            raise ImproperlyConfigured(f"{self} has no form field yet: import manoir.forms first.")
        return FormFieldBuilder.build(self, **kwargs)

    # -- checks, description, copies -----------------------------------------------------------------------------

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """System checks of this field."""
        return check_field(self)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Everything needed to make this field again: name, import path, positional and keyword arguments."""
        kwargs = {
            option: value
            for option, default in self.option_defaults.items()
            if not same_option(value := self.option_value(option), default)
        }
        return self.name, public_path(type(self)), [], kwargs

    def option_value(self, option: str) -> Any:
        """The option as it was given."""
        if option == "choices":
            return self._choices if self._choices is None or is_plain_callable(self._choices) else self.choices
        private = f"_{option}"
        value = self.__dict__[private] if private in self.__dict__ else getattr(self, option)
        return plain_value(value) if option == "default" and self.enum is not None else value

    def clone(self) -> Self:
        """An equal field that belongs to no model."""
        _name, _path, args, kwargs = self.deconstruct()
        return type(self)(*args, **kwargs)

    def __copy__(self) -> Self:
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Options are shared, as nobody changes them; only the link to the other side belongs to one field.
        twin = copy.copy(self)
        if self.remote_field is not None:
            twin.remote_field = copy.copy(self.remote_field)
            if twin.remote_field.field is self:
                twin.remote_field.field = twin
        memo[id(self)] = twin
        return twin

    def __reduce__(self) -> Any:
        if not hasattr(self, "model"):
            return rebuilt_field, (type(self), self.__dict__.copy())
        options = self.model._meta
        return field_of_model, (options.app_label, options.object_name, self.name)

    def _order(self) -> tuple[int, str]:
        return self.creation_counter, self.model._meta.label if hasattr(self, "model") else ""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Field):
            return self.creation_counter == other.creation_counter and getattr(self, "model", None) is getattr(
                other, "model", None
            )
        return NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._order() < cast("Field", other)._order() if isinstance(other, Field) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._order() <= cast("Field", other)._order() if isinstance(other, Field) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._order() > cast("Field", other)._order() if isinstance(other, Field) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._order() >= cast("Field", other)._order() if isinstance(other, Field) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.creation_counter)

    def __str__(self) -> str:
        """`app_label.Model.field`; the bare class before the field belongs to a model."""
        return f"{self.model._meta.label}.{self.name}" if hasattr(self, "model") else type(self).__name__

    def __repr__(self) -> str:
        name = f": {self.name}" if self.name else ""
        return f"<{public_path(type(self))}{name}>"


internal_types: dict[str, type[Field[Any, Any]]] = {}
"""Built-in field classes by the name that `get_internal_type()` gives; filled by `builtin`."""

F = TypeVar("F", bound="type[Field[Any, Any]]")


def builtin(field_class: F) -> F:
    """Class decorator: fields of users may name this class in `get_internal_type()`."""
    internal_types[field_class.__name__] = field_class
    return field_class
