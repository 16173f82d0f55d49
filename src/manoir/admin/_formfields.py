"""Which form field a model field gets in the admin: the options and hooks that ModelAdmin and inlines share."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from manoir import forms, models
from manoir.admin._related_widgets import (
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    ForeignKeyRawIdWidget,
    ManyToManyRawIdWidget,
    RelatedFieldWidgetWrapper,
)
from manoir.admin._shared_choices import SharedChoices, share
from manoir.admin._widgets import (
    AdminBigIntegerFieldWidget,
    AdminDateWidget,
    AdminEmailInputWidget,
    AdminFileWidget,
    AdminIntegerFieldWidget,
    AdminRadioSelect,
    AdminSplitDateTime,
    AdminTextareaWidget,
    AdminTextInputWidget,
    AdminTimeWidget,
    AdminURLFieldWidget,
    AdminUUIDInputWidget,
    FilteredSelectMultiple,
)
from manoir.bridge import TwoColours, atwin, hook
from manoir.i18n import gettext as _

HORIZONTAL: Final = 1
VERTICAL: Final = 2

DEFAULTS: Final[dict[type[Any], dict[str, Any]]] = {
    models.DateTimeField: {"form_class": forms.SplitDateTimeField, "widget": AdminSplitDateTime},
    models.DateField: {"widget": AdminDateWidget},
    models.TimeField: {"widget": AdminTimeWidget},
    models.TextField: {"widget": AdminTextareaWidget},
    models.JSONField: {"widget": AdminTextareaWidget(attrs={"class": "vLargeTextField mono"})},
    models.URLField: {"widget": AdminURLFieldWidget},
    models.IntegerField: {"widget": AdminIntegerFieldWidget},
    models.BigIntegerField: {"widget": AdminBigIntegerFieldWidget},
    models.CharField: {"widget": AdminTextInputWidget},
    models.EmailField: {"widget": AdminEmailInputWidget},
    models.UUIDField: {"widget": AdminUUIDInputWidget},
    models.FileField: {"widget": AdminFileWidget},
}
"""Options of form fields by class of the model field; `formfield_overrides` adds to them."""


class FormFieldHooks(TwoColours):
    """Options and hooks about the fields of forms; ModelAdmin and the inlines inherit them.

    Attributes:
        fields: names of the fields in order; a tuple of names is one row.
        fieldsets: groups of fields: pairs of a title and a dict with `fields`, `classes`, `description`.
        exclude: names that are left out.
        form: class of the form.
        readonly_fields: names of fields, attributes, methods of this class, and functions, that are only shown.
        prepopulated_fields: names of the fields that a script fills a field from, by the field's name.
        formfield_overrides: options of form fields by class of the model field.
        autocomplete_fields: relations that are searched for.
        raw_id_fields: relations that are given by key.
        filter_horizontal: many-to-many relations that are chosen by two lists, side by side.
        filter_vertical: the same, one above the other.
        radio_fields: HORIZONTAL or VERTICAL radio buttons by field.
    """

    fields: Any = None
    fieldsets: Any = None
    exclude: Any = None
    form: Any = forms.ModelForm
    readonly_fields: Sequence[Any] = ()
    prepopulated_fields: Mapping[str, Sequence[str]] = {}
    formfield_overrides: Mapping[type[Any], Mapping[str, Any]] = {}
    autocomplete_fields: Sequence[str] = ()
    raw_id_fields: Sequence[str] = ()
    filter_horizontal: Sequence[str] = ()
    filter_vertical: Sequence[str] = ()
    radio_fields: Mapping[str, int] = {}

    model: Any
    opts: Any
    admin_site: Any
    _choices_of_page: ClassVar[str] = "_admin_shared_choices"

    # -- which fields -----------------------------------------------------------------------------------------------

    @hook
    def get_exclude(self, request: Any, obj: Any = None) -> Any:
        """Hook: return the names of fields that are left out; None where the form decides."""
        return self.exclude

    aget_exclude = atwin(get_exclude, waits=True)

    @hook
    def get_fields(self, request: Any, obj: Any = None) -> Sequence[Any]:
        """Hook: return the fields in order; a tuple of names is one row."""
        if self.fields:
            return self.fields
        form: Any = self._form_for_fields(request, obj)
        return [*form.base_fields, *self.get_readonly_fields(request, obj)]

    aget_fields = atwin(get_fields, waits=True)

    if TYPE_CHECKING:

        def _form_for_fields(self, request: Any, obj: Any) -> Any:
            """The form with all its fields."""
            ...

    @hook
    def get_fieldsets(self, request: Any, obj: Any = None) -> Sequence[Any]:
        """Hook: return the groups of fields."""
        if self.fieldsets:
            return self.fieldsets
        return [(None, {"fields": self.get_fields(request, obj)})]

    aget_fieldsets = atwin(get_fieldsets, waits=True)

    @hook
    def get_readonly_fields(self, request: Any, obj: Any = None) -> Sequence[Any]:
        """Hook: return what is only shown."""
        return self.readonly_fields

    aget_readonly_fields = atwin(get_readonly_fields, waits=True)

    @hook
    def get_prepopulated_fields(self, request: Any, obj: Any = None) -> Mapping[str, Sequence[str]]:
        """Hook: return the fields that a script fills from others."""
        return self.prepopulated_fields

    aget_prepopulated_fields = atwin(get_prepopulated_fields, waits=True)

    @hook
    def get_autocomplete_fields(self, request: Any) -> Sequence[str]:
        """Hook: return the relations that are searched for."""
        return self.autocomplete_fields

    aget_autocomplete_fields = atwin(get_autocomplete_fields, waits=True)

    # -- form fields ------------------------------------------------------------------------------------------------

    @hook
    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Hook: build the form field of a model field; None leaves it out.

        Args:
            db_field: the model field. One with `secret = True` never gets a form field: its value is nobody's to see.
            request: the request.
            **kwargs: further options of the form field.
        """
        if getattr(db_field, "secret", False):
            return None
        if db_field.is_relation:
            return self._relation_field(db_field, request, kwargs)
        if db_field.choices is not None:
            return self.formfield_for_choice_field(db_field, request, **kwargs)
        own = self._overrides(db_field)
        if own.get("form_class") is forms.SplitDateTimeField and not takes_parts(
            kwargs.get("widget", own.get("widget"))
        ):
            del own["form_class"]  # a project's one input for a moment
        return db_field.formfield(**{**own, **kwargs})

    aformfield_for_dbfield = atwin(formfield_for_dbfield, waits=True)

    def _overrides(self, db_field: Any) -> dict[str, Any]:
        """Options of the nearest class; the project's own for a class are added to the admin's."""
        for cls in type(db_field).__mro__:
            if cls in DEFAULTS or cls in self.formfield_overrides:
                return copy.deepcopy({**DEFAULTS.get(cls, {}), **self.formfield_overrides.get(cls, {})})
        return {}

    @hook
    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Hook: build the form field of a model field with choices."""
        direction = self.radio_fields.get(db_field.name)
        if direction is not None:
            kwargs.setdefault("widget", AdminRadioSelect(attrs=radio_class(direction)))
            if "choices" not in kwargs:
                blank = [("", _("None"))]
                kwargs["choices"] = partial(db_field.get_choices, include_blank=db_field.blank, blank_choice=blank)
        own = self.formfield_overrides.get(type(db_field), {})
        return db_field.formfield(**{**own, **kwargs})

    aformfield_for_choice_field = atwin(formfield_for_choice_field, waits=True)

    @hook
    def get_field_queryset(self, db: str | None, db_field: Any, request: Any) -> Any:
        """Hook: return the rows of a relation's field; None leaves them to the field.

        The rows are in the order of the related model's ModelAdmin, where it has one.
        """
        related = self.admin_site._registry.get(db_field.remote_field.model)
        ordering = related.get_ordering(request) if related is not None else ()
        return self._shared_choices(request).queryset(db_field.remote_field.model, db, ordering) if ordering else None

    aget_field_queryset = atwin(get_field_queryset, waits=True)

    @hook
    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Hook: build the form field of a foreign key; give `queryset` to narrow the choices."""
        db = kwargs.pop("using", None)
        if "widget" not in kwargs:
            if db_field.name in self.get_autocomplete_fields(request):
                kwargs["widget"] = AutocompleteSelect(db_field, self.admin_site, using=db)
            elif db_field.name in self.raw_id_fields:
                kwargs["widget"] = ForeignKeyRawIdWidget(db_field.remote_field, self.admin_site, using=db)
            elif db_field.name in self.radio_fields:
                kwargs["widget"] = AdminRadioSelect(attrs=radio_class(self.radio_fields[db_field.name]))
                if "empty_label" not in kwargs:
                    kwargs["empty_label"] = _("None") if db_field.blank else None
        self._add_queryset(db, db_field, request, kwargs)
        return db_field.formfield(**kwargs)

    aformfield_for_foreignkey = atwin(formfield_for_foreignkey, waits=True)

    @hook
    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Hook: build the form field of a many-to-many relation; None for one with a model of its own between."""
        if not db_field.remote_field.through._meta.auto_created:
            return None
        db = kwargs.pop("using", None)
        if "widget" not in kwargs:
            if db_field.name in self.get_autocomplete_fields(request):
                kwargs["widget"] = AutocompleteSelectMultiple(db_field, self.admin_site, using=db)
            elif db_field.name in self.raw_id_fields:
                kwargs["widget"] = ManyToManyRawIdWidget(db_field.remote_field, self.admin_site, using=db)
            elif db_field.name in (*self.filter_vertical, *self.filter_horizontal):
                kwargs["widget"] = FilteredSelectMultiple(db_field.verbose_name, db_field.name in self.filter_vertical)
        self._add_queryset(db, db_field, request, kwargs)
        return db_field.formfield(**kwargs)

    aformfield_for_manytomany = atwin(formfield_for_manytomany, waits=True)

    def _add_queryset(self, db: str | None, db_field: Any, request: Any, options: dict[str, Any]) -> None:
        """Give a relation's field its rows, narrowed by `limit_choices_to` already: the forms of a page share them."""
        if "queryset" not in options:
            rows = self.get_field_queryset(db, db_field, request)
            if rows is None:
                rows = self._shared_choices(request).queryset(db_field.remote_field.model, db)
            options["queryset"] = rows
        if "limit_choices_to" not in options:
            limit = db_field.remote_field.limit_choices_to
            limit = limit() if callable(limit) else limit
            if limit:
                options["queryset"] = options["queryset"].complex_filter(limit)
            options["limit_choices_to"] = None

    def _relation_field(self, db_field: Any, request: Any, options: dict[str, Any]) -> Any:
        options = {**self._overrides(db_field), **options}
        build = self.formfield_for_manytomany if db_field.many_to_many else self.formfield_for_foreignkey
        field = build(db_field, request, **options)
        if field is None:
            return None
        share(field, self._shared_choices(request))
        if db_field.name not in self.raw_id_fields and not isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = self._with_links(field, db_field, request)
        return field

    def _with_links(self, field: Any, db_field: Any, request: Any) -> Any:
        """The widget of a relation with links to the related rows, as far as the user may follow them."""
        related = self.admin_site._registry.get(db_field.remote_field.model)
        allowed: dict[str, Any] = {}
        if related is not None:
            allowed = {
                "can_add_related": related.has_add_permission(request),
                "can_change_related": related.has_change_permission(request),
                "can_delete_related": related.has_delete_permission(request),
                "can_view_related": related.has_view_permission(request),
            }
        wrapped = RelatedFieldWidgetWrapper(field.widget, db_field.remote_field, self.admin_site, **allowed)
        wrapped.is_required = field.required
        return wrapped

    def _shared_choices(self, request: Any) -> SharedChoices:
        found = getattr(request, self._choices_of_page, None)
        if found is None:
            found = SharedChoices()
            setattr(request, self._choices_of_page, found)
        return found


def takes_parts(widget: Any) -> bool:
    """Whether a widget is several inputs."""
    cls: Any = widget if isinstance(widget, type) else type(widget)
    return issubclass(cls, forms.MultiWidget)


def radio_class(direction: int) -> dict[str, str]:
    """HTML attributes of radio buttons."""
    return {"class": "radiolist inline" if direction == HORIZONTAL else "radiolist"}
