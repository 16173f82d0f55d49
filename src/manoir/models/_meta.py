"""The metaclass of models: takes declarations out of the class body and makes a described, registered model of it.

This is one of the two files of the room that hold what a strict type checker cannot follow (the other is
`_deferred`). What it does to a class body:

- `class Meta` becomes `_meta` (`Options`);
- fields, relations, managers and declarations leave the class and join `_meta`; relations and managers come back as
  descriptors, plain columns do not: their values live in the instances' `__dict__`, where reading them costs what
  reading any attribute costs;
- the class side of plain columns is served by `__getattr__` below: `Book.price` is a typed expression.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, overload

from manoir.apps import apps
from manoir.bridge import complete_hooks
from manoir.conf import import_string, settings
from manoir.exceptions import (
    AppRegistryNotReady,
    FieldError,
    ImproperlyConfigured,
    MultipleObjectsReturned,
    NotUpdated,
    ObjectDoesNotExist,
    nearest,
)
from manoir.models import signals
from manoir.models._class_columns import class_attribute
from manoir.models._descriptors import ManagerDescriptor
from manoir.models._expressions import F
from manoir.models._fields import AutoField, BigAutoField, Field, SmallAutoField
from manoir.models._manager import Manager
from manoir.models._neighbours import add_neighbour_methods
from manoir.models._options import Options
from manoir.models._resolving import is_waiting, resolve_waiting

if TYPE_CHECKING:
    from manoir.models._conditions import Q
    from manoir.models._expressions import Expr
    from manoir.models._model import Model

M = TypeVar("M", bound="Model")

EXCEPTIONS: dict[str, type[Exception]] = {
    "DoesNotExist": ObjectDoesNotExist,
    "MultipleObjectsReturned": MultipleObjectsReturned,
    "NotUpdated": NotUpdated,
}


class ModelBase(type):
    """Metaclass of `Model`."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> Any:
        parents = [base for base in bases if isinstance(base, ModelBase)]
        if not parents:
            cls = super().__new__(mcs, name, bases, namespace, **kwargs)
            complete_hooks(cls)
            return cls
        declared = {key: value for key, value in namespace.items() if is_declaration(value)}
        meta = namespace.get("Meta")
        plain = {key: value for key, value in namespace.items() if key not in declared}
        cls: Any = super().__new__(mcs, name, bases, plain, **kwargs)
        describe(cls, meta)
        for key, value in declared.items():
            cls.add_to_class(key, value)
        inherit_fields(cls, namespace)
        if cls._meta.proxy:
            refuse_own_fields(cls)
        make_exceptions(cls)
        complete_hooks(cls)
        if not cls._meta.abstract:
            prepare(cls)
        return cls

    def add_to_class(cls, name: str, value: Any) -> None:
        """Add a field, manager or attribute to the model after (or while) it is made."""
        if not is_declaration(value):
            setattr(cls, name, value)
            return
        value.contribute_to_class(cls, name)
        if getattr(value, "is_manager", False):
            setattr(cls, name, ManagerDescriptor(name))

    @property
    def _default_manager(cls: type[M]) -> Manager[M]:  # type: ignore[misc]
        return cls._meta.default_manager

    @property
    def _base_manager(cls: type[M]) -> Manager[M]:  # type: ignore[misc]
        return cls._meta.base_manager

    if TYPE_CHECKING:

        def __eq__(cls, other: object) -> Q: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]

        @overload
        def __getattr__(cls: type[M], name: Literal["objects"]) -> Manager[M]: ...  # type: ignore[misc]
        @overload
        def __getattr__(cls, name: Literal["id"]) -> Expr[int, int]: ...
        def __getattr__(cls, name: str) -> Any: ...

    else:

        def __getattr__(cls, name: str) -> Any:
            # hot path: benchmarks/orm_query.py
            options = None if name == "_meta" else getattr(cls, "_meta", None)
            if options is not None and name in options.columns_by_name:
                if options.abstract:
                    raise AttributeError(f"{cls.__name__} is abstract: use {name!r} of a subclass.")
                return F(name) if options.columns_by_name[name] is None else class_attribute(cls, name)
            if options is None or name.startswith("__"):
                raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
            if is_waiting():
                resolve_waiting()  # a relation by function may have been waiting to name itself here
                if any(name in vars(base) for base in cls.__mro__):
                    return getattr(cls, name)
            found = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
            if isinstance(found, ManagerDescriptor):
                found.refuse_without_rows(cls)
            hint = nearest(name, [*options.columns_by_name, *dir(cls)])
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}.{hint}")

    def __dir__(cls) -> list[str]:
        options = cast("Options | None", getattr(cls, "_meta", None))
        return [*super().__dir__(), *(options.columns_by_name if options else ())]


