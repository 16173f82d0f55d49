"""Expressions as a user writes them: `F("price") * 2`, `Book.price < 500`, `Q(title="x") | Q(pages__gt=5)`, `Value(3)`.

An expression knows nothing of a model or a database. A query binds it to itself (`bind(scope)`), which checks every
name at the line of the call and answers a node of `_shape`. Conditions with names (`Q`) are in `_conditions`, CASE and
subqueries in `_choosing` and `_subqueries`; the door exports all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, cast

from typing_extensions import TypeVar

from manoir.exceptions import FieldError
from manoir.models._recorded import Recorded
from manoir.models._shape import Node, Sorted
from manoir.models._state import is_model_class

if TYPE_CHECKING:
    from manoir.models._conditions import Q
    from manoir.models._scope import Scope

G = TypeVar("G", covariant=True, default=Any)
"""What reading the value gives."""
W = TypeVar("W", contravariant=True, default=Any)
"""What the value may be compared with."""

MAX_DEPTH = 50
"""Expressions and conditions may nest this deep; a deeper tree is refused before any work (RecursionError never is the answer)."""


class Expr(Generic[G, W]):
    """A value that the database computes.

    Comparison operators make conditions (`Q`), arithmetic operators make further expressions.

    Example:
        >>> (F("price") * 2 < F("budget")) | (F("price") == 0)
        <Q: (OR: <F: price> * <Value: 2> < <F: budget>, <F: price> = <Value: 0>)>
    """

    is_condition: ClassVar[bool] = False
    """Whether the value is a truth value, which `filter()` takes as it is."""
    contains_aggregate: bool = False
    window_compatible: ClassVar[bool] = False
    """Whether the value may be computed over a `Window`."""

    def bind(self, scope: Scope) -> Node:
        """Check the names in the expression against a query and describe it for the compiler."""
        raise TypeError(f"{type(self).__name__} cannot be used in a query.")

    def bind_over(self, scope: Scope) -> Node:
        """The same, for the function of a `Window`."""
        return self.bind(scope)

    def _path_in(self, scope: Scope | None) -> str | None:
        """The names that the expression only refers to, as keywords have them; None where it is more than that.

        Args:
            scope: the query in which they are looked up; None: nobody asks whether they fit it.
        """
        return None

    def identity(self) -> tuple[Any, ...]:
        """What the expression is made of, comparable with `==` (which itself makes conditions)."""
        return (type(self), *[(name, comparable(value)) for name, value in sorted(vars(self).items())])

    @property
    def default_alias(self) -> str:
        """Name that `annotate()` and `aggregate()` give the value when the caller gives none."""
        raise TypeError(f"{type(self).__name__} needs a name: write name={self!r}.")

    # -- conditions ------------------------------------------------------------------------------------------------

    def __lt__(self, other: W | Expr[Any, Any]) -> Q:
        return compare(self, "lt", other)

    def __le__(self, other: W | Expr[Any, Any]) -> Q:
        return compare(self, "lte", other)

    def __gt__(self, other: W | Expr[Any, Any]) -> Q:
        return compare(self, "gt", other)

    def __ge__(self, other: W | Expr[Any, Any]) -> Q:
        return compare(self, "gte", other)

    def __eq__(self, other: W | Expr[Any, Any]) -> Q:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return compare(self, "exact", other)

    def __ne__(self, other: W | Expr[Any, Any]) -> Q:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return ~compare(self, "exact", other)

    __hash__ = object.__hash__

    if TYPE_CHECKING:
        __bool__: ClassVar[None]  # pyright: ignore[reportIncompatibleMethodOverride]
    else:

        def __bool__(self):
            raise TypeError(
                f"{self!r} has no truth value in Python; combine conditions with & | ~, and use in_() for `in`."
            )

    def in_(self, values: Iterable[W]) -> Q:
        """Whether the value is one of `values` (an iterable, or a queryset of one column)."""
        return compare(self, "in", values)

    def is_null(self, null: bool = True) -> Q:
        """Whether the value is NULL, or is not."""
        return compare(self, "isnull", null)

    def between(self, low: W, high: W) -> Q:
        """Whether the value lies between `low` and `high`, both included."""
        return compare(self, "range", (low, high))

    def contains(self: Expr[str | None, Any], text: str) -> Q:
        """Whether `text` stands in the value."""
        return compare(self, "contains", text)

    def icontains(self: Expr[str | None, Any], text: str) -> Q:
        """Whether `text` stands in the value, in capitals or not."""
        return compare(self, "icontains", text)

    def startswith(self: Expr[str | None, Any], text: str) -> Q:
        """Whether the value begins with `text`."""
        return compare(self, "startswith", text)

    def istartswith(self: Expr[str | None, Any], text: str) -> Q:
        """Whether the value begins with `text`, in capitals or not."""
        return compare(self, "istartswith", text)

    def endswith(self: Expr[str | None, Any], text: str) -> Q:
        """Whether the value ends with `text`."""
        return compare(self, "endswith", text)

    def iexact(self: Expr[str | None, Any], text: str) -> Q:
        """Whether the value is `text`, in capitals or not."""
        return compare(self, "iexact", text)

    def matches(self: Expr[str | None, Any], pattern: str) -> Q:
        """Whether the regular expression `pattern` is found in the value."""
        return compare(self, "regex", pattern)

    def __and__(self, other: Any) -> Q:
        return as_condition(self) & other

    def __or__(self, other: Any) -> Q:
        return as_condition(self) | other

    def __xor__(self, other: Any) -> Q:
        return as_condition(self) ^ other

    def __rand__(self, other: Any) -> Q:
        return other & as_condition(self)

    def __ror__(self, other: Any) -> Q:
        return other | as_condition(self)

    def __invert__(self) -> Q:
        return ~as_condition(self)

    # -- parts of dates --------------------------------------------------------------------------------------------

    def year(self: Expr[dt.date | None, Any]) -> Expr[int, int]:
        """The year of a date."""
        return Transformed(self, "year")

    def month(self: Expr[dt.date | None, Any]) -> Expr[int, int]:
        """The month of a date, 1 to 12."""
        return Transformed(self, "month")

    def day(self: Expr[dt.date | None, Any]) -> Expr[int, int]:
        """The day of the month."""
        return Transformed(self, "day")

    # -- arithmetic ------------------------------------------------------------------------------------------------

    def __add__(self, other: W | Expr[Any, Any]) -> Expr[G, W]:
        return Combined(self, "+", other)

    def __sub__(self, other: Any) -> Expr[Any, Any]:
        return Combined(self, "-", other)

    def __mul__(self, other: Any) -> Expr[G, W]:
        return Combined(self, "*", other)

    def __truediv__(self, other: Any) -> Expr[G, W]:
        return Combined(self, "/", other)

    def __mod__(self, other: Any) -> Expr[G, W]:
        return Combined(self, "%", other)

    def __pow__(self, other: Any) -> Expr[G, W]:
        return Combined(self, "^", other)

    def __radd__(self, other: Any) -> Expr[Any, Any]:
        return Combined(other, "+", self)

    def __rsub__(self, other: Any) -> Expr[Any, Any]:
        return Combined(other, "-", self)

    def __rmul__(self, other: Any) -> Expr[Any, Any]:
        return Combined(other, "*", self)

    def __rtruediv__(self, other: Any) -> Expr[Any, Any]:
        return Combined(other, "/", self)

    def __rmod__(self, other: Any) -> Expr[Any, Any]:
        return Combined(other, "%", self)

    def __rpow__(self, other: Any) -> Expr[Any, Any]:
        return Combined(other, "^", self)

    def __neg__(self) -> Expr[G, W]:
        return Combined(self, "*", -1)

    def bitand(self, other: Any) -> Expr[G, W]:
        """Bitwise AND."""
        return Combined(self, "&", other)

    def bitor(self, other: Any) -> Expr[G, W]:
        """Bitwise OR."""
        return Combined(self, "|", other)

    def bitxor(self, other: Any) -> Expr[G, W]:
        """Bitwise exclusive OR."""
        return Combined(self, "#", other)

    def bitleftshift(self, other: Any) -> Expr[G, W]:
        """Bits moved to the left."""
        return Combined(self, "<<", other)

    def bitrightshift(self, other: Any) -> Expr[G, W]:
        """Bits moved to the right."""
        return Combined(self, ">>", other)

    # -- order -----------------------------------------------------------------------------------------------------

    def asc(self, *, nulls_first: bool | None = None, nulls_last: bool | None = None) -> Ordering:
        """Smallest first; `nulls_first=True` or `nulls_last=True` says where NULL stands."""
        return Ordering(self, False, nulls_first=nulls_first, nulls_last=nulls_last)

    def desc(self, *, nulls_first: bool | None = None, nulls_last: bool | None = None) -> Ordering:
        """Largest first; `nulls_first=True` or `nulls_last=True` says where NULL stands."""
        return Ordering(self, True, nulls_first=nulls_first, nulls_last=nulls_last)


class Ordering(Recorded):
    """An expression with its direction, for `order_by()`; made by `asc()` and `desc()`."""

    def __init__(
        self,
        expression: Any,
        descending: bool = False,
        *,
        nulls_first: bool | None = None,
        nulls_last: bool | None = None,
    ) -> None:
        for name, value in (("nulls_first", nulls_first), ("nulls_last", nulls_last)):
            if value not in (None, True):
                raise ValueError(f"{name}={value!r}: leave it out, or pass True.")
        if nulls_first and nulls_last:
            raise ValueError("nulls_first and nulls_last exclude each other.")
        self.expression = as_reference(expression)
        self.descending = descending
        self.nulls: Literal["first", "last"] | None = "first" if nulls_first else "last" if nulls_last else None

    def bind(self, scope: Scope) -> Sorted:
        """Check names; see `Expr.bind`."""
        return Sorted(self.expression.bind(scope), self.descending, self.nulls)

    def identity(self) -> tuple[Any, ...]:
        """Comparable form; see `Expr.identity`."""
        return (type(self), self.expression.identity(), self.descending, self.nulls)

    def asc(self) -> None:
        """Turn the direction to ascending, in place."""
        self.descending = False

    def desc(self) -> None:
        """Turn the direction to descending, in place."""
        self.descending = True

    def reverse_ordering(self) -> Ordering:
        """The same term in the other direction."""
        turned = Ordering(self.expression, not self.descending)
        turned.nulls = "last" if self.nulls == "first" else "first" if self.nulls == "last" else None
        return turned

    def __repr__(self) -> str:
        nulls = f" NULLS {self.nulls.upper()}" if self.nulls else ""
        return f"<OrderBy: {self.expression!r} {'DESC' if self.descending else 'ASC'}{nulls}>"


OrderBy = Ordering


class F(Expr[Any, Any]):
    """The value of a field or annotation, by name; `__` leads over relations and into transforms.

    Arithmetic on F is Any to a type checker, so that `book.pages = F("pages") + 1` may be assigned.

    Example:
        >>> F("author__name")
        <F: author__name>
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"F() takes the name of a field as text, not {name!r}.")
        self.name = name

    if TYPE_CHECKING:

        def __add__(self, other: Any) -> Any: ...
        def __sub__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...
        def __mod__(self, other: Any) -> Any: ...

    def bind(self, scope: Scope) -> Node:
        """Resolve the name; see `Expr.bind`."""
        return scope.value(self.name)

    __iter__: ClassVar[None] = None

    def __getitem__(self, key: int | slice) -> Any:
        """Characters of a text: `F("name")[0]`, `F("name")[2:5]`.

        Raises:
            TypeError: the key is neither a whole number nor a slice.
            ValueError: it counts from the end, has a step, or ends before it begins.
        """
        return make_slice(self, key)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Import path and arguments, for migrations."""
        return "manoir.models.F", (self.name,), {}

    @property
    def default_alias(self) -> str:
        """The name itself."""
        return self.name

    def _path_in(self, scope: Scope | None) -> str | None:
        return self.name

    def __repr__(self) -> str:
        return f"<F: {self.name}>"


class Value(Expr[G, W]):
    """A value of Python's, as an expression.

    Args:
        value: what the database shall be given; None is NULL.
        output_field: field whose type it has; found from the value's Python type when left out.

    Example:
        >>> Value("book")
        <Value: 'book'>
    """

    def __init__(self, value: Any, output_field: Any = None) -> None:
        self.value = value
        self.output_field = output_field

    def bind(self, scope: Scope) -> Node:
        """Describe the value; see `Expr.bind`."""
        return scope.constant(self.value, self.output_field)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Import path and arguments, for migrations."""
        kwargs = {} if self.output_field is None else {"output_field": self.output_field}
        return "manoir.models.Value", (self.value,), kwargs

    def __repr__(self) -> str:
        return f"<Value: {self.value!r}>"


