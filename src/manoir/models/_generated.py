"""`GeneratedField`: a column that the database computes from the other columns of its row."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Never, overload

from typing_extensions import TypeVar, Unpack

from manoir.apps import AppConfig, apps
from manoir.checks import CheckMessage, Error, Tags, register
from manoir.db import ColumnType, connections
from manoir.exceptions import FieldError
from manoir.i18n import gettext_lazy as _
from manoir.models._conditions import Q
from manoir.models._expressions import as_reference
from manoir.models._fields import NOT_PROVIDED, DatabaseDefault, Field, FieldOptions
from manoir.models._query import Query
from manoir.models._scope import Scope
from manoir.models._shape import Call, Column, ExistsQuery, InQuery, Late, ManyExists, Node, Selected, walk

if TYPE_CHECKING:
    from manoir.models._model import Model

G = TypeVar("G", covariant=True, default=Any)
W = TypeVar("W", contravariant=True, default=Any)
T = TypeVar("T")
V = TypeVar("V")

VIRTUAL_SINCE = 18
"""Version of PostgreSQL that computes generated columns when they are read."""
FORBIDDEN: dict[str, Any] = {"default": NOT_PROVIDED, "db_default": NOT_PROVIDED, "primary_key": False}
"""Options that say where a value comes from, which the expression says already."""


class GeneratedField(Field[G, W]):
    """A column that the database computes from the other columns of its row, whenever one of them changes.

    Args:
        verbose_name: name for people.
        name: name of the attribute; the model gives it.
        expression: what is computed: `F("price") * F("count")`, `Lower("title")`, a `Q`. It refers to columns of its own
            row that are not generated themselves, and answers the same for the same values.
        output_field: a field of the type that the value has.
        db_persist: True keeps the value in the table; False computes it when it is read, which PostgreSQL knows from 18 on.
        null: the value may be NULL.
        **options: the options of every field but `default`, `db_default` and `primary_key`.

    Raises:
        TypeError: `expression` or `output_field` is of another type, or an option is unknown.
        ValueError: `db_persist` is not said, or an option contradicts that the database computes the value.

    Example:
        >>> total = GeneratedField(expression=F("price") * 2, output_field=IntegerField(), db_persist=True)
        >>> total.editable
        False
    """

    description: ClassVar[Any] = _("Value computed by the database")
    generated: ClassVar[bool] = True  # pyright: ignore[reportIncompatibleVariableOverride]

    @overload
    def __init__(
        self: GeneratedField[T, V],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        expression: Any,
        output_field: Field[T, V],
        db_persist: bool,
        null: Literal[False] = False,
        **options: Unpack[FieldOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: GeneratedField[T | None, V | None],
        verbose_name: str | None = None,
        name: str | None = None,
        *,
        expression: Any,
        output_field: Field[T, V],
        db_persist: bool,
        null: Literal[True],
        **options: Unpack[FieldOptions],
    ) -> None: ...
    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        *,
        expression: Any,
        output_field: Any,
        db_persist: bool | None = None,
        **options: Any,
    ) -> None:
        check_arguments(expression, output_field, db_persist, options)
        own: dict[str, Any] = {**options, "editable": False, "blank": True}
        super().__init__(verbose_name, name, **own)
        self.expression = expression if isinstance(expression, Q) else as_reference(expression)
        self.output_field = self._declared_type = output_field
        self.db_persist = bool(db_persist)
        self._follow(output_field)

    if TYPE_CHECKING:

        def __set__(self, instance: Model, value: Never) -> None: ...  # pyright: ignore[reportIncompatibleMethodOverride]

    def _follow(self, output_field: Any) -> None:
        """Read values and lookups as `output_field` does."""
        self.secret = getattr(type(self), "secret", False) or getattr(output_field, "secret", False)
        self.enum = output_field.enum
        self.from_db_value = output_field.from_db_value
        self.empty_strings_allowed = output_field.empty_strings_allowed
        self.expected = output_field.expected  # type: ignore[misc]
        self.max_length = output_field.max_length
        self._choices = output_field._choices

    # -- what it is ------------------------------------------------------------------------------------------------

    @property
    def db_returning(self) -> bool:
        """An INSERT reads the value back."""
        return True

    @property
    def source_of_value(self) -> str:
        """For messages: where the value comes from, instead."""
        return f"the database computes it as {self.expression!r}. Change what it is computed of."

    @property
    def column_type(self) -> ColumnType | None:
        return self.output_field.column_type

    @property
    def value_range(self) -> tuple[int, int] | None:
        return self.output_field.value_range

    def get_internal_type(self) -> str:
        return self.output_field.get_internal_type()

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        shown = self.output_field = copy.copy(self._declared_type)
        super().contribute_to_class(cls, name, private_only)
        shown.model, shown.verbose_name, shown.help_text = cls, self.verbose_name, self.help_text
        shown.null, shown.blank, shown.editable = self.null, True, False
        shown.set_attributes_from_name(name)
        self._follow(shown)

    def formfield(self, **kwargs: Any) -> Any:
        """The form field of `output_field`, for those who filter by the value; no form of the model has it."""
        return self.output_field.formfield(**kwargs)

    def get_default(self) -> Any:
        """A stand-in, until the row is saved."""
        return DatabaseDefault(self)

    # -- values ----------------------------------------------------------------------------------------------------

    def to_python(self, value: Any) -> Any:
        return self.output_field.to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        return self.output_field.get_prep_value(value)

    def get_lookup_value(self, value: Any) -> Any:
        return self.output_field.get_lookup_value(value)

    def value_to_string(self, obj: Model) -> str:
        return self.output_field.value_to_string(obj)

    def get_lookup(self, lookup_name: str) -> Any:
        return self.output_field.get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        return self.output_field.get_transform(lookup_name)

    # -- description -----------------------------------------------------------------------------------------------

    def bound_expression(self, model: Any) -> Node:
        """The expression in the words of the compiler, for the columns of a model.

        Raises:
            FieldError: it names what the model does not have.
        """
        scope = Scope(Query(model), f"the expression of {self.name!r}")
        return scope.junction(self.expression) if isinstance(self.expression, Q) else self.expression.bind(scope)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(**kwargs), *check_generated(self)]

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        for option in ("blank", "editable", "choices", "max_length"):
            kwargs.pop(option, None)
        own = {"expression": self.expression, "output_field": self._declared_type, "db_persist": self.db_persist}
        return name, path, args, {**kwargs, **own}


def check_arguments(expression: Any, output_field: Any, db_persist: Any, options: dict[str, Any]) -> None:
    """Refuse arguments that cannot be meant.

    Raises:
        TypeError, ValueError: as `GeneratedField` says.
    """
    if not (hasattr(expression, "bind") or isinstance(expression, str)):
        raise TypeError(
            f"GeneratedField(expression=…) is computed by the database: give an expression, not {expression!r:.80}."
        )
    if not isinstance(output_field, Field):
        raise TypeError(f"GeneratedField(output_field=…) is a field, such as IntegerField(), not {output_field!r:.80}.")
    if output_field.is_relation or output_field.generated:
        raise TypeError(
            f"GeneratedField(output_field=…) is a field with a value of its own, not a {type(output_field).__name__}."
        )
    if not isinstance(db_persist, bool):
        raise ValueError(
            f"GeneratedField(db_persist={db_persist!r}) is True or False: whether the table keeps the value (PostgreSQL before 18 "
            "always does)."
        )
    for option, unset in FORBIDDEN.items():
        if options.get(option, unset) is not unset:
            raise ValueError(f"A GeneratedField has its value from its expression: leave {option} out.")
    if options.get("editable"):
        raise ValueError("A GeneratedField cannot be edited: leave editable out.")
    if options.get("blank", True) is not True:
        raise ValueError("A GeneratedField is blank in every form: leave blank out.")


def check_generated(field: GeneratedField[Any, Any]) -> Iterator[CheckMessage]:
    """What the expression may refer to."""
    try:
        node = field.bound_expression(field.model)
    except (FieldError, TypeError, ValueError) as error:
        yield Error(f"The expression cannot be computed: {error}", obj=field, id="manoir.models.E119")
        return
    for complaint in dict.fromkeys(complaints(node)):
        yield Error(f"The expression {complaint}.", obj=field, id="manoir.models.E120",
                    hint="Refer to plain columns of the same row, and compute what is always the same for them.")  # fmt: skip


def complaints(node: Node) -> Iterator[str]:
    """What of a node has no place in the definition of a column."""
    if node.aggregate:
        yield "is computed over several rows"
    for found in walk(node):
        if isinstance(found, Column):
            if found.hops:
                yield f"refers to another table ({'__'.join([hop.name for hop, _group in found.hops])})"
            elif found.field.generated:
                yield f"refers to {found.field.name!r}, which is generated itself"
        elif isinstance(found, (Selected, ExistsQuery, InQuery, ManyExists)):
            yield "holds a subquery"
        elif isinstance(found, Late):
            yield "depends on the current time zone (give tzinfo)"
        elif isinstance(found, Call) and found.name in ("now", "random", "uuid4", "uuid7"):
            yield f"is not always the same for the same row ({found.name})"


@register(Tags.database)
async def check_virtual_columns(
    app_configs: Iterable[AppConfig] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Values that are computed when they are read, on a PostgreSQL that does not know them."""
    models = apps.get_models() if app_configs is None else [m for config in app_configs for m in config.get_models()]
    virtual = [
        field for model in models for field in model._meta.local_fields if field.generated and not field.db_persist
    ]
    found: list[CheckMessage] = []
    for alias in databases or () if virtual else ():
        if connections[alias].vendor != "postgresql":
            continue
        row: Any = await connections[alias].fetch_row("SHOW server_version_num")
        if int(row[0]) < VIRTUAL_SINCE * 10_000:
            found += [
                Error(f"The database {alias!r} is PostgreSQL {int(row[0]) // 10_000}, which computes no values when they are read.",
                      obj=field, id="manoir.models.E121", hint="Declare db_persist=True.")
                for field in virtual
            ]  # fmt: skip
    return found


__all__ = ["GeneratedField"]
