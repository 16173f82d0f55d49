"""Lookups (`__gte`) and transforms (`__year`): which there are for a type, and what they make of a value.

`_comparisons` · `_text` · `_dates` · `_json` are the families, `_operands` makes the values on the right, `_custom` is
the base of a project's own. `ready()` keeps what a keyword of `filter()` means for a model, so that a warm query pays
for its value alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from manoir.exceptions import FieldError, FieldTypeError, nearest
from manoir.models._lookups._comparisons import COMPARISONS
from manoir.models._lookups._custom import BoundExpr, Lookup
from manoir.models._lookups._dates import PARTS, date_transform, part, year_condition, zone
from manoir.models._lookups._json import CONTAINMENT, JSON_LOOKUPS, is_key, json_key
from manoir.models._lookups._operands import PLAIN_TYPES, Beyond, Prepare, preparer, subquery_of
from manoir.models._lookups._text import TEXT_LOOKUPS
from manoir.models._names import MAX_KNOWN, Path
from manoir.models._outputs import DATES, INTEGERS, kind_of
from manoir.models._shape import FALSE, TRUE, Column, FastCompare, Key, Node, Param
from manoir.models._state import is_model

if TYPE_CHECKING:
    from manoir.models._scope import Scope

__all__ = [
    "Lookup",
    "always",
    "apply_transform",
    "build",
    "check_related_lookup",
    "make_ready",
    "never",
    "part",
    "quick_conditions",
    "ready",
    "related_value",
    "subquery_of",
    "zone",
]

Builder = Callable[[Node, Any, "Scope"], Node]

RELATED_LOOKUPS = frozenset(COMPARISONS)
FAST_TYPES = PLAIN_TYPES - {bool}
INTEGER_TYPES = frozenset([int, str])
"""Fractions beside an integer column are rounded by the builder."""

SIMPLE = frozenset(["exact", "gt", "gte", "lt", "lte"])
"""Lookups that a warm query makes without asking the builder."""


def always() -> Node:
    """The condition that every row fulfils."""
    return TRUE


def never() -> Node:
    """The condition that no row fulfils."""
    return FALSE


def builder_for(node: Node, name: str) -> Builder | None:
    """The built-in lookup of that name for the type of a node, or None."""
    if kind_of(node.field) == "json":
        found = JSON_LOOKUPS.get(name) or (None if is_key(node) else CONTAINMENT.get(name))
        if found is not None:
            return found
    return COMPARISONS.get(name) or TEXT_LOOKUPS.get(name)


def custom(node: Node, name: str) -> Any:
    """What the project registered under that name for the node's field."""
    field = node.field
    if field is None:
        return None
    return field.get_lookup(name) or field.get_transform(name)


def build(node: Node, names: tuple[str, ...], value: Any, scope: Scope) -> Node:
    """The condition that transforms, a lookup and a value make of a node."""
    while names:
        name, rest = names[0], names[1:]
        registered = custom(node, name)
        if registered is not None and not hasattr(registered, "bilateral"):
            if rest:
                raise FieldError(
                    f"{name!r} is a lookup: nothing can follow it, but {'__'.join(rest)!r} does (in {scope.method})."
                )
            return custom_condition(registered, node, value, scope)
        if not rest and registered is None:
            builder = builder_for(node, name)
            if builder is not None:
                return builder(node, value, scope)
        if name == "year" and registered is None and kind_of(node.field) in DATES and len(rest) < 2:
            condition = year_condition(node, rest[0] if rest else "exact", value)
            if condition is not None:
                return condition
        if registered is not None and registered.bilateral and not is_bound(value):
            from_right = BoundExpr(scope.constant(value, node.field))
            value = registered(from_right)
        node = apply_transform(node, name, scope, rest, lookup_expected=True)
        names = rest
    builder = builder_for(node, "exact")
    assert builder is not None
    return builder(node, value, scope)


def is_bound(value: Any) -> bool:
    return hasattr(value, "bind")


def custom_condition(lookup: Any, node: Node, value: Any, scope: Scope) -> Node:
    if lookup.prepare_rhs and node.field is not None and not is_bound(value) and subquery_of(value) is None:
        value = node.field.get_lookup_value(value) if value is not None else None
    made = lookup().as_expression(BoundExpr(node), value)
    if not is_bound(made):
        raise TypeError(f"{lookup.__name__}.as_expression() answered {made!r:.80}, not an expression.")
    return scope.as_condition(made.bind(scope))


def apply_transform(
    node: Node, name: str, scope: Scope, rest: tuple[str, ...] = (), *, lookup_expected: bool = False
) -> Node:
    """The value of a transform of a node, or of a key of a document.

    Raises:
        FieldError: its type has no such transform (or lookup).
    """
    registered = custom(node, name)
    if registered is not None and hasattr(registered, "bilateral"):
        return registered(BoundExpr(node)).bind(scope)
    if kind_of(node.field) == "json":
        return json_key(node, name)
    transformed = date_transform(node, name, scope)
    if transformed is not None:
        return transformed
    raise unknown_lookup(node, name, scope, lookup_expected)


