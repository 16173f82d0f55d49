"""Forms of the pages for people: the fields of a serializer as inputs, and its data as JSON to edit."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
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
MOST_OPTIONS = 200


@dataclass(slots=True)
class Input:
    """One input of a form.

    Attributes:
        name, label, help_text: of the field.
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
    value: str = ""
    checked: bool = False
    required: bool = False
    multiple: bool = False
    options: list[tuple[str, str, bool]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    step: str = ""
    max_length: int | None = None


def inputs_of(serializer: Any, values: Any, errors: Any) -> list[Input] | None:
    """Return the inputs of a serializer; None where a form cannot say all of it."""
    fields = getattr(serializer, "fields", None)
    if fields is None:
        return None
    found: list[Input] = []
    for name, one in fields.items():
        names = {base.__name__ for base in type(one).__mro__}
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
    if made.kind == "checkbox":
        made.checked, made.required = bool(value), False
    elif made.kind == "number":
        made.step = "1" if "IntegerField" in names else "any"
    elif is_textarea(one):
        made.kind = "textarea"
    if "ManyRelatedField" in names or "RelatedField" in names or "ChoiceField" in names:
        made.kind = "select"
        made.multiple = "ManyRelatedField" in names or "MultipleChoiceField" in names
        made.options = options_of(one, value, made.multiple)
    if (one.style or {}).get("input_type") == "password":
        made.kind, value = "password", ""
    if made.kind not in ("checkbox", "file", "select"):
        made.value = shown(made.kind, value)
    return made


def is_textarea(one: Any) -> bool:
    return "textarea" in str((one.style or {}).get("base_template", ""))


def shown(kind: str, value: Any) -> str:
    """Return a value as an input takes it; a moment without its zone, as browsers want it."""
    if value is None:
        return ""
    text = str(value)
    return text[:19] if kind == "datetime-local" else text


def options_of(one: Any, value: Any, multiple: bool) -> list[tuple[str, str, bool]]:
    """Return the options of a select; of a relation the rows that its user may see, up to a limit."""
    chosen = {str(item) for item in (value or ())} if multiple else {str(value)}
    pairs = one.iter_options() if hasattr(one, "iter_options") else one.choices.items()
    limit = min(api_settings.HTML_SELECT_CUTOFF or MOST_OPTIONS, MOST_OPTIONS)
    found: list[tuple[str, str, bool]] = []
    for position, pair in enumerate(pairs):
        if position >= limit:
            break
        key, label = pair if isinstance(pair, tuple) else (pair.value, pair.display_text)
        found.append((str(key), str(label), str(key) in chosen))
    if not multiple and (one.allow_null or not one.required):
        found.insert(0, ("", "—", value in (None, "")))
    return found


def raw_json(serializer: Any, values: Any) -> str:
    """Return the writable values of a serializer as JSON to edit."""
    fields = getattr(serializer, "fields", {})
    writable = {
        name: values.get(name)
        for name, one in fields.items()
        if not one.read_only and not any(base.__name__ in ("HiddenField", "FileField") for base in type(one).__mro__)
    }
    return json.dumps(json.loads(encode_json(writable)), indent=4, ensure_ascii=False)