def is_declaration(value: Any) -> bool:
    """Whether a value of a class body belongs to `_meta`: fields, managers, `Reverse` and its kin."""
    return not isinstance(value, type) and hasattr(value, "contribute_to_class")


def describe(cls: Any, meta: type[Any] | None) -> None:
    """Give the class its `_meta`."""
    base_meta = getattr(cls, "_meta", None)
    if meta is None:
        meta = inherited_meta(cls)
    options = Options(meta, app_label_of(cls, meta))
    options.base_class = next(base for base in reversed(cls.__mro__) if type(base) is type(cls))
    options.contribute_to_class(cls, "_meta")
    if not options.abstract:
        inherit_order(cls, options, base_meta)
    find_concrete_parent(cls, options)


def inherited_meta(cls: type[Any]) -> type[Any] | None:
    """`Meta` of the nearest abstract base, for a class without one."""
    for base in cls.__mro__[1:]:
        options = vars(base).get("_meta")
        if isinstance(options, Options) and options.abstract and options.meta is not None:
            return type("Meta", (options.meta,), {})
    return None


def inherit_order(cls: Any, options: Options, base_meta: Options | None) -> None:
    """A proxy takes `ordering` and `get_latest_by` from its concrete parent, unless it says otherwise."""
    if base_meta is None or base_meta.abstract:
        return
    for option in ("ordering", "get_latest_by"):
        if option not in options.original_attrs:
            setattr(options, option, getattr(base_meta, option))


def app_label_of(cls: type[Any], meta: type[Any] | None) -> str | None:
    """App label of a new model: `Meta.app_label`, or the app that contains its module.

    Raises:
        RuntimeError: there is neither.
    """
    label = getattr(meta, "app_label", None)
    if label:
        return label
    try:
        config = apps.get_containing_app_config(cls.__module__)
    except AppRegistryNotReady:
        config = None
        if not vars(meta or object).get("abstract", False):
            raise
    if config is not None:
        return config.label
    if vars(meta or object).get("abstract", False):
        return None
    raise RuntimeError(
        f"The model {cls.__module__}.{cls.__name__} belongs to no app of INSTALLED_APPS. "
        "Add its app there, or set app_label in its class Meta."
    )


def find_concrete_parent(cls: Any, options: Options) -> None:
    """Set `concrete_model`; refuse what inheritance cannot do yet.

    Raises:
        TypeError: a proxy of nothing or of several, or a child of a model with a table of its own.
    """
    parents = {
        base._meta.concrete_model
        for base in cls.__mro__[1:]
        if isinstance(vars(base).get("_meta"), Options) and not base._meta.abstract
    }
    if options.proxy:
        direct = [base for base in cls.__mro__[1:] if hasattr(base, "_meta") and not base._meta.abstract]
        if len(parents) != 1:
            raise TypeError(f"The proxy {cls.__name__} needs exactly one model with a table among its bases.")
        options.setup_proxy(direct[0])
        return
    if parents:
        names = ", ".join(sorted(parent.__name__ for parent in parents))
        raise TypeError(
            f"{cls.__name__} inherits from {names}, which has a table of its own; inheritance over several tables is "
            "not supported. Make the parent abstract (Meta.abstract = True), set Meta.proxy = True, or declare a "
            "OneToOneField to it."
        )
    options.concrete_model = cls