class Combined(Expr[Any, Any]):
    """Two values and an operator between them."""

    symbols: ClassVar[dict[str, str]] = {"^": "**", "#": "^"}

    def __init__(self, left: Any, operator: str, right: Any, output_field: Any = None) -> None:
        self.left = as_value(left)
        self.operator = operator
        self.right = as_value(right)
        self.output_field = output_field
        check_depth(self)

    def bind(self, scope: Scope) -> Node:
        """Bind both sides and infer the type of the result; see `Expr.bind`."""
        return scope.arithmetic(self.left, self.operator, self.right, self.output_field)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Import path and arguments, for migrations."""
        return "manoir.models.CombinedExpression", (self.left, self.operator, self.right), {}

    def __repr__(self) -> str:
        return f"{self.left!r} {self.symbols.get(self.operator, self.operator)} {self.right!r}"


CombinedExpression = Combined


class Comparison(Expr[bool, bool]):
    """A lookup between an expression and a value: what `Book.price < 500` puts into its `Q`."""

    is_condition: ClassVar[bool] = True
    symbols: ClassVar[dict[str, str]] = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "exact": "="}

    def __init__(self, left: Any, lookup: str, right: Any) -> None:
        self.left = left
        self.lookup = lookup
        self.right = right
        check_depth(self)

    def bind(self, scope: Scope) -> Node:
        """Bind both sides and build the lookup; see `Expr.bind`."""
        path: str | None = self.left._path_in(scope)
        if path is not None:
            return scope.condition(f"{path}__{self.lookup}", self.right)
        return scope.lookup(self.left.bind(scope), (self.lookup,), self.right)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Import path and arguments, for migrations."""
        return "manoir.models.Comparison", (self.left, self.lookup, self.right), {}

    def __repr__(self) -> str:
        right = self.right if isinstance(self.right, Expr) else Value(self.right)
        return f"{self.left!r} {self.symbols.get(self.lookup, self.lookup)} {right!r}"


