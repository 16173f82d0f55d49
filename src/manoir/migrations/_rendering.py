"""Historical models as classes, in a registry of their own."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from manoir.apps import Apps, apps
from manoir.exceptions import InvalidBasesError, nearest
from manoir.migrations._references import ModelKey
from manoir.models import ModelBase

if TYPE_CHECKING:
    from manoir.migrations._state import ModelState

MODULE = "__migrations__"
"""Module that historical models say they come from: they can be used, not imported or pickled."""


class StateApps(Apps):
    """A registry of historical models, as `RunPython` gets it.

    Args:
        models: the models by key.
        plain: leave out many-to-many fields, for compiling conditions.

    Raises:
        InvalidBasesError: bases of a model cannot be found.
        ValueError: relations point to models that do not exist at this point.
    """

    def __init__(self, models: Mapping[ModelKey, ModelState], *, plain: bool = False) -> None:
        super().__init__(None)
        self.app_configs = dict(apps.app_configs)
        self.apps_ready = self.models_ready = True
        self._render(dict(models), plain=plain)
        if not plain:
            self._refuse_dangling()
        self.ready = True
        self.clear_cache()

    def _render(self, waiting: dict[ModelKey, ModelState], *, plain: bool) -> None:
        while waiting:
            left = {key: state for key, state in waiting.items() if not self._render_one(state, plain=plain)}
            if len(left) == len(waiting):
                names = ", ".join(f"{state.label} (bases {list(state.bases)})" for state in left.values())
                raise InvalidBasesError(f"The bases of these historical models cannot be found: {names}.")
            waiting = left

    def _render_one(self, state: ModelState, *, plain: bool) -> bool:
        bases: list[Any] = []
        for base in state.bases:
            if isinstance(base, str):
                label, name = base.lower().split(".")
                if name not in self.all_models[label]:
                    return False
                base = self.all_models[label][name]
            bases.append(base)
        options = {name: value for name, value in state.options.items() if name not in ("indexes", "constraints")}
        if not plain:
            options |= {"indexes": list(state.options["indexes"]), "constraints": list(state.options["constraints"])}
        meta = type("Meta", (), {"app_label": state.app_label, "apps": self, **options})
        fields = {name: field.clone() for name, field in state.fields.items() if not (plain and field.many_to_many)}
        managers = {name: copy.copy(manager) for name, manager in state.managers}
        body = {"__module__": MODULE, "__doc__": "", "Meta": meta, **fields, **managers}
        ModelBase(state.name, tuple(bases), body)
        return True

    def _refuse_dangling(self) -> None:
        missing = self.pending_operations.keys()
        if not missing:
            return
        names = ", ".join(f"{label}.{name}" for label, name in sorted(missing))
        raise ValueError(
            f"Relations of migrations point to models that do not exist at this point: {names}. "
            "Add the migration that creates them to the dependencies, or the app to INSTALLED_APPS."
        )

    def get_model(self, app_label: str, model_name: str | None = None, require_ready: bool = True) -> Any:
        """The historical model: `get_model("shop.Book")` or `get_model("shop", "Book")`.

        Raises:
            LookupError: the history knows no such model at this point.
        """
        if model_name is None:
            app_label, _dot, model_name = app_label.partition(".")
        models = self.all_models.get(app_label, {})
        found = models.get(model_name.lower())
        if found is None:
            hint = nearest(model_name, [model.__name__ for model in models.values()])
            raise LookupError(f"No model '{app_label}.{model_name}' exists at this point of the migrations.{hint}")
        return found

    def get_models(self, include_auto_created: bool = False, include_swapped: bool = False) -> list[Any]:
        """All historical models."""
        return list(self._chosen(include_auto_created, include_swapped))

    def _chosen(self, include_auto_created: bool, include_swapped: bool) -> Iterator[Any]:
        for models in self.all_models.values():
            for model in models.values():
                meta = model._meta
                if (include_auto_created or not meta.auto_created) and (include_swapped or not meta.swapped):
                    yield model
