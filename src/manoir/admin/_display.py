"""How a value is shown, in lists and among read-only fields: what it is, so that a template can draw it.

Nothing here makes HTML; a template draws a `Shown`. What a project's function returns is escaped there, unless it is
Markup (`format_html`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

from markupsafe import Markup

from manoir import models
from manoir.exceptions import FieldDoesNotExist, ObjectDoesNotExist, nearest
from manoir.i18n import date_format, gettext_lazy, number_format, time_format
from manoir.timezone import is_aware, template_localtime

Kind = Literal["text", "number", "yes", "no", "unknown", "link", "empty", "document"]

LONGEST_TEXT = 10_000
"""Characters of one value in a list."""
MOST_NAMES = 8
"""Names of related rows that one cell lists."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One value, ready for a template.

    Attributes:
        text: what is shown.
        kind: how: "yes", "no" and "unknown" are signs, "number" stands to the right, "link" leads to `url`, "empty" is the
            sign for nothing, "document" keeps its lines.
        url: where a link leads.
    """

    text: Any
    kind: Kind = "text"
    url: str = ""

    def __str__(self) -> str:
        return str(self.text)

    def __html__(self) -> str:
        return self.text.__html__() if hasattr(self.text, "__html__") else str(Markup.escape(self.text))


SIGNS: dict[Any, tuple[Any, Kind]] = {
    True: (gettext_lazy("Yes"), "yes"),
    False: (gettext_lazy("No"), "no"),
    None: (gettext_lazy("Unknown"), "unknown"),
}


def sign(value: Any) -> Shown:
    """Return the sign for yes, no or unknown."""
    text, kind = SIGNS[None if value is None else bool(value)]
    return Shown(str(text), kind)


def display_for_value(value: Any, empty_value_display: Any, boolean: bool = False) -> Shown:
    """Show a value that is no field's.

    Args:
        value: the value.
        empty_value_display: shown for None and "".
        boolean: show signs for yes and no.
    """
    if boolean:
        return sign(value)
    if value is None or value == "" or value == []:
        return Shown(empty_value_display, "empty")
    if isinstance(value, bool):
        return Shown(str(value))
    if isinstance(value, dt.datetime):
        return Shown(date_format(template_localtime(value) if is_aware(value) else value, "DATETIME_FORMAT"))
    if isinstance(value, dt.date):
        return Shown(date_format(value, "DATE_FORMAT"))
    if isinstance(value, dt.time):
        return Shown(time_format(value, "TIME_FORMAT"))
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, Enum):
        return Shown(number_format(value), "number")
    if isinstance(value, (list, tuple, set, frozenset)):
        return Shown(names(value))
    return Shown(value if hasattr(value, "__html__") else str(value)[:LONGEST_TEXT])


def names(values: Iterable[Any]) -> str:
    """List values, the first eight of them."""
    texts = [str(value) for value in values]
    more = f", … {len(texts) - MOST_NAMES} more" if len(texts) > MOST_NAMES else ""
    return ", ".join(texts[:MOST_NAMES])[:LONGEST_TEXT] + more


def display_for_field(value: Any, field: Any, empty_value_display: Any, avoid_link: bool = False) -> Shown:
    """Show a field's value.

    Args:
        value: the value.
        field: the model field; one with `secret = True` shows nothing.
        empty_value_display: shown for None and ""; the field's own takes its place.
        avoid_link: show the addresses of files and URLs as text.
    """
    is_secret = getattr(field, "secret", False)
    if getattr(field, "generated", False):
        field = field.output_field
    empty = getattr(field, "empty_value_display", empty_value_display)
    if is_secret or isinstance(value, models.DatabaseDefault):
        return Shown(empty, "empty")
    if getattr(field, "flatchoices", None):
        return display_for_value(dict(field.flatchoices).get(value, value), empty)
    if isinstance(field, models.BooleanField):
        return sign(value)
    if value is None or value == "":
        return Shown(empty, "empty")
    if isinstance(field, models.DecimalField):
        return Shown(number_format(value, field.decimal_places), "number")
    if isinstance(field, models.JSONField):
        return Shown(as_json(value), "document")
    if isinstance(field, models.URLField) and not avoid_link:
        return Shown(str(value)[:LONGEST_TEXT], "link", safe_url(str(value)))
    if hasattr(value, "storage") and hasattr(value, "url") and not avoid_link:
        return Shown(str(value), "link", safe_url(str(value.url)))
    shown = display_for_value(value, empty)
    # Keys and versions are numbers by which nothing is counted: 1234, not 1,234.
    if field.primary_key and shown.kind == "number":
        return Shown(str(value), "number")
    return shown


def safe_url(url: str) -> str:
    """Return an address that may stand in a link; "" for one with a scheme that runs code."""
    scheme, colon, _ = url.strip().partition(":")
    if colon and "/" not in scheme and scheme.lower() not in ("http", "https", "ftp", "ftps", "mailto"):
        return ""
    return url


def as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=None, default=str)[:LONGEST_TEXT]
    except (TypeError, ValueError):
        return str(value)[:LONGEST_TEXT]


# -- what a name means ------------------------------------------------------------------------------------------------


def field_at(model: Any, name: str) -> Any:
    """Return the field at a path of names such as "author__name".

    Raises:
        FieldDoesNotExist: there is none.
    """
    field: Any = None
    for part in ["pk" if name == "pk" else name] if "__" not in name else name.split("__"):
        if model is None:
            raise FieldDoesNotExist(f"{name!r} goes on behind {field.name!r}, which is no relation.")
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        model = field.related_model if field.is_relation else None
    return field


def find_field(model: Any, name: Any) -> Any:
    """Return the field that a name in `list_display` or `readonly_fields` means; None when it means something else."""
    if not isinstance(name, str):
        return None
    try:
        return field_at(model, name)
    except (FieldDoesNotExist, AttributeError):
        return None


def value_at(obj: Any, path: str) -> Any:
    """Return the value at a path of names, following relations; None where a relation leads nowhere."""
    for part in path.split("__"):
        if obj is None:
            return None
        try:
            obj = getattr(obj, part)
        except ObjectDoesNotExist:
            return None
    return obj


def lookup_field(name: Any, obj: Any, model_admin: Any = None) -> tuple[Any, Any, Any]:
    """Return field, attribute and value of a column.

    Args:
        name: name of a field, a path, a method or property of the ModelAdmin or the model, or a function of the object.
        obj: the row.
        model_admin: where methods are looked for first after fields; None: nowhere.

    Returns:
        The model field (None if it is none), the function or attribute (None for a field), the value.
    """
    field = find_field(type(obj), name)
    if field is not None and field.concrete and not field.many_to_many:
        return field, None, value_at(obj, name)
    if field is not None:
        manager = value_at(obj, name if not hasattr(field, "get_accessor_name") else field.get_accessor_name())
        return field, None, list(manager.all()) if hasattr(manager, "all") else manager
    attribute = attribute_of(name, type(obj), model_admin)
    if attribute is None:
        return None, None, value_at(obj, str(name))
    if callable(name) or (model_admin is not None and hasattr(model_admin, str(name)) and name != "__str__"):
        return None, attribute, attribute(obj)
    value = getattr(obj, name)
    return None, attribute, value() if callable(value) and not hasattr(value, "all") else value


def attribute_of(name: Any, model: Any, model_admin: Any = None) -> Any:
    """Return the function or property that a name means; None when nothing has that name."""
    if callable(name):
        return name
    if model_admin is not None and name != "__str__" and hasattr(model_admin, name):
        return getattr(model_admin, name)
    for base in model.__mro__:
        if name in vars(base):
            found = vars(base)[name]
            return found.fget if isinstance(found, property) else found
    return getattr(model, name, None)


def label_for_field(name: Any, model: Any, model_admin: Any = None) -> str:
    """Return the heading of a column.

    Raises:
        AttributeError: nothing has that name; near names are given.
    """
    field = find_field(model, name)
    if field is not None:
        if field.concrete or field.many_to_many:
            return str(field.verbose_name)
        related = field.related_model  # None for a relation to rows of any model
        return str(name) if related is None else str(related._meta.verbose_name_plural)
    if name == "__str__":
        return str(model._meta.verbose_name)
    attribute = attribute_of(name, model, model_admin)
    if attribute is None:
        known = [*model._meta.names, *[one for one in dir(model_admin) if not one.startswith("_")]]
        raise AttributeError(
            f"{name!r} is no field, method or property of {model.__name__}, and no method of "
            f"{type(model_admin).__name__}.{nearest(str(name), known)}"
        )
    described = getattr(attribute, "short_description", None)
    if described is not None:
        return str(described)
    title = attribute.__name__ if callable(name) else str(name)
    return "Computed" if title == "<lambda>" else title.replace("_", " ").strip()


def help_text_for_field(name: Any, model: Any) -> str:
    """Return the help text of a field; "" when the name means something else."""
    return str(getattr(find_field(model, name), "help_text", "") or "")