class Transformed(Recorded, Expr[Any, Any]):
    """A transform by name on any expression, as `published__year` is on a name."""

    def __init__(self, source: Any, transform: str) -> None:
        self.source = as_reference(source)
        self.transform = transform

    def bind(self, scope: Scope) -> Node:
        """Bind the source and apply the transform; see `Expr.bind`."""
        return scope.transformed(self.source.bind(scope), (self.transform,))

    def __repr__(self) -> str:
        return f"{self.source!r}.{self.transform}()"


class ExpressionWrapper(Recorded, Expr[Any, Any]):
    """An expression with the type of its value said by hand.

    Args:
        expression: the expression, or a `Q`.
        output_field: a field of the type it has.
    """

    def __init__(self, expression: Any, output_field: Any) -> None:
        self.expression = as_reference(expression)
        self.output_field = output_field

    def bind(self, scope: Scope) -> Node:
        """Bind the expression and replace its type; see `Expr.bind`."""
        return scope.retyped(self.expression, self.output_field)

    def __repr__(self) -> str:
        return f"ExpressionWrapper({self.expression!r})"


# -- helpers ----------------------------------------------------------------------------------------------------------


class Conditions(Protocol):
    """What `_conditions` hands back here: it lies above this module, as `Q` holds expressions."""

    def __call__(self, *children: Any) -> Any: ...


