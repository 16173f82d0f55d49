"""The form of an object: which class, which first values, and how its fields are laid out on the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from manoir.admin._display import (
    display_for_field,
    display_for_value,
    help_text_for_field,
    label_for_field,
    lookup_field,
)
from manoir.admin._keys import quote
from manoir.admin._related_widgets import admin_url
from manoir.exceptions import ObjectDoesNotExist
from manoir.forms import BoundField, modelform_factory

# -- the class --------------------------------------------------------------------------------------------------------


def flatten(fields: Iterable[Any]) -> list[Any]:
    """The names in `fields`, rows of several resolved."""
    found: list[Any] = []
    for entry in fields:
        if isinstance(entry, (list, tuple)):
            found.extend(cast("Sequence[Any]", entry))
        else:
            found.append(entry)
    return found


def flatten_fieldsets(fieldsets: Iterable[Any]) -> list[Any]:
    """Return the names of all fields in fieldsets.

    Example:
        >>> flatten_fieldsets([(None, {"fields": ["title", ("price", "author")]})])
        ['title', 'price', 'author']
    """
    return [name for _title, options in fieldsets for name in flatten(options.get("fields", ()))]


def form_options(admin: Any, request: Any, obj: Any, locked: bool, options: dict[str, Any]) -> dict[str, Any]:
    """Arguments of a factory of forms: names of the fields, without those that are only shown.

    Args:
        admin: the ModelAdmin or inline.
        request: the request.
        obj: the object; None for a new one.
        locked: nothing can be changed.
        options: arguments of the caller, which win.
    """
    options = dict(options)
    names = options.pop("fields") if "fields" in options else flatten_fieldsets(admin.get_fieldsets(request, obj))
    own = admin.get_exclude(request, obj)
    readonly = list(admin.get_readonly_fields(request, obj))
    left_out = [*(own or ()), *readonly]
    if locked:
        left_out += [*(names or ()), *(field.name for field in all_fields(admin.model))]
    meta = getattr(admin.form, "_meta", None)
    if own is None and meta is not None and meta.exclude:
        left_out += meta.exclude
    if names is not None:
        names = [name for name in names if not callable(name)]
    form = options.pop("form", admin.form)
    hidden = {name: None for name in left_out if isinstance(name, str) and name in form.declared_fields}
    form = type(form)(form.__name__, (form,), {**hidden, "__module__": form.__module__})

    def build(db_field: Any, **chosen: Any) -> Any:
        return admin.formfield_for_dbfield(db_field, request, **chosen)

    return {
        "form": form,
        "fields": names,
        "exclude": [name for name in left_out if isinstance(name, str)],
        "formfield_callback": build,
        **options,
    }


def all_fields(model: Any) -> list[Any]:
    return [*model._meta.concrete_fields, *model._meta.many_to_many]


def form_class(admin: Any, request: Any, obj: Any, change: bool, options: dict[str, Any]) -> Any:
    """The class of an object's form; see `ModelAdmin.get_form`."""
    locked = change and not admin.has_change_permission(request, obj)
    return modelform_factory(admin.model, **form_options(admin, request, obj, locked, options))


def initial_of(admin: Any, request: Any) -> dict[str, Any]:
    """First values out of an address: only of fields of the model, many-to-many ones with commas, never a secret."""
    found: dict[str, Any] = {}
    for field in all_fields(admin.model):
        value = request.GET.get(field.name)
        if value is not None and field.editable and not getattr(field, "secret", False):
            found[field.name] = value.split(",") if field.many_to_many else value
    return found


