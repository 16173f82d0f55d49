"""A field of a serializer with its value and errors, for forms; and serializers as text."""

from __future__ import annotations

from typing import Any

from manoir.rest._field import Field, options_as_text


class BoundField:
    """A field of a serializer together with what was sent for it.

    Attributes:
        fields: for a serializer inside another: its fields.
    """

    def __init__(self, field: Field, serializer: Any) -> None:
        self._field, self._serializer = field, serializer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._field, name)

    @property
    def name(self) -> str:
        """The field's name."""
        return self._field.field_name

    @property
    def value(self) -> Any:
        """What was sent, or what the instance has, or what a form shows first."""
        if hasattr(self._serializer, "initial_data"):
            return self._serializer.get_initial().get(self.name)
        shown = self._serializer.data
        return shown.get(self.name) if isinstance(shown, dict) else None

    @property
    def errors(self) -> Any:
        """Its errors; None without any."""
        if not hasattr(self._serializer, "_validated_data"):
            return None
        return self._serializer.errors.get(self.name)

    def as_form_field(self) -> BoundField:
        """Return it, as templates ask for it."""
        return self

    def __repr__(self) -> str:
        return f"<{type(self).__name__} value={self.value!r} errors={self.errors!r}>"


NOT_DECLARED = frozenset({"instance", "data", "context", "child", "partial"})
"""Options that belong to one use of a serializer."""


def described(serializer: Any, indent: int = 0) -> str:
    """A serializer as the code that would declare it."""
    blank = "    " * (indent + 1)
    many = hasattr(serializer, "child")
    shown = serializer.child if many else serializer
    given = {name: value for name, value in serializer._kwargs.items() if name not in NOT_DECLARED}
    options = options_as_text({**given, **({"many": True} if many else {})})
    lines = [f"{type(shown).__name__}({', '.join(options)}):"]
    for name, field in getattr(shown, "fields", {}).items():
        nested = hasattr(field, "fields") or hasattr(getattr(field, "child", None), "fields")
        lines.append(f"{blank}{name} = {described(field, indent + 1) if nested else repr(field)}")
    validators = shown.get_validators() if hasattr(shown, "get_validators") else []
    if validators:
        lines += [f"{blank}class Meta:", f"{blank}    validators = {validators!r}"]
    return "\n".join(lines)
