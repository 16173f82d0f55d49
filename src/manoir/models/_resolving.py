"""How a relation finds its model: given as a class, by name, as "self", or by a function that is called later."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from manoir.models._state import is_model_class

if TYPE_CHECKING:
    from manoir.models._model import Model

Found = Callable[[Any], None]

_waiting: list[tuple[Callable[[], Any], Found]] = []
"""Functions (`lambda: Late`) whose models were not there yet, with what to do when they are."""


def model_label(to: str, owner: type[Model]) -> tuple[str, str]:
    """App label and lower-case model name of `to`, as `owner` refers to it."""
    if to == "self":
        return owner._meta.app_label, owner._meta.model_name
    app_label, _dot, name = to.rpartition(".")
    return app_label or owner._meta.app_label, name.lower()


def when_found(to: Any, owner: type[Model], found: Found) -> None:
    """Call `found(model)` as soon as the model that `to` means exists; at once when it does.

    Args:
        to: a model class, `"Model"`, `"app.Model"`, `"self"`, or a function that answers a model class.
        owner: the model that refers to it.
        found: called with the class, once.
    """
    if isinstance(to, str):
        owner._meta.apps.lazy_model_operation(found, model_label(to, owner))
    elif is_model_class(to):
        found(to)
    else:
        _waiting.append((to, found))
        resolve_waiting()


def resolve_waiting() -> None:
    """Try the functions again; called whenever models are about to be used."""
    if not _waiting:
        return
    attempts = _waiting[:]
    _waiting.clear()
    for to, found in attempts:
        try:
            model = to()
        except (NameError, AttributeError):  # its module has not come that far yet
            _waiting.append((to, found))
        else:
            found(model)


def is_waiting() -> bool:
    """Whether a relation still waits for its function to find a model."""
    return bool(_waiting)


def shown_target(to: Any) -> str:
    """What a relation refers to, for messages."""
    return to._meta.label if is_model_class(to) else repr(to)
