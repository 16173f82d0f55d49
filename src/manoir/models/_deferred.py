"""Classes of instances that were read without some of their columns.

A `__getattr__` on every model would cost 27 to 43 ns at every attribute read on Python 3.11. So instances with deferred
columns get a subclass of their model, made once for each set of columns, in which the missing names are non-data
descriptors: the first read finds the descriptor, which loads the column for all peers; from then on the value in
`__dict__` wins. An instance that has everything goes back to its model's own class.

Beside `_meta` this is the file that holds what a strict type checker cannot follow.
"""

from __future__ import annotations

from typing import Any

from manoir.models import _hooks
from manoir.models._peers import load

_CLASSES = "_deferred_classes"


class DeferredAttribute:
    """A column that was not read."""

    def __init__(self, field: Any) -> None:
        self.field = field

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return getattr(owner._meta.model, self.field.attname)
        value = load(instance, self.field)
        restore_class(instance)
        return value


class DeferredDescribed(DeferredAttribute):
    """The same for a field with a descriptor of its own, which still makes the value once the column was read."""

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return super().__get__(instance, owner)
        if self.field.attname not in instance.__dict__:
            load(instance, self.field)
            restore_class(instance)
        return vars(self.field.model)[self.field.attname].__get__(instance, owner)

    def __set__(self, instance: Any, value: Any) -> None:
        vars(self.field.model)[self.field.attname].__set__(instance, value)


class _Blank:
    """Base while a class is made: the `__init_subclass__` of the project's own classes must not see it."""


def deferred_class(model: Any, attnames: frozenset[str]) -> Any:
    """The class for instances of `model` that lack the columns `attnames`; one for each set, kept.

    Args:
        model: a model, or a class that this function made.
        attnames: names of the attributes that are missing.

    Returns:
        A subclass of the model that looks like it: same name, module and `_meta`.
    """
    model = model._meta.model if is_deferred_class(model) else model
    if not attnames:
        return model
    classes = model.__dict__.get(_CLASSES)
    if classes is None:
        classes = {}
        type.__setattr__(model, _CLASSES, classes)
    known = classes.get(attnames)
    if known is None:
        known = classes[attnames] = made_class(model, attnames)
    return known


def made_class(model: Any, attnames: frozenset[str]) -> Any:
    by_attname = {field.attname: field for field in model._meta.concrete_fields}
    namespace: dict[str, Any] = {attname: deferred_attribute(by_attname[attname]) for attname in attnames}
    namespace |= {"__module__": model.__module__, "__qualname__": model.__qualname__, "_deferred_attnames": attnames}
    made: Any = type.__new__(type(model), model.__name__, (_Blank,), namespace)
    made.__bases__ = (model,)
    made.__doc__ = model.__doc__
    return made


def deferred_attribute(field: Any) -> DeferredAttribute:
    """What stands for a missing column in the class."""
    return DeferredAttribute(field) if field.descriptor is None else DeferredDescribed(field)


def is_deferred_class(cls: Any) -> bool:
    """Whether `deferred_class` made the class."""
    return "_deferred_attnames" in vars(cls)


def restore_class(instance: Any) -> None:
    """Give an instance its model's own class back once no column is missing."""
    cls = type(instance)
    if is_deferred_class(cls) and cls._deferred_attnames <= instance.__dict__.keys():
        instance.__class__ = cls._meta.model


_hooks.deferred_class = deferred_class  # the hydrator lies below this module, which loads through queries
