"""The only module that writes SQL text: small constructs that SQLAlchemy lacks.

Every construct writes names out of closed tables and compiled parts; no value and no name of a user is ever put into
text here, except words that `Word` has checked character by character. A test counts the raw constructs of SQLAlchemy
(`text`, `literal_column`, `op`) in the whole package: they are banned everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement

from manoir.models._identifiers import Identifier

OPERATORS = frozenset(
    [
        "+",
        "-",
        "*",
        "/",
        "%",
        "&",
        "|",
        "#",
        "<<",
        ">>",
        "=",
        "<>",
        "<",
        "<=",
        ">",
        ">=",
        "~",
        "~*",
        "GLOB",
        "REGEXP",
        "||",
        "->",
        "->>",
        "#>",
        "#>>",
        "@>",
        "<@",
        "?",
        "LIKE",
        "ILIKE",
        "IS NOT DISTINCT FROM",
        "AT TIME ZONE",
        "COLLATE",
        "IN",
    ]
)
WORD = re.compile(r"[A-Za-z0-9_ -]{0,100}|\(\?i\)", re.ASCII)
COLLATION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,62}", re.ASCII)
ALIAS = re.compile(r"[a-z]{1,2}[0-9]{1,6}", re.ASCII)
TYPE = re.compile(r"[A-Za-z][A-Za-z ]*(\([0-9]+(, ?[0-9]+)?\))?(\[\])?", re.ASCII)


class Fragment(ColumnElement[Any]):
    """Base of the constructs: a value with a type, of which SQLAlchemy knows no tables."""

    inherit_cache = False

    def __init__(self, type_: Any = None) -> None:
        self.type = type_ if type_ is not None else sa.types.NULLTYPE

    def self_group(self, against: Any = None) -> Any:
        return self


class Place(Fragment):
    """A column of a table in the query: `t1.title`. The alias is generated, the column an Identifier."""

    def __init__(self, alias: str, column: str, type_: Any = None) -> None:
        super().__init__(type_)
        if not isinstance(alias, Identifier) and not ALIAS.fullmatch(alias):
            raise ValueError(f"{alias!r} is no alias that the compiler made.")
        if not isinstance(column, Identifier) and not ALIAS.fullmatch(column):
            raise ValueError(f"{column!r} is no Identifier.")
        self.alias = alias
        self.column_name = column


@compiles(Place)
def _(element: Place, compiler: Any, **options: Any) -> str:
    quote = compiler.preparer.quote
    return f"{quote(element.alias)}.{quote(element.column_name)}"


class Infix(Fragment):
    """Two values with an operator of the table between them."""

    def __init__(self, left: Any, operator: str, right: Any, type_: Any = None) -> None:
        super().__init__(type_)
        if operator not in OPERATORS:
            raise ValueError(f"{operator!r} is no operator of the compiler.")
        self.left, self.operator, self.right = left, operator, right


@compiles(Infix)
def _(element: Infix, compiler: Any, **options: Any) -> str:
    left, right = compiler.process(element.left, **options), compiler.process(element.right, **options)
    return f"({left} {element.operator} {right})"


class Matches(Fragment):
    """LIKE and its kin, with the escape character of `_lookups._text`."""

    def __init__(self, left: Any, operator: Literal["LIKE", "ILIKE"], pattern: Any) -> None:
        super().__init__(sa.Boolean())
        self.left, self.operator, self.pattern = left, operator, pattern


@compiles(Matches)
def _(element: Matches, compiler: Any, **options: Any) -> str:
    left, pattern = compiler.process(element.left, **options), compiler.process(element.pattern, **options)
    return f"({left} {element.operator} {pattern} ESCAPE '!')"


class Prefix(Fragment):
    """An operator in front of a condition."""

    def __init__(self, operator: Literal["NOT", "-"], part: Any) -> None:
        super().__init__(sa.Boolean())
        self.operator, self.part = operator, part


@compiles(Prefix)
def _(element: Prefix, compiler: Any, **options: Any) -> str:
    return f"{element.operator} ({compiler.process(element.part, **options)})"


class Suffix(Fragment):
    """A test behind a value."""

    def __init__(self, part: Any, test: Literal["IS NULL", "IS NOT NULL", "IS TRUE"]) -> None:
        super().__init__(sa.Boolean())
        self.part, self.test = part, test


@compiles(Suffix)
def _(element: Suffix, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.part, **options)}) {element.test}"


@compiles(Suffix, "postgresql")
def _(element: Suffix, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.part, **options)}) {element.test}"


class Joined(Fragment):
    """Conditions with AND, OR or an operator between them."""

    def __init__(self, connector: Literal["AND", "OR", "<>"], parts: Sequence[Any]) -> None:
        super().__init__(sa.Boolean())
        self.connector, self.parts = connector, parts


@compiles(Joined)
def _(element: Joined, compiler: Any, **options: Any) -> str:
    parts = f" {element.connector} ".join([compiler.process(part, **options) for part in element.parts])
    return f"({parts})"


class Function(Fragment):
    """A function of the compiler's table, or one whose name a project gave as an Identifier."""

    def __init__(
        self, name: str, args: Sequence[Any], type_: Any = None, *, distinct: bool = False, order: Sequence[Any] = ()
    ) -> None:
        super().__init__(type_)
        self.name = Identifier(name)
        self.args, self.over_distinct, self.order = args, distinct, order