def inherit_fields(cls: Any, namespace: dict[str, Any]) -> None:
    """Copy the fields of abstract bases, unless the class (or a base nearer to it) uses the name otherwise."""
    taken = set(namespace)
    if cls._meta.proxy:
        taken.update(field.name for field in fields_of(cls._meta.concrete_model._meta))
    for base in cls.__mro__[1:]:
        options = vars(base).get("_meta")
        if isinstance(options, Options) and options.abstract:
            for field in fields_of(options):
                if field.name not in taken:
                    refuse_clash(cls, field)
                    cls.add_to_class(field.name, copy.deepcopy(field))
                    taken.add(field.name)
            for name, declaration in options.declarations.items():
                cls._meta.declarations.setdefault(name, declaration)
        if not isinstance(options, Options) or options.abstract:
            taken.update(name for name in vars(base) if not name.startswith("__"))


def fields_of(options: Options) -> Iterator[Field[Any, Any]]:
    yield from options.local_fields
    yield from options.local_many_to_many
    yield from options.private_fields


def refuse_clash(cls: Any, field: Field[Any, Any]) -> None:
    known = {name: other for other in cls._meta.local_fields for name in (other.name, other.attname)}
    for name in (field.name, field.attname):
        if name in known:
            raise FieldError(f"{cls.__name__}: the inherited field {field.name!r} clashes with {known[name].name!r}.")


def refuse_own_fields(cls: Any) -> None:
    own = [field.name for field in fields_of(cls._meta)]
    if own:
        raise FieldError(f"The proxy {cls.__name__} cannot add fields ({', '.join(own)}): it has no table of its own.")


def make_exceptions(cls: Any) -> None:
    """Give the model its own `DoesNotExist`, `MultipleObjectsReturned` and `NotUpdated`, below those of its bases."""
    for name, root in EXCEPTIONS.items():
        bases = tuple(dict.fromkeys(vars(base)[name] for base in cls.__mro__[1:] if name in vars(base)))[:1] or (root,)
        members = {"__module__": cls.__module__, "__qualname__": f"{cls.__qualname__}.{name}"}
        setattr(cls, name, type(name, bases, members))


def prepare(cls: Any) -> None:
    """Finish a model with a table: key, managers, names of indexes; register it and tell everybody."""
    options = cls._meta
    if options.pk is None:
        cls.add_to_class("id", default_key(options))
    if not options.managers_map:
        refuse_taken_name(cls)
        manager: Any = Manager()
        manager.auto_created = True
        cls.add_to_class("objects", manager)
    for index in options.indexes:
        if not index.name:
            index.set_name_with_model(cls)
    if cls.__doc__ is None:
        cls.__doc__ = f"{cls.__name__}({', '.join(field.name for field in options.fields)})"
    add_neighbour_methods(cls)
    cls._has_custom_from_db = makes_instances_itself(cls, options.base_class)
    options.apps.register_model(options.app_label, cls)
    options.prepared()
    resolve_waiting()
    signals.class_prepared.send(sender=cls)


def refuse_taken_name(cls: Any) -> None:
    if any(field.name == "objects" for field in cls._meta.fields):
        raise ValueError(
            f"{cls.__name__} has a field named 'objects', so its manager needs another name: add one, such as "
            "`rows = models.Manager()`."
        )


def makes_instances_itself(cls: Any, base: Any) -> bool:
    """Whether rows must become instances by `from_db()`, as the class overrides it or `__init__`."""
    return cls.from_db.__func__ is not base.from_db.__func__ or cls.__init__ is not base.__init__


def default_key(options: Options) -> Field[Any, Any]:
    """The key of a model that declares none: DEFAULT_AUTO_FIELD of its app or of the settings.

    Raises:
        ImproperlyConfigured: the setting names no automatic field.
    """
    config = options.app_config
    path = getattr(config, "default_auto_field", None) or getattr(settings, "DEFAULT_AUTO_FIELD", None)
    known = {f"manoir.models.{kind.__name__}": kind for kind in (BigAutoField, AutoField, SmallAutoField)}
    if path is None:
        field_class: Any = BigAutoField
    elif path in known:
        field_class = known[path]
    else:
        field_class = import_string(path)
    if not (isinstance(field_class, type) and issubclass(field_class, (AutoField, BigAutoField, SmallAutoField))):
        raise ImproperlyConfigured(f"DEFAULT_AUTO_FIELD names {path!r}, which is no AutoField.")
    return field_class(verbose_name="ID", primary_key=True, auto_created=True)
