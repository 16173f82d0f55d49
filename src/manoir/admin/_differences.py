"""What a form changed, field by field, in words: what the log keeps.

Secrets never get here: a model field with `secret = True` and the input of a password are named, not quoted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, cast

from manoir.admin._messages import Difference, Steps
from manoir.admin._related_widgets import read_rows
from manoir.exceptions import FieldDoesNotExist
from manoir.forms import BoundField, ModelChoiceField, PasswordInput
from manoir.i18n import gettext_noop
from manoir.models import Manager, QuerySet
from manoir.timezone import is_aware, localtime

LONGEST: Final = 200
"""Characters of a value that the log keeps."""
CONTEXT: Final = 40
"""Characters that are shown before the first difference of two long values."""
MOST_NAMES: Final = 20
"""Related rows that the log names."""
MOST_ROWS: Final = 200
"""Rows of inlines that one entry of the log names."""
EMPTY: Final = ""


def steps(form: Any, formsets: Iterable[Any], add: bool) -> Steps:
    """The steps of a change message: the object, then the rows of its inlines."""
    found: Steps = []
    changes = {} if add else changes_of(form)
    if add:
        found.append({"added": {}})
    elif changes:
        found.append({"changed": changes})
    for formset in formsets:
        found.extend(inline_steps(formset))
    return found[:MOST_ROWS]


def inline_steps(formset: Any) -> Iterator[dict[str, dict[str, Any]]]:
    """The steps of the rows of one inline."""
    forms = {id(form.instance): form for form in formset.forms}
    for row in getattr(formset, "new_objects", ()):
        yield {"added": row_of(row)}
    for row, names in getattr(formset, "changed_objects", ()):
        form = forms.get(id(row))
        changes = changes_of(form) if form is not None else {"fields": list(names)}
        yield {"changed": {**row_of(row), **changes}}
    for row in getattr(formset, "deleted_objects", ()):
        yield {"deleted": row_of(row)}


def row_of(row: Any) -> dict[str, Any]:
    """Kind and name of a row."""
    return {"name": str(row._meta.verbose_name), "object": str(row)[:LONGEST]}


def changes_of(form: Any) -> dict[str, Any]:
    """Labels of the fields that changed, and their old and new values; empty when nothing changed."""
    names = [name for name in form.changed_data if name in form.fields]
    if not names:
        return {}
    differences = [difference(form, name) for name in names]
    return {
        "fields": [one["field"] for one in differences],
        "differences": [one for one in differences if one["old"] != one["new"]],
    }


def difference(form: Any, name: str) -> Difference:
    """How one field changed."""
    bound: BoundField = form[name]
    label = label_of(form, name, bound)
    if is_secret(form, name, bound):
        return {"field": label, "old": EMPTY, "new": EMPTY}
    old, new = bound.initial, form.cleaned_data.get(name)
    if isinstance(bound.field, ModelChoiceField):
        old = related(form, name, bound.field, old)
    before, after = shortened(words(old, bound.field), words(new, bound.field))
    return {"field": label, "old": before, "new": after}


def label_of(form: Any, name: str, bound: BoundField) -> str:
    """The name of a field for people: the model's, which every page knows, else the form's."""
    field = model_field(form, name)
    return gettext_noop(str(bound.label if field is None else field.verbose_name))


def model_field(form: Any, name: str) -> Any:
    instance = getattr(form, "instance", None)
    if instance is None:
        return None
    try:
        return instance._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def is_secret(form: Any, name: str, bound: BoundField) -> bool:
    """Whether a value is nobody's to see."""
    widget = bound.field.widget
    parts = getattr(widget, "widgets", (widget,))
    return any(isinstance(part, PasswordInput) for part in parts) or bool(
        getattr(model_field(form, name), "secret", False)
    )


def related(form: Any, name: str, field: ModelChoiceField, value: Any) -> Any:
    """The rows behind keys, to be named."""
    if value in (None, "") or hasattr(type(value), "_meta"):
        return value
    of_model = model_field(form, name)
    several = isinstance(value, (list, tuple))
    values = list(cast("Sequence[Any]", value)) if several else [value]
    if of_model is None or all(hasattr(type(one), "_meta") for one in values):
        return values if several else value
    known = read_rows(of_model.remote_field, [str(one) for one in values], form.instance._state.db)
    rows = [known.get(str(one)) or one for one in values]
    return rows if several else rows[0]


def words(value: Any, field: Any) -> str:
    """A value in words, cut where it is long."""
    if isinstance(value, (Manager, QuerySet)):
        value = list(cast("Any", value).all())
    if isinstance(value, (list, tuple, set)) and isinstance(field, ModelChoiceField):
        return names_of([str(one) for one in cast("Iterable[Any]", value)])
    choices = getattr(field, "choices", None)
    if choices is not None and not isinstance(field, ModelChoiceField):
        return choice_label(value, choices)
    return plain(value)


def names_of(names: list[str]) -> str:
    """The names of rows, sorted, so that two lists of the same rows are equal."""
    names = sorted(names)
    more = f", … (+{len(names) - MOST_NAMES})" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def choice_label(value: Any, choices: Any) -> str:
    """The label of a choice."""
    wanted = (
        {str(one) for one in cast("Iterable[Any]", value)} if isinstance(value, (list, tuple, set)) else {str(value)}
    )
    labels: list[str] = []
    for key, label in choices:
        pairs = label if isinstance(label, (list, tuple)) else [(key, label)]
        labels += [str(text) for one, text in cast("Iterable[Any]", pairs) if str(getattr(one, "value", one)) in wanted]
    return ", ".join(labels) if labels else plain(value)


def plain(value: Any) -> str:
    """A value as text that means the same in every language."""
    if value is None:
        return EMPTY
    if isinstance(value, dt.datetime):
        return (localtime(value) if is_aware(value) else value).isoformat(" ", "seconds")
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value)


def shortened(before: str, after: str) -> tuple[str, str]:
    """Two texts, cut to the place where they begin to differ; `…` stands where something was left out."""
    same = next((place for place, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    same = min(len(before), len(after)) if same is None else same
    start = max(same - CONTEXT, 0) if max(len(before), len(after)) > LONGEST else 0
    return cut(before, start), cut(after, start)


def cut(text: str, start: int = 0) -> str:
    """A part of a text, with signs where it was cut."""
    end = start + LONGEST
    return ("…" if start else "") + text[start:end] + ("…" if len(text) > end else "")
