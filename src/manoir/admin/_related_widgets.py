"""Inputs for relations: keys with a look-up, a search in the related rows, links to add and change them.

Each works without scripting: the key can be typed, the links are links.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Self, cast
from urllib.parse import urlencode

from manoir import forms
from manoir.admin._keys import quote
from manoir.exceptions import FieldTypeError, ValidationError
from manoir.i18n import gettext_lazy
from manoir.urls import NoReverseMatch, reverse

Attrs = Mapping[str, Any]

IS_POPUP_VAR = "_popup"
TO_FIELD_VAR = "_to_field"
SOURCE_MODEL_VAR = "_source_model"

MOST_KEYS = 1_000
"""Keys that are read out of one text."""


def target_of(rel: Any) -> Any:
    """The field whose value stands for a related row."""
    return rel.model._meta.pk if rel.field.many_to_many else rel.field.target_field


def admin_url(site: Any, options: Any, page: str, *args: Any) -> str | None:
    """Address of a page of a model; None where the site has none."""
    try:
        return reverse(f"admin:{options.app_label}_{options.model_name}_{page}", args=args, current_app=site.name)
    except NoReverseMatch:
        return None


def keys_in(text: Any) -> list[str]:
    """The keys in a text with commas."""
    if not isinstance(text, str):
        return []
    return [key for part in text.split(",", MOST_KEYS)[:MOST_KEYS] if (key := part.strip())]


class KnownRows:
    """Mixin of widgets that name rows by their keys.

    A page tells `known` for all its widgets by one query; alone they ask themselves.
    """

    rel: Any
    db: str | None
    known: dict[str, Any] | None = None

    def find_rows(self, values: Iterable[Any]) -> list[Any]:
        """Return the rows of these keys, in their order; keys without row are left out."""
        wanted = [str(value) for value in values if value not in (None, "")]
        if self.known is None or not set(wanted) <= set(self.known):
            self.known = {**read_rows(self.rel, wanted, self.db), **(self.known or {})}
        return [row for key in wanted if (row := self.known.get(key)) is not None]


def read_rows(rel: Any, values: Iterable[str], using: str | None) -> dict[str, Any]:
    """The rows of keys, by their keys as text; None for a key without row."""
    field = target_of(rel)
    keys: dict[str, Any] = {}
    for value in values:
        try:
            keys[value] = field.to_python(value)
        except (ValidationError, FieldTypeError, ValueError, TypeError):
            keys[value] = None
    asked = {key for key in keys.values() if key is not None}
    if not asked:
        return dict.fromkeys(keys)
    rows = rel.model._default_manager.using(using).filter(**{f"{field.name}__in": list(asked)})
    found = {getattr(row, field.attname): row for row in rows}
    return {text: None if key is None else found.get(key) for text, key in keys.items()}


# -- keys -------------------------------------------------------------------------------------------------------------


class ForeignKeyRawIdWidget(KnownRows, forms.TextInput):
    """The key of a row, with a link to look it up and the row's name.

    Args:
        rel: the far side of the relation.
        admin_site: the site that has the related model.
        attrs: HTML attributes.
        using: alias of the database.
    """

    template_name = "admin/widgets/raw_id.html"

    def __init__(self, rel: Any, admin_site: Any, attrs: Attrs | None = None, using: str | None = None) -> None:
        super().__init__({"class": "vForeignKeyRawIdAdminField", **(attrs or {})})
        self.rel = rel
        self.admin_site = admin_site
        self.db = using

    def values_of(self, value: Any) -> list[Any]:
        """Return the keys in a value."""
        return [] if value in (None, "") else [value]

    def get_context(self, name: str, value: Any, attrs: Attrs | None) -> dict[str, Any]:
        """Return the variables of the template, with the link and the rows' names."""
        context = super().get_context(name, value, attrs)
        options = self.rel.model._meta
        registered = self.rel.model in self.admin_site._registry
        listing = admin_url(self.admin_site, options, "changelist") if registered else None
        if listing is not None:
            query = urlencode(self.url_parameters())
            context["related_url"] = f"{listing}?{query}" if query else listing
            context["link_title"] = options.verbose_name
        context["to_field"] = target_of(self.rel).name
        context["rows"] = [self.row_link(row, registered) for row in self.find_rows(self.values_of(value))]
        return context

    def row_link(self, row: Any, registered: bool) -> tuple[str, str | None]:
        """Name and address of a row."""
        url = admin_url(self.admin_site, row._meta, "change", quote(str(row.pk))) if registered else None
        return str(row)[:100], url

    def base_url_parameters(self) -> dict[str, str]:
        """Return the filters of the look-up that follow from `limit_choices_to`, where these are plain conditions."""
        limit = self.rel.limit_choices_to
        limit = limit() if callable(limit) else limit
        if not isinstance(limit, Mapping):
            return {}
        conditions = cast("Mapping[str, Any]", limit)
        return {name: parameter(value) for name, value in conditions.items()}

    def url_parameters(self) -> dict[str, str]:
        """Return the query string of the look-up."""
        return {**self.base_url_parameters(), TO_FIELD_VAR: target_of(self.rel).name}


