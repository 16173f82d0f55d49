"""Plans: a serializer without Python per row, compiled to the columns it shows and what a row of its answer looks like.

A `Level` is one query: the rows of a model with everything that leads to one row joined to them. What leads to many is a
level of its own, read for all rows at once; so the number of queries follows from the serializer, not from the rows.
Where a joined row may be hidden from the user, one query more says which are not.

A serializer that has Python per row (a method field, an overridden `to_representation`, a property of the model) has no
plan: its rows become instances, whose relations load together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from manoir.models.shapes import Expression, RowShape
from manoir.rest._field import Field, empty
from manoir.rest._model_info import RelationInfo, field_info
from manoir.rest._plan_cache import Planner
from manoir.rest._plan_values import NotPlanned, code_of_value, is_as_it_is, is_exact, is_ours
from manoir.rest._relation import ManyRelatedField, PrimaryKeyRelatedField, SlugRelatedField
from manoir.rest._scoping import among_visible, is_scoped, scoped

Maker = Callable[[Any, list[str]], str]
"""Makes the code of a value out of the source and the codes of the columns."""
Shown = dict[int, str]
"""Members of the outermost object that show a column as it is, by the column's index."""

MAX_DEPTH = 10
"""Deepest nesting that is planned; deeper serializers are shown the ordinary way."""


@dataclass(frozen=True, slots=True)
class Many:
    """A list in an item, out of rows of its own.

    Attributes:
        name: its key in the item.
        path: keys of the objects in the item that lead there.
        index: where a result has the key that the list's rows refer to: a place in the tuple, or a name in the item.
        level: the rows.
    """

    name: str
    path: tuple[str, ...]
    index: int | str
    level: Level

    async def afill(self, rows: Sequence[Any], alias: str, request: Any, *, has_keys: bool) -> None:
        """Read the lists, and put them into the items."""
        # hot path: benchmarks/rest.py
        index, name = self.index, self.name
        keys = {row[index] for row in rows}
        keys.discard(None)
        lists = (await self.level.alists(list(keys), alias, request) if keys else {}).get
        if not has_keys:
            for item in rows:
                item[name] = lists(item[index]) or []
            return
        for row in rows:
            item = row[-1]
            for step in self.path:
                item = item[step] if item is not None else None
            if item is not None:
                item[name] = lists(row[index]) or []


@dataclass(frozen=True, slots=True)
class Veil:
    """Members of an item that show something of a joined row, which the user may not see (H01): then they are None.

    Attributes:
        model: the model of the joined row.
        index: where a result has its key.
        members: each with the keys of the objects in the item that lead there, and its own.
    """

    model: Any
    index: int
    members: tuple[tuple[tuple[str, ...], str], ...]

    async def afill(self, rows: Sequence[Any], alias: str, request: Any, *, has_keys: bool) -> None:
        """Ask which rows are visible, and take the others out of the items."""
        if request is None:
            return
        hidden = {row[self.index] for row in rows}
        hidden.discard(None)
        for part in among_visible(self.model, tuple(hidden), alias, request.user):
            hidden = hidden.difference(await part._afetch())
        for row in rows:
            if row[self.index] in hidden:
                self.cover(row[-1])

    def cover(self, item: Any) -> None:
        """Take what is hidden out of an item."""
        for path, name in self.members:
            holder = item
            for step in path:
                holder = holder[step] if holder is not None else None
            if holder is not None:
                holder[name] = None


