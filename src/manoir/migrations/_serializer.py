"""Python values as the expressions that make equal ones, with the imports these need."""

from __future__ import annotations

import builtins
import collections
import datetime as dt
import decimal
import enum
import functools
import math
import pathlib
import re
import sys
import types
import uuid
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from manoir.exceptions import nearest
from manoir.i18n import LazyString
from manoir.migrations._layout import Group, Node, bracketed, call, flat
from manoir.migrations._operations import Operation
from manoir.models import NOT_PROVIDED, Choices, Field, Manager, OnDelete, Ordering
from manoir.models._choosing import Case, When
from manoir.models.functions import Func

Imports = set[str]

CURE = "See 'What migrations can hold' in the documentation."
PLACEHOLDER = "<locals>"


class Serializer:
    """Writes values; collects the imports on the way.

    Attributes:
        imports: lines of import.
        migration_modules: migrations out of which functions are imported.
    """

    def __init__(self) -> None:
        self.imports: Imports = set()
        self.migration_modules: set[str] = set()

    def node(self, value: Any) -> Node:
        """The expression for a value.

        Raises:
            ValueError: nothing can be written that would make an equal value; says why and what to do.
        """
        if isinstance(value, OnDelete):
            return self.on_delete(value)
        if isinstance(value, LazyString):
            return text(str(value))
        if value is NOT_PROVIDED:
            return self.named("manoir.models.NOT_PROVIDED")
        for kind, write in WRITERS:
            if isinstance(value, kind):
                return write(self, value)
        if hasattr(value, "deconstruct"):
            return self.deconstructible(value)
        raise ValueError(
            f"{value!r} ({type(value).__module__}.{type(value).__qualname__}) cannot be written into a migration. Give its "
            f"class a deconstruct() method (manoir.validators.deconstructible adds one), or use a plain value. {CURE}"
        )

    def named(self, path: str) -> str:
        """A name by its import path."""
        module, _dot, name = path.rpartition(".")
        if not module or module == "builtins":
            return name
        parts = module.split(".")
        if parts[0] == "manoir" and len(parts) == 2:
            self.imports.add(f"from manoir import {parts[1]}")
            return f"{parts[1]}.{name}"
        self.imports.add(f"import {module}")
        return path

    # -- parts -----------------------------------------------------------------------------------------------------

    def called(self, path: str, args: Iterable[Any], kwargs: Mapping[str, Any]) -> Group:
        nodes = {name: self.node(value) for name, value in kwargs.items()}
        return call(self.callable_path(path), [self.node(arg) for arg in args], nodes)

    def callable_path(self, path: str) -> str:
        """The name of a class, or of a class method (`manoir.models.Q.create`)."""
        module, _dot, name = path.rpartition(".")
        owner = module.rpartition(".")[2]
        if owner[:1].isupper():
            return f"{self.named(module)}.{name}"
        return self.named(path)

    def deconstructible(self, value: Any) -> Node:
        parts = tuple(value.deconstruct())
        path, args, kwargs = parts[-3:]
        return self.called(path, args or (), kwargs)

    def on_delete(self, value: OnDelete) -> Node:
        path, args, kwargs = value.deconstruct()
        return self.named(path) if args is None else self.called(path, args, kwargs)

    def field(self, field: Any) -> Node:
        field_name, path, args, kwargs = field.deconstruct()
        setting = field.swappable_setting if field.is_relation else None
        nodes: dict[str, Node] = {}
        for name, value in sorted(kwargs.items()):
            try:
                nodes[name] = self.node(value)
            except ValueError as error:
                raise ValueError(f"The option {name!r} of the field {field_name!r}: {error}") from error
        if setting is not None and "to" in nodes:
            nodes["to"] = self.setting(setting)
        if path.startswith("manoir.models.") or PLACEHOLDER not in path:
            return call(self.class_name(path), [self.node(arg) for arg in args], nodes)
        raise ValueError(
            f"{path} is local to a function, so no migration can import it. Move it to the top of its module."
        )

    def setting(self, name: str) -> str:
        self.imports.add("from manoir.conf import settings")
        return f"settings.{name}"

    def class_name(self, path: str) -> str:
        """A class by its path; nested ones are imported by their module."""
        module, _dot, name = path.rpartition(".")
        while module and module not in sys.modules:
            module, _dot, outer = module.rpartition(".")
            name = f"{outer}.{name}"
        return self.named(f"{module}.{name}") if "." not in name else f"{self.imported(module)}.{name}"

    def imported(self, module: str) -> str:
        return self.named(f"{module}.x").rpartition(".")[0]

    def function(self, value: Any) -> Node:
        """A function, method of a class, or class, by where it can be imported from."""
        module: str = getattr(value, "__module__", None) or ""
        name: str = value.__qualname__
        if value.__name__ == "<lambda>":
            raise ValueError(
                f"A lambda (in {module}) cannot be written into a migration. Write a function with a name at the top of "
                f"its module, or use functools.partial. {CURE}"
            )
        if PLACEHOLDER in name:
            raise ValueError(
                f"{name} (in {module}) is local to a function, so no migration can import it. Move it to the top of its "
                f"module. {CURE}"
            )
        if module == "builtins":
            return name
        public = public_module(module, name, value)
        found: Any = sys.modules.get(public)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is None:
            known = dir(sys.modules.get(public, builtins))
            raise ValueError(f"{module}.{name} cannot be imported from there.{nearest(name, known)} {CURE}")
        if not all(part.isidentifier() for part in public.split(".")):
            # A function of a migration, whose name begins with a digit: no import statement can say it.
            self.migration_modules.add(public)
            self.imports.add("from importlib import import_module")
            return f"import_module({text(public)}).{name}"
        return self.class_name(f"{public}.{name}")

    # -- kinds -----------------------------------------------------------------------------------------------------

    def number(self, value: float) -> Node:
        return repr(value) if math.isfinite(value) else f'float("{value}")'

    def member(self, value: enum.Enum) -> Node:
        kind: Any = type(value)
        if isinstance(value, Choices):  # what the column holds, whatever becomes of the class
            return self.node(value.value)
        if kind.__module__ == "re":
            return self.flags(cast(Any, value))
        path = self.function(kind)
        return f"{path}[{text(value.name)}]" if value.name else f"{path}({value.value!r})"

    def flags(self, value: re.RegexFlag) -> str:
        self.imports.add("import re")
        chosen = [flag for flag in re.RegexFlag if flag & value and flag.name and flag is not re.RegexFlag.UNICODE]
        return " | ".join([f"re.{flag.name}" for flag in chosen]) or f"re.RegexFlag({int(value)})"

    def pattern(self, value: re.Pattern[Any]) -> Node:
        self.imports.add("import re")
        flags = re.RegexFlag(value.flags & ~re.UNICODE)
        return call("re.compile", [self.node(value.pattern), *([self.flags(flags)] if flags else [])], {})

    def moment(self, value: Any) -> Node:
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            value = value.astimezone(dt.UTC)
        self.imports.add("import datetime")
        return re.sub(r"\bdatetime\.timezone\.utc\b", "datetime.UTC", repr(value))

    def zone(self, value: zoneinfo.ZoneInfo) -> Node:
        self.imports.add("import zoneinfo")
        return f"zoneinfo.ZoneInfo({text(value.key)})"

    def partial(self, value: Any) -> Node:
        self.imports.add("import functools")
        nodes = {name: self.node(part) for name, part in value.keywords.items()}
        return call(f"functools.{type(value).__name__}", [self.node(one) for one in (value.func, *value.args)], nodes)

    def listed(self, value: Iterable[Any]) -> Node:
        return bracketed("[", [self.node(part) for part in value], "]")

    def tupled(self, value: Iterable[Any]) -> Node:
        return bracketed("(", [self.node(part) for part in value], ")")

    def unordered(self, value: Iterable[Any]) -> Node:
        parts = [self.node(part) for part in sorted(value, key=repr)]
        braces = bracketed("{", parts, "}") if parts else "set()"
        return call("frozenset", [bracketed("[", parts, "]")], {}) if isinstance(value, frozenset) else braces

    def mapping(self, value: Mapping[Any, Any]) -> Node:
        from_layout = [(f"{flat(self.node(key))}: ", self.node(part)) for key, part in value.items()]
        return Group("{", tuple(from_layout), "}")

    def path(self, value: pathlib.PurePath) -> Node:
        self.imports.add("import pathlib")
        pure = pathlib.PurePosixPath if isinstance(value, pathlib.PurePosixPath) else pathlib.PureWindowsPath
        name = type(value).__name__ if not isinstance(value, pathlib.Path) else pure.__name__
        return f"pathlib.{name}({text(value.as_posix())})"

    def manager(self, value: Any) -> Node:
        if not hasattr(value, "deconstruct"):
            return call(str(self.function(type(value))), [], {})
        as_manager, manager_path, queryset_path, args, kwargs = value.deconstruct()
        if as_manager:
            return call(f"{self.class_name(queryset_path)}.as_manager", [], {})
        return self.called(manager_path, args or (), kwargs or {})

    def operation(self, value: Operation) -> Node:
        name, args, kwargs = value.deconstruct()
        module = type(value).__module__
        if module.startswith("manoir.migrations"):
            self.imports.add("from manoir import migrations")
            path = f"migrations.{name}"
        else:
            path = str(self.function(type(value)))
        named = named_arguments(type(value), args, kwargs)
        return call(path, [], {key: self.node(part) for key, part in named.items()})

    def ordering(self, value: Any) -> Node:
        nodes: dict[str, Node] = {"descending": "True"} if value.descending else {}
        if value.nulls:
            nodes[f"nulls_{value.nulls}"] = "True"
        return call(self.named("manoir.models.OrderBy"), [self.node(value.expression)], nodes)

    def func(self, value: Any) -> Node:
        """A function of the database, whose arguments are expressions."""
        if hasattr(value, "deconstruct"):
            return self.deconstructible(value)
        kind = type(value)
        kwargs: dict[str, Any] = {}
        if value.function != kind.function:
            kwargs["function"] = value.function
        if value.output_field is not None and value.output_field is not getattr(kind, "output_field", None):
            kwargs["output_field"] = value.output_field
        try:
            twin = kind(*value.source_expressions, **kwargs)
        except TypeError:
            twin = None
        if twin is None or repr(twin.identity()) != repr(value.identity()):
            raise ValueError(
                f"{value!r} cannot be written into a migration: {kind.__qualname__} has no deconstruct(). {CURE}"
            )
        nodes = {name: self.node(part) for name, part in kwargs.items()}
        return call(str(self.function(kind)), [self.node(part) for part in value.source_expressions], nodes)

    def case(self, value: Any) -> Node:
        if hasattr(value, "deconstruct"):
            return self.deconstructible(value)
        nodes: dict[str, Node] = {"default": self.node(value.default)}
        if value.output_field is not None:
            nodes["output_field"] = self.node(value.output_field)
        return call(self.named("manoir.models.Case"), [self.node(one) for one in value.cases], nodes)

    def when(self, value: Any) -> Node:
        if hasattr(value, "deconstruct"):
            return self.deconstructible(value)
        return call(self.named("manoir.models.When"), [self.node(value.condition)], {"then": self.node(value.result)})


