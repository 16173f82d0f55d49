"""`Index`: an index of a model's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from manoir.models._conditions import Q
from manoir.models._expressions import F
from manoir.models._fields._support import public_path
from manoir.models._identifiers import generated_name

if TYPE_CHECKING:
    from manoir.models._model import Model

MAX_NAME_LENGTH = 30
"""Documented, so that names fit every database."""


class Index:
    """An index, listed in `Meta.indexes`.

    Args:
        *expressions: expressions (`Lower("title").desc()`) to index; instead of `fields`.
        fields: names of fields, with `-` before a name for descending order.
        name: its name, at most 30 characters; None makes one. `%(app_label)s` and `%(class)s` are filled in.
        db_tablespace: tablespace of the index.
        opclasses: PostgreSQL operator classes, one for each field.
        condition: a Q that limits the index to some rows.
        include: names of fields whose values the index carries along.

    Raises:
        ValueError: arguments contradict each other.

    Example:
        >>> Index(fields=["title", "-published"], name="title_published_idx")
        <Index: fields=['title', '-published'] name='title_published_idx'>
    """

    suffix: str = "idx"
    name: str

    def __init__(
        self,
        *expressions: Any,
        fields: Sequence[str] = (),
        name: str | None = None,
        db_tablespace: str | None = None,
        opclasses: Sequence[str] = (),
        condition: Q | None = None,
        include: Sequence[str] | None = None,
    ) -> None:
        refuse_contradictions(type(self).__name__, expressions, fields, condition, include)
        if name is None and (expressions or opclasses or condition is not None or include):
            raise ValueError("An index of expressions, or with opclasses, condition or include, needs a name.")
        if opclasses and len(opclasses) != len(fields):
            raise ValueError(f"There are {len(opclasses)} opclasses for {len(fields)} fields; give one for each.")
        if not expressions and not fields:
            raise ValueError("An index needs a field or an expression.")
        self.fields = list(fields)
        self.fields_orders = [(field.lstrip("-"), "DESC" if field.startswith("-") else "") for field in fields]
        self.expressions = tuple(
            F(expression) if isinstance(expression, str) else expression for expression in expressions
        )
        self.name = name or ""
        if name and len(name) > MAX_NAME_LENGTH and "%" not in name:
            raise ValueError(f"The index name {name!r} has {len(name)} characters; {MAX_NAME_LENGTH} are the most.")
        self.db_tablespace = db_tablespace
        self.opclasses = tuple(opclasses)
        self.condition = condition
        self.include = tuple(include or ())

    @property
    def contains_expressions(self) -> bool:
        """Whether it indexes expressions."""
        return bool(self.expressions)

    def set_name_with_model(self, model: type[Model]) -> None:
        """Name the index after table and columns, at most 30 characters."""
        columns = [f"{model._meta.get_field(field).column}{order}" for field, order in self.fields_orders]
        self.name = generated_name(model._meta.db_table, columns, self.suffix, MAX_NAME_LENGTH)

    def clone_for(self, app_label: str, model_name: str) -> Self:
        """A copy for one model, the placeholders of its name filled in."""
        twin = self.clone()
        twin.name = filled_name(self.name, app_label, model_name)
        return twin

    def clone(self) -> Self:
        """A copy."""
        _path, args, kwargs = self.deconstruct()
        return type(self)(*args, **kwargs)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Everything needed to make this index again: import path, positional and keyword arguments."""
        kwargs: dict[str, Any] = {"name": self.name} if self.name else {}
        for option in ("fields", "db_tablespace", "opclasses", "condition", "include"):
            value = getattr(self, option)
            if value is not None and len(value if isinstance(value, (list, tuple, str)) else "x"):
                kwargs[option] = value
        return public_path(type(self)), self.expressions, kwargs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Index) and type(self) is type(other) and identity(self) == identity(other)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return described(self)


def refuse_contradictions(
    kind: str, expressions: Sequence[Any], fields: Sequence[str], condition: Any, include: Any
) -> None:
    """Raise for arguments that indexes and unique constraints refuse alike."""
    if expressions and fields:
        raise ValueError(f"{kind}: fields and expressions exclude each other; write a field as F('name').")
    if isinstance(fields, str) or not all(isinstance(field, str) for field in fields):
        raise ValueError(f"{kind}: fields is a list of names, not {fields!r}.")
    if condition is not None and not isinstance(condition, Q):
        raise ValueError(f"{kind}: condition is a Q, not {condition!r}.")
    if isinstance(include, str):
        raise ValueError(f"{kind}: include is a list of names, not {include!r}.")


def filled_name(name: str, app_label: str, model_name: str) -> str:
    """`name` with `%(app_label)s` and `%(class)s` filled in."""
    return name % {"app_label": app_label.lower(), "class": model_name} if "%" in name else name


def identity(definition: Any) -> Any:
    """What makes two indexes or constraints equal: their arguments, expressions compared by their parts."""
    path, args, kwargs = definition.deconstruct()
    return path, tuple(map(comparable, args)), {name: comparable(value) for name, value in kwargs.items()}


def comparable(value: Any) -> Any:
    """A value that `==` compares; expressions would make a condition of it."""
    if hasattr(value, "identity"):
        return value.identity()
    return tuple(value) if isinstance(value, list) else value


def described(definition: Any) -> str:
    """`<Index: fields=… name=…>`."""
    _path, args, kwargs = definition.deconstruct()
    kwargs = {**{key: value for key, value in kwargs.items() if key != "name"}, "name": definition.name}
    parts = [*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())]
    return f"<{type(definition).__name__}: {' '.join(parts)}>"
