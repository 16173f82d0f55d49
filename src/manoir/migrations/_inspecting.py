"""Models for tables that are there already: from what a database says to Python code, for `inspectdb`."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from manoir.db import InspectedColumn, InspectedTable
from manoir.exceptions import ImproperlyConfigured
from manoir.models import Identifier, Model

HEADER = '''"""Models of tables that were there before them, as `manoir inspectdb` found them.

Look them over: put them in order, make sure that each has the right `primary_key=True`, and that foreign keys have the
`on_delete` that you want. Take `managed = False` out where migrations shall make and change the table from now on. Models
may be renamed; the names of tables and columns say what is meant.
"""

from __future__ import annotations

from manoir import models
'''
FIELDS = {
    "smallint": "SmallIntegerField", "int": "IntegerField", "bigint": "BigIntegerField", "decimal": "DecimalField",
    "float": "FloatField", "bool": "BooleanField", "char": "CharField", "text": "TextField", "date": "DateField",
    "time": "TimeField", "datetime": "DateTimeField", "duration": "DurationField", "uuid": "UUIDField", "json": "JSONField",
    "binary": "BinaryField",
}  # fmt: skip
AUTO_FIELDS = {"smallint": "SmallAutoField", "int": "AutoField", "bigint": "BigAutoField"}
UNSIGNED = {
    "smallint": "PositiveSmallIntegerField",
    "int": "PositiveIntegerField",
    "bigint": "PositiveBigIntegerField",
}
ON_DELETE = {"CASCADE": "DB_CASCADE", "SET NULL": "DB_SET_NULL", "SET DEFAULT": "DB_SET_DEFAULT"}
DEFAULT_DIGITS = (10, 5)
TAKEN = frozenset(name for name in dir(Model) if not name.startswith("_")) | {"objects", "Meta"}


def is_name(text: str) -> bool:
    """Whether a table or column of this name can be used."""
    try:
        Identifier(text, existing=True)
    except ImproperlyConfigured:
        return False
    return True


def model_names(tables: Sequence[InspectedTable]) -> dict[str, str]:
    """Names of classes by table, each once."""
    names: dict[str, str] = {}
    for table in tables:
        words = re.split(r"[^A-Za-z0-9]+", table.name)
        name = "".join(word[:1].upper() + word[1:] for word in words)
        name = f"Table{name}" if not name[:1].isalpha() else name
        while keyword.iskeyword(name) or name in names.values() or name == "models":
            name += "Table"
        names[table.name] = name
    return names


def field_name(column: str, taken: Mapping[str, Any], *, is_key: bool) -> tuple[str, list[str]]:
    """The attribute for a column, and what was changed about its name."""
    notes: list[str] = []
    name = column.lower()
    if is_key and name.endswith("_id"):
        name = name[:-3]
    plain = re.sub(r"_{2,}", "_", re.sub(r"[^a-z0-9_]", "_", name)).strip("_")
    if plain != name:
        notes.append("Field renamed to remove unsuitable characters.")
    if not plain or plain[0].isdigit():
        plain = f"number_{plain}".rstrip("_")
        notes.append("Field renamed because it began with a digit.")
    if keyword.iskeyword(plain) or plain in TAKEN:
        plain += "_field"
        notes.append("Field renamed because its name is taken by Python or by models.")
    base, number = plain, 0
    while plain in taken or f"{plain}_id" in taken:
        plain = f"{base}_{number}"
        number += 1
    if number:
        notes.append("Field renamed because of a name that was there already.")
    return plain, notes


@dataclass
class Writing:
    """A model that is being written.

    Attributes:
        table: what it is for.
        names: names of classes by table.
        tables: all tables, by name.
        related: for each model the names that it has for others already.
        fields: attributes by column.
        lines: lines of the class body.
    """

    table: InspectedTable
    names: Mapping[str, str]
    tables: Mapping[str, InspectedTable]
    related: dict[str, list[str]]
    fields: dict[str, str] = field(default_factory=dict[str, str])
    lines: list[str] = field(default_factory=list[str])

    @property
    def key(self) -> str | None:
        """The column that is the primary key of the model."""
        usable = [column.name for column in self.table.columns if is_name(column.name)]
        if self.table.primary_key and self.table.primary_key[0] in usable:
            return self.table.primary_key[0]
        return "id" if "id" in usable else next(iter(usable), None)

    def write(self) -> list[str]:
        """Return the lines of the class."""
        table = self.table
        if not is_name(table.name) or self.key is None:
            return [f"# {table.kind} {table.name!r} was left out: such names cannot be used for tables or columns."]
        unique = {columns[0] for columns in table.unique if len(columns) == 1}
        for column in table.columns:
            self.write_column(column, is_unique=column.name in unique)
        return [f"class {self.names[table.name]}(models.Model):", *self.lines, "", *self.meta()]

    def write_column(self, column: InspectedColumn, *, is_unique: bool) -> None:
        """Write one field."""
        if not is_name(column.name):
            self.lines.append(f"    # Column {column.name!r} was left out: such a name cannot be used.")
            return
        if column.generated:
            self.lines.append(
                f"    # Column {column.name!r} ({column.type!r}) was left out: the database computes it. Declare it as"
                " models.GeneratedField."
            )
            return
        key = self.table.keys.get(column.name)
        points = key is not None and key.to_table in self.names
        taken = dict.fromkeys(self.fields.values())
        name, notes = field_name(column.name, taken, is_key=points)
        self.fields[column.name] = name
        options: dict[str, str] = {}
        if points:
            kind, arguments = self.relation(column, name, options, is_unique=is_unique or self.key == column.name)
        else:
            kind, arguments = self.plain(column, options, notes)
        self.common(column, options, notes, is_unique=is_unique and kind != "OneToOneField")
        implied = f"{name}_id" if points else name
        if implied != column.name:
            options["db_column"] = repr(column.name)
        given = ", ".join([*arguments, *[f"{option}={value}" for option, value in options.items()]])
        comment = f"  # {' '.join(notes)}" if notes else ""
        self.lines.append(f"    {name} = models.{kind}({given}){comment}")

    def relation(
        self, column: InspectedColumn, name: str, options: dict[str, str], *, is_unique: bool
    ) -> tuple[str, list[str]]:
        """A foreign key."""
        key = self.table.keys[column.name]
        own, other = self.names[self.table.name], self.names[key.to_table]
        counts = self.related.setdefault(other, [])
        accessor = own.lower()
        there = {one.name.lower() for one in self.tables[key.to_table].columns}
        if accessor in counts or not there.isdisjoint((accessor, f"{accessor}_id", f"{accessor}_set")):
            options["related_name"] = repr(f"{own.lower()}_{name}_set")
        counts.append(accessor)
        if self.tables[key.to_table].primary_key != (key.to_column,):
            options["to_field"] = repr(key.to_column.lower())
        kind = "OneToOneField" if is_unique else "ForeignKey"
        return kind, [repr("self" if own == other else other), f"models.{ON_DELETE.get(key.on_delete, 'DO_NOTHING')}"]

    def plain(self, column: InspectedColumn, options: dict[str, str], notes: list[str]) -> tuple[str, list[str]]:
        """A field without a relation."""
        kind = column.kind
        if column.auto and kind in AUTO_FIELDS and column.name == self.key:
            return AUTO_FIELDS[kind], []
        if kind is None:
            notes.append(f"This field type is a guess: the column is {column.type!r}.")
            return "TextField", []
        if kind == "char" and column.length is None:
            return "TextField", []
        if kind == "char":
            options["max_length"] = str(column.length)
        elif kind == "decimal":
            digits, places = column.digits, column.places
            if digits is None:
                digits, places = DEFAULT_DIGITS
                notes.append("max_digits and decimal_places have been guessed, as this database handles them as float.")
            options["max_digits"], options["decimal_places"] = str(digits), str(places)
        if column.collation is not None and kind in ("char", "text"):
            options["db_collation"] = repr(column.collation)
        return (UNSIGNED if column.unsigned else FIELDS).get(kind, FIELDS[kind]), []

    def common(self, column: InspectedColumn, options: dict[str, str], notes: list[str], *, is_unique: bool) -> None:
        """What all fields may have."""
        if column.name == self.key:
            options["primary_key"] = "True"
            if not self.table.primary_key:
                notes.append("The primary key is a guess: the database has none here.")
            elif len(self.table.primary_key) > 1:
                names = ", ".join(map(repr, self.table.primary_key))
                notes.append(f"The composite primary key ({names}) is not supported: its first column stands for it.")
        elif is_unique:
            options["unique"] = "True"
        if column.null and column.name != self.key:
            options["blank"] = options["null"] = "True"
        if column.comment:
            options["db_comment"] = repr(column.comment)

    def meta(self) -> Iterator[str]:
        """The lines of `class Meta`."""
        table = self.table
        yield "    class Meta:"
        yield "        managed = False" + ("" if table.kind == "table" else f"  # Created from a {table.kind}.")
        yield f"        db_table = {table.name!r}"
        if table.comment:
            yield f"        db_table_comment = {table.comment!r}"
        together = [
            columns for columns in (*table.unique, *self.composite()) if len(columns) > 1 and self.knows(columns)
        ]
        if together:
            groups = ", ".join(f"({', '.join(repr(self.fields[name]) for name in columns)})" for columns in together)
            yield f"        unique_together = ({groups},)"
        indexes = [index for index in table.indexes if self.is_written(index.columns) and is_name(index.name)]
        if indexes:
            yield "        indexes = ["
            for index in indexes:
                names = ", ".join(repr(self.signed(name)) for name in index.columns)
                yield f"            models.Index(fields=[{names}], name={index.name!r}),"
            yield "        ]"

    def is_written(self, columns: Sequence[str]) -> bool:
        """Whether an index is written: its columns are, and it is not the one that a foreign key has anyway."""
        key = self.table.keys.get(columns[0]) if len(columns) == 1 else None
        return self.knows(columns) and (key is None or key.to_table not in self.names)

    def composite(self) -> list[tuple[str, ...]]:
        return [self.table.primary_key] if len(self.table.primary_key) > 1 else []

    def knows(self, columns: Sequence[str]) -> bool:
        return all(name.removeprefix("-") in self.fields for name in columns)

    def signed(self, column: str) -> str:
        name = column.removeprefix("-")
        return f"{'-' if name != column else ''}{self.fields[name]}"


def code_of(tables: Sequence[InspectedTable]) -> Iterator[str]:
    """The lines of a module with a model for each table."""
    names = model_names([table for table in tables if is_name(table.name)])
    yield HEADER.rstrip("\n")
    related: dict[str, list[str]] = {}
    for table in tables:
        yield ""
        yield ""
        yield from Writing(table, names, {one.name: one for one in tables}, related).write()
