"""JSON schemas of fields and serializers; a serializer is a component, one for what is read and one for what is sent."""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Callable
from typing import Any

import msgspec

from manoir.exceptions import FieldDoesNotExist
from manoir.http import encode_json
from manoir.rest import serializers
from manoir.rest._model_info import field_info
from manoir.rest._relation import ManyRelatedField
from manoir.rest._scoping import is_scoped
from manoir.rest.fields import empty

Schema = dict[str, Any]

PYTHON_TYPES: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    list: {"type": "array", "items": {}},
    dict: {"type": "object"},
    type(None): {"type": "null"},
}
PLAIN: dict[str, Schema] = {
    "EmailField": {"type": "string", "format": "email"},
    "URLField": {"type": "string", "format": "uri"},
    "HyperlinkedRelatedField": {"type": "string", "format": "uri"},
    "UUIDField": {"type": "string", "format": "uuid"},
    "DateTimeField": {"type": "string", "format": "date-time"},
    "DateField": {"type": "string", "format": "date"},
    "TimeField": {"type": "string"},
    "DurationField": {"type": "string"},
    "IPAddressField": {"type": "string"},
    "SlugField": {"type": "string"},
    "FilePathField": {"type": "string"},
    "CharField": {"type": "string"},
    "BooleanField": {"type": "boolean"},
    "FloatField": {"type": "number"},
    "IntegerField": {"type": "integer"},
    "StringRelatedField": {"type": "string"},
}
MODEL_TYPES: dict[str, Schema] = {
    "IntegerField": {"type": "integer"},
    "BooleanField": {"type": "boolean"},
    "FloatField": {"type": "number"},
    "UUIDField": {"type": "string", "format": "uuid"},
    "DateTimeField": {"type": "string", "format": "date-time"},
    "DateField": {"type": "string", "format": "date"},
    "CharField": {"type": "string"},
    "TextField": {"type": "string"},
    "DecimalField": {"type": "string"},
}


