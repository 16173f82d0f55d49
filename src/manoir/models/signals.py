"""Signals of models: what happens to classes, instances and tables.

`sender` is the model; it may be given to `connect()` as `"app_label.Model"` before the model exists. All are sent in
both colours by `save`/`asave`, `delete`/`adelete` and the managers of many-to-many relations.

- `class_prepared`: a model class is complete (arguments: none).
- `pre_init`, `post_init`: an instance is being made, was made (`args`, `kwargs`; `instance`).
- `pre_save`, `post_save`: (`instance`, `raw`, `using`, `update_fields`, `created`).
- `pre_delete`, `post_delete`: (`instance`, `using`, `origin`).
- `m2m_changed`: a relation changed; `sender` is its `through` (`instance`, `action`, `reverse`, `model`, `pk_set`, `using`).
- `pre_migrate`, `post_migrate`: sent for each app by `migrate`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manoir.apps import apps
from manoir.signals import Signal

__all__ = [
    "ModelSignal",
    "class_prepared",
    "m2m_changed",
    "post_delete",
    "post_init",
    "post_migrate",
    "post_save",
    "pre_delete",
    "pre_init",
    "pre_migrate",
    "pre_save",
]


class ModelSignal(Signal):
    """A signal whose sender may be named before it exists: `post_save.connect(f, sender="shop.Book")`."""

    def connect(
        self, receiver: Callable[..., Any], sender: object = None, weak: bool = True, dispatch_uid: object = None
    ) -> None:
        """Call `receiver` whenever this signal is sent; see `Signal.connect`.

        Args:
            receiver: a callable of either colour that takes `**kwargs`.
            sender: a model, `"app_label.Model"`, or None for all models.
            weak: keep a weak reference only.
            dispatch_uid: a name under which the receiver is connected once.

        Raises:
            ValueError: `sender` is text, but not of the form `"app_label.Model"`.
        """
        if not isinstance(sender, str):
            super().connect(receiver, sender, weak, dispatch_uid)
            return

        def connect_to(model: Any) -> None:
            Signal.connect(self, receiver, model, weak, dispatch_uid)

        apps.lazy_model_operation(connect_to, model_key(sender))

    def disconnect(
        self, receiver: Callable[..., Any] | None = None, sender: object = None, dispatch_uid: object = None
    ) -> bool:
        """Undo a `connect()`; see `Signal.disconnect`."""
        if isinstance(sender, str):
            sender = apps.get_registered_model(*model_key(sender))
        return super().disconnect(receiver, sender, dispatch_uid)


def model_key(label: str) -> tuple[str, str]:
    """`"shop.Book"` as app label and model name."""
    app_label, dot, name = label.partition(".")
    if not dot or not name or "." in name:
        raise ValueError(f"{label!r} is no sender; use a model class or 'app_label.Model'.")
    return app_label, name.lower()


class_prepared = Signal()
pre_init = ModelSignal(use_caching=True)
post_init = ModelSignal(use_caching=True)
pre_save = ModelSignal(use_caching=True)
post_save = ModelSignal(use_caching=True)
pre_delete = ModelSignal(use_caching=True)
post_delete = ModelSignal(use_caching=True)
m2m_changed = ModelSignal(use_caching=True)
pre_migrate = Signal()
post_migrate = Signal()