def parameter(value: Any) -> str:
    """A condition's value as the list's query string has it."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(str(one) for one in cast("Iterable[Any]", value))
    if isinstance(value, bool):
        return str(int(value))
    return str(value() if callable(value) else value)


class ManyToManyRawIdWidget(ForeignKeyRawIdWidget):
    """The keys of rows, with commas between them."""

    def __init__(self, rel: Any, admin_site: Any, attrs: Attrs | None = None, using: str | None = None) -> None:
        super().__init__(rel, admin_site, {"class": "vManyToManyRawIdAdminField", **(attrs or {})}, using)

    def url_parameters(self) -> dict[str, str]:
        """Return the query string of the look-up."""
        return self.base_url_parameters()

    def values_of(self, value: Any) -> list[Any]:
        """Return the keys in a value: a list, or a text with commas."""
        return list(cast("Iterable[Any]", value)) if isinstance(value, (list, tuple)) else cast("Any", keys_in(value))

    def format_value(self, value: Any) -> str:
        """Return the keys with commas."""
        return ",".join(str(key) for key in self.values_of(value))

    def value_from_datadict(self, data: Attrs, files: Attrs, name: str) -> Any:
        """Return the keys that were sent; None when nothing was."""
        sent = data.get(name)
        return keys_in(sent) if sent is not None else None


# -- search -----------------------------------------------------------------------------------------------------------


class AutocompleteMixin(KnownRows):
    """What selects share whose rows are searched for: only the chosen ones stand in the page.

    Args:
        field: the model's relation.
        admin_site: the site that has the related model.
        attrs: HTML attributes.
        choices: the rows that may be chosen; they are not read.
        using: alias of the database.
    """

    template_name = "admin/widgets/autocomplete.html"
    allow_multiple_selected: bool = False
    attrs: dict[str, Any]
    choices: Any
    is_required: bool

    def __init__(
        self,
        field: Any,
        admin_site: Any,
        attrs: Attrs | None = None,
        choices: Sequence[Any] = (),
        using: str | None = None,
    ) -> None:
        self.field = field
        self.rel = field.remote_field
        self.admin_site = admin_site
        self.db = using
        self.attrs = dict(attrs or {})
        self.choices = choices

    def get_url(self) -> str:
        """Return the address that answers searches."""
        return reverse(f"{self.admin_site.name}:autocomplete")

    def optgroups(self, name: str, value: list[str], attrs: Attrs | None = None) -> list[Any]:
        """Return the options: an empty one where that is allowed, and the chosen rows."""
        target = target_of(self.rel)
        rows = self.find_rows(value)
        pairs: list[tuple[Any, Any]] = [] if self.allow_multiple_selected else [("", "")]
        pairs += [(row.serializable_value(target.name), self.label_of(row)) for row in rows]
        options = [
            cast(Any, self).create_option(name, key, label, str(key) in value and key != "", index, attrs=attrs)
            for index, (key, label) in enumerate(pairs)
        ]
        return [(None, options, 0)]

    def label_of(self, row: Any) -> str:
        """The label that the form field gives to a row."""
        field = getattr(self.choices, "field", None)
        return str(row) if field is None else str(field.label_from_instance(row))

    def get_context(self, name: str, value: Any, attrs: Attrs | None) -> dict[str, Any]:
        """Return the variables of the template; the script reads what it needs from the element's data."""
        context = cast(Any, super()).get_context(name, value, attrs)
        options = self.field.model._meta
        context["widget"]["attrs"].update(
            {
                "data-autocomplete": self.get_url(),
                "data-app-label": options.app_label,
                "data-model-name": options.model_name,
                "data-field-name": self.field.name,
                "data-allow-clear": "false" if self.is_required else "true",
            }
        )
        chosen = context["widget"]["value"]
        context["keys_name"] = f"{name}-keys"
        context["keys"] = ",".join(chosen)
        context["listing"] = admin_url(self.admin_site, self.rel.model._meta, "changelist")
        context["several"] = self.allow_multiple_selected
        return context

    def value_from_datadict(self, data: Attrs, files: Attrs, name: str) -> Any:
        """Return what was chosen: typed keys win, which only browsers without scripting send."""
        typed = data.get(f"{name}-keys")
        if typed is not None:
            keys = keys_in(typed)
            return keys if self.allow_multiple_selected else ",".join(keys)
        return cast(Any, super()).value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data: Attrs, files: Attrs, name: str) -> bool:
        """Tell whether nothing was sent for the field."""
        return f"{name}-keys" not in data and cast(Any, super()).value_omitted_from_data(data, files, name)