# -- the layout -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """One field on the page.

    Attributes:
        name: its name.
        bound: the form's field; None where it is only shown.
        label: words for people.
        help_text: words below.
        shown: what a field that is only shown shows.
        id: id of the element.
    """

    name: str
    bound: BoundField | None
    label: Any
    help_text: Any
    shown: Any
    id: str

    @property
    def is_readonly(self) -> bool:
        """Whether it can only be looked at."""
        return self.bound is None

    @property
    def is_hidden(self) -> bool:
        """Whether nobody sees it."""
        return self.bound is not None and self.bound.is_hidden

    @property
    def is_checkbox(self) -> bool:
        """Whether it is one box to tick, which stands before its label."""
        return (
            self.bound is not None
            and getattr(self.bound.field.widget, "input_type", None) == "checkbox"
            and not (self.bound.use_fieldset)
        )

    @property
    def errors(self) -> Any:
        """Errors of the field."""
        return () if self.bound is None else self.bound.errors


@dataclass(frozen=True, slots=True)
class Line:
    """Fields that stand in one row."""

    cells: list[Cell]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    @property
    def has_visible(self) -> bool:
        """Whether anybody sees one of them."""
        return any(not cell.is_hidden for cell in self.cells)

    @property
    def has_errors(self) -> bool:
        """Whether one of them has errors."""
        return any(cell.errors for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Fieldset:
    """A group of fields.

    Attributes:
        name: its title; None for none.
        lines: its rows.
        classes: CSS classes; `collapse` folds it, `tab` puts it behind a tab.
        description: words below the title; may hold HTML of the project.
    """

    name: Any
    lines: list[Line]
    classes: str
    description: Any

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    @property
    def is_collapsible(self) -> bool:
        """Whether it can be folded."""
        return bool(self.name) and "collapse" in self.classes.split() and not self.is_tab

    @property
    def is_tab(self) -> bool:
        """Whether it stands behind a tab, where the form has several."""
        return bool(self.name) and "tab" in self.classes.split()

    @property
    def error_count(self) -> int:
        """How many messages about mistakes are in it."""
        return sum(len(cell.errors) for line in self.lines for cell in line)

    @property
    def is_open(self) -> bool:
        """Whether it begins open: where there is something to mend."""
        return any(line.has_errors for line in self.lines)


class Layout:
    """A form on its page.

    Args:
        form: the form.
        fieldsets: groups as `get_fieldsets` gives them.
        prepopulated: fields that a script fills from others, by name.
        readonly: what is only shown.
        admin: the ModelAdmin or inline.
        obj: the object that is shown; None for the form's.

    Attributes:
        form: the form.
        fieldsets: groups as `get_fieldsets` gives them.
    """

    def __init__(
        self,
        form: Any,
        fieldsets: Sequence[Any],
        prepopulated: Mapping[str, Sequence[str]],
        readonly: Sequence[Any],
        admin: Any,
        obj: Any = None,
    ) -> None:
        self.form = form
        self.fieldsets = fieldsets
        self.readonly_fields = list(readonly)
        self.admin = admin
        self.obj = form.instance if obj is None else obj
        self.prepopulated_fields = [
            {"field": form[name], "dependencies": [form[one] for one in sources if one in form.fields]}
            for name, sources in prepopulated.items()
            if name in form.fields and name not in self.readonly_fields
        ]
        for entry in self.prepopulated_fields:
            mark_prepopulated(admin, entry)

    def __iter__(self) -> Iterator[Fieldset]:
        for name, options in self.fieldsets:
            yield Fieldset(
                name,
                [self.line(entry) for entry in options.get("fields", ())],
                classes_of(options),
                options.get("description") or "",
            )

    def line(self, entry: Any) -> Line:
        """A row of fields."""
        names = cast("Sequence[Any]", entry) if isinstance(entry, (list, tuple)) else [entry]
        return Line([self.cell(name) for name in names])

    def cell(self, name: Any) -> Cell:
        """One field: of the form, or only shown."""
        if name in self.readonly_fields or name not in self.form.fields:
            return self.readonly_cell(name)
        bound: BoundField = self.form[name]
        return Cell(str(name), bound, bound.label, bound.help_text, None, bound.id_for_label)

    def readonly_cell(self, name: Any) -> Cell:
        """A field that is only shown."""
        text = name if isinstance(name, str) else getattr(name, "__name__", "computed")
        model = self.admin.model
        label = sentence_case(label_for_field(name, model, self.admin))
        return Cell(text, None, label, help_text_for_field(name, model), self.value(name), "")

    def value(self, name: Any) -> Any:
        """What a field that is only shown shows."""
        empty = self.admin.get_empty_value_display()
        try:
            field, attribute, value = lookup_field(name, self.obj, self.admin)
        except (ObjectDoesNotExist, ValueError):
            return display_for_value(None, empty)
        if field is None:
            return display_for_value(value, empty, bool(getattr(attribute, "boolean", False)))
        if getattr(field, "secret", False):
            return display_for_value(None, empty)
        if field.is_relation and not isinstance(value, list) and value is not None:
            return related_link(value, self.admin.admin_site)
        if field.is_relation:
            return display_for_value(value or None, empty)
        return display_for_field(value, field, empty)


def cells_of(form: Any) -> list[Cell]:
    """The fields of a form that is of no model, in order."""
    return [Cell(bound.name, bound, bound.label, bound.help_text, None, bound.id_for_label) for bound in form]


def related_link(row: Any, site: Any) -> Any:
    """A related row as a link to its page, where it has one."""
    url = admin_url(site, row._meta, "change", quote(str(row.pk))) if type(row) in site._registry else None
    return {"text": str(row), "kind": "link" if url else "text", "url": url or ""}


def sentence_case(label: str) -> str:
    """A label that begins with a capital."""
    return label[:1].upper() + label[1:]


def classes_of(options: Mapping[str, Any]) -> str:
    """The CSS classes of a group."""
    return " ".join(str(name) for name in options.get("classes", ()))


def mark_prepopulated(admin: Any, entry: dict[str, Any]) -> None:
    """Tell the script which fields fill this one, as data of its element."""
    bound: Any = entry["field"]
    bound.field.widget.attrs["data-prepopulate"] = " ".join(f"#{one.auto_id}" for one in entry["dependencies"])
    if getattr(bound.field, "max_length", None):
        bound.field.widget.attrs["data-max-length"] = bound.field.max_length
    if getattr(bound.field, "allow_unicode", False):
        bound.field.widget.attrs["data-allow-unicode"] = "true"
