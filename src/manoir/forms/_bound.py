"""`BoundField`: a field with its form, its name and its data, as templates show it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from manoir.bridge import lazy_property
from manoir.forms._attributes import Attributes
from manoir.forms._errors import ErrorList
from manoir.forms._renderers import BaseRenderer, get_default_renderer
from manoir.forms._rendering import RenderableMixin
from manoir.forms._widgets import Textarea, TextInput, Widget
from manoir.i18n import gettext as _
from manoir.templates import SafeString, conditional_escape

if TYPE_CHECKING:
    from manoir.forms._fields import Field
    from manoir.forms._form import BaseForm

SUFFIX_STOPS = ":?.!"
"""A label that ends so needs no suffix."""


class BoundField(RenderableMixin):
    """A field of a form that is shown.

    Args:
        form: the form.
        field: the field.
        name: the field's name in the form.

    Attributes:
        html_name: the name in HTML, prefix included.
        html_initial_name: the same for the hidden initial value.
        html_initial_id: id of the hidden initial value.
        label: words for people.
        help_text: words below.

    Example:
        >>> print(Form()["name"].label_tag())  # doctest: +SKIP
        <label for="id_name">Name:</label>
    """

    def __init__(self, form: BaseForm, field: Field, name: str) -> None:
        self.form = form
        self.field = field
        self.name = name
        self.renderer = form.renderer
        self.html_name = form.add_prefix(name)
        self.html_initial_name = form.add_initial_prefix(name)
        self.html_initial_id = form.add_initial_prefix(self.auto_id)
        self.label: Any = pretty_name(name) if field.label is None else field.label
        self.help_text: Any = field.help_text or ""

    # -- data -------------------------------------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """What was sent, as the widget reads it; None when nothing was."""
        return self.form._widget_data_value(self.field.widget, self.html_name)

    @lazy_property
    def initial(self) -> Any:
        """The initial value, asked for once."""
        return self.form.get_initial_for_field(self.field, self.name)

    def value(self) -> Any:
        """Return what the widget shows: the data of a bound form, else the initial value."""
        data = self.initial
        if self.form.is_bound:
            data = self.field.bound_data(self.data, data)
        return self.field.prepare_value(data)

    def _has_changed(self) -> bool:
        field = self.field
        if not field.show_hidden_initial:
            return field.has_changed(self.initial, self.data)
        hidden = field.hidden_widget()
        sent = self.form._widget_data_value(hidden, self.html_initial_name)
        try:
            return field.has_changed(field.to_python(sent), self.data)
        except Exception:  # what was sent for the initial value is not to be trusted
            return True

    # -- what it is -------------------------------------------------------------------------------------------------

    @property
    def errors(self) -> ErrorList:
        """Errors of the field; an empty list for none."""
        found = self.form.errors.get(self.name)
        return self.form._new_error_list((), field_id=self.auto_id) if found is None else found

    @property
    def is_hidden(self) -> bool:
        """Whether the widget is hidden."""
        return self.field.widget.is_hidden

    @property
    def auto_id(self) -> str:
        """Id of the widget, made of the form's `auto_id`; an empty string for none."""
        auto_id = self.form.auto_id
        if auto_id and "%s" in str(auto_id):
            return str(auto_id) % self.html_name
        return self.html_name if auto_id else ""

    @property
    def id_for_label(self) -> str:
        """Id that a label points to; an empty string for none."""
        widget: Widget = self.field.widget
        return widget.id_for_label(widget.attrs.get("id") or self.auto_id)

    @property
    def widget_type(self) -> str:
        """Name of the widget's class in lower case, without `widget` or `input` at its end."""
        return type(self.field.widget).__name__.lower().removesuffix("widget").removesuffix("input")

    @property
    def use_fieldset(self) -> bool:
        """Whether the group is a fieldset with a legend."""
        return self.field.widget.use_fieldset

    @property
    def template_name(self) -> str:
        """Template of the field group."""
        return self.field.template_name or self._renderer.field_template_name

    @property
    def _renderer(self) -> BaseRenderer:
        return self.renderer or get_default_renderer()

    @property
    def aria_describedby(self) -> str | None:
        """Ids of help text and errors, for assistive technology; None for none."""
        id_ = self.auto_id
        if not id_ or self.is_hidden:
            return None
        ids = [f"{id_}_helptext"] if self.help_text else []
        if self.form.is_bound and self.errors:
            ids.append(f"{id_}_error")
        return " ".join(ids) or None

    def css_classes(self, extra_classes: Any = None) -> str:
        """Return the CSS classes of the group: `extra_classes`, then those that the form has for its state.

        Args:
            extra_classes: a string or a list of names; None for none.
        """
        extra = extra_classes.split() if isinstance(extra_classes, str) else extra_classes or ()
        classes = dict.fromkeys(cast("list[str]", extra))
        if self.errors and self.form.error_css_class:
            classes.update(dict.fromkeys(self.form.error_css_class.split()))
        if self.field.required and self.form.required_css_class:
            classes.update(dict.fromkeys(self.form.required_css_class.split()))
        return " ".join(classes)

    # -- HTML -------------------------------------------------------------------------------------------------------

    def get_context(self) -> dict[str, Any]:
        """Return the variables of the group's template."""
        return {"field": self}

    def get_template_name(self) -> str:
        """Return the name of the group's template."""
        return self.template_name

    def as_field_group(self) -> SafeString:
        """Return label, help text, errors and widget together."""
        return self.render()

    def __html__(self) -> SafeString:
        return self._as_shown()

    def __str__(self) -> str:
        return str(self._as_shown())

    def _as_shown(self) -> SafeString:
        if self.field.show_hidden_initial:
            return self.as_widget() + self.as_hidden(only_initial=True)
        return self.as_widget()

    def as_widget(
        self, widget: Widget | None = None, attrs: Mapping[str, Any] | None = None, only_initial: bool = False
    ) -> SafeString:
        """Return the widget alone.

        Args:
            widget: another widget than the field's.
            attrs: further HTML attributes.
            only_initial: show the initial value under the name of the hidden initial value.
        """
        shown: Widget = widget or self.field.widget
        if self.field.localize:
            shown.is_localized = True
        attributes = self.build_widget_attrs(attrs or {}, shown)
        if self.auto_id and "id" not in shown.attrs:
            attributes.setdefault("id", self.html_initial_id if only_initial else self.auto_id)
        name = self.html_initial_name if only_initial else self.html_name
        value = self.value()
        if only_initial and self.html_initial_name in self.form.data:
            value = self.form._widget_data_value(self.field.hidden_widget(), self.html_initial_name)
        return shown.render(name, value, attributes, renderer=self.renderer)

    def as_text(self, attrs: Mapping[str, Any] | None = None, **kwargs: Any) -> SafeString:
        """Return it as a text input."""
        return self.as_widget(TextInput(), attrs, **kwargs)

    def as_textarea(self, attrs: Mapping[str, Any] | None = None, **kwargs: Any) -> SafeString:
        """Return it as a text area."""
        return self.as_widget(Textarea(), attrs, **kwargs)

    def as_hidden(self, attrs: Mapping[str, Any] | None = None, **kwargs: Any) -> SafeString:
        """Return it as a hidden input."""
        return self.as_widget(self.field.hidden_widget(), attrs, **kwargs)

    def build_widget_attrs(self, attrs: Mapping[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        """Return HTML attributes that follow from the field's state: `required`, `disabled`, `aria-…`."""
        shown: Widget = widget or self.field.widget
        built = dict(attrs)
        # Browsers would insist on parts that a valid value may leave empty.
        parts_decide = getattr(self.field, "require_all_fields", True) is False
        wants = self.form.use_required_attribute and self.field.required and not parts_decide
        if wants and shown.use_required_attribute(self.initial):
            built["required"] = True
        if self.field.disabled:
            built["disabled"] = True
        if shown.is_hidden:
            return built
        if self.form.is_bound and self.errors:
            built.setdefault("aria-invalid", "true")
        # A group's description stands at its fieldset.
        if not shown.attrs.get("aria-describedby") and not built.get("aria-describedby") and not shown.use_fieldset:
            described = self.aria_describedby
            if described:
                built["aria-describedby"] = described
        return built

    def label_tag(
        self,
        contents: Any = None,
        attrs: Mapping[str, Any] | None = None,
        label_suffix: Any = None,
        tag: str | None = None,
    ) -> SafeString:
        """Return the `<label>`.

        Args:
            contents: instead of the label; escaped unless it is safe.
            attrs: HTML attributes.
            label_suffix: instead of the field's or form's.
            tag: another element.
        """
        text: Any = self.label if contents is None else contents
        suffix = label_suffix if label_suffix is not None else self.field.label_suffix
        if suffix is None:
            suffix = self.form.label_suffix
        text = conditional_escape(text if hasattr(text, "__html__") else str(text))
        if suffix and text and text[-1] not in SUFFIX_STOPS:
            text = text + conditional_escape(str(suffix))
        id_ = self.field.widget.attrs.get("id") or self.auto_id
        attributes = dict(attrs or {})
        if id_:
            target = self.field.widget.id_for_label(id_)
            if target and tag != "legend":
                attributes = {"for": target, **attributes}
            required = self.form.required_css_class
            if self.field.required and required:
                attributes["class"] = f"{attributes['class']} {required}" if attributes.get("class") else required
        context = {
            "field": self,
            "label": text,
            "attrs": Attributes(attributes),
            "use_tag": bool(id_),
            "tag": tag or "label",
        }
        return self._renderer.render(self.form.template_name_label, context)

    def legend_tag(
        self, contents: Any = None, attrs: Mapping[str, Any] | None = None, label_suffix: Any = None
    ) -> SafeString:
        """Return the `<legend>` of a group; the arguments are those of `label_tag`."""
        return self.label_tag(contents, attrs, label_suffix, tag="legend")

    # -- parts ------------------------------------------------------------------------------------------------------

    @lazy_property
    def subwidgets(self) -> list[BoundWidget]:
        """The parts that a template may show alone: the options of a choice."""
        widget: Widget = self.field.widget
        id_ = widget.attrs.get("id") or self.auto_id
        attrs = self.build_widget_attrs({"id": id_} if id_ else {})
        return [
            BoundWidget(widget, data, self.renderer) for data in widget.subwidgets(self.html_name, self.value(), attrs)
        ]

    def __iter__(self) -> Iterator[BoundWidget]:
        return iter(self.subwidgets)

    def __len__(self) -> int:
        return len(self.subwidgets)

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, (int, slice)):
            raise TypeError(f"The widgets of a field are indexed by a whole number or a slice, not by {index!r:.80}.")
        return self.subwidgets[index]


class BoundWidget:
    """One part of a widget: an option of a select, a radio button with its label.

    Args:
        parent_widget: the widget.
        data: what the template needs of the part.
        renderer: where templates are found; None takes FORM_RENDERER.

    Example:
        {% for radio in form.size %}<p>{{ radio }}</p>{% endfor %}
    """

    def __init__(self, parent_widget: Widget, data: dict[str, Any], renderer: BaseRenderer | None) -> None:
        self.parent_widget = parent_widget
        self.data = data
        self.renderer = renderer

    def tag(self, wrap_label: bool = False) -> SafeString:
        """Return the element, without its label unless told so."""
        context = {"widget": {**self.data, "wrap_label": wrap_label}}
        return self.parent_widget._render(self.template_name, context, self.renderer)

    def __html__(self) -> SafeString:
        return self.tag(wrap_label=True)

    def __str__(self) -> str:
        return str(self.tag(wrap_label=True))

    @property
    def template_name(self) -> str:
        """Template of the part."""
        return self.data.get("template_name") or self.parent_widget.template_name

    @property
    def id_for_label(self) -> str:
        """Id that the part's label points to."""
        return self.data["attrs"].get("id") or ""

    @property
    def choice_label(self) -> Any:
        """The option's label."""
        return self.data["label"]


def pretty_name(name: str) -> str:
    """Turn a field's name into words: `first_name` into `First name`."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def now_without(value: Any, widget: Widget) -> Any:
    """A time without microseconds where the widget cannot show them, so that it does not count as changed."""
    if isinstance(value, (dt.datetime, dt.time)) and not widget.supports_microseconds:
        return value.replace(microsecond=0)
    return value


def default_suffix() -> str:
    """What follows a label in the language in use."""
    return _(":")
