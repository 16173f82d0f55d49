"""Compiles functions of text, angles and documents that the two databases write differently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manoir.models import _sql as sql
from manoir.models._compiler._calls import FUNCTIONS, SPECIAL, as_text, parts_of, type_of
from manoir.models._compiler._context import Context
from manoir.models._outputs import kind_of
from manoir.models._shape import Call

Compiler = Callable[[Call, Context], Any]

FUNCTIONS.update({name: name.upper() for name in ("acos", "asin", "atan", "atan2", "cos", "sin", "tan", "pi")})
FUNCTIONS.update({"degrees": "DEGREES", "radians": "RADIANS"})


def differently(postgresql: str, sqlite: str) -> Compiler:
    """A function that the databases call by different names; numbers of characters are integers."""

    def compile_function(node: Call, context: Context) -> Any:
        parts = parts_of(node, context)
        if context.vendor == "sqlite":
            return sql.Function(sqlite, parts)
        if node.name in ("lpad", "rpad"):
            parts[1] = sql.Cast(parts[1], "INTEGER")
        elif node.name == "chr":
            parts[0] = sql.Cast(parts[0], "INTEGER")
        return sql.Function(postgresql, parts, type_of(node, context))

    return compile_function


def cotangent(node: Call, context: Context) -> Any:
    parts = parts_of(node, context)
    if context.vendor == "postgresql":
        return sql.Function("COT", parts, type_of(node, context))
    return sql.Infix(sql.Word(1), "/", sql.Function("TAN", parts))


def logarithm(node: Call, context: Context) -> Any:
    parts = parts_of(node, context)
    if context.vendor == "postgresql":  # which knows other bases of exact numbers only
        exact = sql.Function("LOG", [sql.Cast(part, "NUMERIC") for part in parts])
        return sql.Cast(exact, "DOUBLE PRECISION", type_of(node, context))
    return sql.Function("LOG", parts)


def digest(node: Call, context: Context) -> Any:
    text = as_text(node.parts[0], context.compile(node.parts[0]), context)
    if context.vendor == "sqlite":
        return sql.Function(f"manoir_{node.name}", [text])
    if node.name == "sha1":
        made = sql.Function("DIGEST", [text, sql.Word("sha1")])
    else:
        made = sql.Function(node.name.upper(), [sql.Function("CONVERT_TO", [text, sql.Word("UTF8")])])
    return sql.Function("ENCODE", [made, sql.Word("hex")], type_of(node, context))


def collate(node: Call, context: Context) -> Any:
    return sql.Collated(context.compile(node.parts[0]), str(node.extra), type_of(node, context))


def json_object(node: Call, context: Context) -> Any:
    parts = [
        made if index % 2 == 0 else as_json(node.parts[index], made, context)
        for index, made in enumerate(parts_of(node, context))
    ]
    name = "JSONB_BUILD_OBJECT" if context.vendor == "postgresql" else "JSON_OBJECT"
    return sql.Function(name, parts, type_of(node, context))


def json_array(node: Call, context: Context) -> Any:
    parts = [as_json(part, made, context) for part, made in zip(node.parts, parts_of(node, context), strict=True)]
    name = "JSONB_BUILD_ARRAY" if context.vendor == "postgresql" else "JSON_ARRAY"
    return sql.Function(name, parts, type_of(node, context))


def as_json(part: Any, made: Any, context: Context) -> Any:
    """A value for a document: SQLite keeps documents and decimals as text, and truth values as numbers."""
    kind = kind_of(part.field)
    if context.vendor == "postgresql":
        return made
    if kind in ("json", "decimal"):
        return sql.Function("JSON", [made])
    if kind == "bool" or part.field is None:
        words = [(sql.Suffix(made, "IS NULL"), sql.Word("null")), (made, sql.Word("true"))]
        return sql.Function("JSON", [sql.Case(words, sql.Word("false"))])
    return made


def uuid4(node: Call, context: Context) -> Any:
    if context.vendor == "sqlite":
        return sql.Function("manoir_uuid4", [])
    return sql.Function("GEN_RANDOM_UUID", [], type_of(node, context))


def uuid7(node: Call, context: Context) -> Any:
    """A random UUID whose first 48 bits are the moment, and whose version says so; PostgreSQL has UUIDV7() from 18 on."""
    if context.vendor == "sqlite":
        return sql.Function("manoir_uuid7", [])
    seconds = sql.Extract("EPOCH", sql.Function("CLOCK_TIMESTAMP", []))
    moment = sql.Cast(sql.Function("FLOOR", [sql.Infix(seconds, "*", sql.Word(1000))]), "BIGINT")
    begin = sql.Function("SUBSTRING", [sql.Function("INT8SEND", [moment]), sql.Word(3)])
    made: Any = sql.Function("UUID_SEND", [sql.Function("GEN_RANDOM_UUID", [])])
    made = sql.Function("OVERLAY", [made, begin, sql.Word(1), sql.Word(6)])
    for bit in (52, 53):  # of the version: 4 becomes 7
        made = sql.Function("SET_BIT", [made, sql.Word(bit), sql.Word(1)])
    return sql.Cast(sql.Function("ENCODE", [made, sql.Word("hex")]), "UUID", type_of(node, context))


SPECIAL.update(
    {
        "chr": differently("CHR", "CHAR"),
        "ord": differently("ASCII", "UNICODE"),
        "reverse": differently("REVERSE", "manoir_reverse"),
        "lpad": differently("LPAD", "manoir_lpad"),
        "rpad": differently("RPAD", "manoir_rpad"),
        "md5": differently("MD5", "manoir_md5"),
        **dict.fromkeys(("sha1", "sha224", "sha256", "sha384", "sha512"), digest),
        "collate": collate,
        "cot": cotangent,
        "log": logarithm,
        "uuid4": uuid4,
        "uuid7": uuid7,
        "json object": json_object,
        "json array": json_array,
    }
)
