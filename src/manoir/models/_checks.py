"""System checks of models: what would fail, or surprise, once rows are read and written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from manoir.apps import AppConfig, apps
from manoir.bridge import hook_conflicts
from manoir.checks import CheckMessage, Error, Tags, register
from manoir.exceptions import nearest
from manoir.models._conditions import Q, names_in
from manoir.models._constraints import CheckConstraint, UniqueConstraint
from manoir.models._expressions import as_name

if TYPE_CHECKING:
    from manoir.models._model import Model
    from manoir.models._options import Options

RESERVED = frozenset(
    {"clean", "delete", "save", "full_clean", "clean_fields", "from_db", "validate_unique", "validate_constraints"}
    | {"validate_constraints", "refresh_from_db", "check", "pk", "serializable_value", "aload", "asave", "adelete"}
)
"""Attributes of `Model` that a field would hide."""


@register(Tags.models)
def check_all_models(app_configs: Iterable[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Every model's own checks, and clashes between models."""
    models = apps.get_models() if app_configs is None else [m for config in app_configs for m in config.get_models()]
    messages = [message for model in models for message in model.check(**kwargs)]
    return [*messages, *check_tables(models), *check_definition_names(models)]


def check_model(model: type[Model]) -> list[CheckMessage]:
    """Everything that can be said about one model alone."""
    options = model._meta
    if options.swapped:
        return list(check_swapped(options))
    messages = [message for field in (*options.fields, *options.many_to_many) for message in field.check()]
    return [
        *messages,
        *check_name(model),
        *check_field_names(options),
        *check_columns(options),
        *check_ordering(options),
        *check_together(options),
        *check_indexes(options),
        *check_constraints(options),
        *check_unique_for(options),
        *check_declarations(options),
        *check_hooks(model),
        *check_managers(options),
        *check_key(options),
    ]


def check_swapped(options: Options) -> Iterator[CheckMessage]:
    label = str(options.swapped)
    if label.count(".") != 1:
        yield Error(f"{options.swappable} is {label!r}, not 'app_label.Model'.", id="manoir.models.E001")
        return
    known = [model._meta.label for model in options.apps.get_models()]
    if label.lower() not in {name.lower() for name in known}:
        yield Error(f"{options.swappable} names {label!r}, which is not installed.{nearest(label, known)}",
                    id="manoir.models.E002", hint="Add the model's app to INSTALLED_APPS.")  # fmt: skip


def check_name(model: type[Model]) -> Iterator[CheckMessage]:
    name = model.__name__
    if name.startswith("_") or name.endswith("_") or "__" in name:
        yield Error(f"The model name {name!r} begins or ends with '_', or holds '__'.", obj=model,
                    id="manoir.models.E003", hint="Lookups join names with '__'; choose another name.")  # fmt: skip


def check_field_names(options: Options) -> Iterator[CheckMessage]:
    used: dict[str, Any] = {}
    for field in (*options.fields, *options.many_to_many):
        for name in {field.name, field.attname}:
            if name in used and used[name] is not field:
                yield Error(f"The field {field.name!r} clashes with {used[name].name!r}: both are {name!r}.",
                            obj=field, id="manoir.models.E004")  # fmt: skip
            used[name] = field
        if field.name in RESERVED:
            yield Error(f"The field {field.name!r} hides a method of models.", obj=field, id="manoir.models.E005",
                        hint="Choose another name; db_column may keep the column's.")  # fmt: skip


def check_columns(options: Options) -> Iterator[CheckMessage]:
    used: dict[str, Any] = {}
    for field in options.concrete_fields:
        column = str(field.column)
        if column in used:
            yield Error(f"The column {column!r} of {field.name!r} is that of {used[column].name!r}, too.",
                        obj=field, id="manoir.models.E006", hint="Give one of them another db_column.")  # fmt: skip
        used[column] = field


