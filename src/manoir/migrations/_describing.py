"""From historical models to tables: what the database should have, described from the state alone."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from manoir.apps import apps
from manoir.conf import import_string, settings
from manoir.db import router
from manoir.exceptions import ImproperlyConfigured
from manoir.migrations._literals import literal
from manoir.migrations._references import ModelKey, target_key, through_key
from manoir.migrations._state import ModelState, ProjectState
from manoir.migrations._tables import Check, Column, ForeignKey, Index, Table, TableKey, column_token
from manoir.models import CASCADE, BigAutoField, CheckConstraint, Field, Identifier, UniqueConstraint
from manoir.models import ForeignKey as ForeignKeyField
from manoir.models import Index as IndexOption
from manoir.models._identifiers import generated_name, shortened

POSITIVE = frozenset(["PositiveIntegerField", "PositiveSmallIntegerField", "PositiveBigIntegerField"])
PATTERN_CLASSES = {"char": "varchar_pattern_ops", "text": "text_pattern_ops"}
"""Operator classes by which PostgreSQL finds `LIKE 'a%'` by an index, whatever the collation."""

ON_DELETE = {"DB_CASCADE": "CASCADE", "DB_SET_NULL": "SET NULL", "DB_SET_DEFAULT": "SET DEFAULT"}


def tables_of(state: ProjectState, key: ModelKey, connection: Any) -> dict[TableKey, Table]:
    """The table of a model and those that its many-to-many fields make; empty for what migrations do not create."""
    model = state.models[key]
    if not is_created(model, connection):
        return {}
    tables = {(*key, ""): Description(state, model, connection).table()}
    for name, field in model.fields.items():
        if field.many_to_many and through_key(field, key) is None:
            other = state.models.get(target_key(field, key) or key)
            if other is not None and other.options.get("managed", True):
                between = model_between(model, name, field, other)
                tables[*key, name] = Description(state, between, connection).table()
    return tables


def is_created(model: ModelState, connection: Any) -> bool:
    """Whether migrations create the model's table on this database."""
    options = model.options
    if options.get("proxy") or not options.get("managed", True):
        return False
    chosen = getattr(settings, options["swappable"], None) if options.get("swappable") else None
    if isinstance(chosen, str) and chosen.lower() != model.label.lower():
        return False
    if options.get("required_db_vendor") not in (None, connection.vendor):
        return False
    return not router.routers or belongs_here(model, connection)


def belongs_here(model: ModelState, connection: Any) -> bool:
    """Whether routers let a model's table stand in this database."""
    hint = ModelHint(model)
    return router.allow_migrate(connection.alias, model.app_label, model_name=model.name.lower(), model=hint)


class ModelHint:
    """What routers are told of a historical model: its `_meta`, without making a class of it.

    Args:
        model: its state.
    """

    def __init__(self, model: ModelState) -> None:
        options = {"managed": True, "proxy": False, "db_table": "", "swapped": None, **model.options}
        names = {"app_label": model.app_label, "object_name": model.name, "model_name": model.name.lower()}
        labels = {"label": model.label, "label_lower": model.label.lower()}
        self._meta = SimpleNamespace(**{**options, **names, **labels})


def table_name(state: ProjectState, model: ModelState) -> Identifier:
    """Name of the model's table; a proxy has that of its concrete model."""
    if model.options.get("proxy"):
        for base in model.bases:
            if isinstance(base, str):
                return table_name(state, state.get(*base.split(".")))
    chosen = model.options.get("db_table")
    return (
        Identifier(chosen, existing=True) if chosen else Identifier(shortened(f"{model.app_label}_{model.name_lower}"))
    )


def model_between(model: ModelState, name: str, field: Any, other: ModelState) -> ModelState:
    """The model of the table that a many-to-many field makes, as models make it."""
    if other.key == model.key:
        source, target = f"from_{model.name_lower}", f"to_{model.name_lower}"
    else:
        source, target = model.name_lower, other.name_lower
    owner_table = model.options.get("db_table") or shortened(f"{model.app_label}_{model.name_lower}")

    def key(label: str) -> Field[Any, Any]:
        return ForeignKeyField(label, on_delete=CASCADE, related_name="+", db_constraint=field.db_constraint)

    fields: dict[str, Any] = {
        "id": key_class(model.app_label)(primary_key=True),
        source: key(model.label),
        target: key(other.label),
    }
    for field_name, one in fields.items():
        one.set_attributes_from_name(field_name)
    table = field.db_table or shortened(f"{owner_table}_{name}")
    options = {"db_table": table, "unique_together": {(source, target)}, "db_tablespace": field.db_tablespace}
    return ModelState(model.app_label, f"{model.name}_{name}", fields, options)