class Components:
    """The schemas of serializers by name; each is built once.

    Args:
        schemas: where they are collected.
    """

    def __init__(self, schemas: Schema) -> None:
        self.schemas = schemas
        self._owners: dict[str, type] = {}

    def reference(self, serializer: Any, *, sent: bool = False, partial: bool = False) -> Schema:
        """Return a reference to the schema of a serializer, building it where it is new.

        Args:
            serializer: the serializer; one of many gives an array.
            sent: of what is sent, instead of what is read.
            partial: nothing is required.
        """
        child = getattr(serializer, "child", None)
        if child is not None and isinstance(serializer, serializers.ListSerializer):
            return {"type": "array", "items": self.reference(child, sent=sent, partial=partial)}
        if not isinstance(serializer, serializers.Serializer):
            return {}
        name = self.name_of(serializer, sent=sent, partial=partial)
        if name not in self.schemas:
            self.schemas[name] = {}  # a serializer may hold itself
            self.schemas[name] = self.object_of(serializer, sent=sent, partial=partial)
        return {"$ref": f"#/components/schemas/{name}"}

    def name_of(self, serializer: Any, *, sent: bool, partial: bool) -> str:
        """Return the name of a component; two classes of one name get different ones."""
        owner = type(serializer)
        base = owner.__name__.removesuffix("Serializer") or owner.__name__
        name, number = base, 2
        while self._owners.setdefault(name, owner) is not owner:
            name, number = f"{base}{number}", number + 1
        return f"{'Patched' if partial else ''}{name}{'Request' if sent else ''}"

    def object_of(self, serializer: Any, *, sent: bool, partial: bool) -> Schema:
        """Return the schema of an object."""
        properties: Schema = {}
        required: list[str] = []
        for name, field in serializer.fields.items():
            if (field.read_only if sent else field.write_only) or isinstance(field, serializers.HiddenField):
                continue
            properties[name] = self.field(field, sent=sent)
            if (field.required and not partial) if sent else not is_left_out(field):
                required.append(name)
        found: Schema = {"type": "object", "properties": properties}
        if required:
            found["required"] = required
        described = own_doc(type(serializer))
        return {**found, "description": described} if described else found

    def field(self, field: Any, *, sent: bool) -> Schema:
        """Return the schema of a field, with its words."""
        found = self.type_of(field, sent=sent)
        if field.allow_null or (not sent and may_be_null(field)):
            found = nullable(found)
        words: Schema = {}
        if field.label and str(field.label) != str(field.field_name).replace("_", " ").capitalize():
            words["title"] = str(field.label)
        if field.help_text:
            words["description"] = str(field.help_text)
        if sent and field.default is not empty and not callable(field.default):
            words["default"] = plain(field.default)
        if not words:
            return found
        return {"allOf": [found], **words} if "$ref" in found else {**found, **words}

    def type_of(self, field: Any, *, sent: bool) -> Schema:
        """Return the schema of a field's values."""
        hint = getattr(field, "__openapi__", None)
        if hint is not None:
            return dict(hint)
        if isinstance(field, (serializers.Serializer, serializers.ListSerializer)):
            return self.reference(field, sent=sent, partial=False)
        if isinstance(field, serializers.SerializerMethodField):
            return self.annotated(method_of(field))
        for kind, build in self.builders():
            if isinstance(field, kind):
                return build(field, sent)
        return bounded(field, sent)

    def builders(self) -> list[tuple[Any, Callable[[Any, bool], Schema]]]:
        """Return what builds the schemas of the fields that hold others, choices, numbers as texts, and rows."""
        return [
            (serializers.ListField, self._list),
            (serializers.DictField, self._dict),
            (serializers.MultipleChoiceField, self._choices),
            (serializers.ChoiceField, lambda field, sent: self._choice(field)),
            (ManyRelatedField, self._related),
            (serializers.JSONField, lambda field, sent: self._json(field)),
            (serializers.DecimalField, self._decimal),
            (serializers.BigIntegerField, big_integer),
            (serializers.FileField, lambda field, sent: file_schema(sent=sent)),
            (serializers.PrimaryKeyRelatedField, lambda field, sent: key_schema(field)),
            (serializers.ReadOnlyField, lambda field, sent: model_schema(field)),
            (serializers.ModelField, lambda field, sent: model_type(field.model_field)),
        ]

    def _list(self, field: Any, sent: bool) -> Schema:
        found: Schema = {"type": "array", "items": self.field(field.child, sent=sent)}
        limits = {"minItems": getattr(field, "min_length", None), "maxItems": getattr(field, "max_length", None)}
        return {**found, **{name: value for name, value in limits.items() if value is not None}} if sent else found

    def _dict(self, field: Any, sent: bool) -> Schema:
        return {"type": "object", "additionalProperties": self.field(field.child, sent=sent)}

    def _choice(self, field: Any) -> Schema:
        values = [plain(value) for value in field.choices]
        if getattr(field, "allow_blank", False) and "" not in values:
            values.append("")
        return {**type_of_values(values), "enum": values}

    def _choices(self, field: Any, sent: bool) -> Schema:
        return {"type": "array", "items": self._choice(field)}

    def _related(self, field: Any, sent: bool) -> Schema:
        return {"type": "array", "items": self.field(field.child_relation, sent=sent)}

    def _json(self, field: Any) -> Schema:
        """Return the schema that the model's field declares; {} is any JSON."""
        declared = getattr(column_of(field), "schema", None)
        if declared is None:
            return {}
        (found,), parts = msgspec.json.schema_components([declared], ref_template="#/components/schemas/{name}")
        self.schemas.update(parts)
        return found

    def _decimal(self, field: Any, sent: bool) -> Schema:
        text: Schema = {"type": "string", "format": "decimal"}
        if sent:
            return {"anyOf": [{"type": "number"}, text]}
        return text if getattr(field, "coerce_to_string", True) else {"type": "number"}

    def annotated(self, function: Any) -> Schema:
        """Return the schema of what a function says it returns; {} for one that says nothing."""
        try:
            hint = typing.get_type_hints(function).get("return")
        except Exception:  # an annotation that cannot be evaluated here says nothing
            return {}
        return schema_of_type(hint)


def schema_of_type(hint: Any) -> Schema:
    """Return the schema of a Python type.

    Example:
        >>> schema_of_type(list[int] | None)
        {'anyOf': [{'type': 'array', 'items': {'type': 'integer'}}, {'type': 'null'}]}
    """
    if hint in PYTHON_TYPES:
        return dict(PYTHON_TYPES[hint])
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (list, set, tuple, frozenset):
        return {"type": "array", "items": schema_of_type(arguments[0]) if arguments else {}}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of_type(arguments[1]) if len(arguments) > 1 else {}}
    if arguments and str(origin) in ("typing.Union", "<class 'types.UnionType'>"):
        return {"anyOf": [schema_of_type(one) for one in arguments]}
    return {}


