"""A queryset's own state, and how it becomes rows: at first use, once, in both colours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, ClassVar, Generic, Self, cast, overload

from typing_extensions import TypeVar

from manoir.bridge import blocking, can_wait, iterate, wait
from manoir.db import router
from manoir.exceptions import FieldTypeError, SynchronousOnlyOperation
from manoir.models import _hooks
from manoir.models._ordering import is_total, ordered
from manoir.models._query import Query
from manoir.models._reading import read, sql_of, stream
from manoir.models._state import is_model

M = TypeVar("M", bound=Any, default=Any)
"""The model."""
Row = TypeVar("Row", default=M)
"""What a row of the result is."""

DEFAULT_CHUNK = 2_000
REPR_ROWS = 20


class QuerySetBase(Generic[M, Row]):
    """State and evaluation of a queryset.

    Args:
        model: the model whose rows are read.
        using: alias of a database; None lets the router choose.
        query: description to start from; None is all rows.
        hints: passed to the database router.
    """

    model: type[M]
    is_queryset: ClassVar[bool] = True

    _query: Query
    _db: str | None = None
    _hints: Mapping[str, Any] = {}
    _result: list[Row] | None = None
    _prefetch: tuple[Any, ...] = ()
    _related: Any = None
    """For a related manager's queryset where it came from: a `_peers.RelatedRows`."""

    def __init__(
        self,
        model: type[M] | None = None,
        using: str | None = None,
        *,
        query: Query | None = None,
        hints: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = cast("type[M]", model)
        self._query = Query(model) if query is None else query
        if using is not None:
            self._db = using
        if hints:
            self._hints = hints

    # -- copies -----------------------------------------------------------------------------------------------------

    def _clone(self) -> Self:
        """A copy without result; own attributes of a subclass go along."""
        # hot path: benchmarks/orm_query.py
        made = object.__new__(type(self))
        values = made.__dict__
        values.update(self.__dict__)
        values.pop("_result", None)
        return made

    def _with(self, query: Query) -> Self:
        """A copy with another query."""
        # hot path: benchmarks/orm_query.py
        made = object.__new__(type(self))
        values = made.__dict__
        values.update(self.__dict__)
        values.pop("_result", None)
        values["_query"] = query
        return made

    def _chain(self) -> Self:
        """Documented for subclasses: a copy to change."""
        return self._clone()

    def all(self) -> Self:
        """A copy of this queryset, to be evaluated anew."""
        return self._clone()

    def using(self, alias: str | None) -> Self:
        """Read from the database `alias`; None lets the router choose again."""
        made = self._clone()
        made._db = alias
        return made

    @property
    def db(self) -> str:
        """Alias of the database that is read."""
        return self._db or router.db_for_read(self.model, **self._hints)

    @property
    def query(self) -> DescribedQuery:
        """The query; `str(queryset.query)` shows its SQL."""
        return DescribedQuery(self._query, self.db)

    @property
    def ordered(self) -> bool:
        """Whether the rows come in an order that was asked for, here or in `Meta.ordering`."""
        query = self._query
        if query.order is not None:
            return bool(query.order)
        return bool(query.model._meta.ordering) and not isinstance(query.grouping, tuple)

    @property
    def totally_ordered(self) -> bool:
        """Whether the order says of any two rows which comes first: it names a key, or fields that are unique together."""
        query = self._query
        return self.ordered and not query.group_count and is_total(ordered(query))

    # -- evaluation --------------------------------------------------------------------------------------------------

    async def _afetch(self) -> list[Row]:
        """The rows, read at the first call."""
        # hot path: benchmarks/orm_query.py
        if self._result is None:
            if self._related is None:
                rows: list[Row] = await read(self._query, self._db or router.db_for_read(self.model, **self._hints))
            else:
                rows = await self._related.aread(self)
            if self._prefetch and rows:
                await _hooks.prefetch(self, rows)
            self._result = rows
        return self._result

    _fetch = blocking(_afetch)

    def _rows(self) -> list[Row]:
        """The rows, in sync code.

        Raises:
            SynchronousOnlyOperation: called directly in a coroutine, before the rows were read.
            RelationNotLoaded: the same, for the rows of a related manager.
        """
        if self._result is not None:
            return self._result
        if not can_wait():
            raise self._cannot_wait()
        return wait(self._afetch())

    def _cannot_wait(self) -> Exception:
        """The error for a plain `for`, `len()` or index in a coroutine."""
        if self._related is not None:
            return self._related.not_loaded()
        return SynchronousOnlyOperation(
            f"The rows of this queryset of {self.model.__name__} are not read yet, and a coroutine cannot wait for them in a "
            "plain `for`, `len()`, `bool()` or index: use `async for`, or await aget(), afirst(), acount(), aexists()."
        )

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows())

    async def __aiter__(self) -> AsyncIterator[Row]:
        for row in await self._afetch():
            yield row

    def __len__(self) -> int:
        return len(self._rows())

    def __bool__(self) -> bool:
        return bool(self._rows())

    def __contains__(self, row: object) -> bool:
        return row in self._rows()

    @overload
    def __getitem__(self, key: int) -> Row: ...
    @overload
    def __getitem__(self, key: slice) -> Self: ...
    def __getitem__(self, key: int | slice) -> Any:
        if isinstance(key, slice):
            return self._slice(key)
        if not isinstance(key, int):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"A queryset is indexed by a whole number or a slice, such as [0] or [:10], not by {key!r:.80}."
            )
        if key < 0:
            raise ValueError(f"A queryset is counted from its start, not by {key}: reverse() the order instead.")
        if self._result is not None:
            return self._result[key]
        rows = list(self._with(self._query.sliced(key, key + 1)))
        return rows[0] if rows else _no_row(key)

    def _slice(self, key: slice) -> Any:
        start, stop = _bound(key.start), _bound(key.stop)
        if self._result is not None:
            return self._result[key]
        step = key.step
        made = self._with(self._query.sliced(start or 0, stop)) if start or stop is not None else self._clone()
        if step is None:
            return made
        if not isinstance(step, int) or step < 1:
            raise ValueError(f"The step of a slice is a whole number from 1, not {step!r:.80}.")
        return list(made)[::step]

    def aiterator(self, chunk_size: int = DEFAULT_CHUNK) -> AsyncIterator[Row]:
        """Read the rows in chunks, without keeping them.

        Args:
            chunk_size: rows that are in memory at a time.
        """
        if not isinstance(chunk_size, int) or chunk_size < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"chunk_size={chunk_size!r:.80} is no number of rows: give 1 or more.")
        return self._astream(chunk_size)

    async def _astream(self, chunk_size: int) -> AsyncIterator[Row]:
        chunks = stream(self._query, self.db, chunk_size)
        try:
            async for rows in chunks:
                if self._prefetch and rows:
                    await _hooks.prefetch(self, rows)
                for row in rows:
                    yield row
        finally:
            await cast(Any, chunks).aclose()

    def iterator(self, chunk_size: int | None = None) -> Iterator[Row]:
        """Read the rows in chunks, without keeping them; see `aiterator`."""
        if chunk_size is None and self._prefetch:
            raise ValueError(
                "iterator() loads what prefetch_related() names chunk by chunk: say how many rows, such as chunk_size=2000."
            )
        return iterate(self.aiterator(DEFAULT_CHUNK if chunk_size is None else chunk_size))

    # -- as a value --------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        try:
            rows = [repr(row) for row in self[: REPR_ROWS + 1]]
        except Exception as error:  # in a coroutine or debugger a description is better than an error
            return f"<{type(self).__name__} of {getattr(self.model, '__name__', None)}: not evaluated ({type(error).__name__})>"
        if len(rows) > REPR_ROWS:
            rows[-1] = "'...(remaining elements truncated)...'"
        return f"<{type(self).__name__} [{', '.join(rows)}]>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._clone()

    def __reduce__(self) -> Any:
        """Pickled with its rows: what comes back is the result, not the question."""
        return (_restored, (type(self), self.model, self._db, list(self._rows())))

    @classmethod
    def as_manager(cls) -> Self:
        """A manager with the methods of this class, for the body of a model."""
        return _hooks.as_manager(cls)


