"""`RawQuerySet`: instances of a model out of SQL that a project wrote itself."""

from __future__ import annotations

import keyword
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, Self, overload

from typing_extensions import TypeVar

from manoir.bridge import blocking, can_wait, iterate, wait
from manoir.db import connections, router
from manoir.exceptions import (
    FieldDoesNotExist,
    FieldError,
    ProgrammingError,
    SynchronousOnlyOperation,
    nearest,
)
from manoir.models import _hooks
from manoir.models._fields import Field, plain_value
from manoir.models._hydrate import NAME, model_hydrator
from manoir.models._outputs import BY_PYTHON_TYPE
from manoir.models._plan import Plan, plans_of
from manoir.models._query import Query
from manoir.models._shape import Column, Literal, Node
from manoir.models._state import is_reserved

M = TypeVar("M", bound=Any, default=Any)

ANYTHING: Any = Field()
"""Type of a value that is given as the driver gave it."""

Hydrate = Callable[[list[Any], str], list[Any]]
Params = Sequence[Any] | Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns are; see `_compiler.Layout`, which cannot be had without SQLAlchemy."""

    nodes: tuple[Node, ...]
    fields: tuple[Any, ...]
    annotations: tuple[str, ...]
    related: tuple[Any, ...] = ()


class RawQuerySet(Generic[M]):
    """Instances out of a SELECT of one's own: lazy, read once, in both colours.

    Columns become fields by their names, in any order; fields whose column is not read are deferred, and further columns
    become attributes.

    Args:
        raw_query: the SELECT; values stand in it as `%s` or `%(name)s`, never by formatting text.
        model: the model; its primary key has to be among the columns.
        params: the values: a list for `%s`, a mapping for `%(name)s`.
        translations: names of fields by names of columns, where these differ.
        using: alias of a database; None lets the router choose.
        hints: passed to the database router.

    Raises:
        FieldDoesNotExist: when it is read: the primary key is not among the columns.
        FieldError: when it is read: a translation names no field, or a column has a name that no attribute can have.
        ProgrammingError: when it is read: the statement is wrong, or its placeholders and `params` do not fit.
    """

    def __init__(
        self,
        raw_query: str,
        model: type[M],
        params: Params = (),
        translations: Mapping[str, str] | None = None,
        using: str | None = None,
        hints: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(raw_query, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"raw() takes SQL as text, not {raw_query!r:.80}.")
        self.raw_query = raw_query
        self.model = model
        self.params = params
        self.translations: dict[str, str] = dict(translations or {})
        self._db = using
        self._hints = dict(hints or {})
        self._prefetch: tuple[Any, ...] = ()
        self._result: list[M] | None = None
        self._columns: list[str] = []

    # -- copies -----------------------------------------------------------------------------------------------------

    def _clone(self) -> Self:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, _result=None)
        return made

    def using(self, alias: str | None) -> Self:
        """Read from the database `alias`; None lets the router choose again."""
        made = self._clone()
        made._db = alias
        return made

    def prefetch_related(self, *lookups: Any) -> Self:
        """Read related rows in one further query for each relation; `None` takes back."""
        made = self._clone()
        made._prefetch = () if lookups == (None,) else (*self._prefetch, *lookups)
        return made

    @property
    def db(self) -> str:
        """Alias of the database that is read."""
        return self._db or router.db_for_read(self.model, **self._hints)

    # -- evaluation -------------------------------------------------------------------------------------------------

    async def _afetch(self) -> list[M]:
        """The rows, read at the first call."""
        if self._result is None:
            alias = self.db
            connection = connections[alias]
            cursor = connection.cursor()
            await cursor.aexecute(self.raw_query, prepared(self.params, connection))
            if cursor.description is None:
                raise ProgrammingError(f"raw() reads rows, and this statement gives none: {self.raw_query!r:.80}.")
            self._columns = [str(column[0]) for column in cursor.description]
            rows: list[M] = self._hydrator(connection)(cursor.fetchall(), alias)
            if self._prefetch and rows:
                await _hooks.prefetch(self, rows)
            self._result = rows
        return self._result

    _fetch = blocking(_afetch)

    def _hydrator(self, connection: Any) -> Hydrate:
        """What makes instances of rows with these columns; made once for each set of them."""
        plans = plans_of(connection)
        names = tuple(self._columns)
        key = ("raw", self.model, self.model._meta.version, names, tuple(sorted(self.translations.items())))
        plan = plans.get(key)
        if plan is None:
            plan = Plan("", list, make_hydrator(self.model, names, self.translations, connection))
            plans.put(key, plan)
        return plan.hydrate

    def _rows(self) -> list[M]:
        if self._result is not None:
            return self._result
        if not can_wait():
            raise SynchronousOnlyOperation(
                f"The rows of this raw query of {self.model.__name__} are not read yet, and a coroutine cannot wait for them in a "
                "plain `for`, `len()`, `bool()` or index: use `async for`."
            )
        return wait(self._afetch())

    def __iter__(self) -> Iterator[M]:
        return iter(self._rows())

    async def __aiter__(self) -> AsyncIterator[M]:
        for row in await self._afetch():
            yield row

    def __len__(self) -> int:
        return len(self._rows())

    def __bool__(self) -> bool:
        return bool(self._rows())

    @overload
    def __getitem__(self, key: int) -> M: ...
    @overload
    def __getitem__(self, key: slice) -> list[M]: ...
    def __getitem__(self, key: int | slice) -> Any:
        return self._rows()[key]

    async def aiterator(self, chunk_size: int | None = None) -> AsyncIterator[M]:
        """The rows, without keeping them here; the statement is read as a whole."""
        for row in await self._clone()._afetch():
            yield row

    def iterator(self, chunk_size: int | None = None) -> Iterator[M]:
        """The rows, without keeping them here; see `aiterator`."""
        return iterate(self.aiterator(chunk_size))

    @property
    def columns(self) -> list[str]:
        """Names of the columns that the statement gave, those of `translations` as the fields they mean."""
        self._rows()
        return [self.translations.get(name, name) for name in self._columns]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.raw_query}>"


def prepared(params: Params, connection: Any) -> Params:
    """The values in the form that columns of their types have: a Decimal is text on SQLite."""
    if not params:
        return None
    if isinstance(params, Mapping):
        return {name: prepared_value(value, connection) for name, value in params.items()}
    if isinstance(params, (str, bytes)):
        return params  # the cursor says what is wrong about it
    return [prepared_value(value, connection) for value in params]


def prepared_value(value: Any, connection: Any) -> Any:
    value = plain_value(value)
    field = None if isinstance(value, (list, tuple)) else BY_PYTHON_TYPE.get(type(value))
    if field is None:
        return value  # None, lists for `= ANY(%s)`, and what the driver may know
    convert = connection.to_driver(field.column_type)
    return value if convert is None else convert(field.get_lookup_value(value))


def make_hydrator(model: Any, names: Sequence[str], translations: Mapping[str, str], connection: Any) -> Hydrate:
    """The function from rows of these columns to instances."""
    fields, extras = assigned(model, names, translations)
    if model._meta.pk not in fields:
        raise FieldDoesNotExist(
            f"raw() needs the primary key of {model.__name__} ({model._meta.pk.column}) among its columns, to know the row again. "
            f"It got {', '.join(names)}: read it too, or say which it is by translations={{'…': 'pk'}}."
        )
    chosen = [field for field in model._meta.concrete_fields if field in fields]
    query = Query(model).copy(only=tuple(chosen))
    nodes = (*[Column(field) for field in chosen], *[Literal(None, ANYTHING) for _name in extras])
    make = model_hydrator(query, Columns(nodes, tuple(chosen), tuple(extras)), connection)
    places = [*[fields[field] for field in chosen], *extras.values()]
    if places == list(range(len(names))):
        return make
    if len(places) == 1:
        return lambda rows, db: make([(row[places[0]],) for row in rows], db)
    pick = itemgetter(*places)
    return lambda rows, db: make([pick(row) for row in rows], db)


def assigned(
    model: Any, names: Sequence[str], translations: Mapping[str, str]
) -> tuple[dict[Any, int], dict[str, int]]:
    """The place of each field's column, and of each other column by the attribute that it becomes.

    Raises:
        FieldError: a translation names no field, or a column has a name that no attribute can have.
    """
    by_column = {str(field.column): field for field in model._meta.concrete_fields}
    lower = {name.lower(): field for name, field in by_column.items()}
    fields: dict[Any, int] = {}
    extras: dict[str, int] = {}
    for place, name in enumerate(names):
        if name in translations:
            field = field_named(model, translations[name])
        else:
            field = by_column.get(name) or lower.get(name.lower())
        if field is not None:
            fields.setdefault(field, place)
            continue
        if not NAME.fullmatch(name) or keyword.iskeyword(name) or is_reserved(model, name):
            raise FieldError(
                f"raw() got a column named {name[:60]!r}, which cannot be an attribute of {model.__name__}: "
                "give it another name by AS."
            )
        extras.setdefault(name, place)
    return fields, extras


def field_named(model: Any, name: str) -> Any:
    """The field that a translation means.

    Raises:
        FieldError: there is none.
    """
    for field in model._meta.concrete_fields:
        if name in (field.name, field.attname) or (name == "pk" and field.primary_key):
            return field
    known = [name for field in model._meta.concrete_fields for name in dict.fromkeys((field.name, field.attname))]
    raise FieldError(
        f"translations= of raw() names {name[:60]!r}, which is no field of {model.__name__}.{nearest(name, known)}"
    )


__all__ = ["RawQuerySet"]
