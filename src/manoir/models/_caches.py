"""Dropping what `lazy_property` has stored, when the thing it was derived from changed."""

from __future__ import annotations

from manoir.bridge import lazy_property

_names: dict[type, tuple[str, ...]] = {}


def forget(instance: object) -> None:
    """Drop every stored value of the lazy properties of `instance`."""
    cls = type(instance)
    names = _names.get(cls)
    if names is None:
        names = _names[cls] = tuple(
            name for base in cls.__mro__ for name, found in vars(base).items() if isinstance(found, lazy_property)
        )
    values = instance.__dict__
    for name in names:
        values.pop(name, None)