def _restored(cls: Any, model: Any, alias: str | None, rows: list[Any]) -> Any:
    queryset = cls(model, using=alias)
    queryset._result = rows
    return queryset


def _no_row(index: int) -> Any:
    raise IndexError(f"The queryset has no row {index}.")


def _bound(value: Any) -> int | None:
    """A bound of a slice as an integer of this size."""
    if value is None:
        return None
    if not isinstance(value, int) and not hasattr(value, "__index__"):
        raise TypeError(
            f"A queryset is indexed by a whole number or a slice, such as [0] or [:10], not by {value!r:.80}."
        )
    number = int(value)
    if number < 0:
        raise ValueError(f"A queryset is counted from its start, not by {number}: reverse() the order instead.")
    if number >= 2**62:
        raise FieldTypeError("A slice reaches further than any database counts.")
    return number


class DescribedQuery:
    """What `queryset.query` is: a read-only view for people and tests."""

    def __init__(self, query: Query, alias: str) -> None:
        self.description = query
        self.alias = alias

    @property
    def model(self) -> Any:
        """The model that is read."""
        return self.description.model

    @property
    def order_by(self) -> tuple[Any, ...]:
        """The terms of the order that was asked for."""
        return self.description.order or ()

    @property
    def is_sliced(self) -> bool:
        """Whether the queryset was sliced."""
        return self.description.is_sliced

    def sql_with_params(self) -> tuple[str, tuple[Any, ...]]:
        """The SQL text with the driver's placeholders, and the arguments."""
        text, args = sql_of(self.description, self.alias)
        return text, tuple(args)

    def __str__(self) -> str:
        return self.sql_with_params()[0]


def same_model(value: Any, model: Any) -> bool:
    """Whether `value` is an instance of `model`."""
    return is_model(value) and type(value)._meta.concrete_model is model._meta.concrete_model
