"""Metadata: what OPTIONS says about a view."""

from __future__ import annotations

from typing import Any

from manoir.bridge import TwoColours, atwin, hook
from manoir.rest._rehearsal import rehearsed

__all__ = ["BaseMetadata", "SimpleMetadata"]


class BaseMetadata(TwoColours):
    """Answers OPTIONS; override `determine_metadata` in the colour that suits you."""

    @hook
    def determine_metadata(self, request: Any, view: Any) -> Any:
        """Return the data of the answer."""
        raise NotImplementedError(f"{type(self).__name__} needs determine_metadata(request, view).")

    adetermine_metadata = atwin(determine_metadata, waits=True)


class SimpleMetadata(BaseMetadata):
    """Name, description, media types, and the fields of what may be written, for who may write it."""

    @hook
    def determine_metadata(self, request: Any, view: Any) -> dict[str, Any]:
        """Return the data of the answer."""
        data: dict[str, Any] = {
            "name": view.get_view_name(),
            "description": view.get_view_description(),
            "renders": [renderer.media_type for renderer in view.renderer_classes],
            "parses": [parser.media_type for parser in view.parser_classes],
        }
        actions = self.determine_actions(request, view) if hasattr(view, "get_serializer") else {}
        return {**data, "actions": actions} if actions else data

    def determine_actions(self, request: Any, view: Any) -> dict[str, Any]:
        """Return the fields by method, for methods that the user may use."""
        actions: dict[str, Any] = {}
        for method in {"PUT", "POST"} & set(view.allowed_methods):
            with rehearsed(view, request, method) as stage:
                if stage.allowed:
                    actions[method] = self.get_serializer_info(view.get_serializer())
        return actions

    def get_serializer_info(self, serializer: Any) -> dict[str, Any]:
        """Return the fields of a serializer."""
        fields = getattr(serializer, "child", serializer).fields
        return {name: self.get_field_info(field) for name, field in fields.items() if not is_hidden(field)}

    def get_field_info(self, field: Any) -> dict[str, Any]:
        """Return what a client has to know about a field."""
        info: dict[str, Any] = {
            "type": type_of(field),
            "required": getattr(field, "required", False),
            "read_only": getattr(field, "read_only", False),
        }
        for name in ("label", "help_text", "min_length", "max_length", "min_value", "max_value"):
            value = getattr(field, name, None)
            if value not in (None, ""):
                info[name] = value if isinstance(value, (int, float)) else str(value)
        # The rows of a relation are not listed: they could be many, and somebody else's.
        choices = getattr(field, "choices", None) if not is_relation(field) else None
        if choices and not info["read_only"]:
            info["choices"] = [{"value": value, "display_name": str(label)} for value, label in choices.items()]
        return info


TYPES = {
    "BooleanField": "boolean", "EmailField": "email", "URLField": "url", "SlugField": "slug", "RegexField": "regex",
    "IntegerField": "integer", "FloatField": "float", "DecimalField": "decimal", "DateField": "date",
    "DateTimeField": "datetime", "TimeField": "time", "DurationField": "duration", "ChoiceField": "choice",
    "MultipleChoiceField": "multiple choice", "FileField": "file upload", "ImageField": "image upload",
    "ListField": "list", "DictField": "nested object", "Serializer": "nested object", "CharField": "string",
    "UUIDField": "string", "IPAddressField": "string",
}  # fmt: skip


def type_of(field: Any) -> str:
    for base in type(field).__mro__:
        if base.__name__ in TYPES:
            return TYPES[base.__name__]
    return "field"


def is_relation(field: Any) -> bool:
    return hasattr(field, "queryset") or hasattr(field, "child_relation")


def is_hidden(field: Any) -> bool:
    return any(base.__name__ == "HiddenField" for base in type(field).__mro__)