@compiles(Function)
def _(element: Function, compiler: Any, **options: Any) -> str:
    args = ", ".join([compiler.process(arg, **options) for arg in element.args])
    if element.order:
        args += f" ORDER BY {', '.join([compiler.process(term, **options) for term in element.order])}"
    return f"{element.name}({'DISTINCT ' if element.over_distinct else ''}{args})"


class First(Fragment):
    """The first member of an array (PostgreSQL)."""

    def __init__(self, array: Any, type_: Any = None) -> None:
        super().__init__(type_)
        self.array = array


@compiles(First)
def _(element: First, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.array, **options)})[1]"


class Star(Fragment):
    """The `*` of COUNT(*)."""


@compiles(Star)
def _(element: Star, compiler: Any, **options: Any) -> str:
    return "*"


class Filtered(Fragment):
    """An aggregate over the rows that fulfil a condition."""

    def __init__(self, aggregate: Any, condition: Any) -> None:
        super().__init__(aggregate.type)
        self.aggregate, self.condition = aggregate, condition


@compiles(Filtered)
def _(element: Filtered, compiler: Any, **options: Any) -> str:
    aggregate, condition = (
        compiler.process(element.aggregate, **options),
        compiler.process(element.condition, **options),
    )
    return f"{aggregate} FILTER (WHERE {condition})"


class Over(Fragment):
    """A function over a window.

    Args:
        function: the compiled function.
        partition: what divides the rows.
        order: terms of the order.
        frame: mode, start, end and exclusion; see `_windowing.Frame`.
    """

    modes = frozenset(["ROWS", "RANGE"])
    exclusions = frozenset(["", "CURRENT ROW", "GROUP", "TIES", "NO OTHERS"])

    def __init__(self, function: Any, partition: Sequence[Any], order: Sequence[Any], frame: Any) -> None:
        super().__init__(function.type)
        self.function, self.partition, self.order = function, partition, order
        self.frame = "" if frame is None else self.written(*frame)

    def written(self, mode: str, start: int | None, end: int | None, exclusion: str) -> str:
        if mode not in self.modes or exclusion not in self.exclusions:
            raise ValueError(f"{mode!r} with {exclusion!r} is no frame of a window.")
        bounds = f"{bound(start, 'PRECEDING')} AND {bound(end, 'FOLLOWING')}"
        return f"{mode} BETWEEN {bounds}{' EXCLUDE ' if exclusion else ''}{exclusion}"


def bound(distance: int | None, unbounded: str) -> str:
    """A bound of a frame."""
    if not distance:
        return f"UNBOUNDED {unbounded}" if distance is None else "CURRENT ROW"
    return f"{abs(int(distance))} {'PRECEDING' if distance < 0 else 'FOLLOWING'}"


