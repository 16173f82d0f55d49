"""What `manoir check` says about the admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.admin._display import attribute_of, find_field
from manoir.admin._form_checks import form_options
from manoir.admin._registry import all_sites
from manoir.apps import apps
from manoir.bridge import hook_conflicts
from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.exceptions import nearest

NEEDED_APPS = {
    "manoir.contenttypes": "E401",
    "manoir.auth": "E402",
    "manoir.sessions": "E403",
    "manoir.messages": "W404",
}


@register(Tags.admin)
def check_admin_app(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check every site's ModelAdmins, and that what the admin needs is installed."""
    messages: list[CheckMessage] = []
    if not apps.is_installed("manoir.admin"):
        return messages
    messages += list(dependencies())
    for site in sorted(all_sites, key=lambda known: known.name):
        messages += site.check(app_configs)
    return messages


def dependencies() -> Iterator[CheckMessage]:
    for name, number in NEEDED_APPS.items():
        if not apps.is_installed(name):
            kind = Warning if number.startswith("W") else Error
            yield kind(
                f"The admin needs {name!r} in INSTALLED_APPS.",
                hint=f"Add {name!r} before 'manoir.admin'.",
                id=f"manoir.admin.{number}",
            )


def check_options(model_admin: Any) -> list[CheckMessage]:
    """Check the options of a ModelAdmin or an inline."""
    found = [*lists(model_admin), *names(model_admin), *form_options(model_admin)]
    if hasattr(model_admin, "list_display"):
        found += [*list_options(model_admin)]
    found += conflicts(model_admin)
    return found


def error(model_admin: Any, text: str, number: str, hint: str | None = None) -> CheckMessage:
    cls = type(model_admin)
    return Error(text, hint=hint, obj=cls, id=f"manoir.admin.{number}")


SEQUENCES = {
    "list_display": "E107",
    "list_filter": "E112",
    "list_editable": "E120",
    "search_fields": "E126",
    "raw_id_fields": "E001",
    "autocomplete_fields": "E036",
    "filter_horizontal": "E018",
    "filter_vertical": "E017",
    "readonly_fields": "E034",
    "inlines": "E103",
}


def lists(model_admin: Any) -> Iterator[CheckMessage]:
    """Options that are lists: a string would be taken for its letters."""
    for name, number in SEQUENCES.items():
        value = getattr(model_admin, name, ())
        if not isinstance(value, (list, tuple)):
            yield error(model_admin, f"{name} is a list or tuple, not {type(value).__name__} ({value!r:.60}).", number)


def names(model_admin: Any) -> Iterator[CheckMessage]:
    """Names of fields that must be there."""
    known = list(model_admin.model._meta.names)
    relations = {"raw_id_fields": "E002", "autocomplete_fields": "E037"}
    many = {"filter_horizontal": "E019", "filter_vertical": "E019"}
    for option, number in {**relations, **many}.items():
        value = getattr(model_admin, option, ())
        for name in value if isinstance(value, (list, tuple)) else ():
            field = find_field(model_admin.model, name)
            if field is None:
                yield error(
                    model_admin,
                    f"{option} names {name!r}, which is no field of {model_admin.model.__name__}.{nearest(str(name), known)}",
                    number,
                )
            elif option in many and not field.many_to_many:
                yield error(model_admin, f"{option} names {name!r}, which is no many-to-many field.", "E020")
            elif not field.is_relation:
                yield error(model_admin, f"{option} names {name!r}, which is no relation.", "E003")
    for name in getattr(model_admin, "autocomplete_fields", ()):
        yield from autocompletes(model_admin, name)


def autocompletes(model_admin: Any, name: str) -> Iterator[CheckMessage]:
    field = find_field(model_admin.model, name)
    if field is None or not field.is_relation:
        return
    related = model_admin.admin_site._registry.get(field.related_model)
    if related is None:
        yield error(
            model_admin,
            f"autocomplete_fields names {name!r}, but {field.related_model.__name__} has no ModelAdmin.",
            "E039",
            hint=f"Register {field.related_model.__name__} with the same site.",
        )
    elif not related.search_fields:
        yield error(
            model_admin,
            f"autocomplete_fields names {name!r}, but {type(related).__name__} has no search_fields.",
            "E040",
            hint=f"Give {type(related).__name__} search_fields.",
        )


