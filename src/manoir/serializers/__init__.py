"""Serializers: rows as text, and back; fixtures for `dumpdata`, `loaddata` and tests.

- `serialize`, `deserialize` (and `aserialize`, `adeserialize`): "json", "jsonl", "xml", "python", and "yaml" where PyYAML is.
- `DeserializedObject`: a row that was read, and is not saved yet.
- `get_serializer`, `get_deserializer`, `register_serializer`: the formats; `Serializer`, `Deserializer` are their bases.
- `load_fixtures`, `aload_fixtures`: what `loaddata` does; `load_records`: the same for dicts.

Map: `_formats` (by name), `_base` and `_rows` (writing: what waits is done for a chunk of rows), `_reader`, `_building` and
`_deserialized` (reading), `_natural` (natural keys), `_ordering`, `_fixtures` (finding files), `_loading`; a module for each
format. Serializers of APIs are another thing: `manoir.rest`.
"""

from __future__ import annotations

from manoir.exceptions import DeserializationError, SerializerDoesNotExist
from manoir.serializers._base import Serializer
from manoir.serializers._deserialized import DeserializedObject
from manoir.serializers._formats import (
    adeserialize,
    aserialize,
    deserialize,
    get_deserializer,
    get_public_serializer_formats,
    get_serializer,
    get_serializer_formats,
    register_serializer,
    serialize,
    unregister_serializer,
)
from manoir.serializers._loading import LoadedFixtures, aload_fixtures, aload_records, load_fixtures, load_records
from manoir.serializers._ordering import sort_dependencies
from manoir.serializers._reader import Deserializer

__all__ = [
    "DeserializationError",
    "DeserializedObject",
    "Deserializer",
    "LoadedFixtures",
    "Serializer",
    "SerializerDoesNotExist",
    "adeserialize",
    "aload_fixtures",
    "aload_records",
    "aserialize",
    "deserialize",
    "get_deserializer",
    "get_public_serializer_formats",
    "get_serializer",
    "get_serializer_formats",
    "load_fixtures",
    "load_records",
    "register_serializer",
    "serialize",
    "sort_dependencies",
    "unregister_serializer",
]