def key_class(app_label: str) -> type[Field[Any, Any]]:
    """Class of the key of a model that declares none."""
    config = apps.app_configs.get(app_label)
    path = getattr(config, "default_auto_field", None) or settings.DEFAULT_AUTO_FIELD
    found = import_string(path) if path else BigAutoField
    if not (isinstance(found, type) and issubclass(found, Field)):
        raise ImproperlyConfigured(f"DEFAULT_AUTO_FIELD names {path!r}, which is no field.")
    return found


class Description:
    """Makes the `Table` of one historical model.

    Args:
        state: the models around it.
        model: the model.
        connection: the database.
    """

    def __init__(self, state: ProjectState, model: ModelState, connection: Any) -> None:
        self.state = state
        self.model = model
        self.connection = connection
        self.vendor: str = connection.vendor
        self.name = table_name(state, model)
        self.fields = [field for field in model.fields.values() if field.column is not None]
        self._rendered: Any = None

    def table(self) -> Table:
        """The whole table."""
        return Table(
            self.name,
            tuple([column for column in map(self.column, self.fields) if column.sql_type]),
            tuple([self.foreign_key(field) for field in self.fields if self.is_constrained(field)]),
            (*self.implicit_checks(), *self.checks()),
            (*self.field_indexes(), *self.together(), *self.indexes(), *self.unique_constraints()),
            str(self.model.options.get("db_table_comment") or ""),
            str(self.model.options.get("db_tablespace") or ""),
        )

    @property
    def rendered(self) -> Any:
        """The historical model as a class, for compiling conditions."""
        if self._rendered is None:
            self._rendered = self.state.subset(self.model.key).get_model(*self.model.key)
        return self._rendered

    # -- columns ---------------------------------------------------------------------------------------------------

    def column(self, field: Any) -> Column:
        sql_type, kind, auto = self.type_of(field)
        return Column(
            field.column,
            sql_type,
            kind,
            null=field.null and not field.primary_key,
            primary_key=field.primary_key,
            auto=auto,
            default=self.default_of(field) if field.has_db_default else None,
            comment=str(field.db_comment or ""),
            generated=self.generated_of(field) if field.generated else None,
            is_stored=field.generated and field.db_persist,
            field=field,
        )

    def generated_of(self, field: Any) -> str:
        """Template of the expression of a generated column."""
        return conditions().generated_sql(field, self.rendered, self.connection)

    def type_of(self, field: Any) -> tuple[str, str, bool]:
        """SQL type, kind, and whether the database numbers new rows."""
        if field.is_relation:
            sql_type, kind, _auto = self.type_of(value_field(self.state, field, self.model.key))
            return sql_type, kind, False
        if type(field).db_type is not Field.db_type:  # a project's own type, written by the project
            return field.db_type(self.connection) or "", "", False
        column_type = field.column_type
        if column_type is None:
            return "", "", False
        plain = replace(column_type, auto=False)
        if self.vendor == "sqlite" and column_type.auto:
            return "integer", column_type.kind, True  # AUTOINCREMENT wants exactly this word
        return self.connection.sql_type(plain), column_type.kind, column_type.auto

    def default_of(self, field: Any) -> str:
        """SQL text of `db_default`: a literal, or an expression in brackets."""
        if hasattr(field.db_default, "bind"):
            text = conditions().expression_sql(field.db_default, self.rendered, self.connection)
            return f"({text})"
        return value_sql(self.state, field, self.model.key, field.db_default, self.connection)

    # -- foreign keys ----------------------------------------------------------------------------------------------

    def is_constrained(self, field: Any) -> bool:
        if not (field.is_relation and field.db_constraint):
            return False
        # A table that a router keeps out of this database cannot be referred to here.
        return not router.routers or belongs_here(self.target_of(field)[0], self.connection)

    def foreign_key(self, field: Any) -> ForeignKey:
        other, target = self.target_of(field)
        to_table = table_name(self.state, other)
        return ForeignKey(
            generated_name(self.name, [field.column, to_table, target.column], "fk"),
            field.column,
            to_table,
            target.column,
            self.type_of(field)[0],
            ON_DELETE.get(field.on_delete.name, ""),
        )

    def target_of(self, field: Any) -> tuple[ModelState, Any]:
        return target_of(self.state, field, self.model.key)

    # -- checks ----------------------------------------------------------------------------------------------------

    def implicit_checks(self) -> Iterator[Check]:
        """Checks that follow from the types of fields."""
        for field in self.fields:
            token = column_token(field.column)
            if field.get_internal_type() in POSITIVE:
                yield Check(generated_name(self.name, [field.column], "check"), f"{token} >= 0", implicit=True)
            elif self.vendor == "sqlite" and not field.is_relation and self.type_of(field)[1] == "json":
                sql = f"(JSON_VALID({token}) OR {token} IS NULL)"
                yield Check(generated_name(self.name, [field.column], "check"), sql, implicit=True)

    def checks(self) -> Iterator[Check]:
        for constraint in self.model.options["constraints"]:
            if isinstance(constraint, CheckConstraint):
                sql = conditions().condition_sql(constraint.condition, self.rendered, self.connection)
                yield Check(name_of(constraint), sql)
            elif not isinstance(constraint, UniqueConstraint):
                raise ImproperlyConfigured(
                    f"Migrations cannot make a {type(constraint).__name__} ({constraint.name!r} of {self.model.label}); "
                    "they know CheckConstraint and UniqueConstraint. Use RunSQL."
                )

    # -- indexes ---------------------------------------------------------------------------------------------------

    def field_indexes(self) -> Iterator[Index]:
        """Indexes that fields ask for by `unique` and `db_index`."""
        for field in self.fields:
            column, space = field.column, str(field.db_tablespace or "")
            token = column_token(column)
            if field.unique and not field.primary_key:
                name = generated_name(self.name, [column], "uniq")
                yield Index(name, (token,), unique=True, constraint=True, tablespace=space)
            elif field.db_index and not field.primary_key:
                yield Index(generated_name(self.name, [column], "index"), (token,), tablespace=space)
            else:
                continue
            pattern = self.pattern_class(field)
            if pattern:
                yield Index(generated_name(self.name, [column], "like"), (f"{token} {pattern}",), tablespace=space)

    def pattern_class(self, field: Any) -> str:
        if self.vendor != "postgresql" or field.is_relation:
            return ""
        column_type = field.column_type
        return "" if column_type is None or column_type.collation else PATTERN_CLASSES.get(column_type.kind, "")

    def together(self) -> Iterator[Index]:
        for group in sorted(self.model.options.get("unique_together") or ()):
            columns = self.columns(group)
            parts = tuple([column_token(column) for column in columns])
            yield Index(generated_name(self.name, columns, "uniq"), parts, unique=True, constraint=True)

    def columns(self, names: Any) -> list[str]:
        return [self.model.get_field(name).column for name in names]

    def indexes(self) -> Iterator[Index]:
        for index in self.model.options["indexes"]:
            yield self.index(index)

    def index(self, index: IndexOption) -> Index:
        if index.expressions:
            parts = [self.part(expression) for expression in index.expressions]
        else:
            classes = index.opclasses if self.vendor == "postgresql" else ()
            parts = []
            for position, (name, order) in enumerate(index.fields_orders):
                words = [column_token(self.model.get_field(name).column)]
                words += [operator_class(classes[position])] if classes else []
                words += ["DESC"] if order else []
                parts.append(" ".join(words))
        return Index(
            name_of(index),
            tuple(parts),
            where=self.where(index.condition),
            include=tuple(self.columns(index.include)) if self.connection.features.has_covering_indexes else (),
            tablespace=str(index.db_tablespace or ""),
        )

    def part(self, expression: Any) -> str:
        """An expression of an index, with its direction."""
        direction = ""
        if hasattr(expression, "descending"):
            nulls = f" NULLS {expression.nulls.upper()}" if expression.nulls else ""
            direction = f"{' DESC' if expression.descending else ''}{nulls if self.vendor == 'postgresql' else ''}"
            expression = expression.expression
        return f"({conditions().expression_sql(expression, self.rendered, self.connection)}){direction}"

    def where(self, condition: Any) -> str | None:
        if condition is None:
            return None
        return conditions().condition_sql(condition, self.rendered, self.connection)

    def unique_constraints(self) -> Iterator[Index]:
        for constraint in self.model.options["constraints"]:
            if isinstance(constraint, UniqueConstraint):
                yield self.unique_constraint(constraint)

    def unique_constraint(self, constraint: UniqueConstraint) -> Index:
        features = self.connection.features
        if constraint.expressions:
            parts = [self.part(expression) for expression in constraint.expressions]
        else:
            classes = constraint.opclasses if self.vendor == "postgresql" else ()
            columns = self.columns(constraint.fields)
            parts = [
                f"{column_token(column)} {operator_class(classes[position])}" if classes else column_token(column)
                for position, column in enumerate(columns)
            ]
        plain = not (constraint.expressions or constraint.condition is not None or constraint.opclasses)
        return Index(
            name_of(constraint),
            tuple(parts),
            unique=True,
            where=self.where(constraint.condition),
            include=tuple(self.columns(constraint.include)) if features.has_covering_indexes else (),
            constraint=plain,
            deferrable=constraint.deferrable.name
            if constraint.deferrable and features.has_deferrable_constraints
            else "",
            nulls_distinct=constraint.nulls_distinct if features.has_nulls_distinct else None,
        )


