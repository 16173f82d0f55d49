"""`ManySide`: the many-side of a relation as its one side asks for it, `author.books` or `book.tags`.

It knows how the rows of one instance are chosen, how those of many instances are read at once, and which of them
belong to whom.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from manoir.models import _lookups as lookups
from manoir.models._names import hops_of
from manoir.models._query import Query
from manoir.models._scope import Scope
from manoir.models._shape import Column, FastCompare, Hop, Node, Param, shape_of_type

SOURCE = "_source_key"
"""Name under which a row of a many-to-many relation carries the key of the instance that it was read for."""
SMALLEST, LARGEST = -(2**15), 2**15 - 1
"""Integers that every integer column can hold."""


class ManySide:
    """One relation, seen from where it leads to many.

    Args:
        relation: a ManyToOneRel, a ManyToManyField or a ManyToManyRel.

    Attributes:
        name: the attribute, under which rows are kept.
        model: the model of the rows.
        column_field: the foreign key that holds the instance's key: in the rows, or in the table between.
        key_attname: the instance's attribute whose value that key has.
        back_name: the rows' attribute that leads back to the instance; None for many-to-many.
        hop: the step from the rows to the table between; None for a foreign key.
    """

    def __init__(self, relation: Any) -> None:
        self.relation = relation
        self.hop: Hop | None = None
        self.through: Any = None
        if relation.many_to_many:
            forward = hasattr(relation, "source_key")
            field = relation if forward else relation.field
            self.name: str = relation.name if forward else relation.accessor_name
            self.model: Any = relation.related_model
            self.through = field.remote_field.through
            self.column_field: Any = field.source_key if forward else field.target_key
            self.target_field: Any = field.target_key if forward else field.source_key
            self.hop = hops_of(field.remote_field if forward else field)[0]
            self.back_name = None
        else:
            self.name = relation.accessor_name
            self.model = relation.related_model
            self.column_field = relation.field
            self.back_name = relation.field.name
        self.key_attname: str = self.column_field.target_field.attname
        self.first_column = self.column(1)
        tables = [self.model] if self.through is None else [self.model, self.through]
        self.counters = [vars(model._meta.concrete_model._meta) for model in tables]

    def column(self, group: int) -> Column:
        return Column(self.column_field, () if self.hop is None else ((self.hop, group),))

    def placed(self, query: Query) -> tuple[Query, Column]:
        """The query joined to where the key stands, and the key's column."""
        hop = self.hop
        if hop is None:
            return query, self.first_column
        group = query.group_count + 1
        column = self.first_column if group == 1 else self.column(group)
        return query.copy(groups={**query.groups, ((), hop): group}, group_count=group), column

    def of(self, queryset: Any, key: Any) -> Any:
        """The rows of `queryset` that belong to the instance with `key`."""
        # hot path: benchmarks/orm_write.py
        query, column = self.placed(queryset._query)
        return queryset._with(query.filtered(self.condition(query, column, key)))

    def condition(self, query: Query, column: Column, key: Any) -> Node:
        field = self.column_field
        if (type(key) is int and SMALLEST <= key <= LARGEST) or type(key) is uuid.UUID:
            right = Param(field.get_lookup_value(key), field)
            return FastCompare(
                (("compare", "exact"), column.key, ("param", shape_of_type(field), "")), "exact", column, right
            )
        return lookups.build(column, (), key, Scope(query, f"{self.name}.all()"))

    def among(self, queryset: Any, keys: Sequence[Any]) -> Any:
        """The rows of `queryset` that belong to any of the instances with `keys`; `split` sorts them out."""
        query, column = self.placed(queryset._query)
        query = query.filtered(lookups.build(column, ("in",), keys, Scope(query, f"{self.name}.all()")))
        if self.hop is not None:
            query = query.copy(annotations={**query.annotations, SOURCE: column})
        return queryset._with(query)

    def key_of(self, instance: Any) -> Any:
        """The value by which rows refer to an instance; None before it is saved."""
        return getattr(instance, self.key_attname)

    def split(self, rows: Iterable[Any], instances: Iterable[Any]) -> dict[Any, list[Any]]:
        """Sort rows by the key of the instance that they belong to; `instances` are put into their caches."""
        found: dict[Any, list[Any]] = {}
        if self.back_name is None:
            for row in rows:
                found.setdefault(row.__dict__.pop(SOURCE), []).append(row)
            return found
        owners = {self.key_of(instance): instance for instance in instances}
        attname, back_name = self.column_field.attname, self.back_name
        for row in rows:
            own = row.__dict__
            key = own[attname]
            if key in owners:
                own.setdefault(back_name, owners[key])
            found.setdefault(key, []).append(row)
        return found

    def link(self, rows: Iterable[Any], instance: Any) -> None:
        """Let rows know the instance that they belong to, where they say so."""
        if self.back_name is None:
            return
        attname, key = self.column_field.attname, self.key_of(instance)
        for row in rows:
            if row.__dict__.get(attname) == key:
                row.__dict__.setdefault(self.back_name, instance)

    def version(self) -> int:
        """Grows with every write to the tables that the rows come from."""
        # hot path: benchmarks/orm_write.py
        return sum([counter.get("writes", 0) for counter in self.counters])


def side_of(relation: Any) -> ManySide:
    """The `ManySide` of a relation; kept with it until models change."""
    # hot path: benchmarks/orm_write.py
    kept = relation.__dict__.get("_many_side")
    version = relation.model._meta.version
    if kept is None or kept[0] != version:
        made = relation.make_side() if hasattr(relation, "make_side") else ManySide(relation)
        kept = relation.__dict__["_many_side"] = (version, made)
    return kept[1]