def text(value: str) -> str:
    """A string literal, in double quotes where that needs no escapes."""
    written = repr(value)
    if written.startswith("'") and '"' not in written:
        return f'"{written[1:-1]}"'.replace("\\'", "'")
    return written


def binary(value: bytes) -> str:
    written = repr(value)
    return f'b"{written[2:-1]}"' if '"' not in written else written


def public_module(module: str, name: str, value: Any) -> str:
    """The door of a room of manoir's, where it exports the name; any other module itself."""
    parts = module.split(".")
    if parts[0] != "manoir":
        return module
    public = ".".join([part for part in parts if not part.startswith("_")])
    found: Any = sys.modules.get(public)
    return public if getattr(found, name.split(".")[0], None) is not None else module


def named_arguments(kind: type[Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments of an operation by name."""
    code = kind.__init__.__code__
    names = code.co_varnames[1 : code.co_argcount]
    return {**dict(zip(names, args, strict=False)), **kwargs}


def special_class(serializer: Serializer, value: Any) -> Node:
    return serializer.function(value)


WRITERS: list[tuple[Any, Callable[[Serializer, Any], Node]]] = [
    (Field, Serializer.field),
    (Manager, Serializer.manager),
    (Operation, Serializer.operation),
    (Ordering, Serializer.ordering),
    (Case, Serializer.case),
    (When, Serializer.when),
    (Func, Serializer.func),
    (type, special_class),
    (enum.Enum, Serializer.member),
    (bool, lambda _serializer, value: repr(value)),
    (types.NoneType, lambda _serializer, value: "None"),
    (types.EllipsisType, lambda _serializer, value: "..."),
    (float, Serializer.number),
    (int, lambda _serializer, value: repr(int(value))),
    (complex, lambda _serializer, value: repr(value)),
    (str, lambda _serializer, value: text(str(value))),
    (bytes, lambda _serializer, value: binary(value)),
    (decimal.Decimal, lambda s, value: s.imports.add("import decimal") or f'decimal.Decimal("{value}")'),
    (uuid.UUID, lambda s, value: s.imports.add("import uuid") or f'uuid.UUID("{value}")'),
    ((dt.datetime, dt.date, dt.time, dt.timedelta, dt.timezone), Serializer.moment),
    (zoneinfo.ZoneInfo, Serializer.zone),
    (functools.partial, Serializer.partial),
    (functools.partialmethod, Serializer.partial),
    (re.Pattern, Serializer.pattern),
    (pathlib.PurePath, Serializer.path),
    ((set, frozenset), Serializer.unordered),
    (range, lambda _serializer, value: repr(value)),
    (tuple, Serializer.tupled),
    ((list, collections.deque), Serializer.listed),
    (Mapping, Serializer.mapping),
    ((types.FunctionType, types.BuiltinFunctionType, types.MethodType), Serializer.function),
]
"""Kinds of values and what writes them; the first that fits does."""
