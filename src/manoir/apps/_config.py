"""One app's description, and how it is found from its entry in INSTALLED_APPS."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from manoir.conf import (
    Problem,
    counterpart_hint,
    import_module,
    import_string,
    is_about,
    missing_module_message,
    settings,
)
from manoir.exceptions import ImproperlyConfigured, nearest

if TYPE_CHECKING:
    from manoir.apps._registry import Apps


class AppConfig:
    """The description of one installed app.

    Subclass it in the app's `apps.py` to change what follows from the app's name, or to run code at the end of the
    start. The only subclass there is used without being named; of several, the one with `default = True`.

    Args:
        app_name: dotted path of the app's package.
        app_module: the package itself.

    Attributes:
        name: dotted path of the package, such as "shop.orders". A subclass must set it.
        label: short name, unique in the project, part of table names; the last part of `name` unless set.
        verbose_name: name for people; made of the label unless set.
        path: directory of the app.
        module: the app's package.
        models_module: its `models` module; None until models are loaded, or without such a module.
        default_auto_field: dotted path of the primary key field of models without one; DEFAULT_AUTO_FIELD unless set.
        default: set True to choose this class among several, False never to choose it unless it is named.
        apps: the registry that holds this app.
        models: models by lower-case name; None until models are loaded.

    Example:
        >>> import email
        >>> AppConfig("email", email).label
        'email'
    """

    name: str
    label: str
    verbose_name: str
    path: str
    default: bool

    def __init__(self, app_name: str, app_module: ModuleType) -> None:
        self.name = app_name
        self.module = app_module
        self.apps: Apps | None = None
        self.models_module: ModuleType | None = None
        self.models: dict[str, Any] | None = None
        if not hasattr(self, "label"):
            self.label = app_name.rpartition(".")[2]
        if not self.label.isidentifier():
            raise ImproperlyConfigured(
                f"The label {self.label!r} of the app {app_name!r} is no Python identifier. Set `label` in its AppConfig."
            )
        if not hasattr(self, "verbose_name"):
            self.verbose_name = self.label.title()
        if not hasattr(self, "path"):
            self.path = directory_of(app_module)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.label}>"

    @property
    def default_auto_field(self) -> str:
        """Dotted path of the primary key field of this app's models."""
        return settings.DEFAULT_AUTO_FIELD

    def get_model(self, model_name: str, require_ready: bool = True) -> Any:
        """Return a model of this app by its name, in any case.

        Args:
            model_name: such as "Book".
            require_ready: False allows the question while models are still being loaded.

        Raises:
            LookupError: the app has no such model; near names are given.
            AppRegistryNotReady: models are not loaded yet.
        """
        registry = self._registry()
        if require_ready:
            registry.check_models_ready()
        else:
            registry.check_apps_ready()
        models = registry.all_models[self.label]
        try:
            return models[model_name.lower()]
        except KeyError:
            names = [model.__name__ for model in models.values()]
            listed = f" Models: {', '.join(sorted(names))}." if names else " It has no models."
            raise LookupError(
                f"App {self.label!r} has no model {model_name!r}.{nearest(model_name, names)}{listed}"
            ) from None

    def get_models(self, include_auto_created: bool = False, include_swapped: bool = False) -> Iterator[Any]:
        """Yield the models of this app.

        Args:
            include_auto_created: also the models made for many-to-many fields.
            include_swapped: also models that a setting such as AUTH_USER_MODEL replaces.

        Raises:
            AppRegistryNotReady: models are not loaded yet.
        """
        registry = self._registry()
        registry.check_models_ready()
        for model in registry.all_models[self.label].values():
            if model._meta.auto_created and not include_auto_created:
                continue
            if model._meta.swapped and not include_swapped:
                continue
            yield model

    def import_models(self) -> None:
        """Import the app's `models` module, if it has one; the registry calls this once."""
        self.models = self._registry().all_models[self.label]
        if has_module(self.module, "models"):
            self.models_module = import_module(f"{self.name}.models")

    def ready(self) -> None:
        """Run the app's own code once, when all apps and models are loaded: connect signals, register checks."""

    def _registry(self) -> Apps:
        if self.apps is None:
            raise ImproperlyConfigured(
                f"The app {self.label!r} is in no registry yet; `apps.populate()` puts it there."
            )
        return self.apps

    @classmethod
    def create(cls, entry: str) -> AppConfig:
        """Make the AppConfig for an entry of INSTALLED_APPS.

        Args:
            entry: dotted path of an app's package, or of an AppConfig subclass.

        Raises:
            ImproperlyConfigured: the entry names neither; the message says which part of the path is wrong.
        """
        try:
            module = import_module(entry)
        except ModuleNotFoundError as error:
            if not is_about(error, entry):
                raise
            return create_from_class(entry)
        found = chosen_config(module, entry)
        return create_from(found, entry) if found is not None else AppConfig(entry, module)