def unknown_lookup(node: Node, name: str, scope: Scope, lookup_expected: bool) -> FieldError:
    field = node.field
    owner = (
        f"{field}" if getattr(field, "model", None) is not None else f"a value of type {kind_of(field) or 'unknown'}"
    )
    transforms = (
        sorted(PARTS | {"date", "time"})
        if kind_of(field) in DATES
        else sorted(PARTS - {"year"})
        if kind_of(field) == "time"
        else []
    )
    registered = sorted(type(field).get_lookups()) if field is not None else []
    known = [*(sorted({*COMPARISONS, *TEXT_LOOKUPS}) if lookup_expected else []), *transforms, *registered]
    what = "lookup or transform" if lookup_expected else "transform"
    shown = name if len(name) <= 60 else name[:60] + "…"
    listed = f" Known: {', '.join(known)}." if known else ""
    return FieldError(f"{owner} has no {what} {shown!r} (in {scope.method}).{nearest(name[:60], known)}{listed}")


# -- relations --------------------------------------------------------------------------------------------------------


def related_value(value: Any, path: Path, method: str) -> Any:
    """What a relation is compared with: instances become the value of their key."""
    if type(value) in PLAIN_TYPES or value is None or is_bound(value):
        return value
    if is_model(value):
        return key_of(value, path, method)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [key_of(member, path, method) if is_model(member) else member for member in value]
    return value


def key_of(instance: Any, path: Path, method: str) -> Any:
    target = path.target
    if (
        not isinstance(instance, target._meta.concrete_model)
        and type(instance)._meta.concrete_model is not target._meta.concrete_model
    ):
        raise FieldTypeError(
            f"{path.field} is compared with a {type(instance).__name__} instance; it has to be a {target.__name__} (in {method})."
        )
    field = path.field.target_field if path.field.is_relation and path.field.model is not target else path.field
    if path.field.is_relation and path.field.related_model is target:
        field = path.field.target_field
    value = getattr(instance, field.attname)
    if value is None:
        raise FieldTypeError(f"{instance!r} is not saved yet, so that no row can point to it (in {method}).")
    return value


def check_related_lookup(path: Path, method: str) -> None:
    """Refuse lookups that mean nothing for a relation itself."""
    if path.rest and path.rest[0] not in RELATED_LOOKUPS:
        known = [name for name in path.target._meta.names if name != "pk"]
        raise FieldError(
            f"{path.target.__name__} has no field {path.rest[0]!r}, and it is no lookup of a relation either (in {method})."
            f"{nearest(path.rest[0], [*known, *RELATED_LOOKUPS])} Fields: {', '.join(known)}. Lookups: {', '.join(sorted(RELATED_LOOKUPS))}."
        )


# -- what a keyword means, kept for each model ------------------------------------------------------------------------


class Ready:
    """A keyword of `filter()` for a model, resolved up to its value.

    Attributes:
        column: the column in front of the lookup.
        names: transforms and lookup behind it.
        fast: the lookup when a plain value needs no more than `prepare`, else None.
        types: types of the values that `fast` is for.
        prepare: makes the parameter.
        key: the shape of the condition with a parameter.
    """

    __slots__ = ("column", "fast", "key", "names", "path", "prepare", "types")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.column = column = Column(path.field, tuple([(hop, 0) for hop in path.hops]))
        self.names = path.rest
        lookup = path.rest[-1] if path.rest else "exact"
        plain = len(path.rest) < 2 and lookup in SIMPLE and custom(column, lookup) is None
        kind = kind_of(path.field)
        self.fast = lookup if plain and kind and kind != "json" else None
        self.types = INTEGER_TYPES if kind in INTEGERS else FAST_TYPES
        self.prepare: Prepare = preparer(path.field)
        self.key: Key = self  # one object for the keyword: cheaper to hash than what it stands for

    def build(self, value: Any, scope: Scope) -> Node:
        """The condition for a value."""
        # hot path: benchmarks/orm_query.py
        if self.fast is not None and type(value) in self.types:
            node = self.prepare(value)
            if type(node) is Param and not node.special:
                return FastCompare(self.key, self.fast, self.column, node)
        if self.path.target is not None:
            value = related_value(value, self.path, scope.method)
        return build(self.column, self.names, value, scope)


known_ready: dict[Any, tuple[int, dict[str, Ready]]] = {}


def ready(model: Any, name: str) -> Ready | None:
    """What a keyword means for a model, if it was used before and crosses no many-relation."""
    # hot path: benchmarks/orm_query.py
    kept = known_ready.get(model)
    if kept is None or kept[0] != model._meta.version:
        return None
    return kept[1].get(name)


def quick_conditions(model: Any, lookups: dict[str, Any]) -> list[Node] | None:
    """The conditions of plain keywords with plain values that were used before; None when any needs more than that."""
    # hot path: benchmarks/orm_query.py
    kept = known_ready.get(model)
    if kept is None or kept[0] != model._meta.version:
        return None
    found: list[Node] = []
    for name, value in lookups.items():
        known = kept[1].get(name)
        if known is None or known.fast is None or type(value) not in known.types:
            return None
        node = known.prepare(value)
        if type(node) is not Param or node.special:
            return None
        found.append(FastCompare(known.key, known.fast, known.column, node))
    return found


def make_ready(model: Any, name: str, path: Path, method: str) -> Ready:
    """Resolve a keyword for a model and keep the answer."""
    if path.target is not None:
        check_related_lookup(path, method)
    made = Ready(path)
    kept = known_ready.get(model)
    if kept is None or kept[0] != model._meta.version:
        kept = known_ready[model] = (model._meta.version, {})
    if len(kept[1]) >= MAX_KNOWN:
        kept[1].clear()
    kept[1][name] = made
    return made


__all__ += ["Beyond", "BoundExpr", "Ready"]
