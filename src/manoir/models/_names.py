"""Names in queries: from `"author__name__icontains"` to columns, joins, transforms and a lookup.

Names are resolved once for each model and kept; what depends on one query (its annotations, its joins over
many-relations, whether a condition stands below a NOT) is added by `Scope`, in `_scope`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from manoir.exceptions import FieldError, nearest
from manoir.models._shape import Hop

SEPARATOR = "__"
MAX_PATH = 500
"""Longest name, in characters."""
MAX_STEPS = 30
"""Most names that one path may have."""
MAX_KNOWN = 4_096
"""Paths kept for one model; a client that may choose names cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class Path:
    """A resolved name.

    Attributes:
        hops: relations that are crossed; the last one is left out where its key already stands in the row before.
        field: the field the way ends at.
        target: model that the way ends at when it ends at a relation; None when it ends at a plain field.
        rest: names behind the field: transforms, keys of a document, a lookup.
    """

    hops: tuple[Hop, ...]
    field: Any
    target: Any
    rest: tuple[str, ...]

    @property
    def many(self) -> bool:
        return any(hop.many for hop in self.hops)


known_hops: WeakKeyDictionary[Any, tuple[Hop, ...]] = WeakKeyDictionary()
known_paths: WeakKeyDictionary[Any, tuple[int, dict[str, Path]]] = WeakKeyDictionary()


def hops_of(relation: Any) -> tuple[Hop, ...]:
    """The steps that a relation takes: one, or two over the table of a many-to-many relation.

    Args:
        relation: a relation field, or the far side of one.
    """
    hops = known_hops.get(relation)
    if hops is None:
        hops = known_hops[relation] = make_hops(relation)
    return hops


def make_hops(relation: Any) -> tuple[Hop, ...]:
    own = getattr(relation, "make_hops", None)
    if own is not None:
        return own()
    if relation.many_to_many:
        forward = hasattr(relation, "source_key")
        field = relation if forward else relation.field
        near, far = (field.source_key, field.target_key) if forward else (field.target_key, field.source_key)
        through = field.remote_field.through
        return (backward_hop(near, relation.name, through), forward_hop(far))
    if relation.concrete:
        return (forward_hop(relation),)
    return (backward_hop(relation.field, relation.name, relation.related_model, relation),)


def forward_hop(key: Any) -> Hop:
    """From the row that holds a foreign key to the row it points to."""
    return Hop(key.name, key, key.model, key.related_model, key, key.target_field, many=False, nullable=key.null)


def backward_hop(key: Any, name: str, to_model: Any, relation: Any = None) -> Hop:
    """From the row that a foreign key points to, to the rows that hold it."""
    many = not getattr(key, "one_to_one", False)
    relation = relation or key.remote_field
    return Hop(name, relation, key.related_model, to_model, key.target_field, key, many=many, nullable=True)


def resolve(model: Any, name: str, where: str) -> Path:
    """Resolve a path from `model`.

    Args:
        model: the model whose rows the query reads.
        name: names joined by `__`.
        where: what the caller is doing, for messages.

    Raises:
        FieldError: a name of the path does not exist.
    """
    version, paths = known_paths.get(model) or (-1, {})
    if version != model._meta.version:
        version, paths = model._meta.version, {}
        known_paths[model] = (version, paths)
    path = paths.get(name)
    if path is None:
        path = walk(model, name, where)
        if len(paths) >= MAX_KNOWN:
            paths.clear()
        paths[name] = path
    return path


def walk(model: Any, name: str, where: str) -> Path:
    if len(name) > MAX_PATH:
        raise FieldError(f"The name {name[:40]!r}… has {len(name):,} characters; {MAX_PATH} are the most (in {where}).")
    names = name.split(SEPARATOR)
    if len(names) > MAX_STEPS:
        raise FieldError(f"The name {name[:40]!r}… has {len(names)} parts; {MAX_STEPS} are the most (in {where}).")
    hops: list[Hop] = []
    member: Any = None
    for position, part in enumerate(names):
        found = model._meta.names.get(part)
        if found is None:
            if member is None:
                raise unknown_field(model, part, where)
            return ending(hops, member, tuple(names[position:]))
        if not found.is_relation or part == getattr(found, "attname", None) != found.name:
            return plain_ending(hops, found, tuple(names[position + 1 :]))
        member = found
        hops.extend(hops_of(found))
        model = found.related_model
    return ending(hops, member, ())


def ending(hops: list[Hop], member: Any, rest: tuple[str, ...]) -> Path:
    """The end of a way at a relation: its value is the key of the row it leads to."""
    last = hops[-1]
    if last.relation.concrete and not last.many:
        return Path(tuple(hops[:-1]), last.from_field, last.to_model, rest)
    return Path(tuple(hops), last.to_model._meta.pk, last.to_model, rest)


def plain_ending(hops: list[Hop], field: Any, rest: tuple[str, ...]) -> Path:
    """The end of a way at a column; `author__id` is the `author_id` of the row before."""
    while hops and hops[-1].to_field is field and not hops[-1].many and hops[-1].relation.concrete:
        field = hops.pop().from_field
    return Path(tuple(hops), field, None, rest)


def unknown_field(model: Any, name: str, where: str, also: tuple[str, ...] = ()) -> FieldError:
    known = [*also, *[known for known in model._meta.names if known != "pk"]]
    shown = name if len(name) <= 60 else name[:60] + "…"
    return FieldError(
        f"{model.__name__} has no field {shown!r} (in {where}{caller()}).{nearest(name[:60], known)} Fields: {', '.join(known)}."
    )


def caller() -> str:
    """Where the user's code called, as `, file:line`; empty when all code on the stack is manoir's."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith("manoir.") and module not in ("manoir", "asyncio.runners", "contextlib"):
            return f", {frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
