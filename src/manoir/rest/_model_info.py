"""What a model has, by the names that serializers use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from manoir.models import CASCADE, PROTECT, RESTRICT


@dataclass(frozen=True, slots=True)
class RelationInfo:
    """A relation as a model sees it.

    Attributes:
        relation: the field, or the far side of one.
        model_field: the field; None for the far side.
        related_model: the model it leads to.
        to_many: it leads to several rows.
        to_field: name of the unique field it refers to; None is the primary key.
        has_through_model: the rows between have values of their own.
        reverse: it is the far side.
    """

    relation: Any
    model_field: Any
    related_model: Any
    to_many: bool
    to_field: str | None
    has_through_model: bool
    reverse: bool


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """The fields of a model.

    Attributes:
        pk: the primary key.
        fields: columns that are no relations, without the key, by name.
        forward_relations, reverse_relations: relations by name.
        fields_and_pk: columns with the key, by name; also as `"pk"`.
        relations: all relations by name.
    """

    pk: Any
    fields: dict[str, Any]
    forward_relations: dict[str, RelationInfo]
    reverse_relations: dict[str, RelationInfo]
    fields_and_pk: dict[str, Any]
    relations: dict[str, RelationInfo]

    @property
    def forward_fields(self) -> dict[str, Any]:
        """The fields of the forward relations."""
        return {name: info.model_field for name, info in self.forward_relations.items()}


def field_info(model: Any) -> FieldInfo:
    """Describe a model; kept with it until models change."""
    # hot path: benchmarks/rest.py
    options = model._meta
    kept = vars(options).get("_serializer_info")
    if kept is None or kept[0] != options.version:
        kept = vars(options)["_serializer_info"] = (options.version, made_info(options))
    return kept[1]


def made_info(options: Any) -> FieldInfo:
    fields = {field.name: field for field in options.fields if not field.is_relation and not field.primary_key}
    forward = {
        field.name: forward_info(field) for field in (*options.fields, *options.many_to_many) if field.is_relation
    }
    backward = {
        rel.accessor_name: backward_info(rel) for rel in options.related_objects if rel.accessor_name is not None
    }
    return FieldInfo(
        options.pk,
        fields,
        forward,
        backward,
        {"pk": options.pk, options.pk.name: options.pk, **fields},
        {**forward, **backward},
    )


def forward_info(field: Any) -> RelationInfo:
    many = field.many_to_many
    to_field = None if many or field.target_field.primary_key else field.target_field.name
    through = many and not field.remote_field.through._meta.auto_created
    return RelationInfo(field, field, field.related_model, many, to_field, bool(through), False)


def backward_info(rel: Any) -> RelationInfo:
    through = rel.many_to_many and not rel.through._meta.auto_created
    return RelationInfo(rel, None, rel.related_model, rel.multiple, None, bool(through), True)


def may_be_protected(model: Any) -> bool:
    """Tell whether rows may refer to one of a model, or to one that goes with it, and keep it from being removed."""
    seen: set[Any] = set()
    waiting = [model] if model is not None else []
    while waiting:
        options = waiting.pop()._meta.concrete_model._meta
        if options in seen:
            continue
        seen.add(options)
        pointing = [rel for rel in options.all_rels if not rel.many_to_many]
        if any(rel.on_delete in (PROTECT, RESTRICT) for rel in pointing):
            return True
        waiting += [rel.related_model for rel in pointing if rel.on_delete is CASCADE]
    return False
