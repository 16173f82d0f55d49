"""Plans: a serializer without Python per row, compiled to the columns it shows and what a row of its answer looks like.

A `Level` is one query: the rows of a model with everything that leads to one row joined to them. What leads to many is a
level of its own, read for all rows at once; so the number of queries follows from the serializer, not from the rows.
Where a joined row may be hidden from the user, one query more says which are not.

A serializer that has Python per row (a method field, an overridden `to_representation`, a property of the model) has no
plan: its rows become instances, whose relations load together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec

from manoir.db import connections
from manoir.models.shapes import Expression, RowShape
from manoir.rest._field import Field, empty
from manoir.rest._model_info import RelationInfo, field_info
from manoir.rest._plan_cache import Planner
from manoir.rest._plan_values import NotPlanned, code_of_value, is_exact, is_ours
from manoir.rest._relation import ManyRelatedField, PrimaryKeyRelatedField, SlugRelatedField
from manoir.rest._scoping import among_visible, is_scoped, scoped

Maker = Callable[[Any, list[str]], str]
"""Makes the code of a value out of the source and the codes of the columns."""
MAX_DEPTH = 10
"""Deepest nesting that is planned; deeper serializers are shown the ordinary way."""


@dataclass(frozen=True, slots=True)
class Many:
    """Lists in the items, out of rows of their own.

    Attributes:
        level: the rows.
    """

    level: Level

    def aanswer(self, keys: set[Any], alias: str, request: Any) -> Awaitable[Mapping[Any, list[Any]]]:
        """Return the lists by key, without those that are empty."""
        return self.level.alists(keys, alias, request)


@dataclass(frozen=True, slots=True)
class Veil:
    """Members of items that show something of a joined row, which the user may not see (H01): then they are None.

    Attributes:
        model: the model of the joined row.
    """

    model: Any

    async def aanswer(self, keys: set[Any], alias: str, request: Any) -> Set[Any]:
        """Return the keys of the rows that are hidden."""
        keys.discard(None)
        if request is None or not keys:
            return frozenset()
        hidden = keys
        for part in among_visible(self.model, tuple(keys), alias, request.user):
            hidden = hidden.difference(await part._afetch())
        return hidden


@dataclass(slots=True)
class Level:
    """One query and its results.

    The driver's rows are kept until everything that goes into their items is read; then the items are made at once. So
    hundreds of objects do not live while others are waited for, which would cost the garbage collector more than they do.

    Attributes:
        model: the model of the rows.
        shape: how rows become items, or lists of items by the key that they belong to.
        parts: what is asked about the values of some columns before items are made.
        computed: names that are values of the queryset (`annotate()`), which it has to have.
        is_exact: whether what JSON gives back is the documented data.
    """

    model: Any
    shape: RowShape
    parts: tuple[Many | Veil, ...]
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
        shaped = self.shape.of(queryset)
        if not self.parts:
            return await shaped._afetch()
        alias = shaped.db
        async with connections[alias].together():
            return await self.afinished(await shaped._afetch(), alias, request)

    async def alists(self, keys: set[Any], alias: str, request: Any) -> Mapping[Any, list[Any]]:
        """Return the items that belong to keys, by key."""
        # hot path: benchmarks/rest.py
        keys.discard(None)
        if not keys:
            return {}
        if request is not None and is_scoped(self.model):
            visible = scoped(self.model._default_manager.using(alias), request.user)
            rows = await self.shape.aread_among(visible, list(keys))
        else:
            rows = await self.shape.aread_all_among(alias, list(keys))
        return (await self.afinished(rows, alias, request) if self.parts else rows) or {}

    async def afinished(self, read: Any, alias: str, request: Any) -> Any:
        """Return the results of rows that wait for answers."""
        # hot path: benchmarks/rest.py
        if not read:
            return read
        finish, asked = read
        answers = [await part.aanswer(values, alias, request) for part, values in zip(self.parts, asked, strict=True)]
        return finish(*answers)


def has_own_prefetch(queryset: Any) -> bool:
    """Whether `prefetch_related()` chose rows of its own, which the plan would not see."""
    return any(
        getattr(one, "queryset", None) is not None or getattr(one, "to_attr", None) for one in queryset._prefetch
    )


@dataclass(slots=True)
class Columns:
    """The columns of one level while it is planned.

    Attributes:
        offset: 1 where the key that rows are asked for by comes first.
        names: columns by the names that queries know.
        parts: what is asked before items are made, each about a column.
        computed: names of annotations.
    """

    model: Any
    offset: int
    names: list[str] = field(default_factory=list[str])
    parts: list[tuple[int, Many | Veil]] = field(default_factory=list[tuple[int, Many | Veil]])
    computed: set[str] = field(default_factory=set[str])
    is_exact: bool = True

    def value(self, one: Field | None, column: Any, name: str) -> Maker:
        """The code of a column's value."""
        self.is_exact = self.is_exact and is_exact(one, column)
        return code_of_value(one, column, self.column(name))

    def column(self, name: str) -> int:
        """The index of a column among the values."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name) + self.offset

    def answer(self, name: str, part: Many | Veil) -> int:
        """The index of what a part answers about the values of a column."""
        asked = (self.column(name), part)
        if asked not in self.parts:
            self.parts.append(asked)
        return self.parts.index(asked)


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
        make = object_maker(serializer, model, "", columns, depth)
    shape = RowShape(
        model,
        columns.names,
        expression_of(make, by_key=relation is not None),
        relation,
        asked=tuple(index for index, _ in columns.parts),
    )
    parts = tuple(part for _, part in columns.parts)
    exact = columns.is_exact and all(part.level.is_exact for part in parts if isinstance(part, Many))
    return Level(model, shape, parts, frozenset(columns.computed), exact)


def expression_of(make: Maker, *, by_key: bool) -> Expression:
    """The code of a result: the item, or the item in the list of its key."""

    def expression(source: Any, values: list[str]) -> str | tuple[str, str]:
        item = make(source, values)
        return (values[0], item) if by_key else item

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
    if model._has_custom_from_db:
        raise NotPlanned
    info = field_info(model)
    found = info.fields_and_pk.get(names[-1])
    if found is None:
        found = next((one for one in model._meta.concrete_fields if one.attname == names[-1]), None)
    if found is None or found.descriptor is not None:  # a descriptor gives what it likes
        raise NotPlanned
    return found


def object_maker(serializer: Any, model: Any, prefix: str, columns: Columns, depth: int) -> Maker:
    """The code of the object that a serializer shows of a row.

    Args:
        serializer: the serializer.
        model: the model of the row.
        prefix: how queries name the row's columns: `""`, `"author__"`.
        columns: the level.
        depth: how deep it stands in others.
    """
    if not is_ours(serializer):
        raise NotPlanned
    members: dict[str, tuple[Maker, bool]] = {}
    for name, one in serializer.fields.items():
        if not one.write_only:
            members[name] = member_maker(one, model, prefix, columns, depth)
    if depth > MAX_DEPTH:
        raise NotPlanned
    item = item_type(tuple(members))

    def make(source: Any, values: list[str]) -> str:
        codes = [member(source, values) for member, _ in members.values()]
        if item is not None:
            return f"{source.constant(item)}({', '.join(codes)})"
        parts: list[str] = []
        for (name, (_, is_optional)), code in zip(members.items(), codes, strict=True):
            key, unset = source.key(name), source.constant(msgspec.UNSET)
            parts.append(f"**({{}} if (v := {code}) is {unset} else {{{key}: v}})" if is_optional else f"{key}: {code}")
        return "{" + ", ".join(parts) + "}"

    return make


@lru_cache(maxsize=1024)
def item_type(names: tuple[str, ...]) -> Any:
    """A class of items that msgspec writes as objects with these members, in half the time of dicts.

    The garbage collector does not see them, who hold nothing but data; UNSET leaves a member out.

    Returns:
        The class, which takes its values by position; None where JSON has to escape a name.
    """
    places = [f"m{index}" for index in range(len(names))]
    try:
        return msgspec.defstruct(
            "Item", [(place, Any) for place in places], rename=dict(zip(places, names, strict=True)), eq=False, gc=False
        )
    except ValueError:
        return None


def member_maker(one: Field, model: Any, prefix: str, columns: Columns, depth: int) -> tuple[Maker, bool]:
    """The code of one member of an object, and whether that may be UNSET: the member is left out then."""
    names = list(one.source_attrs)
    if not names or not is_ours(one):
        raise NotPlanned
    needed: int | None = None
    passed: list[tuple[Any, str]] = []
    for step in names[:-1]:
        info = single(model, step)
        model, prefix = info.related_model, f"{prefix}{step}__"
        passed.append((model, prefix))
        if is_nullable(info) or needed is not None:
            needed = columns.column(f"{prefix}{model._meta.pk.attname}")
    if needed is not None and (one.default is not empty or (one.required and not one.allow_null)):
        raise NotPlanned  # what happens then is decided row by row
    if one.allow_null:
        needed = None
    make = value_maker(one, names[-1], model, prefix, columns, depth)
    if needed is not None:
        make = left_out(make, needed)
    for model, prefix in passed:
        make = veiled(make, model, prefix, columns)
    return make, needed is not None


def left_out(make: Maker, needed: int) -> Maker:
    """The code of a value that is UNSET where a column is None."""

    def maker(source: Any, values: list[str]) -> str:
        return f"({source.constant(msgspec.UNSET)} if ({values[needed]}) is None else {make(source, values)})"

    return maker


def veiled(make: Maker, model: Any, prefix: str, columns: Columns) -> Maker:
    """The code of a value that is None where the joined row that it shows something of is hidden from the user.

    Args:
        make: the code of the value.
        model: the model of the joined row.
        prefix: how queries name its columns.
        columns: the level.
    """
    if not is_scoped(model):
        return make
    name = f"{prefix}{model._meta.pk.attname}"
    key, hidden = columns.column(name), columns.answer(name, Veil(model))

    def maker(source: Any, values: list[str]) -> str:
        return f"(None if ({values[key]}) in {source.answer(hidden)} else {make(source, values)})"

    return maker


def single(model: Any, name: str) -> RelationInfo:
    """The relation of that name, which leads to one row."""
    info = field_info(model).relations.get(name)
    if info is None or info.to_many:
        raise NotPlanned
    return info


def is_nullable(info: RelationInfo) -> bool:
    """Whether there may be no row."""
    return info.reverse or info.model_field.null


def value_maker(one: Any, last: str, model: Any, prefix: str, columns: Columns, depth: int) -> Maker:
    """The code of the value of a member: a list, an object, a key or a column."""
    child = getattr(one, "child", None) if hasattr(getattr(one, "child", None), "fields") else None
    if isinstance(one, ManyRelatedField):
        child = one.child_relation
    if child is not None:
        return list_maker(child, last, model, prefix, columns, depth)
    if hasattr(one, "fields"):
        return nested_maker(one, last, model, prefix, columns, depth)
    if isinstance(one, PrimaryKeyRelatedField):
        info = single(model, last)
        if info.reverse or info.to_field is not None or one.pk_field is not None:
            raise NotPlanned
        make = columns.value(None, info.model_field.target_field, prefix + info.model_field.attname)
        return veiled(make, info.related_model, f"{prefix}{last}__", columns)
    if isinstance(one, SlugRelatedField):
        info = single(model, last)
        column = column_of(info.related_model, one.slug_field.split("__"))
        make = columns.value(None, column, f"{prefix}{last}__{one.slug_field}")
        return veiled(make, info.related_model, f"{prefix}{last}__", columns)
    return plain_maker(one, last, model, prefix, columns)


def plain_maker(one: Field, last: str, model: Any, prefix: str, columns: Columns) -> Maker:
    """The code of a column's value, or of a value that the queryset computes."""
    options = model._meta
    declared = last in options.columns_by_name and options.columns_by_name[last] is None
    if not prefix and (declared or not hasattr(model, last)):
        columns.computed.add(last)
        return columns.value(one, None, last)
    column = options.pk if last == "pk" else column_of(model, [last])
    return columns.value(one, column, prefix + column.attname)


