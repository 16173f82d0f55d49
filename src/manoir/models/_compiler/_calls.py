"""Compiles functions and operators: the table of everything that `Call` may name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manoir.models import _sql as sql
from manoir.models._compiler._context import Context
from manoir.models._compiler._json import json_path, json_text
from manoir.models._compiler._types import sa_type
from manoir.models._outputs import INTEGERS, kind_of
from manoir.models._shape import Call

Compiler = Callable[[Call, Context], Any]

DECIMAL_FUNCTIONS = {"+": "decimal_add", "-": "decimal_sub", "*": "decimal_mul", "/": "decimal_div", "%": "decimal_mod"}


def compile_call(node: Call, context: Context) -> Any:
    if node.name.startswith("arithmetic "):
        return arithmetic(node, node.name[11:], context)
    special = SPECIAL.get(node.name)
    if special is not None:
        return special(node, context)
    return sql.Function(FUNCTIONS[node.name], parts_of(node, context), type_of(node, context))


def parts_of(node: Call, context: Context) -> list[Any]:
    return [context.compile(part) for part in node.parts]


def type_of(node: Call, context: Context) -> Any:
    return sa_type(None if node.field is None else node.field.column_type, context.vendor)


def sql_cast(part: Any, field: Any, context: Context) -> Any:
    """CAST to the type of a field; on SQLite to the affinity that its values have there."""
    kind = kind_of(field)
    if context.vendor == "postgresql":
        column_type = field.column_type
        plain = type(column_type)(column_type.kind, column_type.length, column_type.digits, column_type.places)
        return sql.Cast(part, context.connection.sql_type(plain), sa_type(plain, "postgresql"))
    if kind in INTEGERS or kind in ("bool", "duration"):
        return sql.Cast(part, "INTEGER")
    if kind == "decimal":
        places = field.column_type.places
        exact = sql.Function("decimal_add", [sql.Cast(part, "TEXT"), sql.Word("0")])
        return exact if places is None else sql.Function("decimal_round", [exact, sql.Word(places)])
    if kind == "float":
        return sql.Cast(part, "REAL")
    if kind == "date":
        return sql.Function("date", [part])
    if kind == "datetime":
        return sql.Function("datetime", [part])
    if kind == "time":
        return sql.Function("time", [part])
    return sql.Cast(part, "BLOB" if kind == "binary" else "TEXT")


# -- arithmetic -------------------------------------------------------------------------------------------------------


def arithmetic(node: Call, operator: str, context: Context) -> Any:
    left, right = parts_of(node, context)
    kinds = [kind_of(part.field) for part in node.parts]
    type_ = type_of(node, context)
    if "date" in kinds or "datetime" in kinds or "time" in kinds or "duration" in kinds:
        return temporal(node, operator, left, right, kinds, context)
    if context.vendor == "sqlite":
        return sqlite_arithmetic(node, operator, left, right, kinds)
    if operator == "^":
        return sql.Function("POWER", [left, right], type_)
    if operator in ("<<", ">>"):
        return sql.Infix(left, operator, sql.Cast(right, "INTEGER"), type_)
    if operator == "%" and kind_of(node.field) == "float":
        return sql.Function("MOD", [sql.Cast(left, "NUMERIC"), sql.Cast(right, "NUMERIC")], type_)
    return sql.Infix(left, operator, right, type_)


def sqlite_arithmetic(node: Call, operator: str, left: Any, right: Any, kinds: list[str]) -> Any:
    if kind_of(node.field) == "decimal" and "float" not in kinds and operator in DECIMAL_FUNCTIONS:
        return sql.Function(DECIMAL_FUNCTIONS[operator], [left, right])
    if operator == "^":
        return sql.Function("POWER", [left, right])
    if operator == "#":  # SQLite has no XOR: (a | b) - (a & b)
        return sql.Infix(sql.Infix(left, "|", right), "-", sql.Infix(left, "&", right))
    if operator == "%" and "float" in kinds:
        return sql.Function("MOD", [left, right])
    return sql.Infix(left, operator, right)


def temporal(node: Call, operator: str, left: Any, right: Any, kinds: list[str], context: Context) -> Any:
    """Dates, times and spans: native on PostgreSQL, registered functions on SQLite, where spans are microseconds."""
    a, b = kinds
    if context.vendor == "postgresql":
        if a == b == "date":  # a difference of dates is a number of days there
            return sql.Infix(
                sql.Cast(left, "TIMESTAMP"), operator, sql.Cast(right, "TIMESTAMP"), type_of(node, context)
            )
        return sql.Infix(left, operator, right, type_of(node, context))
    if a == b and a != "duration":
        return sql.Function("manoir_datetime_diff", [left, right])
    if a == "duration" and b == "duration":
        return sql.Infix(left, operator, right)
    if a in ("date", "datetime", "time") or b in ("date", "datetime", "time"):
        moment, span = (left, right) if a != "duration" else (right, left)
        return sql.Function("manoir_datetime_add", [moment, span if operator == "+" else sql.Prefix("-", span)])
    return sql.Cast(sql.Function("ROUND", [sql.Infix(sql.Cast(left, "REAL"), operator, right)]), "INTEGER")


# -- dates ------------------------------------------------------------------------------------------------------------

PARTS = {
    "year": "YEAR",
    "iso_year": "ISOYEAR",
    "quarter": "QUARTER",
    "month": "MONTH",
    "week": "WEEK",
    "week_day": "DOW",
    "iso_week_day": "ISODOW",
    "day": "DAY",
    "hour": "HOUR",
    "minute": "MINUTE",
    "second": "SECOND",
}
UNITS = frozenset(["year", "quarter", "month", "week", "day", "hour", "minute", "second"])


def in_zone(node: Call, context: Context) -> tuple[Any, Any]:
    """A moment as the clock of its zone shows it (PostgreSQL), and the zone's name (SQLite)."""
    source = context.compile(node.parts[0])
    if len(node.parts) == 1:
        return source, sql.Word(None)
    zone = context.compile(node.parts[1])
    if context.vendor == "postgresql":
        return sql.Infix(source, "AT TIME ZONE", zone), zone
    return source, zone