make_q: Callable[..., Any] = cast(Any, None)
"""`Q`; filled in by `_conditions`, which cannot be imported here because Q is made of expressions."""


make_slice: Callable[[Any, Any], Any] = cast(Any, None)
"""What `F("name")[2:5]` is; filled in by `_slicing`, which is made of expressions too."""


def compare(left: Any, lookup: str, right: Any) -> Any:
    """The condition that a lookup between `left` and `right` holds."""
    return make_q(Comparison(left, lookup, right))


def as_condition(expression: Expr[Any, Any]) -> Any:
    """An expression with a truth value as a `Q`."""
    return make_q(expression)


def as_value(value: Any) -> Any:
    """`value` as an expression: Python values become `Value`."""
    return value if hasattr(value, "bind") else Value(value)


def as_reference(value: Any) -> Any:
    """`value` as an expression: text is a name, as arguments of functions are documented."""
    return value if hasattr(value, "bind") else F(value) if isinstance(value, str) else Value(value)


def as_name(value: Any) -> str:
    """The path that a string, an `F` or a typed column stands for.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, str):
        return value
    path = value._path_in(None) if isinstance(value, Expr) else None
    if path is None:
        raise TypeError(f"{value!r} is not the name of a field.")
    return path


def comparable(value: Any) -> Any:
    """A form of an argument that `==` compares by content."""
    if hasattr(value, "identity"):
        return value.identity()
    if isinstance(value, (list, tuple)):
        return tuple([comparable(part) for part in cast("Iterable[Any]", value)])
    if isinstance(value, dict):
        return tuple([(key, comparable(part)) for key, part in cast("dict[Any, Any]", value).items()])
    if is_model_class(value):
        return value._meta.label
    if hasattr(value, "deconstruct"):
        return repr(value.deconstruct()[1:])
    return (type(value), value)


def check_depth(expression: Any) -> None:
    """Count how deep operators nest as they are built, so that a hostile tree ends early."""
    depth = 1 + max(getattr(side, "depth", 0) for side in (expression.left, expression.right))
    if depth > MAX_DEPTH:
        raise FieldError(f"An expression nests {depth} operators; {MAX_DEPTH} are the most.")
    expression.depth = depth


NUMBERS = (int, float, Decimal)