def nested_maker(one: Any, last: str, model: Any, prefix: str, columns: Columns, depth: int) -> Maker:
    """The code of an object for a row that a relation leads to."""
    info = single(model, last)
    below = f"{prefix}{last}__"
    missing = columns.column(f"{below}{info.related_model._meta.pk.attname}")
    make = object_maker(one, info.related_model, below, columns, depth + 1)

    def maker(source: Any, values: list[str]) -> str:
        return f"(None if ({values[missing]}) is None else {make(source, values)})"

    return veiled(maker, info.related_model, below, columns)


def list_maker(child: Any, last: str, model: Any, prefix: str, columns: Columns, depth: int) -> Maker:
    """The code of a list, out of what its level answers."""
    info = field_info(model).relations.get(last)
    if info is None or not info.to_many:
        raise NotPlanned
    level = planned(child, info.related_model, info.relation, depth + 1)
    assert level.shape.key_name is not None
    name = prefix + level.shape.key_name
    key, lists = columns.column(name), columns.answer(name, Many(level))
    return lambda source, values: f"({source.answer(lists)}.get({values[key]}) or [])"


def plan_or_none(serializer: Any, model: Any) -> Level | None:
    """The plan of a serializer; None when it has Python per row."""
    try:
        return planned(serializer, model)
    except NotPlanned:
        return None


Planner.plan = staticmethod(plan_or_none)
