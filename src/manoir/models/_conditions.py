"""`Q`: conditions with names, combined by & | ^ ~."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from manoir.bridge import blocking
from manoir.exceptions import FieldError
from manoir.models import _expressions
from manoir.models._expressions import MAX_DEPTH, Expr, as_name, comparable
from manoir.models._shape import Node

if TYPE_CHECKING:
    from manoir.models._scope import Scope

MAX_TERMS = 10_000
"""One condition may have this many terms."""


class Connector(enum.StrEnum):
    """How the children of a `Q` belong together."""

    AND = "AND"
    OR = "OR"
    XOR = "XOR"


class Q:
    """A condition: lookups and other conditions, all of which must hold.

    Every keyword is a lookup, whatever its name; nothing else can be said by keywords.

    Args:
        *conditions: other `Q` objects, typed comparisons (`Book.price < 500`), `Exists(…)`.
        **lookups: `title__icontains="x"`.

    Example:
        >>> Q(price__lt=5) | ~Q(title="x")
        <Q: (OR: ('price__lt', 5), (NOT (AND: ('title', 'x'))))>
    """

    AND: ClassVar[str] = "AND"
    OR: ClassVar[str] = "OR"
    XOR: ClassVar[str] = "XOR"
    default: ClassVar[str] = "AND"
    conditional: ClassVar[bool] = True

    children: tuple[Any, ...]
    connector: str
    negated: bool

    def __init__(self, /, *conditions: Any, **lookups: Any) -> None:
        for condition in conditions:
            check_child(condition)
        self.children = (*conditions, *lookups.items()) if lookups else conditions
        self.connector = "AND"
        self.negated = False
        self.depth, self.terms = measure(self.children)

    @classmethod
    def create(cls, children: Iterable[Any] = (), connector: str | None = None, negated: bool = False) -> Self:
        """Make a `Q` from its parts.

        Args:
            children: conditions, or pairs of lookup and value.
            connector: `Q.AND`, `Q.OR` or `Q.XOR`; None is AND.
            negated: whether it stands for the opposite.
        """
        made = cls.__new__(cls)
        made.children = tuple(children)
        made.connector = Connector(connector or "AND").value
        made.negated = bool(negated)
        made.depth, made.terms = measure(made.children)
        return made

    def _combined(self, other: Any, connector: str) -> Self:
        if not isinstance(other, Q):
            if not getattr(other, "is_condition", False):
                raise TypeError(f"{other!r} is not a condition; combine Q objects and comparisons of fields.")
            other = Q(other)
        if not self.children:
            return cast(Self, other)
        if not other.children:
            return self
        return self.create((*self._members(connector), *other._members(connector)), connector)

    def _members(self, connector: str) -> tuple[Any, ...]:
        """Children to take over into a combination: chains of one operator stay flat."""
        if not self.negated and (self.connector == connector or len(self.children) == 1):
            return self.children
        return (self,)

    def __and__(self, other: Any) -> Self:
        return self._combined(other, "AND")

    def __or__(self, other: Any) -> Self:
        return self._combined(other, "OR")

    def __xor__(self, other: Any) -> Self:
        return self._combined(other, "XOR")

    def __rand__(self, other: Any) -> Q:
        return Q(other) & self

    def __ror__(self, other: Any) -> Q:
        return Q(other) | self

    def __invert__(self) -> Self:
        return self.create(self.children, self.connector, not self.negated) if self.children else self

    if TYPE_CHECKING:
        __bool__: ClassVar[None]  # pyright: ignore[reportIncompatibleMethodOverride]
    else:

        def __bool__(self):
            raise TypeError(
                "A condition has no truth value in Python; combine conditions with & | ~ instead of and/or/not."
            )

    def bind(self, scope: Scope) -> Node:
        """Check every lookup against a query; see `Expr.bind`."""
        return scope.junction(self)

    async def acheck(self, against: Mapping[str, Any], using: str = "default", model: Any = None) -> bool:
        """Whether the condition holds for given values, asked of the database without any row.

        Args:
            against: values by the names of fields; expressions are allowed.
            using: alias of the database.
            model: the model whose fields the names are; None takes types from the values.

        Returns:
            False only when the condition is false: an unknown one counts as fulfilled, as in a CHECK constraint.
        """
        return await check_values(self, against, using, model)

    check = blocking(acheck)

    def identity(self) -> tuple[Any, ...]:
        """What the condition is made of, comparable with `==`."""
        return (Q, self.connector, self.negated, tuple([comparable(child) for child in self.children]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Q) and self.identity() == other.identity()

    def __hash__(self) -> int:
        return hash(repr(self))

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Import path and arguments, for migrations."""
        if self.connector == "AND" and not self.negated:
            pairs = [child for child in self.children if isinstance(child, tuple)]
            if len({name for name, _value in pairs}) == len(pairs) and self.children[
                len(self.children) - len(pairs) :
            ] == tuple(pairs):
                return "manoir.models.Q", self.children[: len(self.children) - len(pairs)], dict(pairs)
        return "manoir.models.Q.create", (list(self.children),), {"connector": self.connector, "negated": self.negated}

    def flatten(self) -> Iterable[Any]:
        """Every expression and every pair of lookup and value in it."""
        for child in self.children:
            if isinstance(child, Q):
                yield from child.flatten()
            else:
                yield child

    @property
    def referenced_base_fields(self) -> set[str]:
        """Names of the fields of the queried model that lookups begin with, and that values refer to."""
        names: list[str] = []
        for child in self.flatten():
            names.append(child[0] if isinstance(child, tuple) else path_of(child))
            names += names_in(child)
        return {name.split("__")[0] for name in names if name}

    def __repr__(self) -> str:
        inner = f"({self.connector}: {', '.join(map(shown, self.children))})"
        return f"<Q: (NOT {inner})>" if self.negated else f"<Q: {inner}>"