def bounded(field: Any, sent: bool) -> Schema:
    """Return the schema of a plain field with its bounds."""
    found: Schema = {}
    for base in type(field).__mro__:
        if base.__name__ in PLAIN:
            found = dict(PLAIN[base.__name__])
            break
    if not sent:
        return found
    if found.get("type") == "string" and "format" not in found:
        length = getattr(field, "min_length", None)
        if not length and not getattr(field, "allow_blank", True):
            length = 1
        limits = {"minLength": length, "maxLength": getattr(field, "max_length", None)}
        pattern = getattr(field, "regex", None)
        if isinstance(pattern, re.Pattern):
            limits["pattern"] = pattern.pattern
        elif isinstance(pattern, str):
            limits["pattern"] = pattern
        return {**found, **{name: value for name, value in limits.items() if value is not None}}
    if found.get("type") in ("integer", "number"):
        limits = {"minimum": getattr(field, "min_value", None), "maximum": getattr(field, "max_value", None)}
        return {**found, **{name: value for name, value in limits.items() if isinstance(value, (int, float))}}
    return found


def big_integer(field: Any, sent: bool) -> Schema:
    """Return the schema of a number that may be written as text."""
    return {"type": "string"} if field.coerce_to_string and not sent else bounded(field, sent)


def nullable(schema: Schema) -> Schema:
    """Return a schema that allows null, too."""
    if not schema or schema.get("type") == "null":
        return schema
    if "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    if isinstance(schema.get("type"), list):
        return schema
    return {"anyOf": [schema, {"type": "null"}]}


def may_be_null(field: Any) -> bool:
    """Tell whether an answer may have null for a field: its column may, a relation on the way, or a row is hidden."""
    if isinstance(field, serializers.SerializerMethodField) or len(field.source_attrs) > 1:
        return len(field.source_attrs) > 1
    column = column_of(field)
    return bool(column is not None and getattr(column, "null", False)) or may_be_hidden(field)


def may_be_hidden(field: Any) -> bool:
    """Tell whether a field shows one row of a model that says who may see it."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    if model is None or len(field.source_attrs) != 1:
        return False
    relation = field_info(model).relations.get(field.source_attrs[0])
    return relation is not None and not relation.to_many and is_scoped(relation.related_model)


def is_left_out(field: Any) -> bool:
    """Tell whether an answer may lack a field."""
    return field.read_only is False and field.required is False and column_of(field) is None and field.default is empty


def column_of(field: Any) -> Any:
    """Return the model field that a field shows; None without one."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    if model is None or len(field.source_attrs) != 1:
        return None
    try:
        return model._meta.pk if field.source_attrs[0] == "pk" else model._meta.get_field(field.source_attrs[0])
    except FieldDoesNotExist:
        return None


def model_type(column: Any) -> Schema:
    """Return the schema of a model field's values."""
    for base in type(column).__mro__:
        if base.__name__ in MODEL_TYPES:
            return dict(MODEL_TYPES[base.__name__])
    return {}


def model_schema(field: Any) -> Schema:
    column = column_of(field)
    return {} if column is None or column.is_relation else model_type(column)


def key_schema(field: Any) -> Schema:
    """Return the schema of the key of a related row."""
    if field.queryset is not None:
        return model_type(field.queryset.model._meta.pk)
    column = column_of(field)
    if column is None and field.parent is not None:
        column = column_of(field.parent) if hasattr(field.parent, "source_attrs") else None
    related = getattr(column, "related_model", None)
    return model_type(related._meta.pk) if related is not None else {}


def file_schema(*, sent: bool) -> Schema:
    return {"type": "string", "format": "binary"} if sent else {"type": "string", "format": "uri"}


def method_of(field: Any) -> Any:
    return getattr(field.parent, field.method_name or f"get_{field.field_name}", None)


def type_of_values(values: list[Any]) -> Schema:
    kinds = {type(value) for value in values}
    return dict(PYTHON_TYPES[kinds.pop()]) if len(kinds) == 1 and kinds <= set(PYTHON_TYPES) else {}


def plain(value: Any) -> Any:
    """Return a value as JSON would say it."""
    return json.loads(encode_json(getattr(value, "value", value)))


def own_doc(cls: type) -> str:
    """Return the docstring of a project's class; manoir's own explain the class, not the project's data."""
    if cls.__module__.startswith("manoir.") or "__doc__" not in vars(cls):
        return ""
    return " ".join((cls.__doc__ or "").split())