def name_of(member: Any) -> Identifier:
    return Identifier(member.name, existing=True)


def operator_class(name: str) -> Identifier:
    return Identifier(name)


def target_of(state: ProjectState, field: Any, owner: ModelKey) -> tuple[ModelState, Any]:
    """The model and field that a foreign key points to.

    Raises:
        LookupError: the model does not exist at this point.
    """
    key = target_key(field, owner) or owner
    other = state.get(*key)
    concrete = other
    while concrete.options.get("proxy"):
        concrete = state.get(*next(base for base in concrete.bases if isinstance(base, str)).split("."))
    return concrete, concrete.get_field(field.to_field) if field.to_field else concrete.key_field


def value_field(state: ProjectState, field: Any, owner: ModelKey) -> Any:
    """The field whose values a column holds: that at the end of foreign keys."""
    for _step in range(50):
        if not field.is_relation:
            return field
        other, field = target_of(state, field, owner)
        owner = other.key
    raise ImproperlyConfigured(f"Foreign keys to {'.'.join(owner)} point to each other in a circle.")


def driver_value(state: ProjectState, field: Any, owner: ModelKey, value: Any, connection: Any) -> Any:
    """A value of a field as the driver takes it."""
    plain = value_field(state, field, owner)
    prepared = plain.get_prep_value(value)
    if type(plain).get_db_prep_save is not Field.get_db_prep_save:
        prepared = plain.get_db_prep_save(value, connection)
    column_type = plain.column_type
    convert = None if column_type is None else connection.to_driver(column_type)
    return prepared if prepared is None or convert is None else convert(prepared)


def driver_values(
    state: ProjectState, field: Any, owner: ModelKey, make: Callable[[], Any], connection: Any
) -> Iterator[Any]:
    """New values of a field, without end, as the driver takes them."""
    while True:
        yield driver_value(state, field, owner, make(), connection)


def value_sql(state: ProjectState, field: Any, owner: ModelKey, value: Any, connection: Any) -> str:
    """A value of a field as a literal."""
    text = literal(driver_value(state, field, owner, value, connection), connection.vendor)
    column_type = value_field(state, field, owner).column_type
    is_json = column_type is not None and column_type.kind == "json" and connection.vendor == "postgresql"
    return f"{text}::jsonb" if is_json and text != "NULL" else text


def conditions() -> Any:
    """The compiler of conditions; it loads SQLAlchemy, so only who has conditions pays."""
    return importlib.import_module("manoir.migrations._conditions")
