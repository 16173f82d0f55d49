"""How a new instance gets its values: defaults first, then positional arguments, then keywords."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from manoir.exceptions import nearest
from manoir.models._deferred import deferred_class
from manoir.models._fields import Field
from manoir.models._resolving import resolve_waiting
from manoir.models._state import DEFERRED

if TYPE_CHECKING:
    from manoir.models._model import Model


@dataclass(frozen=True, slots=True)
class Defaults:
    """What `Model.__init__` needs of a model, computed once.

    Attributes:
        constants: values that are the same for each instance, by attname.
        computed: fields whose default is made anew for each instance.
        plain: attnames whose values go into `__dict__` as they are.
    """

    constants: dict[str, Any]
    computed: tuple[Field[Any, Any], ...]
    plain: frozenset[str]


def defaults_of(fields: tuple[Field[Any, Any], ...]) -> Defaults:
    resolve_waiting()  # relations by function name their far sides before there is an instance to ask for them
    computed = tuple(field for field in fields if is_computed(field))
    return Defaults(
        constants={field.attname: field.get_default() for field in fields if field not in computed},
        computed=computed,
        plain=frozenset(field.attname for field in fields if field.descriptor is None),
    )


def is_computed(field: Field[Any, Any]) -> bool:
    return field.has_factory or field.has_db_default or (field.is_relation and field.has_default())


def fill(instance: Model, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Set every field of a new instance.

    Raises:
        TypeError: too many positional arguments, a name given twice, or a name that the model does not know.
    """
    # hot path: benchmarks/orm.py
    defaults = instance._meta.defaults
    values: Any = instance.__dict__
    values.update(defaults.constants)
    if not args and not defaults.computed and defaults.plain.issuperset(kwargs):
        values.update(kwargs)
        return
    for field in defaults.computed:
        if field.attname not in kwargs and field.name not in kwargs:
            set_value(instance, defaults, field.attname, field.get_default())
    missing = fill_by_position(instance, args, kwargs) if args else None
    plain = defaults.plain
    for name, value in kwargs.items():
        if name in plain:
            values[name] = value
        else:
            fill_by_name(instance, name, value)
    if missing:
        instance.__class__ = deferred_class(type(instance), frozenset(missing))


def set_value(instance: Model, defaults: Defaults, attname: str, value: Any) -> None:
    if attname in defaults.plain:
        vars(instance)[attname] = value
    else:
        setattr(instance, attname, value)


def fill_by_position(instance: Model, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
    """Set the values given by position; answer the names of attributes that `DEFERRED` stands for."""
    missing: list[str] = []
    options = instance._meta
    fields = options.concrete_fields
    if len(args) > len(fields):
        raise TypeError(
            f"{options.object_name}() takes {len(fields)} positional arguments, but {len(args)} were given."
        )
    for field, value in zip(fields, args, strict=False):
        if field.name in kwargs or field.attname in kwargs:
            raise TypeError(f"{options.object_name}() got {field.name!r} by position and by keyword.")
        if value is DEFERRED:
            vars(instance).pop(field.attname, None)
            missing.append(field.attname)
        else:
            set_value(instance, options.defaults, field.attname, value)
    return missing


def fill_by_name(instance: Model, name: str, value: Any) -> None:
    options = instance._meta
    found = options.names.get(name)
    if name == "pk" or ((found is not None and not found.auto_created) or name in options.attnames):
        if found is not None and found.many_to_many:
            raise TypeError(f"{options.object_name}() cannot set {name!r}: save the instance, then {name}.set(…).")
        setattr(instance, name, value)
    elif isinstance(getattr(type(instance), name, None), property) or is_private(options, name):
        setattr(instance, name, value)
    else:
        known = dict.fromkeys([*(field.name for field in options.fields), *options.attnames])
        raise TypeError(f"{options.object_name}() got an unexpected keyword argument {name!r}.{nearest(name, known)}")


def is_private(options: Any, name: str) -> bool:
    """Whether a name is that of a field without a column, which takes a value all the same."""
    return any(field.name == name for field in options.concrete_model._meta.private_fields)
