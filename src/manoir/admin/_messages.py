"""What a change message says: steps as JSON in the log, and as words for people.

The steps are those that Django's admin writes, so that its history can be read: `{"added": {…}}`, `{"changed":
{"fields": [names]}}`, `{"deleted": {…}}`, with `name` and `object` for rows of inlines. A step may also have
`differences`: `[{"field": …, "old": …, "new": …}]`, texts for people, never a secret.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypedDict, cast

from manoir.i18n import gettext as _

LONGEST_MESSAGE = 1_000_000


class Difference(TypedDict):
    """How one field changed, in texts.

    Attributes:
        field: label of the field.
        old: what it was.
        new: what it is.
    """

    field: str
    old: str
    new: str


Steps = list[dict[str, dict[str, Any]]]


def read_message(message: str) -> Steps | None:
    """Return the steps of a message; None when it is plain text."""
    if not message.startswith("[") or len(message) > LONGEST_MESSAGE:
        return None
    try:
        found: Any = json.loads(message)
    except (ValueError, RecursionError):
        return None
    steps = cast("list[Any]", found)
    if not isinstance(found, list) or not all(isinstance(step, dict) for step in steps):
        return None
    return [
        {str(kind): cast("dict[str, Any]", details) for kind, details in step.items() if isinstance(details, dict)}
        for step in cast("list[dict[Any, Any]]", steps)
    ]


def differences_of(steps: Steps) -> list[dict[str, Any]]:
    """The differences of all steps, each with the name of the row that they belong to, if it is one of an inline."""
    found: list[dict[str, Any]] = []
    for step in steps:
        for kind, details in step.items():
            rows: Any = details.get("differences")
            if isinstance(rows, list):
                changes = [cast("dict[str, Any]", row) for row in cast("list[Any]", rows) if isinstance(row, dict)]
                found.append({"kind": kind, "of": row_name(details), "rows": changes})
    return found


def row_name(details: dict[str, Any]) -> str:
    """The row of an inline that a step is about; an empty text for the object itself."""
    return _("%(name)s “%(object)s”") % details if "name" in details and "object" in details else ""


def as_text(steps: Steps) -> str:
    """The steps as sentences."""
    sentences = [sentence(kind, details) for step in steps for kind, details in step.items()]
    known = [one for one in sentences if one]
    return " ".join(known) or _("No fields changed.")


def sentence(kind: str, details: dict[str, Any]) -> str:
    """One step as a sentence."""
    row = row_name(details)
    if kind == "added":
        return _("Added %s.") % row if row else _("Added.")
    if kind == "deleted":
        return _("Deleted %s.") % row if row else _("Deleted.")
    if kind != "changed":
        return ""
    fields = in_words([_(str(name)) for name in cast("Sequence[Any]", details.get("fields", ()))])
    return (
        _("Changed %(fields)s for %(row)s.") % {"fields": fields, "row": row}
        if row
        else _("Changed %(fields)s.") % {"fields": fields}
    )


def in_words(names: Sequence[str]) -> str:
    """Names as people list them: `a, b and c`.

    Example:
        >>> in_words(["title", "price", "author"])
        'title, price and author'
    """
    if len(names) < 2:
        return "".join(names)
    return _("%(several)s and %(last)s") % {"several": ", ".join(names[:-1]), "last": names[-1]}