def extract(node: Call, context: Context) -> Any:
    source, zone = in_zone(node, context)
    part: Any = node.extra
    if part not in PARTS:
        raise ValueError(f"{part!r} is no part of a date.")
    if context.vendor == "sqlite":
        return sql.Function("manoir_extract", [sql.Word(part), source, zone])
    made = sql.Extract(PARTS[part], source)
    if part == "second":
        made = sql.Function("FLOOR", [made])
    number = sql.Cast(made, "INTEGER", sa_type(node.field.column_type, context.vendor))
    return sql.Infix(number, "+", sql.Word(1)) if part == "week_day" else number


def trunc(node: Call, context: Context) -> Any:
    unit: Any = node.extra
    if unit not in UNITS:
        raise ValueError(f"{unit!r} is no unit of time.")
    source, zone = in_zone(node, context)
    kind = kind_of(node.field)
    if context.vendor == "sqlite":
        made = sql.Function("manoir_date_trunc", [sql.Word(unit), source, zone])
        return sql.Function("date", [made]) if kind == "date" else made
    if kind_of(node.parts[0].field) == "time":
        return sql.Cast(sql.Function("DATE_TRUNC", [sql.Word(unit), source]), "TIME", type_of(node, context))
    made = sql.Function("DATE_TRUNC", [sql.Word(unit), source])
    if kind == "datetime" and len(node.parts) == 2:
        return sql.Infix(made, "AT TIME ZONE", context.compile(node.parts[1]), type_of(node, context))
    return sql.Cast(made, "DATE" if kind == "date" else "TIMESTAMP", type_of(node, context))


def date_of(node: Call, context: Context) -> Any:
    source, zone = in_zone(node, context)
    if context.vendor == "sqlite":
        return sql.Function("manoir_date_trunc", [sql.Word("date"), source, zone])
    return sql.Cast(source, "DATE", type_of(node, context))


def time_of(node: Call, context: Context) -> Any:
    source, zone = in_zone(node, context)
    if context.vendor == "sqlite":
        return sql.Function("manoir_date_trunc", [sql.Word("time"), source, zone])
    return sql.Cast(source, "TIME", type_of(node, context))


def now(node: Call, context: Context) -> Any:
    if context.vendor == "postgresql":
        return sql.Function("STATEMENT_TIMESTAMP", [], type_of(node, context))
    return sql.SQLiteNow()


# -- text and numbers -------------------------------------------------------------------------------------------------


def cast(node: Call, context: Context) -> Any:
    return sql_cast(context.compile(node.parts[0]), node.field, context)


def as_it_is(node: Call, context: Context) -> Any:
    return context.compile(node.parts[0])


def concat(node: Call, context: Context) -> Any:
    """Text joined, NULL as nothing; `||` is the one operator that indexes know on both."""
    parts = [
        sql.Function("COALESCE", [as_text(part, made, context), sql.Word("")])
        for part, made in zip(node.parts, parts_of(node, context), strict=True)
    ]
    made = parts[0]
    for part in parts[1:]:
        made = sql.Infix(made, "||", part, type_of(node, context))
    return made


def as_text(part: Any, made: Any, context: Context) -> Any:
    return made if kind_of(part.field) in ("char", "text") else sql.Cast(made, "TEXT")


def extreme(postgresql: str, sqlite: str) -> Compiler:
    """GREATEST and LEAST: SQLite's MAX and MIN of several arguments."""

    def compile_extreme(node: Call, context: Context) -> Any:
        name = postgresql if context.vendor == "postgresql" else sqlite
        parts = parts_of(node, context)
        if context.vendor == "sqlite" and kind_of(node.field) == "decimal":
            parts = [sql.Infix(part, "COLLATE", sql.Bare("decimal")) for part in parts]
        return sql.Function(name, parts, type_of(node, context))

    return compile_extreme


