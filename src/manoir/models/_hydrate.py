"""From the driver's rows to results: a function generated for each plan, with no loop over columns left in it.

The generated code holds nothing but names that `checked_name` has let through (ASCII identifiers), as quoted keys, and
numbered variables. An instance is made by writing its `__dict__`, without `__init__`, unless its class overrides
`from_db` or `__init__`.
"""

from __future__ import annotations

import itertools
import keyword
import re
from collections import defaultdict, namedtuple
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from weakref import ref

from manoir.exceptions import FieldError
from manoir.models import _hooks
from manoir.models._fetch_modes import FetchMode
from manoir.models._outputs import INTEGERS, kind_of
from manoir.models._query import Query, Related
from manoir.models._shape import AnnotationRef, Column, Node
from manoir.models._state import Origin
from manoir.models.signals import post_init, pre_init

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
MAX_NAME = 200

Hydrate = Callable[..., list[Any]]
"""Rows, alias of the database and, for streams, the level of their connection → results."""
Convert = Callable[[Any], Any]

new = object.__new__


def checked_name(name: str) -> str:
    """`name` as a key in generated code.

    Raises:
        FieldError: it is not an ASCII identifier.
    """
    if not isinstance(name, str) or len(name) > MAX_NAME or not NAME.fullmatch(name):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FieldError(
            f"{str(name)[:60]!r} cannot name a value: use ASCII letters, digits and '_', not beginning with a digit."
        )
    return repr(name)


# -- values -----------------------------------------------------------------------------------------------------------


def converter(node: Node, connection: Any) -> Convert | None:
    """From the driver's value of a column to the Python value; None when it needs nothing. Never called with None."""
    field = node.target.field if isinstance(node, AnnotationRef) else node.field
    if field is None:
        return bool if connection.vendor == "sqlite" else None
    column_type = field.column_type
    steps: list[Convert] = []
    if not isinstance(node, Column):
        coerced = coercion(kind_of(field), connection.vendor)
        if coerced is not None:
            steps.append(coerced)
    if column_type is not None and (read := connection.from_driver(column_type)) is not None:
        steps.append(read)
    return chained(steps)


def coercion(kind: str, vendor: str) -> Convert | None:
    """Computed values come back in wider types than their fields': SUM of bigint is a numeric of PostgreSQL."""
    if kind in INTEGERS:
        return to_int
    if kind == "float":
        return float
    if kind == "decimal":
        return to_decimal if vendor == "postgresql" else str
    return None


def to_int(value: Any) -> int:
    return value if type(value) is int else int(value)


def to_decimal(value: Any) -> Decimal:
    return value if type(value) is Decimal else Decimal(repr(value) if isinstance(value, float) else value)


def chained(steps: list[Convert]) -> Convert | None:
    if len(steps) < 2:
        return steps[0] if steps else None
    first, second = steps
    return lambda value: second(first(value))


