"""What goes when objects are deleted: found level by level, named as far as people read, counted in full.

Rows that point to the deleted ones are followed as the deletion itself follows them. A level with few rows is read; one
with very many is counted by the database and only its first rows are named, so that the page stays quick whatever
depends on a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from manoir.db import DEFAULT_DB_ALIAS
from manoir.models import CASCADE, DO_NOTHING, PROTECT, RESTRICT, QuerySet

MOST_READ: Final = 1_000
"""Rows of one relation that are read; of more only the number is found out."""
MOST_NAMED: Final = 50
"""Rows of one relation that are named below one row."""
MOST_BLOCKING: Final = 100
"""Rows named that forbid the deletion."""
DEEPEST: Final = 50
"""Levels that are followed."""


@dataclass(slots=True)
class Node:
    """A row that goes, and what goes with it.

    Attributes:
        row: the row.
        children: rows that point to it.
        hidden: how many more rows point to it that are not named, by model.
    """

    row: Any
    children: list[Node] = field(default_factory=list["Node"])
    hidden: dict[Any, int] = field(default_factory=dict[Any, int])


@dataclass(frozen=True, slots=True)
class Link:
    """How rows point to others.

    Attributes:
        model: the model of the rows.
        target: attribute of the others that they point to.
        attname: attribute of the rows with its value.
    """

    model: Any
    target: str
    attname: str


class DeletedObjects:
    """Finds what goes.

    Args:
        rows: the rows that are to be deleted.
        using: alias of the database.

    Attributes:
        roots: the rows, with what goes with them.
        counts: number of rows by model.
        samples: rows by model, as far as they were read.
        protected: rows that forbid the deletion.
        updated: numbers of rows that stay and lose their relation, by foreign key.
    """

    def __init__(self, rows: Sequence[Any], using: str | None) -> None:
        self.using = using
        self.roots = [Node(row) for row in rows]
        self.counts: dict[Any, int] = {}
        self.samples: dict[Any, list[Any]] = {}
        self.protected: list[Any] = []
        self.updated: dict[Any, int] = {}
        self._restricted: dict[Any, dict[Any, Any]] = {}
        self._seen: dict[Any, set[Any]] = {}
        by_model: dict[Any, list[Node]] = {}
        for node in self.roots:
            by_model.setdefault(type(node.row)._meta.concrete_model, []).append(node)
        for model, nodes in by_model.items():
            self._take(model, nodes)
            self._follow(model, nodes, None, 0)
        self._refuse_restricted()

    def _take(self, model: Any, nodes: list[Node]) -> None:
        self._seen.setdefault(model, set()).update(node.row.pk for node in nodes)
        self.counts[model] = self.counts.get(model, 0) + len(nodes)
        self.samples.setdefault(model, []).extend(node.row for node in nodes)

    def _follow(self, model: Any, nodes: list[Node], rows: Any, depth: int) -> None:
        """Follow the relations that point to rows: those of `nodes`, or of the queryset `rows` where they are many."""
        if depth > DEEPEST or (not nodes and rows is None):
            return
        for rel in model._meta.concrete_model._meta.all_rels:
            if not rel.many_to_many and rel.on_delete is not DO_NOTHING:
                self._follow_relation(rel, nodes, rows, depth)
        if nodes:
            for relation in generic_relations(model):
                self._follow_generic(relation, nodes, depth)

    def _follow_generic(self, relation: Any, nodes: list[Node], depth: int) -> None:
        """Follow a generic relation: its rows go too."""
        found = relation.rows_of([node.row for node in nodes], self.using or DEFAULT_DB_ALIAS).order_by("pk")
        model, attname = relation.related_model, relation.object_id_field.attname
        self._cascade(model._meta.concrete_model, Link(model, "pk", attname), found, nodes, depth)

    def _follow_relation(self, rel: Any, nodes: list[Node], rows: Any, depth: int) -> None:
        found = self._pointing(rel, nodes, rows)
        policy = rel.on_delete
        if policy is PROTECT:
            self.protected.extend(found[: MOST_BLOCKING - len(self.protected)])
        elif policy is RESTRICT:
            self._restricted.setdefault(rel.field, {}).update({row.pk: row for row in found[:MOST_READ]})
        elif policy is CASCADE or policy.name == "DB_CASCADE":
            link = Link(rel.field.model, rel.field.target_field.attname, rel.field.attname)
            self._cascade(rel.field.target_field.model._meta.concrete_model, link, found, nodes, depth)
        else:
            count = int(found.count())
            if count:
                self.updated[rel.field] = self.updated.get(rel.field, 0) + count

    def _pointing(self, rel: Any, nodes: list[Node], rows: Any) -> Any:
        """Queryset of the rows that point to others by one relation."""
        target = rel.field.target_field.attname
        keys = rows.values(target) if rows is not None else [getattr(node.row, target) for node in nodes]
        manager = rel.field.model._meta.base_manager.using(self.using)
        return manager.filter(**{f"{rel.field.attname}__in": keys}).order_by("pk")

    def _cascade(self, target: Any, link: Link, found: Any, nodes: list[Node], depth: int) -> None:
        model = link.model._meta.concrete_model
        read = list(found[: MOST_READ + 1])
        seen = self._seen.setdefault(model, set())
        if len(read) <= MOST_READ:
            children = [Node(row) for row in read if row.pk not in seen]
            if children:
                self._take(model, children)
                self._hang(link, children, nodes)
                self._follow(model, children, None, depth + 1)
            return
        count = int(found.count())
        self.counts[model] = self.counts.get(model, 0) + count
        children = [Node(row) for row in read[:MOST_NAMED]]
        self.samples.setdefault(model, []).extend(node.row for node in children)
        self._hang(link, children, nodes, count - len(children))
        if model is not target:  # a circle of very many rows ends here
            self._follow(model, [], found.order_by(), depth + 1)

    def _hang(self, link: Link, children: list[Node], nodes: list[Node], more: int = 0) -> None:
        """Hang rows below those that they point to."""
        parents = {str(getattr(node.row, link.target)): node for node in nodes}
        for child in children:
            parent = parents.get(str(getattr(child.row, link.attname)))
            if parent is None:
                continue
            same = sum(1 for one in parent.children if type(one.row) is type(child.row))
            if same < MOST_NAMED:
                parent.children.append(child)
            else:
                parent.hidden[type(child.row)] = parent.hidden.get(type(child.row), 0) + 1
        if more and nodes:
            model = link.model
            nodes[0].hidden[model] = nodes[0].hidden.get(model, 0) + more

    def _refuse_restricted(self) -> None:
        """Rows that point with RESTRICT forbid the deletion, unless they go as well."""
        for relation, rows in self._restricted.items():
            gone = self._seen.get(relation.model._meta.concrete_model, set())
            self.protected.extend([row for key, row in rows.items() if key not in gone][:MOST_BLOCKING])


def generic_relations(model: Any) -> list[Any]:
    """The generic relations of a model, whose rows go with those of the model."""
    return [one for one in model._meta.concrete_model._meta.private_fields if hasattr(one, "rows_of")]


def chosen_rows(objs: Iterable[Any]) -> tuple[list[Any], str | None, int]:
    """The rows to look at, the alias of their database, and how many more there are."""
    if isinstance(objs, QuerySet):
        rows: Any = cast("Any", objs)
        read = list(rows[: MOST_READ + 1]) if not rows.query.is_sliced else list(rows)
        if len(read) > MOST_READ:
            return read[:MOST_READ], rows.db, int(rows.count()) - MOST_READ
        return read, rows.db, 0
    found = list(objs)
    return found, (found[0]._state.db if found else None), 0


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """All nodes, depth first."""
    for node in nodes:
        yield node
        yield from walk(node.children)
