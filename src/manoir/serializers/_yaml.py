"""The format "yaml", where PyYAML is installed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import yaml
from yaml import composer

from manoir.exceptions import DeserializationError
from manoir.serializers._base import Serializer as BaseSerializer
from manoir.serializers._reader import Deserializer as BaseDeserializer

DumperBase: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
LoaderBase: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Composer: Any = composer.Composer


class Loader(LoaderBase, Composer):
    """The safe loader, which can also give one member of a list after the other: libyaml's would give the whole list."""

    def __init__(self, stream: Any) -> None:
        LoaderBase.__init__(self, stream)
        Composer.__init__(self)


class Dumper(DumperBase):
    """Writes what YAML has no type for as text, and the same list twice instead of a reference."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write each value where it stands."""
        return True


def represent_text(dumper: Any, value: Any) -> Any:
    return dumper.represent_str(str(value))


Dumper.add_representer(Decimal, represent_text)
Dumper.add_representer(dt.time, represent_text)


class Serializer(BaseSerializer):
    """Writes rows as a YAML list; options are those of `yaml.dump`."""

    def start_serialization(self) -> None:
        """Settle the options."""
        self.settings: dict[str, Any] = {
            "default_flow_style": False,
            "allow_unicode": True,
            "sort_keys": False,
            **self.options,
        }

    def end_object(self, obj: Any) -> None:
        """Write one member of the list."""
        yaml.dump([self.get_dump_object(obj)], self.stream, Dumper=Dumper, **self.settings)

    def end_serialization(self) -> None:
        """Write an empty list as one."""
        if self.first:
            self.stream.write("[]\n")


class Deserializer(BaseDeserializer):
    """Reads a YAML list, one member after the other, by the safe loader."""

    def records(self) -> Iterator[Any]:
        """Give the members."""
        source = bytes(self.source) if isinstance(self.source, (bytearray, memoryview)) else self.source
        loader = Loader(source)
        try:
            yield from members(loader)
        except (yaml.YAMLError, RecursionError) as error:
            raise DeserializationError(f"This is no YAML list of objects: {error}") from error
        finally:
            loader.dispose()


def members(loader: Any) -> Iterator[Any]:
    for kind in (yaml.StreamStartEvent, yaml.DocumentStartEvent):
        if loader.check_event(yaml.StreamEndEvent):
            return
        assert loader.check_event(kind)
        loader.get_event()
    if not loader.check_event(yaml.SequenceStartEvent):
        raise DeserializationError("This is no YAML list of objects: a list has to begin with -")
    loader.get_event()
    while not loader.check_event(yaml.SequenceEndEvent):
        yield loader.construct_document(loader.compose_node(None, 0))