@dataclass(slots=True)
class Level:
    """One query and its results.

    Attributes:
        model: the model of the rows.
        shape: how rows become results: the item, or a tuple of keys with the item last.
        parts: what is put into the items, or taken out of them, once they are read.
        has_keys: whether results are tuples.
        computed: names that are values of the queryset (`annotate()`), which it has to have.
        is_exact: whether what JSON gives back is the documented data.
    """

    model: Any
    shape: RowShape
    parts: tuple[Many | Veil, ...]
    has_keys: bool
    computed: frozenset[str]
    is_exact: bool

    def fits(self, queryset: Any) -> bool:
        """Tell whether this queryset can be read by the plan."""
        query = queryset._query
        plain = queryset._result is None and queryset._related is None and self.shape.fits(queryset)
        return plain and self.computed <= query.annotations.keys() and not has_own_prefetch(queryset)

    async def aread(self, queryset: Any, request: Any = None) -> list[Any]:
        """Return the items of a queryset.

        Args:
            queryset: the rows.
            request: whose user asks; None: nobody is asking, and nothing is hidden.
        """
        # hot path: benchmarks/rest.py
        rows = await self.shape.of(queryset)._afetch()
        for part in self.parts:
            await part.afill(rows, queryset.db, request, has_keys=self.has_keys)
        return [row[-1] for row in rows] if self.has_keys else rows

    async def alists(self, keys: Sequence[Any], alias: str, request: Any) -> dict[Any, list[Any]]:
        """Return the items that belong to keys, by key."""
        if request is not None and is_scoped(self.model):
            rows = await self.shape.aread_among(scoped(self.model._default_manager.using(alias), request.user), keys)
        else:
            rows = await self.shape.aread_all_among(alias, keys)
        if not self.parts:
            return rows
        for part in self.parts:
            await part.afill(rows, alias, request, has_keys=self.has_keys)
        found: dict[Any, list[Any]] = defaultdict(list)
        for row in rows:
            found[row[0]].append(row[-1])
        return found


def has_own_prefetch(queryset: Any) -> bool:
    """Whether `prefetch_related()` chose rows of its own, which the plan would not see."""
    return any(
        getattr(one, "queryset", None) is not None or getattr(one, "to_attr", None) for one in queryset._prefetch
    )


@dataclass(slots=True)
class Columns:
    """The columns of one level while it is planned.

    Attributes:
        model: the model.
        offset: 1 where the key that rows are asked for by comes first.
        names: columns by the names that queries know.
        keys: indexes of columns that results carry as keys.
        computed: names of annotations.
    """

    model: Any
    offset: int
    names: list[str] = field(default_factory=list[str])
    keys: list[int] = field(default_factory=list[int])
    computed: set[str] = field(default_factory=set[str])
    many: list[Many] = field(default_factory=list[Many])
    veils: dict[tuple[Any, int], list[tuple[tuple[str, ...], str]]] = field(default_factory=lambda: defaultdict(list))
    is_exact: bool = True
    shown: Shown = field(default_factory=dict[int, str])

    def value(self, one: Field | None, column: Any, name: str) -> Maker:
        """The code of a column's value."""
        self.is_exact = self.is_exact and is_exact(one, column)
        return code_of_value(one, column, self.column(name))

    def column(self, name: str) -> int:
        """The index of a column among the values."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name) + self.offset

    def key(self, name: str) -> int:
        """The index of a column among a result's keys."""
        index = self.column(name)
        if index not in self.keys:
            self.keys.append(index)
        return self.keys.index(index) + self.offset

    def veil(self, name: str, path: tuple[str, ...], model: Any, prefix: str) -> None:
        """Note that a member shows something of a joined row, where not everybody may see the rows of its model.

        Args:
            name: the member.
            path: keys of the objects around it.
            model: the model of the joined row.
            prefix: how queries name its columns.
        """
        if is_scoped(model):
            self.veils[model, self.key(f"{prefix}{model._meta.pk.attname}")].append((path, name))


