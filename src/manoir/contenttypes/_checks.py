"""Checks of generic keys: the two fields that they stand on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.apps import apps
from manoir.checks import CheckMessage, Error, Tags, register
from manoir.contenttypes._foreign_key import GenericForeignKey
from manoir.contenttypes._relation import GenericRelation
from manoir.contenttypes.models import ContentType
from manoir.exceptions import FieldDoesNotExist
from manoir.models import ForeignKey


@register(Tags.models)
def check_generic_fields(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find generic foreign keys and relations whose fields are missing or of another kind."""
    configs = apps.get_app_configs() if app_configs is None else app_configs
    return [
        message
        for config in configs
        for model in config.get_models()
        for field in model._meta.private_fields
        for message in messages_of(field)
    ]


def messages_of(field: Any) -> Iterator[CheckMessage]:
    if isinstance(field, GenericForeignKey):
        yield from pair_messages(field, field.model, field.ct_field, field.fk_field)
        if field.name.endswith("_"):
            yield Error(f"The name {field.name!r} ends with '_'.", obj=field, id="manoir.contenttypes.E006")
    elif isinstance(field, GenericRelation):
        if field.related_model is None:
            hint = "Name a model of an installed app."
            text = f"GenericRelation points to {field.to!r}, which is not installed."
            yield Error(text, hint=hint, obj=field, id="manoir.contenttypes.E007")
            return
        names = (field.content_type_field_name, field.object_id_field_name)
        yield from pair_messages(field, field.related_model, *names)
        if field.generic_key is None:
            hint = f"Add GenericForeignKey{names!r} to it."
            text = f"{field.related_model._meta.label} has no generic foreign key over {names[0]!r} and {names[1]!r}."
            yield Error(text, hint=hint, obj=field, id="manoir.contenttypes.E004")


def pair_messages(field: Any, model: Any, ct_field: str, fk_field: str) -> Iterator[CheckMessage]:
    label = model._meta.label
    try:
        key = model._meta.get_field(ct_field)
    except FieldDoesNotExist as error:
        yield Error(f"The content type stands in no field: {error}", obj=field, id="manoir.contenttypes.E002")
    else:
        if not isinstance(key, ForeignKey) or key.related_model is not ContentType:
            hint = "Make it models.ForeignKey(ContentType, on_delete=models.CASCADE)."
            text = f"{label}.{ct_field} is no foreign key to ContentType."
            yield Error(text, hint=hint, obj=field, id="manoir.contenttypes.E003")
    try:
        model._meta.get_field(fk_field)
    except FieldDoesNotExist as error:
        yield Error(f"The key stands in no field: {error}", obj=field, id="manoir.contenttypes.E001")
