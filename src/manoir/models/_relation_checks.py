"""System checks that concern relations: missing models, policies that cannot work, clashing names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from manoir.checks import CheckMessage, Error, Warning
from manoir.exceptions import nearest

if TYPE_CHECKING:
    from manoir.models._many_to_many import ManyToManyField
    from manoir.models._relations import ForeignKey, RelatedField


def check_relation(field: RelatedField) -> list[CheckMessage]:
    """What all relations have in common."""
    if not is_found(field):
        return [missing_model(field)]
    return [*check_swapped(field), *check_related_name(field), *check_clashes(field)]


def is_found(field: RelatedField) -> bool:
    """Whether the model pointed to exists, trying once more."""
    try:
        return field.related_model is not None
    except (ValueError, NameError):
        return False


def missing_model(field: RelatedField) -> CheckMessage:
    labels = [model._meta.label for model in field.model._meta.apps.get_models()]
    if not isinstance(field.to, str):
        return Error("The function given as the model answers none.", obj=field, id="manoir.models.E201",
                     hint="It must answer a model class of an installed app.")  # fmt: skip
    wanted = field.to if "." in field.to else f"{field.model._meta.app_label}.{field.to}"
    return Error(
        f"The relation points to {field.to!r}, which is not installed.{nearest(wanted, labels)}",
        obj=field,
        id="manoir.models.E201",
        hint="Check the name, and that the model's app is in INSTALLED_APPS.",
    )


def check_swapped(field: RelatedField) -> Iterator[CheckMessage]:
    options = field.related_model._meta
    if options.swapped:
        yield Error(
            f"The relation points to {options.label}, which was swapped for {options.swapped!r}.",
            obj=field,
            id="manoir.models.E202",
            hint=f"Point to settings.{options.swappable}.",
        )


def check_related_name(field: RelatedField) -> Iterator[CheckMessage]:
    name = field.remote_field.related_name
    if name and not name.endswith("+") and not name.isidentifier():
        yield Error(f"related_name={name!r} is no Python name.", obj=field, id="manoir.models.E203",
                    hint="Use a name, or '+' for none.")  # fmt: skip
    query_name = field.remote_field.name
    if "__" in query_name or (query_name.endswith("_") and not field.remote_field.hidden):
        yield Error(f"The far side's name {query_name!r} contains '__' or ends with '_'.", obj=field,
                    id="manoir.models.E204", hint="Set related_name or related_query_name.")  # fmt: skip


def check_clashes(field: RelatedField) -> Iterator[CheckMessage]:
    rel = field.remote_field
    options = rel.model._meta
    if rel.hidden:
        return
    accessor, query_name = rel.accessor_name, rel.name
    for other in [*options.fields, *options.many_to_many]:
        if other.name in (accessor, query_name):
            yield Error(
                f"The far side of the relation would be named {other.name!r}, as the field {other} is.",
                obj=field,
                id="manoir.models.E205",
                hint="Set another related_name.",
            )
    for other_rel in options.all_rels:
        if other_rel is rel or other_rel.hidden:
            continue
        if accessor is not None and other_rel.accessor_name == accessor:
            yield clash(field, other_rel, f"attribute {options.object_name}.{accessor}")
        elif other_rel.name == query_name:
            yield clash(field, other_rel, f"query name {query_name!r}")


def clash(field: RelatedField, other: Any, what: str) -> CheckMessage:
    return Error(
        f"The {what} is made by {other.field}, too.",
        obj=field,
        id="manoir.models.E206",
        hint=f"Give {field.name!r} or {other.field.name!r} a related_name of its own.",
    )


def check_foreign_key(field: ForeignKey[Any]) -> Iterator[CheckMessage]:
    """`on_delete` against `null`, `default` and `db_default`, and the field pointed to."""
    name = field.on_delete.name
    if name in ("SET_NULL", "DB_SET_NULL") and not field.null:
        yield Error(f"on_delete={name} needs null=True.", obj=field, id="manoir.models.E207",
                    hint="Add null=True, or choose another policy.")  # fmt: skip
    if name == "SET_DEFAULT" and not field.has_default():
        yield Error("on_delete=SET_DEFAULT needs a default.", obj=field, id="manoir.models.E208",
                    hint="Add default=…, or choose another policy.")  # fmt: skip
    if name == "DB_SET_DEFAULT" and not field.has_db_default:
        yield Error("on_delete=DB_SET_DEFAULT needs db_default.", obj=field, id="manoir.models.E209",
                    hint="Add db_default=…, or choose another policy.")  # fmt: skip
    if not is_found(field):
        return
    if field.to_field:
        yield from check_to_field(field)
    if field._unique and not field.one_to_one:
        yield Warning("A foreign key that is unique is a OneToOneField.", obj=field, id="manoir.models.W212",
                      hint="Use OneToOneField.")  # fmt: skip


def check_to_field(field: ForeignKey[Any]) -> Iterator[CheckMessage]:
    options = field.related_model._meta
    target = next((known for known in options.fields if known.name == field.to_field), None)
    if target is None:
        close = nearest(str(field.to_field), [known.name for known in options.fields])
        yield Error(f"to_field={field.to_field!r} is no field of {options.label}.{close}", obj=field,
                    id="manoir.models.E210")  # fmt: skip
    elif not target.unique and not any(
        constraint.is_simple_unique(target.name) for constraint in options.unique_constraints
    ):
        yield Error(f"{target} is pointed to and must be unique.", obj=field, id="manoir.models.E211",
                    hint="Add unique=True to it.")  # fmt: skip


def check_many_to_many(field: ManyToManyField[Any]) -> Iterator[CheckMessage]:
    """Options that mean nothing, and whether the table between has its two keys."""
    if field.null:
        yield Warning("null means nothing to a ManyToManyField.", obj=field, id="manoir.models.W213",
                      hint="Remove null=True.")  # fmt: skip
    if field._validators:
        yield Warning("validators mean nothing to a ManyToManyField.", obj=field, id="manoir.models.W214")
    if field.unique:
        yield Error("A ManyToManyField cannot be unique.", obj=field, id="manoir.models.E215")
    if not is_found(field):
        return
    if field.remote_field.through is None:
        labels = [model._meta.label for model in field.model._meta.apps.get_models()]
        yield Error(
            f"through={field.through!r} is not installed.{nearest(str(field.through), labels)}",
            obj=field,
            id="manoir.models.E216",
            hint="Check the name, and that the model's app is in INSTALLED_APPS.",
        )
        return
    yield from check_keys(field)


def check_keys(field: ManyToManyField[Any]) -> Iterator[CheckMessage]:
    through = field.remote_field.through
    to_itself = field.model._meta.concrete_model is field.related_model._meta.concrete_model
    for model in [field.model] if to_itself else [field.model, field.related_model]:
        keys = [
            known
            for known in through._meta.fields
            if known.is_relation and known.related_model._meta.concrete_model is model._meta.concrete_model
        ]
        wanted = 2 if to_itself else 1
        if len(keys) < wanted:
            yield Error(
                f"{through._meta.label} has {len(keys)} foreign keys to {model._meta.label}; {wanted} are needed.",
                obj=field,
                id="manoir.models.E217",
            )
        elif len(keys) > wanted and not field.through_fields:
            yield Error(
                f"{through._meta.label} has {len(keys)} foreign keys to {model._meta.label}.",
                obj=field,
                id="manoir.models.E218",
                hint=f"Say which: through_fields=({keys[0].name!r}, …).",
            )
