"""Widgets that offer choices: check boxes, selects, radio buttons."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self, cast

from manoir.forms._attributes import Attributes
from manoir.forms._choices import Choices, normalized
from manoir.forms._widgets._base import Data, Widget
from manoir.forms._widgets._inputs import Input
from manoir.i18n import gettext_lazy as _
from manoir.i18n import localize_input

OptionGroup = tuple[Any, list[dict[str, Any]], int]
"""Label of the group (None: no group), its options, its index."""

FALSE_WORDS = {"True": True, "False": False, "true": True, "false": False}


def is_on(value: Any) -> bool:
    """Whether a check box shows as checked for a value."""
    return not (value is False or value is None or value == "")


class CheckboxInput(Input):
    """`<input type="checkbox">`.

    Args:
        attrs: HTML attributes.
        check_test: tells for a value whether the box is checked; None: unless it is False, None or empty.
    """

    input_type = "checkbox"
    template_name = "manoir/forms/widgets/checkbox.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None, check_test: Any = None) -> None:
        super().__init__(attrs)
        self.check_test = check_test or is_on

    def format_value(self, value: Any) -> Any:
        """Return the `value` attribute; none for what only means checked or not."""
        if value is True or value is False or value is None or value == "":
            return None
        return str(value)

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the variables of the template, `checked` among the attributes."""
        if self.check_test(value):
            attrs = {**(attrs or {}), "checked": True}
        return super().get_context(name, value, attrs)

    def value_from_datadict(self, data: Data, files: Data, name: str) -> Any:
        """Return whether the box was checked: browsers send nothing for one that was not."""
        if name not in data:
            return False
        value = data.get(name)
        return FALSE_WORDS.get(value, bool(value)) if isinstance(value, str) else bool(value)

    def value_omitted_from_data(self, data: Data, files: Data, name: str) -> bool:
        """Return False: nothing sent means not checked."""
        return False


