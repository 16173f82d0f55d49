"""The formats by name: their modules are imported when they are first needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from manoir.bridge import blocking_function
from manoir.conf import import_module, settings
from manoir.exceptions import SerializerDoesNotExist, nearest
from manoir.serializers._deserialized import DeserializedObject

BUILTIN = {
    "xml": "manoir.serializers._xml",
    "python": "manoir.serializers._python",
    "json": "manoir.serializers._json",
    "yaml": "manoir.serializers._yaml",
    "jsonl": "manoir.serializers._jsonl",
}
NEEDS = {"yaml": ("yaml", "PyYAML", "pip install pyyaml")}
"""By format the module that it needs, its name for people, and how to get it."""

registered: dict[str, str] = {}


def register_serializer(format: str, serializer_module: str, serializers: dict[str, str] | None = None) -> None:
    """Add a format, or put another module in the place of one.

    Args:
        format: its name, which is also the suffix of its files.
        serializer_module: dotted path of a module with the classes `Serializer` and `Deserializer`.
        serializers: a mapping to add it to; None: that of this process.
    """
    (registered if serializers is None else serializers)[format] = serializer_module


def unregister_serializer(format: str) -> None:
    """Take a format away that `register_serializer` added.

    Raises:
        SerializerDoesNotExist: it was not added.
    """
    if format not in registered:
        raise SerializerDoesNotExist(f"No format {format!r} was registered.{nearest(format, registered)}")
    del registered[format]


def modules() -> dict[str, str]:
    """Dotted paths of modules by format: manoir's own, those of SERIALIZATION_MODULES, registered ones."""
    own = {name: path for name, path in BUILTIN.items() if name not in NEEDS or find_spec(NEEDS[name][0])}
    return {**own, **settings.SERIALIZATION_MODULES, **registered}


def module_of(format: str) -> ModuleType:
    """The module of a format.

    Raises:
        SerializerDoesNotExist: there is no such format; names the nearest, or what has to be installed.
    """
    known = modules()
    if format not in known:
        if format in NEEDS:
            _module, name, cure = NEEDS[format]
            raise SerializerDoesNotExist(f"The format {format!r} needs {name}, which is not installed: {cure}.")
        raise SerializerDoesNotExist(
            f"There is no serialization format {format!r}.{nearest(format, known)} Formats: {', '.join(sorted(known))}."
        )
    return import_module(known[format])


def get_serializer(format: str) -> Any:
    """Return the class `Serializer` of a format.

    Raises:
        SerializerDoesNotExist: there is no such format; names the nearest.

    Example:
        >>> get_serializer("json")().serialize([])
        '[]'
    """
    return module_of(format).Serializer


def get_deserializer(format: str) -> Any:
    """Return the class `Deserializer` of a format.

    Raises:
        SerializerDoesNotExist: there is no such format; names the nearest.
    """
    return module_of(format).Deserializer


def get_serializer_formats() -> list[str]:
    """Return the names of all formats."""
    return list(modules())


def get_public_serializer_formats() -> list[str]:
    """Return the names of the formats that are written to files."""
    return [name for name in modules() if not getattr(get_serializer(name), "internal_use_only", False)]


async def aserialize(format: str, queryset: Any, **options: Any) -> Any:
    """Write instances as text.

    Args:
        format: "json", "jsonl", "xml", "python" (a list of dicts), "yaml" where PyYAML is installed, or one of your own.
        queryset: a queryset, which is streamed, or any iterable of instances.
        **options: `stream`, `fields`, `use_natural_foreign_keys`, `use_natural_primary_keys`, `include_secrets`, and those
            of the format, such as `indent`; see `Serializer.aserialize`.

    Returns:
        The text; None where `stream` took it.

    Raises:
        SerializerDoesNotExist: there is no such format; names the nearest.
        FieldError: `fields` names what is no field.
    """
    serializer = get_serializer(format)()
    await serializer.aserialize(queryset, **options)
    return serializer.getvalue()


serialize = blocking_function(aserialize)


def deserialize(format: str, stream_or_string: Any, **options: Any) -> Iterator[DeserializedObject]:
    """Read serialized rows; nothing is saved.

    What is read may set any field of any model: read only what you trust.

    Args:
        format: see `aserialize`.
        stream_or_string: text, bytes, or a stream, which is read as you iterate.
        **options: `using`, `ignorenonexistent`, `handle_forward_references`; see `Deserializer`.

    Yields:
        A `DeserializedObject` for each row.

    Raises:
        SerializerDoesNotExist: there is no such format.
        DeserializationError: while iterating; says which object is wrong.
    """
    return iter(get_deserializer(format)(stream_or_string, **options))


def adeserialize(format: str, stream_or_string: Any, **options: Any) -> AsyncIterator[DeserializedObject]:
    """Read serialized rows in a coroutine, by `async for`; see `deserialize`."""
    made = get_deserializer(format)(stream_or_string, **options)
    return aiter(made) if hasattr(made, "__aiter__") else each(made)


async def each(objects: Iterable[DeserializedObject]) -> AsyncIterator[DeserializedObject]:
    """The objects of a reader that is only iterated by sync code."""
    for one in objects:
        yield one
