"""Fields whose values are a closed list."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from manoir import forms
from manoir.bridge import hook
from manoir.i18n import gettext_lazy as _
from manoir.rest._field import Field, empty, shown


class ChoiceField(Field):
    """One of a closed list of values.

    Args:
        choices: values, pairs of value and label, groups of such pairs, a mapping of values to labels, or an Enum of
            choices.
        allow_blank: the empty text is a value.
        html_cutoff: most options that a form shows.
        html_cutoff_text: what it shows after them, with {count}; None asks HTML_SELECT_CUTOFF_TEXT.
        **options: those of every field.

    Example:
        >>> ChoiceField(choices=[(1, "one"), (2, "two")]).run_validation("2")
        2
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {"invalid_choice": _("“{input}” is none of the choices.")}

    def __init__(
        self,
        choices: Any,
        *,
        allow_blank: bool = False,
        html_cutoff: int | None = None,
        html_cutoff_text: Any = None,
        **options: Any,
    ) -> None:
        self.choices = choices
        self.allow_blank, self.html_cutoff, self.html_cutoff_text = allow_blank, html_cutoff, html_cutoff_text
        super().__init__(**options)

    @property
    def choices(self) -> dict[Any, Any]:
        """Labels by value, without groups."""
        return self._choices

    @choices.setter
    def choices(self, choices: Any) -> None:
        self.grouped_choices = grouped(choices)
        self._choices = flattened(self.grouped_choices)
        self.choice_strings_to_values = {str(plain(value)): plain(value) for value in self._choices}

    def iter_options(self) -> Iterator[tuple[Any, Any]]:
        """Yield pairs of value and label for a form, at most `html_cutoff` of them."""
        yield from itertools.islice(self._choices.items(), self.html_cutoff)

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the choice that a text or number stands for."""
        if data == "" and self.allow_blank:
            return ""
        data = plain(data)
        if isinstance(data, (str, int, float)):
            found = self.choice_strings_to_values.get(data if isinstance(data, str) else shown(data), empty)
            # `true` is no 1, and no "True": JSON has types (H45).
            if found is not empty and (not isinstance(data, bool) or isinstance(found, bool)):
                return found
        return self.fail("invalid_choice", input=shown(data))

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the value of a choice."""
        value = plain(value)
        return value if value in ("", None) else self.choice_strings_to_values.get(str(value), value)


class MultipleChoiceField(ChoiceField):
    """Several of a closed list of values, as a set.

    Args:
        choices: as for ChoiceField.
        allow_empty: none of them is a value.
        **options: those of ChoiceField.

    Example:
        >>> sorted(MultipleChoiceField(choices=["a", "b", "c"]).run_validation(["b", "a"]))
        ['a', 'b']
    """

    default_empty_html: ClassVar[Any] = []
    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "not_a_list": _("A list is needed, not {input_type}."),
        "empty": _("At least one choice is needed."),
    }

    def __init__(self, choices: Any, *, allow_empty: bool = True, **options: Any) -> None:
        self.allow_empty = allow_empty
        super().__init__(choices, **options)

    def get_value(self, dictionary: Any) -> Any:
        """Return the values that were sent."""
        if not hasattr(dictionary, "getlist"):
            return dictionary.get(self.field_name, empty)
        if self.field_name not in dictionary:
            return empty if self._is_partial else self.default_empty_html
        return dictionary.getlist(self.field_name)

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the choices."""
        if isinstance(data, (str, Mapping)) or not hasattr(data, "__iter__"):
            self.fail("not_a_list", input_type=type(data).__name__)
        if not self.allow_empty and not data:
            self.fail("empty")
        if len(data) > len(self._choices) + 100:
            self.fail("invalid_choice", input=f"{len(data)} items")
        return {ChoiceField.to_internal_value(self, one) for one in data}

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the values, as a list in the order of the choices."""
        chosen = {ChoiceField.to_representation(self, one) for one in value}
        known = [value for value in map(plain, self._choices) if value in chosen]
        return known + sorted(chosen.difference(known), key=str)


class FilePathField(ChoiceField):
    """One of the files in a folder of the server; they are listed once, when the field is made.

    Args:
        path: the folder, or a function that returns it.
        match: a regular expression that names have to match; None takes all.
        recursive: look into folders below too.
        allow_files: offer files.
        allow_folders: offer folders.
        required: as for every field.
        **options: those of ChoiceField.

    Raises:
        ValueError: neither files nor folders are allowed, or there are more than 10,000.
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {"invalid_choice": _("“{input}” is none of the files.")}

    def __init__(
        self,
        path: str | Path | Callable[[], str | Path],
        *,
        match: str | None = None,
        recursive: bool = False,
        allow_files: bool = True,
        allow_folders: bool = False,
        required: bool | None = None,
        **options: Any,
    ) -> None:
        offered = forms.FilePathField(
            path,
            match=match,
            recursive=recursive,
            allow_files=allow_files,
            allow_folders=allow_folders,
            required=True,  # no empty choice
        )
        super().__init__(list(offered.choices), required=required, **options)


def plain(value: Any) -> Any:
    """The value of a member of an Enum, or the value itself."""
    return getattr(value, "value", value) if hasattr(type(value), "__members__") else value


def grouped(choices: Any) -> dict[Any, Any]:
    """Labels by value, and mappings of such by the name of their group."""
    choices = getattr(choices, "choices", choices) if isinstance(choices, type) else choices
    if callable(choices):
        choices = choices()
    found: dict[Any, Any] = {}
    for choice in choices.items() if isinstance(choices, Mapping) else choices:
        value, label = choice if isinstance(choice, (list, tuple)) else (choice, choice)
        is_group = isinstance(label, (list, tuple, Mapping))
        found[plain(value)] = grouped(label) if is_group else label
    return found


def flattened(choices: Mapping[Any, Any]) -> dict[Any, Any]:
    """Labels by value, without groups."""
    found: dict[Any, Any] = {}
    for value, label in choices.items():
        if isinstance(label, dict):
            found.update(label)
        else:
            found[value] = label
    return found