class ChoiceWidget(Widget):
    """Common ground of widgets that offer choices.

    Args:
        attrs: HTML attributes.
        choices: pairs of value and label, groups, a mapping, an Enum class, or a callable that returns one of these.

    Attributes:
        allow_multiple_selected: several may be chosen.
        checked_attribute: what marks a chosen option.
        option_inherits_attrs: options carry the widget's attributes too.
        add_id_index: ids of the options are numbered.
    """

    allow_multiple_selected: bool = False
    input_type: str | None = None
    template_name = ""
    option_template_name: str = ""
    add_id_index: bool = True
    checked_attribute: Mapping[str, Any] = {"checked": True}
    option_inherits_attrs: bool = True

    def __init__(self, attrs: Mapping[str, Any] | None = None, choices: Choices = ()) -> None:
        super().__init__(attrs)
        self.choices: Any = normalized(choices)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = copy.copy(self)
        twin.attrs = self.attrs.copy()
        twin.choices = copy.copy(self.choices)
        memo[id(self)] = twin
        return twin

    def subwidgets(self, name: str, value: Any, attrs: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yield each option."""
        yield from self.options(name, self.format_value(value), attrs)

    def options(self, name: str, value: list[str], attrs: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yield the options of all groups."""
        for group in self.optgroups(name, value, attrs):
            yield from group[1]

    def optgroups(self, name: str, value: list[str], attrs: Mapping[str, Any] | None = None) -> list[OptionGroup]:
        """Return the options by group.

        Args:
            name: name of the field.
            value: the chosen values as text.
            attrs: HTML attributes of each option.
        """
        chosen = set(value)
        groups: list[OptionGroup] = []
        may_select = True
        for index, (key, label) in enumerate(cast("Iterable[tuple[Any, Any]]", self.choices)):
            key = "" if key is None else key
            group_name, pairs = (key, label) if isinstance(label, (list, tuple)) else (None, [(key, label)])
            options: list[dict[str, Any]] = []
            for subindex, (option, text) in enumerate(cast("Sequence[tuple[Any, Any]]", pairs)):
                selected = may_select and str("" if option is None else option) in chosen
                may_select = may_select and (self.allow_multiple_selected or not selected)
                options.append(
                    self.create_option(
                        name,
                        "" if option is None else option,
                        text,
                        selected,
                        index,
                        subindex=None if group_name is None else subindex,
                        attrs=attrs,
                    )
                )
            groups.append((group_name, options, index))
        return groups

    def create_option(
        self,
        name: str,
        value: Any,
        label: Any,
        selected: bool,
        index: int,
        subindex: int | None = None,
        attrs: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return what the template needs of one option; override it to add attributes.

        Args:
            name: name of the field.
            value: the option's value.
            label: its label.
            selected: whether it is chosen.
            index: its position, or that of its group.
            subindex: its position in the group; None without group.
            attrs: HTML attributes.
        """
        position = str(index) if subindex is None else f"{index}_{subindex}"
        attributes = self.build_attrs(self.attrs, attrs) if self.option_inherits_attrs else {}
        if selected:
            attributes.update(self.checked_attribute)
        if "id" in attributes:
            attributes["id"] = self.id_for_label(attributes["id"], position)
        return {
            "name": name,
            "value": value,
            "label": label,
            "selected": selected,
            "index": position,
            "attrs": Attributes(attributes),
            "type": self.input_type,
            "template_name": self.option_template_name,
            "wrap_label": True,
        }

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the variables of the template, with `optgroups`."""
        context = super().get_context(name, value, attrs)
        context["widget"]["optgroups"] = self.optgroups(name, context["widget"]["value"], attrs)
        return context

    def id_for_label(self, id_: str, index: str = "0") -> str:
        """Return the id of an option; the first one's for a label."""
        return f"{id_}_{index}" if id_ and self.add_id_index else id_

    def value_from_datadict(self, data: Data, files: Data, name: str) -> Any:
        """Return the value that was sent; all of them where several may be chosen."""
        if self.allow_multiple_selected and hasattr(data, "getlist"):
            return cast(Any, data).getlist(name)
        return data.get(name)

    def format_value(self, value: Any) -> list[str]:
        """Return the chosen values as a list of texts."""
        if value is None and self.allow_multiple_selected:
            return []
        values = cast("Sequence[Any]", value) if isinstance(value, (list, tuple)) else [value]
        return ["" if one is None else str(localize_input(one) if self.is_localized else one) for one in values]


class Select(ChoiceWidget):
    """`<select>`."""

    input_type = "select"
    template_name = "manoir/forms/widgets/select.html"
    option_template_name = "manoir/forms/widgets/select_option.html"
    add_id_index = False
    checked_attribute = {"selected": True}
    option_inherits_attrs = False

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the variables of the template."""
        context = super().get_context(name, value, attrs)
        if self.allow_multiple_selected:
            context["widget"]["attrs"]["multiple"] = True
        return context

    def use_required_attribute(self, initial: Any) -> bool:
        """Tell whether `required` is allowed: HTML asks for an empty first option then, unless several may be chosen."""
        if not super().use_required_attribute(initial):
            return False
        if self.allow_multiple_selected:
            return True
        first = next(iter(self.choices), None)
        return first is not None and not isinstance(first[1], (list, tuple)) and first[0] in (None, "")


class NullBooleanSelect(Select):
    """`<select>` with unknown, yes and no."""

    words = {
        True: "true", False: "false", "True": "true", "False": "false", "true": "true", "false": "false",
        "2": "true", "3": "false",
    }  # fmt: skip

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(attrs, [("unknown", _("Unknown")), ("true", _("Yes")), ("false", _("No"))])

    def format_value(self, value: Any) -> list[str]:
        """Return the word of a value."""
        return [self.words.get(value, "unknown") if isinstance(value, (str, bool)) else "unknown"]

    def value_from_datadict(self, data: Data, files: Data, name: str) -> Any:
        """Return True, False or None."""
        value = data.get(name)
        word = self.words.get(value) if isinstance(value, (str, bool)) else None
        return None if word is None else word == "true"


class SelectMultiple(Select):
    """`<select multiple>`."""

    allow_multiple_selected = True

    def value_omitted_from_data(self, data: Data, files: Data, name: str) -> bool:
        """Return False: nothing sent means that nothing was chosen."""
        return False


class RadioSelect(ChoiceWidget):
    """A radio button for each choice."""

    input_type = "radio"
    template_name = "manoir/forms/widgets/radio.html"
    option_template_name = "manoir/forms/widgets/radio_option.html"
    use_fieldset = True

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        """Return the id of an option; none for the group, which has a legend."""
        return "" if index is None else super().id_for_label(id_, index)


class CheckboxSelectMultiple(RadioSelect):
    """A check box for each choice; several may be checked."""

    allow_multiple_selected = True
    input_type = "checkbox"
    template_name = "manoir/forms/widgets/checkbox_select.html"
    option_template_name = "manoir/forms/widgets/checkbox_option.html"

    def use_required_attribute(self, initial: Any) -> bool:
        """Return False: browsers would ask for each box to be checked."""
        return False

    def value_omitted_from_data(self, data: Data, files: Data, name: str) -> bool:
        """Return False: nothing sent means that nothing was checked."""
        return False
