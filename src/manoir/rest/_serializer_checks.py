"""Checks of the serializers of installed apps: what is shown without a decision, declarations that cannot work, slips, hooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from manoir.apps import classes_of_apps
from manoir.bridge import hook_conflicts
from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.exceptions import FieldDoesNotExist, ImproperlyConfigured, nearest
from manoir.rest._checks import callbacks_of_apis, name_of
from manoir.rest._declarations import similar
from manoir.rest._model_info import field_info
from manoir.rest._paths import fields_on
from manoir.rest._relation import SlugRelatedField
from manoir.rest._relation_links import HyperlinkedRelatedField
from manoir.rest._serializer import Serializer
from manoir.rest._serializer_base import BaseSerializer
from manoir.rest._serializer_hooks import DERIVED
from manoir.rest._serializer_model import ALL_FIELDS, ModelSerializer
from manoir.rest._view_checks import is_own, value_of
from manoir.rest.settings import api_settings
from manoir.rest.validators import BaseUniqueForValidator, UniqueTogetherValidator
from manoir.urls import get_resolver


@register(Tags.security)
def check_all_fields(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name serializers that show whatever fields their model has (H39)."""
    return [
        Warning(
            f"{serializer.__qualname__} has fields = '__all__': the API shows, and takes, every field that is ever added "
            f"to {serializer.Meta.model._meta.object_name}.",
            hint="List the fields that the API shows.",
            obj=serializer,
            id="manoir.rest.W101",
        )
        for serializer in model_serializers(app_configs)
        if getattr(serializer.Meta, "fields", None) == ALL_FIELDS
    ]


