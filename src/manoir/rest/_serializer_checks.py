"""Checks of the serializers of installed apps: what is shown without a decision, declarations that cannot work, hooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.apps import classes_of_apps
from manoir.bridge import hook_conflicts
from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.exceptions import FieldDoesNotExist, ImproperlyConfigured
from manoir.rest._serializer_base import BaseSerializer
from manoir.rest._serializer_hooks import DERIVED
from manoir.rest._serializer_model import ALL_FIELDS, ModelSerializer


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
    found: list[CheckMessage] = []
    for serializer in model_serializers(app_configs):
        if serializer.__init__ is not ModelSerializer.__init__:
            continue  # what it is made with, only its views know
        try:
            _ = serializer().fields
        except (ImproperlyConfigured, FieldDoesNotExist, TypeError) as error:
            found.append(
                Error(
                    f"{serializer.__qualname__}: {error}",
                    hint="Mend its Meta, or the field's options.",
                    obj=serializer,
                    id="manoir.rest.E101",
                )
            )
        except Exception:  # noqa: S112  # hooks that want a request are right to complain without one
            continue
    return found


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