class Source:
    """Generated code in the making: a namespace for objects it needs and expressions for its columns."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.namespace: dict[str, Any] = {"new": new, "Origin": Origin, "ref": ref}
        self.numbers = itertools.count()

    def constant(self, value: Any) -> str:
        name = f"k{next(self.numbers)}"
        self.namespace[name] = value
        return name

    def key(self, label: str) -> str:
        """A label of `values()` as a key: in the code when it is a plain name, else as an object beside it."""
        return repr(label) if NAME.fullmatch(label) else self.constant(label)

    def answer(self, index: int) -> str:
        """The name of an answer that a shaped result waits for, see `ShapedOutput`."""
        return f"a{index}"

    def value(self, node: Node, index: int) -> str:
        """The expression for column `index`."""
        found = f"c{index}"
        convert = converter(node, self.connection)
        if convert is not None:
            found = f"None if c{index} is None else {self.constant(convert)}(c{index})"
        field = node.target.field if isinstance(node, AnnotationRef) else node.field
        if field is not None and field.enum is not None and type(field).from_db_value is None:
            member = self.constant({one.value: one for one in field.enum}.get)
            return f"{member}({found}, {found})" if convert is None else f"(lambda v: {member}(v, v))({found})"
        if field is not None and field.from_db_value is not None:
            read = self.constant(field.from_db_value)
            made = f"{read}({found}, None, {self.constant(self.connection)})"
            # A reader of manoir's own (set on the field, not on its class) leaves NULL alone.
            found = made if type(field).from_db_value is not None else f"None if c{index} is None else {made}"
        return found

    def compile(self, lines: list[str]) -> Hydrate:
        code = compile("\n".join(lines), "<manoir hydrator>", "exec")
        exec(code, self.namespace)  # noqa: S102  # only checked names and numbered variables, see the module's docstring
        return self.namespace["hydrate"]


def unpacked(count: int) -> str:
    """The target of the loop over rows."""
    return "(" + ", ".join([f"c{index}" for index in range(count)]) + ("," if count == 1 else "") + ")"


# -- forms ------------------------------------------------------------------------------------------------------------


def hydrator(query: Query, layout: Any, connection: Any) -> Hydrate:
    """The function for the rows of a query; `layout` is a `_compiler.Layout`."""
    form = query.output.form
    if form == "models":
        return model_hydrator(query, layout, connection)
    source = Source(connection)
    width = len(layout.nodes)
    values = [source.value(node, index) for index, node in enumerate(layout.nodes)]
    loop = row_loop(width, len(layout.nodes), query)
    if form == "flat":
        result = values[0] if values else "True"
    elif form == "shaped":
        return shaped_hydrator(source, loop, query.output, values)
    elif form == "dicts":
        pairs = [f"{source.key(label)}: {value}" for label, value in zip(query.output.labels, values, strict=True)]
        result = "{" + ", ".join(pairs) + "}"
    else:
        plain = all(value == f"c{index}" for index, value in enumerate(values)) and not has_hidden_columns(query)
        if form == "tuples" and plain:
            return lambda rows, db, level=None: list(map(tuple, rows))
        made = ", ".join(values) + ("," if width == 1 else "")
        if form == "named":
            for label in query.output.labels:
                checked_name(label)
            row = namedtuple("Row", query.output.labels)  # type: ignore[misc]
            result = f"{source.constant(row)}({made})"
        else:
            result = f"({made})"
    return source.compile(["def hydrate(rows, db, level=None):", f"    return [{result} {loop}]"])


def shaped_hydrator(source: Source, loop: str, output: Any, values: list[str]) -> Hydrate:
    """The function that makes what a `ShapedOutput` describes, at once or when what it asks for is known."""
    made = output.expression(source, values)
    lines = [f"return [{made} {loop}]"]
    if isinstance(made, tuple):
        source.namespace["defaultdict"] = defaultdict
        lines = ["found = defaultdict(list)", f"{loop}:", f"    found[{made[0]}].append({made[1]})", "return found"]
    head = "def hydrate(rows, db, level=None):"
    if not output.asked:
        return source.compile([head, *[f"    {line}" for line in lines]])
    names = [source.answer(index) for index in range(len(output.asked))]
    sets = [f"{{{values[index]} for row in rows for c{index} in [row[{index}]]}}" for index in output.asked]
    finish = f"    def finish({', '.join(names)}):"
    return source.compile(
        [head, finish, *[f"        {line}" for line in lines], f"    return finish, [{', '.join(sets)}]"]
    )


def has_hidden_columns(query: Query) -> bool:
    """Whether SELECT DISTINCT may have added columns that are only sorted by."""
    return query.distinct is True and bool(query.order)


def row_loop(width: int, count: int, query: Query) -> str:
    if has_hidden_columns(query):
        names = "".join([f"c{index}, " for index in range(width)])
        return f"for ({names}*_) in rows"
    if not width:
        return "for _ in rows"
    return f"for {unpacked(width)} in rows"


def model_hydrator(query: Query, layout: Any, connection: Any) -> Hydrate:
    """The function that makes instances."""
    source = Source(connection)
    body = ModelBody(source, layout, query)
    quick = body.compile()
    if query.model._has_custom_from_db or any(one.model._has_custom_from_db for one in body.every):
        return body.compile(documented=True)
    slow: list[Hydrate] = []

    def hydrate(rows: list[Any], db: str, level: Any = None) -> list[Any]:
        # hot path: benchmarks/orm_query.py
        if not (pre_init.receivers or post_init.receivers):
            return quick(rows, db, level)
        if not slow:
            slow.append(body.compile(documented=True))
        return slow[0](rows, db, level)

    return hydrate


class ModelBody:
    """Writes the code that makes instances of a model and of the relations read along.

    Args:
        source: the code's namespace.
        layout: which column holds what.
        query: the query.
    """

    def __init__(self, source: Source, layout: Any, query: Query) -> None:
        self.source = source
        self.layout = layout
        self.query = query
        self.every: list[Related] = []
        collect(query.related, self.every)

    def compile(self, documented: bool = False) -> Hydrate:
        self.documented = documented
        self.count = 0
        width = len(self.layout.nodes)
        mode = self.query.fetch
        origin = "Origin(db, (), level)" if mode is None else f"Origin(db, (), level, {self.source.constant(mode)})"
        head = [
            "def hydrate(rows, db, level=None):",
            f"    g = {origin}",
            "    out = []",
            "    append = out.append",
        ]
        for number in range(len(self.every)):
            head += [f"    g{number} = {origin}", f"    out{number} = []"]
        lines = [f"    {row_loop(width, width, self.query)}:"]
        lines += self.instance("o", "g", self.query.model, self.layout.fields, 0, "        ")
        index = len(self.layout.fields)
        for name in self.layout.annotations:
            lines.append(
                f"        {assignment(self.query.model, 'o', name, self.source.value(self.layout.nodes[index], index))}"
            )
            index += 1
        lines += self.related(self.layout.related, "o", index, "        ")[0]
        lines.append("        append(o)")
        # Weak references: no cycle for the garbage collector to find, and no row that keeps all others in memory.
        tail = ["    if len(out) > 1: g.peers = [*map(ref, out)]"]
        tail += [f"    if len(out{n}) > 1: g{n}.peers = [*map(ref, out{n})]" for n in range(len(self.every))]
        tail = [*(tail if mode is not FetchMode.ONE else ()), "    return out"]
        return self.source.compile([*head, *lines, *tail])

    def instance(
        self, name: str, origin: str, model: Any, fields: tuple[Any, ...], first: int, indent: str
    ) -> list[str]:
        """Code that makes one instance out of the columns from `first` on."""
        cls = self.class_for(model, fields)
        nodes = self.layout.nodes
        values = [
            (field, self.source.value(nodes[first + offset], first + offset)) for offset, field in enumerate(fields)
        ]
        if self.documented:
            return self.documented_instance(name, origin, model, values, indent)
        lines = [f"{indent}{name} = new({self.source.constant(cls)})"]
        lines += [indent + assignment(cls, name, field.attname, value) for field, value in values]
        lines.append(f"{indent}{name}._origin = {origin}")
        return lines

    def documented_instance(
        self, name: str, origin: str, model: Any, values: list[tuple[Any, str]], indent: str
    ) -> list[str]:
        """The same by `Model.from_db`, for classes that override it or `__init__`, or have receivers of init signals."""
        by_name = {field.attname: value for field, value in values}
        attnames = [field.attname for field in model._meta.concrete_fields]
        read = self.source.constant([attname for attname in attnames if attname in by_name])
        listed = ", ".join([by_name[attname] for attname in attnames if attname in by_name])
        cls = self.source.constant(self.class_for(model, tuple([field for field, _value in values])))
        return [
            f"{indent}{name} = {cls}.from_db(db, {read}, [{listed}])",
            f"{indent}{name}._origin = {origin}",
        ]

    def class_for(self, model: Any, fields: tuple[Any, ...]) -> Any:
        missing = frozenset([field.attname for field in model._meta.concrete_fields if field not in fields])
        return _hooks.deferred_class(model, missing) if missing else model

    def related(self, related: tuple[Related, ...], before: str, index: int, indent: str) -> tuple[list[str], int]:
        """Code for the relations read along; answers it and the next free column."""
        lines: list[str] = []
        for one in related:
            number = self.count
            self.count += 1
            name, inner = f"r{number}", indent + "    "
            key = next(offset for offset, field in enumerate(one.fields) if field.primary_key)
            first = index
            index += len(one.fields)
            body = self.instance(name, f"g{number}", one.model, one.fields, first, inner)
            if one.backward is not None:
                body.append(f"{inner}{name}.__dict__[{checked_name(one.backward)}] = {before}")
            below, index = self.related(one.below, name, index, inner)
            lines += [
                f"{indent}if c{first + key} is None:",
                f"{inner}{name} = None",
                f"{indent}else:",
                *body,
                *below,
                f"{inner}out{number}.append({name})",
                f"{indent}{before}.__dict__[{checked_name(one.name)}] = {name}",
            ]
        return lines, index


def assignment(cls: Any, target: str, name: str, value: str) -> str:
    """Code that gives an instance a value.

    As an attribute where the class lets values through: Python 3.11 keeps them inline then, which is twice as fast as
    filling `__dict__`; past a property or another data descriptor into `__dict__`.
    """
    key = checked_name(name)
    guarded = any(hasattr(vars(base).get(name), "__set__") for base in cls.__mro__)
    if guarded or keyword.iskeyword(name) or cls.__setattr__ is not object.__setattr__:
        return f"{target}.__dict__[{key}] = {value}"
    return f"{target}.{name} = {value}"


def collect(related: tuple[Related, ...], found: list[Related]) -> None:
    """All relations read along, in the order in which their code is written."""
    for one in related:
        found.append(one)
        collect(one.below, found)