def check_ordering(options: Options) -> Iterator[CheckMessage]:
    ordering: Any = options.ordering
    if not ordering:
        return
    if isinstance(ordering, str) or not isinstance(ordering, (list, tuple)):
        yield Error("'ordering' is a list of names, even for one.", obj=options.model, id="manoir.models.E007",
                    hint=f"Write ordering = [{str(ordering)!r}].")  # fmt: skip
        return
    for term in ordering:
        name = term.lstrip("-") if isinstance(term, str) else ordering_name(term)
        if name and name != "?":
            yield from check_path(options, name, f"'ordering' refers to {name!r}", "manoir.models.E008")


def ordering_name(term: Any) -> str | None:
    """The field that an expression in `ordering` begins with; None when it is more than a name."""
    try:
        return as_name(getattr(term, "expression", term))
    except TypeError:
        return None


def check_path(options: Options, path: str, what: str, check_id: str) -> Iterator[CheckMessage]:
    """Follow a name over relations; what comes behind a plain field may be a transform or lookup."""
    current = options
    for name in path.split("__"):
        found = current.names.get(name)
        if found is None:
            hint = nearest(name, current.names)
            yield Error(f"{what}, but {current.object_name} has no field {name!r}.{hint}", obj=options.model,
                        id=check_id)  # fmt: skip
            return
        if not found.is_relation or name == getattr(found, "attname", None) != found.name:
            return
        current = found.related_model._meta


def check_fields(
    options: Options, names: Sequence[str], what: str, check_id: str, *, many_allowed: bool = False
) -> Iterator[CheckMessage]:
    """Names of local columns, as indexes and constraints list them."""
    known = {name: field for field in (*options.fields, *options.many_to_many) for name in (field.name, field.attname)}
    for name in names:
        field = known.get(name)
        if field is None and name != "pk":
            yield Error(f"{what} refers to {name!r}, which {options.object_name} does not have.{nearest(name, known)}",
                        obj=options.model, id=check_id)  # fmt: skip
        elif field is not None and field.many_to_many:
            yield Error(f"{what} refers to the many-to-many field {name!r}, which has no column.", obj=options.model,
                        id=check_id)  # fmt: skip


def check_together(options: Options) -> Iterator[CheckMessage]:
    for group in options.unique_together:
        yield from check_fields(options, group, "'unique_together'", "manoir.models.E009")


def check_indexes(options: Options) -> Iterator[CheckMessage]:
    for index in options.indexes:
        names = [name for name, _order in index.fields_orders]
        names += [*index.include, *names_in(index.expressions)]
        names += sorted(index.condition.referenced_base_fields) if index.condition is not None else []
        yield from check_fields(options, names, f"The index {index.name!r}", "manoir.models.E010")
        if index.name[:1] in {"_", *"0123456789"}:
            yield Error(f"The index name {index.name!r} begins with '_' or a digit.", obj=options.model,
                        id="manoir.models.E011")  # fmt: skip


def check_constraints(options: Options) -> Iterator[CheckMessage]:
    for constraint in options.constraints:
        names: list[str] = []
        if isinstance(constraint, UniqueConstraint):
            names += [*constraint.fields, *constraint.include, *names_in(constraint.expressions)]
        condition = getattr(constraint, "condition", None)
        if isinstance(condition, Q):
            names += sorted(condition.referenced_base_fields)
            if isinstance(constraint, CheckConstraint):
                yield from check_no_joins(options, constraint, condition)
        yield from check_fields(options, names, f"The constraint {constraint.name!r}", "manoir.models.E012")


def check_no_joins(options: Options, constraint: CheckConstraint, condition: Q) -> Iterator[CheckMessage]:
    for child in condition.flatten():
        path = child[0].split("__") if isinstance(child, tuple) else []
        found = options.names.get(path[0]) if path else None
        if found is not None and found.is_relation and len(path) > 1 and path[1] in found.related_model._meta.names:
            yield Error(f"The constraint {constraint.name!r} follows a relation ({child[0]!r}), which a CHECK cannot.",
                        obj=options.model, id="manoir.models.E013")  # fmt: skip


