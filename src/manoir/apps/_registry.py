"""The registry of installed apps and of all models, filled once, in three steps: apps, models, `ready()`."""

from __future__ import annotations

import sys
import threading
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from manoir.apps._config import AppConfig, find_app_configs
from manoir.apps._pending import ModelKey, Operation, PendingOperations
from manoir.conf import report
from manoir.exceptions import AppRegistryNotReady, nearest


class Apps:
    """A registry of apps and models.

    The one of the process is `manoir.apps.apps`; migrations and tests make their own.

    Args:
        installed_apps: entries to populate with at once; None leaves it to `populate()`.

    Attributes:
        app_configs: apps by label, in the order of INSTALLED_APPS.
        all_models: models by lower-case name, by app label.
        apps_ready: True once all apps are known.
        models_ready: True once all models are loaded.
        ready: True once every app's `ready()` has run.

    Example:
        >>> [config.label for config in Apps(["email"]).get_app_configs()]
        ['email']
    """

    def __init__(self, installed_apps: Iterable[str | AppConfig] | None = ()) -> None:
        self.all_models: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self.app_configs: dict[str, AppConfig] = {}
        self.apps_ready = self.models_ready = self.ready = False
        self._stored_configs: list[dict[str, AppConfig]] = []
        self._lock = threading.RLock()
        self._populating = False
        self._pending = PendingOperations()
        self._models: dict[tuple[bool, bool], list[Any]] = {}
        if installed_apps is not None:
            self.populate(installed_apps)

    # -- filling --------------------------------------------------------------------------------------------------

    def populate(self, installed_apps: Iterable[str | AppConfig] = ()) -> None:
        """Load apps and models, then call every app's `ready()`. Further calls do nothing; other threads wait.

        Args:
            installed_apps: entries as in INSTALLED_APPS, or ready AppConfigs.

        Raises:
            ImproperlyConfigured: all entries that are wrong, in one message.
            RuntimeError: an app calls this while it is being loaded.
        """
        if self.ready:
            return
        with self._lock:
            if self.ready:
                return
            if self._populating:
                raise RuntimeError(
                    "populate() was called while apps are being loaded; an app must not call manoir.setup()."
                )
            self._populating = True
            try:
                self._populate(installed_apps)
            except BaseException:
                self.app_configs = {}
                self.apps_ready = self.models_ready = False
                raise
            finally:
                self._populating = False

    def _populate(self, installed_apps: Iterable[str | AppConfig]) -> None:
        configs, problems = find_app_configs(installed_apps)
        if problems:
            raise report(problems, "INSTALLED_APPS")
        self._install(configs, set())

    def _install(self, configs: list[AppConfig], loaded: set[str]) -> None:
        self.app_configs = {config.label: config for config in configs}
        for config in configs:
            config.apps = self
        self.apps_ready = True
        new = [config for config in configs if config.name not in loaded]
        for config in new:
            config.import_models()
        self.models_ready = True
        for config in new:
            config.ready()
        self.ready = True
        self.clear_cache()

    def check_apps_ready(self) -> None:
        """Raise AppRegistryNotReady unless all apps are known."""
        if not self.apps_ready:
            raise AppRegistryNotReady(
                "Apps are not loaded yet. Call manoir.setup() first; commands and servers do it for you."
            )

    def check_models_ready(self) -> None:
        """Raise AppRegistryNotReady unless all models are loaded."""
        self.check_apps_ready()
        if not self.models_ready:
            raise AppRegistryNotReady(
                "Models are not loaded yet: some app is still importing its models. Ask later, in AppConfig.ready() or a function."
            )

    # -- apps -----------------------------------------------------------------------------------------------------

    def get_app_configs(self) -> list[AppConfig]:
        """Return all apps, in the order of INSTALLED_APPS."""
        self.check_apps_ready()
        return list(self.app_configs.values())

    def get_app_config(self, app_label: str) -> AppConfig:
        """Return the app with this label.

        Raises:
            LookupError: no installed app has it; near labels are given.
        """
        self.check_apps_ready()
        try:
            return self.app_configs[app_label]
        except KeyError:
            by_name = [config.label for config in self.app_configs.values() if config.name == app_label]
            hint = f" Did you mean {by_name[0]!r}?" if by_name else nearest(app_label, self.app_configs)
            raise LookupError(f"No installed app has the label {app_label!r}.{hint}") from None

    def is_installed(self, app_name: str) -> bool:
        """Tell whether an app is installed, by its name (the dotted path of its package)."""
        self.check_apps_ready()
        return any(config.name == app_name for config in self.app_configs.values())

    def get_containing_app_config(self, object_name: str) -> AppConfig | None:
        """Return the innermost app that contains a module or object, by its dotted path; None when none does."""
        self.check_apps_ready()
        containing = [c for c in self.app_configs.values() if f"{object_name}.".startswith(f"{c.name}.")]
        return max(containing, key=lambda config: len(config.name), default=None)

    # -- models ---------------------------------------------------------------------------------------------------

    def get_models(self, include_auto_created: bool = False, include_swapped: bool = False) -> list[Any]:
        """Return the models of all installed apps.

        Args:
            include_auto_created: also the models made for many-to-many fields.
            include_swapped: also models that a setting such as AUTH_USER_MODEL replaces.
        """
        self.check_models_ready()
        key = (include_auto_created, include_swapped)
        if key not in self._models:
            self._models[key] = [model for config in self.app_configs.values() for model in config.get_models(*key)]
        return list(self._models[key])

    def get_model(self, app_label: str, model_name: str | None = None, require_ready: bool = True) -> Any:
        """Return a model: `get_model("shop.Book")` or `get_model("shop", "Book")`, in any case.

        Args:
            app_label: label of the app; or label and model with a dot between.
            model_name: name of the model, when the first argument is a label only.
            require_ready: False allows the question while models are still being loaded.

        Raises:
            LookupError: there is no such app or model; near names are given.
            ValueError: the only argument is no "label.Model".
            AppRegistryNotReady: models are not loaded yet.
        """
        if require_ready:
            self.check_models_ready()
        else:
            self.check_apps_ready()
        if model_name is None:
            app_label, dot, model_name = app_label.partition(".")
            if not dot or not model_name or "." in model_name:
                raise ValueError(f"{app_label + dot + model_name!r} is no model: write 'app_label.Model'.")
        return self.get_app_config(app_label).get_model(model_name, require_ready=require_ready)

    def get_registered_model(self, app_label: str, model_name: str) -> Any:
        """Return a model that has been declared, whether the registry is ready or not.

        Raises:
            LookupError: no such model has been declared.
        """
        found = self.all_models[app_label].get(model_name.lower())
        if found is None:
            raise LookupError(
                f"No model {app_label}.{model_name} has been declared yet: is its module imported, and its app in INSTALLED_APPS?"
            )
        return found

    def register_model(self, app_label: str, model: Any) -> None:
        """Add a model; its class calls this when it is made.

        Raises:
            RuntimeError: the app has another model of this name.
        """
        name = model.__name__.lower()
        models = self.all_models[app_label]
        known = models.get(name)
        if known is not None:
            if (known.__name__, known.__module__) != (model.__name__, model.__module__):
                raise RuntimeError(
                    f"App {app_label!r} has two models called {name!r}: {known.__module__}.{known.__qualname__} and "
                    f"{model.__module__}.{model.__qualname__}. Rename one, or set another Meta.app_label."
                )
            warnings.warn(
                f"Model '{app_label}.{model.__name__}' was declared again. The new class replaces the old one, but "
                "relations of the old one may still be in use: give models of tests names of their own.",
                RuntimeWarning,
                stacklevel=caller_outside("manoir"),
            )
        models[name] = model
        self.clear_cache()
        for operation in self._pending.arrived((app_label, name)):
            self._run(operation)

    def lazy_model_operation(self, function: Callable[..., object], *model_keys: ModelKey) -> None:
        """Call `function(*models)` as soon as all models are declared; at once when they are.

        Args:
            function: gets the models in the order of the keys.
            *model_keys: pairs of app label and model name, in any case.
        """
        keys = tuple((label, name.lower()) for label, name in model_keys)
        with self._lock:
            missing = {key for key in keys if key[1] not in self.all_models[key[0]]}
            operation = Operation(function, keys, missing)
            self._pending.add(operation)
        if not missing:
            self._run(operation)

    @property
    def pending_operations(self) -> PendingOperations:
        """What still waits for models; checks report it."""
        return self._pending

    def clear_cache(self) -> None:
        """Forget what was derived from the set of models, here and in each model's `_meta`."""
        self._models = {}
        if self.ready:
            for models in self.all_models.values():
                for model in models.values():
                    model._meta.expire_caches()

    def _run(self, operation: Operation) -> None:
        operation.function(*(self.all_models[label][name] for label, name in operation.keys))

    # -- changing the installed apps, for tests -------------------------------------------------------------------

    def set_installed_apps(self, installed_apps: Iterable[str | AppConfig]) -> None:
        """Replace the installed apps, until `unset_installed_apps()`; tests that change INSTALLED_APPS call it.

        Apps that stay keep their AppConfig and do not run `ready()` again.

        Raises:
            AppRegistryNotReady: the registry was never populated.
            ImproperlyConfigured: all entries that are wrong; the former apps stay installed then.
        """
        if not self.ready:
            raise AppRegistryNotReady("set_installed_apps() replaces loaded apps. Call manoir.setup() first.")
        self._stored_configs.append(self.app_configs)
        known = {config.name: config for config in self.app_configs.values()}
        self.app_configs = {}
        self.apps_ready = self.models_ready = self.ready = False
        self.clear_cache()
        try:
            # An entry may name a class: the kept AppConfig is recognised by the name of its app.
            configs, problems = find_app_configs(installed_apps)
            if problems:
                raise report(problems, "INSTALLED_APPS")
            self._install([known.get(config.name, config) for config in configs], set(known))
        except BaseException:
            self.unset_installed_apps()
            raise

    def unset_installed_apps(self) -> None:
        """Undo the last `set_installed_apps()`."""
        self.app_configs = self._stored_configs.pop()
        self.apps_ready = self.models_ready = self.ready = True
        self.clear_cache()


def caller_outside(package: str) -> int:
    """Return the `stacklevel` of the first caller that is not part of a package."""
    level, frame = 1, sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).split(".")[0] == package:
        level, frame = level + 1, frame.f_back
    return level


apps = Apps(installed_apps=None)
"""The apps of this process."""