def rounding(node: Call, context: Context) -> Any:
    value, places = parts_of(node, context)
    if context.vendor == "sqlite" and kind_of(node.field) == "decimal":
        return sql.Function("decimal_round", [value, places])
    if context.vendor == "postgresql" and kind_of(node.parts[0].field) == "float":
        value = sql.Cast(value, "NUMERIC")
        return sql.Cast(
            sql.Function("ROUND", [value, sql.Cast(places, "INTEGER")]), "DOUBLE PRECISION", type_of(node, context)
        )
    return sql.Function("ROUND", [value, sql.Cast(places, "INTEGER")], type_of(node, context))


def right(node: Call, context: Context) -> Any:
    text, length = parts_of(node, context)
    if context.vendor == "postgresql":
        return sql.Function("RIGHT", [text, sql.Cast(length, "INTEGER")], type_of(node, context))
    return sql.Function("SUBSTR", [text, sql.Prefix("-", length)])


def substr(node: Call, context: Context) -> Any:
    text, *numbers = parts_of(node, context)
    return sql.Function("SUBSTR", [text, *[sql.Cast(number, "INTEGER") for number in numbers]], type_of(node, context))


def repeat(node: Call, context: Context) -> Any:
    text, times = parts_of(node, context)
    if context.vendor == "postgresql":
        return sql.Function("REPEAT", [text, sql.Cast(times, "INTEGER")], type_of(node, context))
    zeros = sql.Function("HEX", [sql.Function("ZEROBLOB", [times])])
    return sql.Function("REPLACE", [zeros, sql.Word("00"), text])


def index_of(node: Call, context: Context) -> Any:
    name = "STRPOS" if context.vendor == "postgresql" else "INSTR"
    return sql.Function(name, parts_of(node, context), type_of(node, context))


def mod(node: Call, context: Context) -> Any:
    left, divisor = parts_of(node, context)
    if context.vendor == "postgresql":
        return sql.Cast(
            sql.Function("MOD", [sql.Cast(left, "NUMERIC"), sql.Cast(divisor, "NUMERIC")]), "DOUBLE PRECISION"
        )
    return sql.Function("MOD", [left, divisor])


def named_function(node: Call, context: Context) -> Any:
    """A function of the project's own; its name was checked as an Identifier."""
    return sql.Function(str(node.extra), parts_of(node, context), type_of(node, context))


def floor_or_ceil(name: str) -> Compiler:
    def compile_rounding(node: Call, context: Context) -> Any:
        part = context.compile(node.parts[0])
        if context.vendor == "sqlite" and kind_of(node.field) == "decimal":
            return sql.Function(
                "decimal_add", [sql.Cast(sql.Function(name, [sql.Cast(part, "REAL")]), "INTEGER"), sql.Word(0)]
            )
        return sql.Function(name, [part], type_of(node, context))

    return compile_rounding


def absolute(node: Call, context: Context) -> Any:
    name = "decimal_abs" if context.vendor == "sqlite" and kind_of(node.field) == "decimal" else "ABS"
    return sql.Function(name, parts_of(node, context), type_of(node, context))


def negative(node: Call, context: Context) -> Any:
    """A condition's opposite as a value."""
    return sql.Prefix("NOT", context.compile(node.parts[0]))


SPECIAL: dict[str, Compiler] = {
    "as it is": as_it_is,
    "cast": cast,
    "json path": json_path,
    "json text": json_text,
    "extract": extract,
    "trunc": trunc,
    "date of": date_of,
    "time of": time_of,
    "now": now,
    "concat": concat,
    "greatest": extreme("GREATEST", "MAX"),
    "least": extreme("LEAST", "MIN"),
    "round": rounding,
    "right": right,
    "left": lambda node, context: sql.Function(
        "SUBSTR",
        [context.compile(node.parts[0]), sql.Word(1), sql.Cast(context.compile(node.parts[1]), "INTEGER")],
        type_of(node, context),
    ),
    "substr": substr,
    "repeat": repeat,
    "index of": index_of,
    "mod": mod,
    "named": named_function,
    "ceil": floor_or_ceil("CEIL"),
    "floor": floor_or_ceil("FLOOR"),
    "abs": absolute,
    "not": negative,
}

FUNCTIONS: dict[str, str] = {
    "lower": "LOWER",
    "upper": "UPPER",
    "length": "LENGTH",
    "coalesce": "COALESCE",
    "nullif": "NULLIF",
    "trim": "TRIM",
    "ltrim": "LTRIM",
    "rtrim": "RTRIM",
    "replace": "REPLACE",
    "power": "POWER",
    "sqrt": "SQRT",
    "exp": "EXP",
    "ln": "LN",
    "sign": "SIGN",
    "random": "RANDOM",
    "row_number": "ROW_NUMBER",
    "rank": "RANK",
    "dense_rank": "DENSE_RANK",
    "cume_dist": "CUME_DIST",
    "percent_rank": "PERCENT_RANK",
    "ntile": "NTILE",
    "first_value": "FIRST_VALUE",
    "last_value": "LAST_VALUE",
    "nth_value": "NTH_VALUE",
    "lag": "LAG",
    "lead": "LEAD",
}