@compiles(Over)
def _(element: Over, compiler: Any, **options: Any) -> str:
    words: list[str] = []
    for clause, parts in (("PARTITION BY", element.partition), ("ORDER BY", element.order)):
        if parts:
            words.append(f"{clause} {', '.join([compiler.process(part, **options) for part in parts])}")
    words.extend([element.frame] if element.frame else [])
    return f"{compiler.process(element.function, **options)} OVER ({' '.join(words)})"


class Case(Fragment):
    """CASE WHEN … THEN … ELSE … END."""

    def __init__(self, whens: Sequence[tuple[Any, Any]], default: Any, type_: Any = None) -> None:
        super().__init__(type_)
        self.whens, self.default = whens, default


@compiles(Case)
def _(element: Case, compiler: Any, **options: Any) -> str:
    whens = [f"WHEN {compiler.process(a, **options)} THEN {compiler.process(b, **options)}" for a, b in element.whens]
    return f"CASE {' '.join(whens)} ELSE {compiler.process(element.default, **options)} END"


class Cast(Fragment):
    """CAST(… AS …); the type is one that `connection.sql_type` or the compiler's table wrote."""

    def __init__(self, part: Any, sql_type: str, type_: Any = None) -> None:
        super().__init__(type_)
        if not TYPE.fullmatch(sql_type):
            raise ValueError(f"{sql_type!r} is no type of the compiler.")
        self.part, self.sql_type = part, sql_type


@compiles(Cast)
def _(element: Cast, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.part, **options)} AS {element.sql_type})"


class Extract(Fragment):
    """EXTRACT(part FROM …) with a part of the table."""

    parts = frozenset(
        ["YEAR", "ISOYEAR", "QUARTER", "MONTH", "WEEK", "DOW", "ISODOW", "DAY", "HOUR", "MINUTE", "SECOND", "EPOCH"]
    )

    def __init__(self, part: str, source: Any) -> None:
        super().__init__(sa.Integer())
        if part not in self.parts:
            raise ValueError(f"{part!r} is no part of a date.")
        self.part, self.source = part, source


@compiles(Extract)
def _(element: Extract, compiler: Any, **options: Any) -> str:
    return f"EXTRACT({element.part} FROM {compiler.process(element.source, **options)})"


class Word(Fragment):
    """A checked word, number, truth value or NULL as a constant in the text."""

    def __init__(self, value: str | int | bool | None) -> None:
        super().__init__(None)
        if isinstance(value, str) and not WORD.fullmatch(value):
            raise ValueError(f"{value!r} cannot stand in SQL text.")
        if value is not None and not isinstance(value, (str, int)):
            raise ValueError(f"{value!r} cannot stand in SQL text.")
        self.value = value


@compiles(Word)
def _(element: Word, compiler: Any, **options: Any) -> str:
    value = element.value
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f"'{value}'"


@compiles(Word, "sqlite")
def _(element: Word, compiler: Any, **options: Any) -> str:
    value = element.value
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) else str(int(value))


class Bare(Fragment):
    """The name of a collation of the compiler's."""

    def __init__(self, name: Literal["decimal"]) -> None:
        super().__init__(None)
        self.name = Identifier(name)


@compiles(Bare)
def _(element: Bare, compiler: Any, **options: Any) -> str:
    return element.name


class Collated(Fragment):
    """A text with another collation, whose name is an Identifier."""

    def __init__(self, part: Any, collation: str, type_: Any = None) -> None:
        super().__init__(type_)
        if not COLLATION.fullmatch(collation):
            raise ValueError(f"{collation!r} is no name of a collation.")
        self.part, self.collation = part, collation


@compiles(Collated)
def _(element: Collated, compiler: Any, **options: Any) -> str:
    name = compiler.preparer.quote_identifier(element.collation)
    return f"({compiler.process(element.part, **options)} COLLATE {name})"


class Nested(Fragment):
    """A subquery in parentheses, with a test in front of it if there is one."""

    def __init__(self, select: Any, test: Literal["", "EXISTS", "= ANY"] = "", type_: Any = None) -> None:
        super().__init__(type_)
        self.select, self.test = select, test