_expressions.make_q = Q

check_values: Callable[[Q, Mapping[str, Any], str, Any], Awaitable[bool]] = cast(Any, None)
"""The body of `Q.acheck`; set by `_checking`, which runs a query and so lies above this module."""


def shown(child: Any) -> str:
    if not isinstance(child, Q):
        return repr(child)
    inner = f"({child.connector}: {', '.join(map(shown, child.children))})"
    return f"(NOT {inner})" if child.negated else inner


def path_of(child: Any) -> str:
    left = getattr(child, "left", child)
    return getattr(left, "path", None) or getattr(left, "name", "")


def is_ordering(expression: Any) -> bool:
    """Whether an index or constraint gives a direction too."""
    return hasattr(expression, "descending")


def names_in(expressions: Any) -> list[str]:
    """Names of the fields that expressions refer to."""
    if isinstance(expressions, Q):
        return list(expressions.referenced_base_fields)
    if isinstance(expressions, (list, tuple)):
        return [name for part in expressions for name in names_in(part)]
    if isinstance(expressions, str) or not (isinstance(expressions, Expr) or is_ordering(expressions)):
        return []
    try:
        return [as_name(expressions).split("__")[0]]
    except TypeError:
        return names_in(list(vars(expressions).values()))


def check_child(condition: Any) -> None:
    """Refuse what is no condition, with the likely mistake named."""
    if isinstance(condition, Q) or getattr(condition, "is_condition", False) or hasattr(condition, "bind"):
        return
    if isinstance(condition, tuple) and len(cast("tuple[Any, ...]", condition)) == 2 and isinstance(condition[0], str):
        return
    if isinstance(condition, bool):
        raise TypeError(
            f"A condition is needed, not {condition!r}: Python compared two values. Use the field of the class "
            "(Book.price < 5), not of an instance, and & | ~ in place of and/or/not."
        )
    raise TypeError(
        f"A condition is needed, not {condition!r}: pass Q objects, comparisons of fields, or lookups by keyword."
    )


def measure(children: tuple[Any, ...]) -> tuple[int, int]:
    """Depth and number of terms, within the caps."""
    depth, terms = 1, 0
    for child in children:
        if isinstance(child, Q):
            depth = max(depth, child.depth + 1)
            terms += child.terms
        else:
            terms += 1
    if depth > MAX_DEPTH:
        raise FieldError(
            f"A condition nests {depth} levels; {MAX_DEPTH} are the most. Combine terms of one operator in one Q."
        )
    if terms > MAX_TERMS:
        raise FieldError(
            f"A condition has {terms:,} terms; {MAX_TERMS:,} are the most. For many values of a field use __in."
        )
    return depth, terms
