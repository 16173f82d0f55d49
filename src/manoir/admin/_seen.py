"""Whether an object is still what its form was made of: a form carries a digest of the values it showed.

Without it the last of two people who save wins, and what the first one wrote is gone without a word.
"""

from __future__ import annotations

from typing import Any, Final

from manoir.forms import BaseModelForm
from manoir.signing import Signer

SEEN: Final = "_seen"
"""Name of the hidden input."""

SALT: Final = "manoir.admin.seen"


def digest(form: BaseModelForm[Any]) -> str:
    """Digest of the columns that a form shows, as they are in the database now. It tells nobody what they hold."""
    instance = form.instance
    values = [
        f"{field.attname}={field.value_from_object(instance)!r}"
        for field in instance._meta.concrete_fields
        if field.name in form.fields
    ]
    return Signer(salt=SALT).signature("\x00".join([str(instance.pk), *values]))


def was_changed(form: BaseModelForm[Any], sent: str | None) -> bool:
    """Tell whether the object differs from what was shown; a client that sends no digest is not asked.

    Args:
        form: the form, made of the object as it is now and not checked yet.
        sent: the digest that came with it.
    """
    return bool(sent) and sent != digest(form)