@register(Tags.models)
def check_declarations(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name serializers whose `Meta` or fields cannot work, before the first request finds out."""
    return [
        Error(
            f"{serializer.__qualname__}: {words}",
            hint="Mend its Meta, or the field's options.",
            obj=serializer,
            id="manoir.rest.E101",
        )
        for serializer in classes_of_apps(Serializer, app_configs)
        for words in mistakes_of(serializer)
    ]


def mistakes_of(serializer: type[Any]) -> Iterator[str]:
    """Yield what cannot work in a serializer."""
    has_model = getattr(getattr(serializer, "Meta", None), "model", None) is not None
    if serializer.__init__ is not BaseSerializer.__init__ or (
        issubclass(serializer, ModelSerializer) and not has_model
    ):
        return  # what it is made with, only its views know; a base has its model below
    try:
        made = serializer()
        fields = made.fields
    except (ImproperlyConfigured, FieldDoesNotExist, TypeError) as error:
        yield str(error)
        return
    except Exception:  # hooks that want a request are right to complain without one
        return
    if not serializer.__subclasses__():  # what a base lacks, the classes below it may have
        yield from mistakes_of_fields(made, fields)
    if has_model:
        yield from mistakes_of_names(serializer, fields)


def mistakes_of_fields(serializer: Any, fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield methods that are not there, slugs that are no fields, and validators of fields that are not there."""
    for name, field in fields.items():
        method = getattr(field, "method_name", None)
        if method and not hasattr(serializer, method):
            known = [one for one in dir(serializer) if one.startswith("get_") and not hasattr(Serializer, one)]
            yield f"{name} is the answer of {method}(), which is not there.{nearest(method, known)}"
        relation = getattr(field, "child_relation", field)
        if isinstance(relation, SlugRelatedField) and getattr(relation.queryset, "model", None) is not None:
            try:
                fields_on(relation.queryset.model, relation.slug_field)
            except ImproperlyConfigured as error:
                yield f"{name}, slug_field: {error}"
    for validator in getattr(getattr(serializer, "Meta", None), "validators", None) or ():
        for name in names_of(validator):
            if name not in fields:
                yield f"{type(validator).__name__} names {name!r}, which is no field.{nearest(name, list(fields))}"


def names_of(validator: Any) -> list[str]:
    """Return the fields of the serializer that a validator of uniqueness names."""
    if isinstance(validator, UniqueTogetherValidator):
        return list(validator.fields)
    return [validator.field, validator.date_field] if isinstance(validator, BaseUniqueForValidator) else []


def mistakes_of_names(serializer: type[Any], fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield names in `Meta.read_only_fields` and `Meta.extra_kwargs` that mean nothing: such an option has no effect."""
    model = serializer.Meta.model
    info = field_info(model)
    known = [*fields, *info.fields_and_pk, *info.relations]
    for option in ("read_only_fields", "extra_kwargs"):
        for name in getattr(serializer.Meta, option, None) or ():
            if name not in known and name != api_settings.URL_FIELD_NAME and not hasattr(model, name):
                yield (
                    f"Meta.{option} names {name!r}, which is no field of {model._meta.object_name}, so it has no effect."
                    f"{nearest(name, known)}"
                )


@register(Tags.urls)
def check_links(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name views whose serializers write links to views that no URL pattern names."""
    found: dict[tuple[Any, str], CheckMessage] = {}
    for callback in callbacks_of_apis():
        for name, view_name in lost_links(callback):
            hint = nearest(view_name, get_resolver().names.names(), prefix="Did you mean {}?")
            message = Error(
                f"{name_of(callback)}: {name!r} of its serializer links to {view_name!r}, and no URL pattern has this name.",
                hint=hint or "Register the view, or set `view_name` of the field.",
                obj=callback.cls,
                id="manoir.rest.E103",
            )
            found.setdefault((callback.cls, name), message)
    return list(found.values())


def lost_links(callback: Any) -> Iterator[tuple[str, str]]:
    """Yield fields and view names of the links that lead nowhere."""
    serializer: Any = value_of(callback, "serializer_class")
    if value_of(callback, "versioning_class") is not None or not isinstance(serializer, type):
        return  # names may be looked for in the request's version
    own_choice = is_own(callback.cls, "get_serializer_class", "get_serializer")
    if own_choice or not issubclass(serializer, Serializer) or serializer.__init__ is not BaseSerializer.__init__:
        return
    try:
        fields = serializer().fields
    except Exception:  # what cannot work is E101
        return
    for name, field in fields.items():
        link: Any = getattr(field, "child_relation", field)
        is_usual = getattr(type(link), "get_url", None) is HyperlinkedRelatedField.get_url
        if is_usual and not is_named(str(link.view_name)):
            yield name, link.view_name


def is_named(view_name: str) -> bool:
    """Tell whether a URL pattern has a name; in a namespace only the last part is looked at."""
    last = view_name.rpartition(":")[2]
    names = get_resolver().names.names()
    return view_name in names or (":" in view_name and any(name.endswith(f":{last}") for name in names))


@register(Tags.models)
def check_slips(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name options of `Meta`, and methods `validate_…`, that mean nothing and look like others that do."""
    return [
        Warning(
            f"{serializer.__qualname__}.{what} means nothing to a serializer.",
            hint=hint,
            obj=serializer,
            id="manoir.rest.W102",
        )
        for serializer in classes_of_apps(Serializer, app_configs)
        for what, hint in slips_of(serializer)
    ]


SIMILAR = 0.8
META_OPTIONS = (
    "model", "fields", "exclude", "read_only_fields", "extra_kwargs", "depth", "validators", "list_serializer_class",
    "unknown_fields",
)  # fmt: skip
OLD_OPTIONS = {
    "write_only_fields": "extra_kwargs = {name: {'write_only': True}}",
    "lookup_field": "extra_kwargs = {'url': {'lookup_field': …}}",
    "view_name": "extra_kwargs = {'url': {'view_name': …}}",
}
"""Options of `Meta` of older frameworks, and what to write instead."""


def slips_of(serializer: type[Any]) -> Iterator[tuple[str, str]]:
    """Yield what means nothing, with a hint."""
    meta: Any = vars(serializer).get("Meta")
    for name in vars(meta) if isinstance(meta, type) else ():
        if name.startswith("_") or name in META_OPTIONS:
            continue
        if name in OLD_OPTIONS:
            yield f"Meta.{name}", f"Write {OLD_OPTIONS[name]}."
        elif meant := similar(name, META_OPTIONS, SIMILAR):
            yield f"Meta.{name}", f"Did you mean `{meant}`?"
    if serializer.__subclasses__() or serializer.__init__ is not BaseSerializer.__init__:
        return
    checks = [name for name in vars(serializer) if name.startswith(("validate_", "avalidate_"))]
    checks = [name for name in checks if not hasattr(ModelSerializer, name)]
    if not checks:
        return
    try:
        fields = list(serializer().fields)
    except Exception:  # what cannot work is E101
        return
    for name in checks:
        checked = name.partition("_")[2]
        if checked not in fields and (meant := similar(checked, fields, SIMILAR)):
            yield f"{name}()", f"There is no field {checked!r}. Did you mean `validate_{meant}`?"


@register(Tags.async_support)
def check_serializer_hooks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name serializers that override both colours of one hook, so that it is undecided which one counts."""
    return [
        Error(
            f"{serializer.__qualname__} defines both {sync_name}() and a{sync_name}().",
            hint=f"Keep one: `def {sync_name}` or `async def a{sync_name}`; manoir calls it in both colours.",
            obj=serializer,
            id="manoir.rest.E102",
        )
        for serializer in classes_of_apps(BaseSerializer, app_configs)
        for sync_name in conflicts(serializer)
    ]


def conflicts(serializer: type[Any]) -> Iterator[str]:
    """Sync names of hooks of which a class's own body has both colours."""
    for conflict in hook_conflicts(serializer):
        if conflict.owner is serializer:
            yield conflict.sync_name
    for name, member in vars(serializer).items():
        other = vars(serializer).get(f"a{name}")
        both_written = other is not None and callable(member) and not hasattr(member, DERIVED)
        if both_written and name.startswith(("validate_", "get_")) and not hasattr(BaseSerializer, name):
            yield name


def model_serializers(app_configs: Any) -> Iterator[type[Any]]:
    """Serializer classes of the checked apps that have a model."""
    for serializer in classes_of_apps(BaseSerializer, app_configs):
        if issubclass(serializer, ModelSerializer) and getattr(getattr(serializer, "Meta", None), "model", None):
            yield serializer