def planned(serializer: Any, model: Any, relation: Any = None, depth: int = 0) -> Level:
    """Plan a serializer of the rows of a model.

    Args:
        serializer: the serializer of one row, or the relation field of one.
        model: the model.
        relation: the rows are the many-side of this relation.
        depth: how deep in others it stands.

    Raises:
        NotPlanned: it has Python per row.
    """
    if depth > MAX_DEPTH:
        raise NotPlanned
    columns = Columns(model, 0 if relation is None else 1)
    if isinstance(serializer, (PrimaryKeyRelatedField, SlugRelatedField)):
        make = row_maker(serializer, columns)
    else:
        make = object_maker(serializer, model, "", (), columns, depth)
    many, keys = tuple(columns.many), [0] * columns.offset + columns.keys
    veils = [Veil(of, index, tuple(members)) for (of, index), members in columns.veils.items()]
    is_flat = relation is None and not veils
    if is_flat and all(not one.path and columns.keys[one.index] in columns.shown for one in many):  # type: ignore[index]
        # The keys can be found in the items themselves.
        many = tuple(replace(one, index=columns.shown[columns.keys[one.index]]) for one in many)  # type: ignore[index]
        keys = []
    parts = (*many, *veils)
    by_key = relation is not None and not parts
    shape = RowShape(model, columns.names, expression_of(keys, make, by_key=by_key), relation)
    exact = columns.is_exact and all(many.level.is_exact for many in columns.many)
    return Level(model, shape, parts, bool(keys), frozenset(columns.computed), exact)


def expression_of(keys: list[int], make: Maker, *, by_key: bool) -> Expression:
    """The code of a result: the item, the keys and the item, or the item in the list of its key."""

    def expression(source: Any, values: list[str]) -> str | tuple[str, str]:
        item = make(source, values)
        if by_key:
            return values[0], item
        return f"({', '.join([values[index] for index in keys])}, {item})" if keys else item

    return expression


def row_maker(relation: Any, columns: Columns) -> Maker:
    """The code of a row that is shown as its key or one of its values."""
    if not is_ours(relation) or getattr(relation, "pk_field", None) is not None:
        raise NotPlanned
    name = getattr(relation, "slug_field", None) or columns.model._meta.pk.attname
    return columns.value(None, column_of(columns.model, name.split("__")), name)


def column_of(model: Any, names: list[str]) -> Any:
    """The field at the end of a path of relations to one row.

    Raises:
        NotPlanned: the path is of another kind, or leads through rows that not everybody may see.
    """
    for name in names[:-1]:
        info = field_info(model).relations.get(name)
        if info is None or info.to_many or is_scoped(info.related_model):
            raise NotPlanned
        model = info.related_model
    info = field_info(model)
    found = info.fields_and_pk.get(names[-1])
    if found is None:
        found = next((one for one in model._meta.concrete_fields if one.attname == names[-1]), None)
    if found is None:
        raise NotPlanned
    return found


def object_maker(
    serializer: Any, model: Any, prefix: str, path: tuple[str, ...], columns: Columns, depth: int
) -> Maker:
    """The code of the object that a serializer shows of a row.

    Args:
        serializer: the serializer.
        model: the model of the row.
        prefix: how queries name the row's columns: `""`, `"author__"`.
        path: keys of the objects around this one.
        columns: the level.
        depth: how deep it stands in others.
    """
    if not is_ours(serializer):
        raise NotPlanned
    makers: list[tuple[str, Maker, int | None]] = []
    for name, one in serializer.fields.items():
        if not one.write_only:
            makers.append((name, *member_maker(name, one, model, prefix, path, columns, depth)))
    if depth > MAX_DEPTH:
        raise NotPlanned

    def make(source: Any, values: list[str]) -> str:
        parts: list[str] = []
        for name, member, needed in makers:
            pair = f"{source.key(name)}: {member(source, values)}"
            parts.append(pair if needed is None else f"**({{}} if {values[needed]} is None else {{{pair}}})")
        return "{" + ", ".join(parts) + "}"

    return make


def member_maker(
    name: str, one: Field, model: Any, prefix: str, path: tuple[str, ...], columns: Columns, depth: int
) -> tuple[Maker, int | None]:
    """The code of one member of an object, and the column without which the member is left out."""
    names = list(one.source_attrs)
    if not names or not is_ours(one):
        raise NotPlanned
    needed: int | None = None
    for step in names[:-1]:
        info = single(model, step)
        model, prefix = info.related_model, f"{prefix}{step}__"
        columns.veil(name, path, model, prefix)
        if is_nullable(info) or needed is not None:
            needed = columns.column(f"{prefix}{model._meta.pk.attname}")
    if needed is not None and (one.default is not empty or (one.required and not one.allow_null)):
        raise NotPlanned  # what happens then is decided row by row
    if one.allow_null:
        needed = None
    return value_maker(name, one, names[-1], model, prefix, path, columns, depth), needed


