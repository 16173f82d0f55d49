"""`QuerySet`: a lazy, immutable description of rows, which becomes them when it is first iterated or awaited.

Its methods stand by idea in `_queryset_base` (state, evaluation), `_queryset_building` (what only describes),
`_queryset_reading` (what asks the database) and `_queryset_writing`.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal, overload

from manoir.models._expressions import Expr
from manoir.models._queryset_base import M, Row
from manoir.models._queryset_building import A, B, C, Ref, V
from manoir.models._queryset_writing import WriteMethods


class QuerySet(WriteMethods[M, Row]):
    """Rows of a model, described step by step.

    Args:
        model: the model.
        using: alias of a database; None lets the router choose.

    Example:
        >>> books = Book.objects.filter(price__lt=50).order_by("title")  # doctest: +SKIP
        >>> async for book in books:
        ...     ...  # doctest: +SKIP
    """

    if TYPE_CHECKING:

        def values(self, /, *fields: Ref, **expressions: Any) -> QuerySet[M, dict[str, Any]]: ...
        @overload
        def values_list(self, field: Expr[V, Any], /, *, flat: Literal[True]) -> QuerySet[M, V]: ...
        @overload
        def values_list(self, field: str, /, *, flat: Literal[True]) -> QuerySet[M, Any]: ...
        @overload
        def values_list(self, a: Expr[A, Any], /) -> QuerySet[M, tuple[A]]: ...
        @overload
        def values_list(self, a: Expr[A, Any], b: Expr[B, Any], /) -> QuerySet[M, tuple[A, B]]: ...
        @overload
        def values_list(self, a: Expr[A, Any], b: Expr[B, Any], c: Expr[C, Any], /) -> QuerySet[M, tuple[A, B, C]]: ...
        @overload
        def values_list(
            self, *fields: Ref, flat: Literal[False] = False, named: bool = False
        ) -> QuerySet[M, tuple[Any, ...]]: ...
        def values_list(self, *fields: Any, flat: bool = False, named: bool = False) -> QuerySet[M, Any]: ...
        def dates(self, field_name: str, kind: Any, order: Any = "ASC") -> QuerySet[M, Any]: ...
        def datetimes(self, field_name: str, kind: Any, order: Any = "ASC", tzinfo: Any = None) -> QuerySet[M, Any]: ...


def queryset_of(model: Any, using: str | None = None) -> QuerySet[Any, Any]:
    """All rows of a model."""
    return QuerySet(model, using)


def speak_as_queryset() -> None:
    """Have methods of the bases tell `QuerySet.aget` in messages and tracebacks: where their bodies stand is nobody's matter."""
    for base in QuerySet.__mro__[1:]:
        if not base.__module__.startswith("manoir.models._queryset"):
            continue
        for name, member in vars(base).items():
            if isinstance(member, FunctionType) and member.__qualname__ == f"{base.__name__}.{name}":
                member.__qualname__ = f"QuerySet.{name}"


speak_as_queryset()
