"""Paths of fields that a view declares (`author__name`), looked up in the models and refused where they lead nowhere."""

from __future__ import annotations

from typing import Any

from manoir.exceptions import FieldDoesNotExist, ImproperlyConfigured, nearest
from manoir.models import JSONField


def refuse_secret(model: Any, path: str) -> None:
    """Refuse a path along a column that is secret; what is no field may be a value that the queryset computes.

    Raises:
        ImproperlyConfigured: a column on the path is secret.
    """
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return
        if getattr(field, "secret", False):
            raise secret_error(model, name)
        if not field.is_relation:
            return
        model = field.related_model


def secret_error(model: Any, name: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{model.__name__}.{name} is secret: nobody may filter, search or order by it.")


def fields_on(model: Any, path: str, *, into_json: bool = False) -> list[Any]:
    """Return the fields that a path goes along.

    Args:
        model: where it begins.
        path: names, with two underscores between them.
        into_json: what follows the name of a JSONField are keys of its documents.

    Raises:
        ImproperlyConfigured: it leads nowhere, or to a column that is secret.
    """
    found: list[Any] = []
    here = model
    for name in path.split("__"):
        if here is None:
            if into_json and isinstance(found[-1], JSONField):
                break
            raise ImproperlyConfigured(f"{path!r} goes on behind {found[-1].name!r}, which is no relation.")
        try:
            field = here._meta.pk if name == "pk" else here._meta.get_field(name)
        except FieldDoesNotExist as error:
            known = [one.name for one in here._meta.get_fields()]
            raise ImproperlyConfigured(
                f"{here.__name__} has no field {name!r} (in {path!r}).{nearest(name, known)}"
            ) from error
        if getattr(field, "secret", False):
            raise secret_error(here, name)
        found.append(field)
        here = field.related_model if field.is_relation else None
    return found


def field_at(model: Any, path: str) -> Any:
    """Return the field at the end of a path."""
    return fields_on(model, path)[-1]


def crosses_many(model: Any, path: str) -> bool:
    """Tell whether one row has several of what a path leads to, so that it would be found several times."""
    return holds_many(fields_on(model, path))


def holds_many(fields: list[Any]) -> bool:
    return any(getattr(field, "many_to_many", False) or getattr(field, "one_to_many", False) for field in fields)


def finds_many(queryset: Any, path: str) -> bool:
    """The same of a path in a queryset, which may begin with a value that it computes or lead into a JSON document.

    Raises:
        ImproperlyConfigured: it leads nowhere, or to a column that is secret.
    """
    if path.partition("__")[0] in queryset._query.annotations:
        return False
    return holds_many(fields_on(queryset.model, path, into_json=True))
