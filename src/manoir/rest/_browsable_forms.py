"""Forms of the pages for people: the fields of a serializer as inputs, and its data as JSON to edit."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from manoir.http import encode_json
from manoir.rest.settings import api_settings

KINDS = {
    "BooleanField": "checkbox", "EmailField": "email", "URLField": "url", "IntegerField": "number",
    "FloatField": "number", "DecimalField": "number", "DateField": "date", "DateTimeField": "datetime-local",
    "TimeField": "time", "FileField": "file", "CharField": "text", "UUIDField": "text", "IPAddressField": "text",
    "DurationField": "text",
}  # fmt: skip
NESTED = ("BaseSerializer", "ListField", "DictField", "JSONField", "HiddenField", "ListSerializer")
MOST_OPTIONS = 1_000
"""Most options of one select, whatever HTML_SELECT_CUTOFF allows."""
CHOOSE_ONE = ("", "Choose …")
CHOOSE_NONE = ("", "—")
TRUTHS = (("true", "true"), ("false", "false"))


@dataclass(slots=True)
class Input:
    """One input of a form.

    Attributes:
        name, label, help_text: of the field.
        hint: what to do where not all options are shown.
        kind: type of the input, `select` or `textarea`.
        value: what it shows.
        required, multiple: what it asks for.
        options: triples of value, label and whether it is chosen.
        errors: what was wrong with what was sent.
        step: of numbers.
        max_length: of texts; None for no limit.
    """

    name: str
    label: str
    kind: str
    help_text: str = ""
    hint: str = ""
    value: str = ""
    checked: bool = False
    required: bool = False
    multiple: bool = False
    options: list[tuple[str, str, bool]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    step: str = ""
    max_length: int | None = None

    @property
    def notes(self) -> list[str]:
        """What is said below the input."""
        return [words for words in (self.help_text, self.hint) if words]

    @property
    def says(self) -> bool:
        """Whether anything is said below the input."""
        return bool(self.notes or self.errors)


def inputs_of(serializer: Any, values: Any, errors: Any) -> list[Input] | None:
    """Return the inputs of a serializer; None where a form cannot say all of it."""
    fields = getattr(serializer, "fields", None)
    if fields is None:
        return None
    found: list[Input] = []
    for name, one in fields.items():
        names = names_of(one)
        if one.read_only or "HiddenField" in names:
            continue
        if names & set(NESTED):
            return None
        found.append(input_of(name, one, names, values.get(name), errors.get(name, ())))
    return found


def input_of(name: str, one: Any, names: set[str], value: Any, errors: Any) -> Input:
    made = Input(
        name,
        str(one.label or name),
        next((KINDS[base.__name__] for base in type(one).__mro__ if base.__name__ in KINDS), "text"),
        help_text=str(one.help_text or ""),
        required=bool(one.required) and not one.allow_null,
        errors=[str(error) for error in errors] if isinstance(errors, (list, tuple)) else [],
        max_length=getattr(one, "max_length", None),
    )
    if made.kind == "checkbox" and one.allow_null:  # a box has two states, and this value three
        made.kind = "select"
        made.options = [(key, label, key == as_word(value)) for key, label in (CHOOSE_NONE, *TRUTHS)]
    elif made.kind == "checkbox":
        made.checked, made.required = bool(value), False
    elif made.kind == "number":
        made.step = "1" if "IntegerField" in names else "any"
    elif is_textarea(one):
        made.kind = "textarea"
    if "ManyRelatedField" in names or "RelatedField" in names or "ChoiceField" in names:
        made.multiple = takes_many(names)
        fill_select(made, one, value)
    if (one.style or {}).get("input_type") == "password":
        made.kind, value = "password", ""
    if made.kind not in ("checkbox", "file", "select"):
        made.value = shown(made.kind, value)
    return made


def names_of(one: Any) -> set[str]:
    return {base.__name__ for base in type(one).__mro__}


def takes_many(names: set[str]) -> bool:
    return "ManyRelatedField" in names or "MultipleChoiceField" in names


def as_word(value: Any) -> str:
    """Return a truth as the options of a select name it; "" for neither."""
    return str(value).lower() if str(value).lower() in ("true", "false") else ""


def is_textarea(one: Any) -> bool:
    return "textarea" in str((one.style or {}).get("base_template", ""))


def shown(kind: str, value: Any) -> str:
    """Return a value as an input takes it; a moment without its zone, as browsers want it."""
    if value is None:
        return ""
    text = str(value)
    return text[:19] if kind == "datetime-local" else text


def fill_select(made: Input, one: Any, value: Any) -> None:
    """Make an input a select; of one row among more than a page holds, a text for its value.

    What is chosen is always among the options: a form that is sent as it was shown changes nothing.
    """
    limit = limit_of(one)
    pairs = pairs_of(one, limit + 1)
    more = len(pairs) > limit
    if more:
        made.hint = hint_of(one, limit, None if made.multiple else pairs[0])
    if more and not made.multiple:
        return
    made.kind = "select"
    several = value if isinstance(value, (list, tuple, set)) else ()  # what was sent may be anything
    chosen = [str(item) for item in several] if made.multiple else [] if value in (None, "") else [str(value)]
    known = {key for key, _ in pairs[:limit]}
    made.options = [(key, label, key in chosen) for key, label in pairs[:limit]]
    made.options += [(key, key, True) for key in chosen if key not in known]
    if not made.multiple and (one.allow_null or not one.required):
        made.options.insert(0, (*CHOOSE_NONE, not chosen))
    elif not made.multiple and not chosen:
        made.options.insert(0, (*CHOOSE_ONE, True))


def limit_of(one: Any) -> int:
    """Return how many options a form shows: `html_cutoff` of the field, or HTML_SELECT_CUTOFF."""
    own = getattr(one, "html_cutoff", None)
    limit = api_settings.HTML_SELECT_CUTOFF if own is None else own
    return MOST_OPTIONS if limit is None else min(limit, MOST_OPTIONS)


def pairs_of(one: Any, most: int) -> list[tuple[str, str]]:
    """Return values and labels; of a relation the rows that its user may see. Reads no more than `most`."""
    choices = one.get_choices(cutoff=most) if hasattr(one, "get_choices") else one.choices
    return [(str(key), str(label)) for key, label in islice(choices.items(), most)]


def hint_of(one: Any, limit: int, example: tuple[str, str] | None) -> str:
    """Say that there are more options than are shown, and how to name another."""
    words = str(getattr(one, "html_cutoff_text", None) or api_settings.HTML_SELECT_CUTOFF_TEXT).format(count=limit)
    if example is None:
        return f"{words} Others can be named in the raw JSON below."
    return f"{words} Write the value of one, such as {example[0]} for {example[1]}."


def sent_values(serializer: Any, sent: Any) -> dict[str, Any]:
    """Return what was sent, as the inputs of a form show it; of several values all."""
    values = dict(sent.items())
    if hasattr(sent, "getlist"):
        for name, one in getattr(serializer, "fields", {}).items():
            if takes_many(names_of(one)):
                values[name] = sent.getlist(name)
    return values


def raw_json(serializer: Any, values: Any) -> str:
    """Return the writable values of a serializer as JSON to edit."""
    fields = getattr(serializer, "fields", {})
    writable = {
        name: values.get(name)
        for name, one in fields.items()
        if not one.read_only and not any(base.__name__ in ("HiddenField", "FileField") for base in type(one).__mro__)
    }
    return json.dumps(json.loads(encode_json(writable)), indent=4, ensure_ascii=False)