@compiles(Nested)
def _(element: Nested, compiler: Any, **options: Any) -> str:
    options.pop("asfrom", None)
    nested = compiler.process(element.select.scalar_subquery(), **options)
    return f"{element.test} {nested}" if element.test else nested


class InNested(Fragment):
    """Whether a value is among those of a subquery."""

    def __init__(self, left: Any, select: Any) -> None:
        super().__init__(sa.Boolean())
        self.left, self.select = left, select


@compiles(InNested)
def _(element: InNested, compiler: Any, **options: Any) -> str:
    left = compiler.process(element.left, **options)
    return f"({left} IN {compiler.process(element.select.scalar_subquery(), **options)})"


class AnyOf(Fragment):
    """Whether a value is in a list that is one parameter (PostgreSQL)."""

    def __init__(self, left: Any, values: Any) -> None:
        super().__init__(sa.Boolean())
        self.left, self.values = left, values


@compiles(AnyOf)
def _(element: AnyOf, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.left, **options)} = ANY({compiler.process(element.values, **options)}))"


class InJson(Fragment):
    """Whether a value is in a list that is one JSON parameter (SQLite)."""

    def __init__(self, left: Any, values: Any) -> None:
        super().__init__(sa.Boolean())
        self.left, self.values = left, values


@compiles(InJson)
def _(element: InJson, compiler: Any, **options: Any) -> str:
    left, values = compiler.process(element.left, **options), compiler.process(element.values, **options)
    return f"({left} IN (SELECT value FROM json_each({values})))"  # noqa: S608  # compiled parts only


class UnderKey(Fragment):
    """The value under a key of a document on SQLite, for keys that its paths cannot quote."""

    def __init__(self, source: Any, key: Any, *, exists: bool = False) -> None:
        super().__init__(None)
        self.source, self.key, self.exists = source, key, exists


@compiles(UnderKey)
def _(element: UnderKey, compiler: Any, **options: Any) -> str:
    source, key = compiler.process(element.source, **options), compiler.process(element.key, **options)
    rows = f"FROM json_each({source}) WHERE key = {key} OR CAST(key AS TEXT) = {key}"
    if element.exists:
        return f"EXISTS (SELECT 1 {rows})"
    quoted = "CASE WHEN type IN ('object', 'array') THEN value WHEN type IN ('true', 'false', 'null') THEN type ELSE json_quote(value) END"
    return f"(SELECT {quoted} {rows})"


class Term(Fragment):
    """A term of ORDER BY."""

    def __init__(self, part: Any, descending: bool, nulls: str | None) -> None:
        super().__init__(None)
        self.part, self.descending, self.nulls = part, descending, nulls


@compiles(Term)
def _(element: Term, compiler: Any, **options: Any) -> str:
    nulls = {None: "", "first": " NULLS FIRST", "last": " NULLS LAST"}[element.nulls]
    return f"{compiler.process(element.part, **options)} {'DESC' if element.descending else 'ASC'}{nulls}"


def table(name: Identifier, alias: str) -> Any:
    """A table of the model's under a generated alias."""
    if not isinstance(name, Identifier):
        name = Identifier(name, existing=True)
    return sa.table(str(name)).alias(alias)


class Array(Fragment):
    """ARRAY[…] of PostgreSQL."""

    def __init__(self, parts: Sequence[Any]) -> None:
        super().__init__(None)
        self.parts = parts


@compiles(Array)
def _(element: Array, compiler: Any, **options: Any) -> str:
    return f"ARRAY[{', '.join([compiler.process(part, **options) for part in element.parts])}]"


class Root(Fragment):
    """The path of SQLite to the whole document."""


@compiles(Root)
def _(element: Root, compiler: Any, **options: Any) -> str:
    return "'$'"


class SQLiteNow(Fragment):
    """The moment of the statement, in the text form of SQLite's columns."""


@compiles(SQLiteNow)
def _(element: SQLiteNow, compiler: Any, **options: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"