def single(model: Any, name: str) -> RelationInfo:
    """The relation of that name, which leads to one row."""
    info = field_info(model).relations.get(name)
    if info is None or info.to_many:
        raise NotPlanned
    return info


def is_nullable(info: RelationInfo) -> bool:
    """Whether there may be no row."""
    return info.reverse or info.model_field.null


def value_maker(
    name: str, one: Any, last: str, model: Any, prefix: str, path: tuple[str, ...], columns: Columns, depth: int
) -> Maker:
    """The code of the value of a member: a list, an object, a key or a column."""
    child = getattr(one, "child", None) if hasattr(getattr(one, "child", None), "fields") else None
    if isinstance(one, ManyRelatedField):
        child = one.child_relation
    if child is not None:
        return list_maker(name, child, last, model, prefix, path, columns, depth)
    if hasattr(one, "fields"):
        return nested_maker(name, one, last, model, prefix, path, columns, depth)
    if isinstance(one, PrimaryKeyRelatedField):
        info = single(model, last)
        if info.reverse or info.to_field is not None or one.pk_field is not None:
            raise NotPlanned
        columns.veil(name, path, info.related_model, f"{prefix}{last}__")
        return columns.value(None, info.model_field.target_field, prefix + info.model_field.attname)
    if isinstance(one, SlugRelatedField):
        info = single(model, last)
        columns.veil(name, path, info.related_model, f"{prefix}{last}__")
        column = column_of(info.related_model, one.slug_field.split("__"))
        return columns.value(None, column, f"{prefix}{last}__{one.slug_field}")
    return plain_maker(one, last, model, prefix, path, columns)


def plain_maker(one: Field, last: str, model: Any, prefix: str, path: tuple[str, ...], columns: Columns) -> Maker:
    """The code of a column's value, or of a value that the queryset computes."""
    options = model._meta
    declared = last in options.columns_by_name and options.columns_by_name[last] is None
    if not prefix and (declared or not hasattr(model, last)):
        columns.computed.add(last)
        return columns.value(one, None, last)
    column = options.pk if last == "pk" else column_of(model, [last])
    make = columns.value(one, column, prefix + column.attname)
    if not path and not prefix and is_as_it_is(one, column):
        columns.shown[columns.column(column.attname)] = one.field_name
    return make


def nested_maker(
    name: str, one: Any, last: str, model: Any, prefix: str, path: tuple[str, ...], columns: Columns, depth: int
) -> Maker:
    """The code of an object for a row that a relation leads to."""
    info = single(model, last)
    below = f"{prefix}{last}__"
    columns.veil(name, path, info.related_model, below)
    missing = columns.column(f"{below}{info.related_model._meta.pk.attname}")
    make = object_maker(one, info.related_model, below, (*path, name), columns, depth + 1)

    def maker(source: Any, values: list[str]) -> str:
        return f"(None if {values[missing]} is None else {make(source, values)})"

    return maker


def list_maker(
    name: str, child: Any, last: str, model: Any, prefix: str, path: tuple[str, ...], columns: Columns, depth: int
) -> Maker:
    """The code of a place that a list will be put in."""
    info = field_info(model).relations.get(last)
    if info is None or not info.to_many:
        raise NotPlanned
    level = planned(child, info.related_model, info.relation, depth + 1)
    assert level.shape.key_name is not None
    columns.many.append(Many(name, path, columns.key(prefix + level.shape.key_name), level))
    return lambda source, values: "None"


def plan_or_none(serializer: Any, model: Any) -> Level | None:
    """The plan of a serializer; None when it has Python per row."""
    try:
        return planned(serializer, model)
    except NotPlanned:
        return None


Planner.plan = staticmethod(plan_or_none)