def list_options(model_admin: Any) -> Iterator[CheckMessage]:
    """The options of the list."""
    model = model_admin.model
    display = model_admin.list_display if isinstance(model_admin.list_display, (list, tuple)) else ()
    for name in display:
        field = find_field(model, name)
        if field is None and attribute_of(name, model, model_admin) is None:
            known = [*model._meta.names, *[one for one in dir(type(model_admin)) if not one.startswith("_")]]
            yield error(
                model_admin,
                f"list_display names {name!r}, which is no field, method or property of {model.__name__} or "
                f"{type(model_admin).__name__}.{nearest(str(name), known)}",
                "E108",
            )
    links = model_admin.list_display_links
    for name in links if isinstance(links, (list, tuple)) else ():
        if name not in display:
            yield error(model_admin, f"list_display_links names {name!r}, which is not in list_display.", "E111")
    yield from editable(model_admin, display)
    yield from filters(model_admin)
    yield from dates(model_admin)
    for option, number in (("list_per_page", "E118"), ("list_max_show_all", "E119")):
        if not isinstance(getattr(model_admin, option), int):
            yield error(model_admin, f"{option} is a whole number, not {getattr(model_admin, option)!r:.40}.", number)
    if not (model_admin.icon is None or isinstance(model_admin.icon, str)):
        yield error(model_admin, f"icon names a symbol, such as 'globe'; it is {model_admin.icon!r:.40}.", "E126")


def editable(model_admin: Any, display: Any) -> Iterator[CheckMessage]:
    links = model_admin.list_display_links
    linked = set(links or ()) if links is not None else set()
    if not linked and links is not None and display:
        linked = {display[0]}
    value = model_admin.list_editable
    for name in value if isinstance(value, (list, tuple)) else ():
        field = find_field(model_admin.model, name)
        if field is None:
            yield error(model_admin, f"list_editable names {name!r}, which is no field.", "E121")
        elif name not in display:
            yield error(model_admin, f"list_editable names {name!r}, which is not in list_display.", "E122")
        elif name in linked:
            yield error(
                model_admin,
                f"list_editable names {name!r}, which is a link in the list.",
                "E124",
                hint="Name another column in list_display_links, or set it to None.",
            )
        elif not field.editable:
            yield error(model_admin, f"list_editable names {name!r}, which cannot be edited.", "E125")


def filters(model_admin: Any) -> Iterator[CheckMessage]:
    value = model_admin.list_filter
    for entry in value if isinstance(value, (list, tuple)) else ():
        if isinstance(entry, type):
            if not hasattr(entry, "expected_parameters"):
                yield error(model_admin, f"list_filter has {entry.__name__}, which is no ListFilter.", "E113")
            elif hasattr(entry, "field_choices") or hasattr(entry, "list_separator"):
                yield error(
                    model_admin, f"list_filter has {entry.__name__} without a field: write (name, class).", "E114"
                )
            continue
        name = entry[0] if isinstance(entry, (list, tuple)) and entry else entry
        field = find_field(model_admin.model, name)
        if field is None:
            known = list(model_admin.model._meta.names)
            yield error(
                model_admin, f"list_filter names {name!r}, which is no field.{nearest(str(name), known)}", "E116"
            )
        elif getattr(field, "secret", False):
            yield error(model_admin, f"list_filter names {name!r}, which is a secret.", "E117")


def dates(model_admin: Any) -> Iterator[CheckMessage]:
    name = model_admin.date_hierarchy
    if name is None:
        return
    field = find_field(model_admin.model, name)
    if field is None:
        yield error(model_admin, f"date_hierarchy names {name!r}, which is no field.", "E127")
    elif field.get_internal_type() not in ("DateField", "DateTimeField"):
        yield error(model_admin, f"date_hierarchy names {name!r}, which is neither a date nor a datetime.", "E128")


def conflicts(model_admin: Any) -> list[CheckMessage]:
    return [
        error(
            model_admin,
            f"{conflict.owner.__name__} overrides both {conflict.sync_name} and {conflict.async_name}.",
            "E150",
            hint="Keep the one of the colour that you need; the other is made of it.",
        )
        for conflict in hook_conflicts(type(model_admin))
    ]