class AutocompleteSelect(AutocompleteMixin, forms.Select):
    """One row that is searched for."""


class AutocompleteSelectMultiple(AutocompleteMixin, forms.SelectMultiple):
    """Several rows that are searched for."""


# -- links beside -----------------------------------------------------------------------------------------------------


class RelatedFieldWidgetWrapper(forms.Widget):
    """A relation's widget with links beside it to add, change, view and delete the related row.

    Args:
        widget: the widget itself.
        rel: the far side of the relation.
        admin_site: the site that has the related model.
        can_add_related: show the link to add; None: when the model is registered.
        can_change_related: show the link to change.
        can_delete_related: show the link to delete.
        can_view_related: show the link to view.
    """

    template_name = "admin/widgets/related.html"

    def __init__(
        self,
        widget: Any,
        rel: Any,
        admin_site: Any,
        can_add_related: bool | None = None,
        can_change_related: bool = False,
        can_delete_related: bool = False,
        can_view_related: bool = False,
    ) -> None:
        super().__init__(widget.attrs)
        registered = rel.model in admin_site._registry
        several = getattr(widget, "allow_multiple_selected", False)
        self.widget = widget
        self._by_key: ForeignKeyRawIdWidget | None = None
        self.rel = rel
        self.admin_site = admin_site
        self.can_add_related = registered if can_add_related is None else can_add_related and registered
        self.can_change_related = can_change_related and registered and not several
        self.can_delete_related = can_delete_related and registered and not several
        self.can_view_related = can_view_related and registered and not several

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = copy.copy(self)
        twin.widget = copy.deepcopy(self.widget, memo)
        twin.attrs = twin.widget.attrs
        twin._by_key = None
        memo[id(self)] = twin
        return twin

    def by_key(self) -> ForeignKeyRawIdWidget | None:
        """The input of keys that takes the place of a select of too many rows; None where the widget shows itself.

        A widget that searches shows only what is chosen: it is there for many rows, and reads none of them.
        """
        choices = getattr(self.widget, "choices", None)
        lists_all = isinstance(self.widget, forms.Select) and not isinstance(self.widget, AutocompleteMixin)
        if self._by_key is None and lists_all and hasattr(choices, "shared"):
            shown: Any = choices
            if shown.shared.are_too_many(shown.queryset):
                kind = ManyToManyRawIdWidget if self.widget.allow_multiple_selected else ForeignKeyRawIdWidget
                self._by_key = kind(self.rel, self.admin_site)
        return self._by_key

    @property
    def choices(self) -> Any:
        """The choices of the widget."""
        return self.widget.choices

    @choices.setter
    def choices(self, value: Any) -> None:
        self.widget.choices = value

    @property
    def is_hidden(self) -> bool:
        """Whether the widget is hidden."""
        return self.widget.is_hidden

    @property
    def media(self) -> Any:
        """The files that the widget needs."""
        return self.widget.media

    @property
    def needs_multipart_form(self) -> bool:  # type: ignore[override]
        """Whether the widget needs it."""
        return self.widget.needs_multipart_form

    @property
    def use_fieldset(self) -> bool:  # type: ignore[override]
        """Whether the widget's group is a fieldset."""
        return self.widget.use_fieldset

    def links(self, value: Any) -> list[dict[str, Any]]:
        """The links beside the widget: what they do, their address for the chosen row, the pattern for others."""
        options = self.rel.model._meta
        target = target_of(self.rel).name
        query = urlencode({TO_FIELD_VAR: target})
        links: list[dict[str, Any]] = []
        kinds = [("view", self.can_view_related and not self.can_change_related, "change"),
                 ("change", self.can_change_related, "change"),
                 ("delete", self.can_delete_related, "delete")]  # fmt: skip
        for kind, shown, page in kinds:
            pattern = admin_url(self.admin_site, options, page, "__fk__") if shown else None
            if pattern is not None:
                key = quote(str(value)) if value not in (None, "") else None
                url = None if key is None else f"{pattern.replace('__fk__', key)}?{query}"
                links.append(link_of(kind, options, url, f"{pattern}?{query}"))
        if self.can_add_related:
            url = admin_url(self.admin_site, options, "add")
            if url is not None:
                links.append(link_of("add", options, f"{url}?{query}", None))
        return links

    def get_context(self, name: str, value: Any, attrs: Attrs | None) -> dict[str, Any]:
        """Return the variables of the template: the widget, ready, and the links."""
        self.widget.is_required = self.is_required
        self.widget.is_localized = self.is_localized
        options = self.rel.model._meta
        by_key = self.by_key()
        shown = (
            self.widget.render(name, value, attrs) if by_key is None else by_key.render(f"{name}-keys", value, attrs)
        )
        return {
            "rendered_widget": shown,
            "name": name,
            "is_hidden": self.is_hidden,
            "model": options.verbose_name,
            "model_name": options.model_name,
            "links": self.links(value if not isinstance(value, (list, tuple)) else None),
            "widget": {"is_hidden": self.is_hidden},
        }

    def value_from_datadict(self, data: Attrs, files: Attrs, name: str) -> Any:
        """Return what the widget reads; keys, where the page had no select because of too many rows."""
        typed = data.get(f"{name}-keys") if isinstance(self.widget, forms.Select) else None
        if typed is not None and not isinstance(self.widget, AutocompleteMixin):
            keys = keys_in(typed)
            return keys if self.widget.allow_multiple_selected else ",".join(keys)
        return self.widget.value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data: Attrs, files: Attrs, name: str) -> bool:
        """Tell whether nothing was sent for the widget."""
        return f"{name}-keys" not in data and self.widget.value_omitted_from_data(data, files, name)

    def id_for_label(self, id_: str) -> str:
        """Return the id that a label points to."""
        return self.widget.id_for_label(id_)

    def use_required_attribute(self, initial: Any) -> bool:
        """Tell whether the element may carry `required`."""
        return self.widget.use_required_attribute(initial)

    def optgroups(self, name: str, value: Any, attrs: Attrs | None = None) -> Any:
        """Return the options of the widget."""
        return self.widget.optgroups(name, value, attrs)


LINKS: Final = {
    "add": ("plus", gettext_lazy("Add %s"), gettext_lazy("Add %s")),
    "change": ("edit", gettext_lazy("Change %s"), gettext_lazy("Change the chosen %s")),
    "view": ("eye", gettext_lazy("View %s"), gettext_lazy("View the chosen %s")),
    "delete": ("trash", gettext_lazy("Delete %s"), gettext_lazy("Delete the chosen %s")),
}
"""Icon, title and name of the links beside a relation."""


def link_of(kind: str, options: Any, url: str | None, pattern: str | None) -> dict[str, Any]:
    """A link beside a relation, as its template draws it."""
    icon, title, name = LINKS[kind]
    model = options.verbose_name
    return {"kind": kind, "icon": icon, "title": title % model, "name": name % model, "url": url, "pattern": pattern}