def chosen_config(module: ModuleType, entry: str) -> type[AppConfig] | None:
    """Choose the AppConfig subclass of the app's `apps` module, or None for the plain one."""
    if not has_module(module, "apps"):
        return None
    submodule = import_module(f"{entry}.apps")
    found = [
        value
        for value in vars(submodule).values()
        if inspect.isclass(value) and issubclass(value, AppConfig) and value is not AppConfig
    ]
    candidates = [config for config in found if getattr(config, "default", True) is not False]
    marked = [config for config in candidates if getattr(config, "default", False) is True]
    if len(marked) > 1:
        names = ", ".join(config.__name__ for config in marked)
        raise ImproperlyConfigured(f"{submodule.__name__} has several AppConfig classes with default = True: {names}.")
    if marked:
        return marked[0]
    return candidates[0] if len(candidates) == 1 else None


def create_from_class(entry: str) -> AppConfig:
    """Make the AppConfig for an entry that is no module, so it must name a class."""
    module_path, _, name = entry.rpartition(".")
    if not module_path:
        raise ImproperlyConfigured(missing_app_message(entry, entry))
    try:
        found = import_string(entry)
    except ModuleNotFoundError as error:
        if error.name is None or not is_about(error, module_path):
            raise
        raise ImproperlyConfigured(missing_app_message(entry, error.name)) from None
    except ImportError as error:
        if error.name is not None:
            raise  # raised by the module itself
        if not name[0].isupper():
            raise ImproperlyConfigured(missing_app_message(entry, entry)) from None
        raise ImproperlyConfigured(f"INSTALLED_APPS has {entry!r}. {error}") from None
    if not (inspect.isclass(found) and issubclass(found, AppConfig)):
        raise ImproperlyConfigured(
            f"INSTALLED_APPS has {entry!r}, which is neither a package nor an AppConfig subclass."
        )
    return create_from(found, entry)


def create_from(config: type[AppConfig], entry: str) -> AppConfig:
    name = getattr(config, "name", None)
    if not isinstance(name, str):
        raise ImproperlyConfigured(
            f"{config.__module__}.{config.__qualname__} must set `name`, the dotted path of its app."
        )
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if not is_about(error, name):
            raise
        where = f"{config.__module__}.{config.__qualname__}.name (INSTALLED_APPS has {entry!r})"
        raise ImproperlyConfigured(f"{where} is {name!r}, but: {error}") from None
    return config(name, module)


def missing_app_message(entry: str, missing: str) -> str:
    hint = counterpart_hint(entry)
    detail = "" if hint else f" {missing_module_message(entry, missing, entry)}"
    return f"INSTALLED_APPS has {entry!r}, which cannot be found.{detail}{hint}"


def find_app_configs(installed_apps: Iterable[str | AppConfig]) -> tuple[list[AppConfig], list[Problem]]:
    """Make the AppConfigs of INSTALLED_APPS and return them with everything that is wrong with the entries.

    Args:
        installed_apps: entries as in INSTALLED_APPS; ready AppConfigs stand for themselves.
    """
    configs: list[AppConfig] = []
    problems: list[Problem] = []
    labels: dict[str, AppConfig] = {}
    names: set[str] = set()
    for entry in installed_apps:
        try:
            config = AppConfig.create(entry) if isinstance(entry, str) else entry
        except ImproperlyConfigured as error:
            problems.append(Problem("INSTALLED_APPS", str(error)))
            continue
        except Exception as error:
            problems.append(Problem("INSTALLED_APPS", broken_app_message(entry, error), error))
            continue
        if config.name in names:
            problems.append(
                Problem("INSTALLED_APPS", f"INSTALLED_APPS names the app {config.name!r} twice. Remove one.")
            )
        elif config.label in labels:
            problems.append(Problem("INSTALLED_APPS", duplicate_label_message(config, labels[config.label])))
        else:
            configs.append(config)
        names.add(config.name)
        labels.setdefault(config.label, config)
    return configs, problems


def duplicate_label_message(config: AppConfig, other: AppConfig) -> str:
    return (
        f"INSTALLED_APPS has two apps with the label {config.label!r}: {other.name!r} and {config.name!r}. "
        "Labels are unique; set another `label` in the AppConfig of one of them."
    )


def broken_app_message(entry: object, error: Exception) -> str:
    traceback, spot = error.__traceback__, ""
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if not file.startswith("<"):
            spot = f" ({file}, line {traceback.tb_lineno})"
        traceback = traceback.tb_next
    return f"The app {entry!r} cannot be imported: {type(error).__name__}: {error}{spot}."


def has_module(package: ModuleType, name: str) -> bool:
    """Tell whether a package has a module of this name, without importing it."""
    return hasattr(package, "__path__") and find_spec(f"{package.__name__}.{name}") is not None


def directory_of(module: ModuleType) -> str:
    """Return the directory of an app's package."""
    paths = list(dict.fromkeys(getattr(module, "__path__", [])))
    if len(paths) == 1:
        return paths[0]
    file: str | None = getattr(module, "__file__", None)
    if file is not None:
        return str(Path(file).parent)
    raise ImproperlyConfigured(
        f"The app {module.__name__!r} has {'several directories' if paths else 'no directory'}: "
        "add an __init__.py to the one it lives in, or set `path` in its AppConfig."
    )