def check_unique_for(options: Options) -> Iterator[CheckMessage]:
    for field in options.fields:
        for lookup in ("date", "month", "year"):
            name = getattr(field, f"unique_for_{lookup}")
            if not name:
                continue
            target = options.names.get(name)
            if target is None:
                hint = nearest(name, options.names)
                yield Error(f"unique_for_{lookup} refers to {name!r}, which does not exist.{hint}", obj=field,
                            id="manoir.models.E014")  # fmt: skip
            elif target.get_internal_type() not in ("DateField", "DateTimeField"):
                yield Error(f"unique_for_{lookup} refers to {name!r}, which is no date.", obj=field,
                            id="manoir.models.E015")  # fmt: skip


def check_declarations(options: Options) -> Iterator[CheckMessage]:
    accessors = {rel.accessor_name for rel in options.related_objects if rel.accessor_name}
    for name, declaration in options.declarations.items():
        kind = type(declaration).__name__
        if kind in ("Reverse", "ReverseOne") and name not in accessors:
            yield Error(f"{kind} declares {name!r}, but no relation to {options.object_name} has this name."
                        f"{nearest(name, accessors)}", obj=options.model, id="manoir.models.E016",
                        hint=f"Set related_name={name!r} on the field of the other model.")  # fmt: skip


def check_hooks(model: type[Model]) -> Iterator[CheckMessage]:
    for conflict in hook_conflicts(model):
        if conflict.owner.__module__.partition(".")[0] != "manoir":
            yield Error(
                f"{conflict.owner.__name__} overrides both {conflict.sync_name}() and {conflict.async_name}().",
                obj=model,
                id="manoir.models.E017",
                hint="Override one of them; the other one is derived.",
            )


def check_managers(options: Options) -> Iterator[CheckMessage]:
    for name in ("default_manager_name", "base_manager_name"):
        wanted = getattr(options, name)
        if wanted and wanted not in options.managers_map:
            yield Error(f"{name} = {wanted!r} names no manager.{nearest(wanted, options.managers_map)}",
                        obj=options.model, id="manoir.models.E018")  # fmt: skip


def check_key(options: Options) -> Iterator[CheckMessage]:
    if any(field.name == "id" and not field.primary_key for field in options.fields):
        yield Error("The field 'id' is not the primary key.", obj=options.model, id="manoir.models.E019",
                    hint="Set primary_key=True, or choose another name.")  # fmt: skip
    keys = [field.name for field in options.fields if field.primary_key]
    if len(keys) > 1:
        yield Error(f"There are {len(keys)} primary keys: {', '.join(keys)}.", obj=options.model,
                    id="manoir.models.E020", hint="Keep one; use a UniqueConstraint for several columns.")  # fmt: skip


def check_tables(models: Iterable[type[Model]]) -> Iterator[CheckMessage]:
    """Two models with one table."""
    by_table: defaultdict[str, list[type[Model]]] = defaultdict(list)
    for model in models:
        if model._meta.managed and not model._meta.proxy and not model._meta.swapped:
            by_table[model._meta.db_table].append(model)
    for table, owners in by_table.items():
        if len(owners) > 1:
            labels = ", ".join(owner._meta.label for owner in owners)
            yield Error(f"The table {table!r} belongs to several models: {labels}.", obj=table,
                        id="manoir.models.E021", hint="Give one of them another db_table.")  # fmt: skip


def check_definition_names(models: Iterable[type[Model]]) -> Iterator[CheckMessage]:
    """Index and constraint names are global in a database's schema."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for model in models:
        if model._meta.proxy or model._meta.swapped:
            continue
        for definition in (*model._meta.indexes, *model._meta.constraints):
            owners[definition.name].append(model._meta.label)
    for name, labels in owners.items():
        if len(labels) > 1:
            yield Error(f"The name {name!r} is used by several indexes or constraints: {', '.join(labels)}.",
                        obj=name, id="manoir.models.E022",
                        hint="Use '%(app_label)s_%(class)s_…' in names that abstract models pass on.")  # fmt: skip
