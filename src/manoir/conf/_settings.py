"""The settings object: loaded once from a module or by `configure()`, then read at the price of a dict look-up."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar

from manoir.conf._defaults import Defaults, default_values, known_settings
from manoir.conf._environment import collect_problems
from manoir.conf._imports import is_about, missing_module_message
from manoir.conf._problems import Problem, report
from manoir.conf._validation import find_problems
from manoir.exceptions import ImproperlyConfigured, SettingNotFound, nearest

P = ParamSpec("P")
R = TypeVar("R")

ENVIRONMENT_VARIABLE = "MANOIR_SETTINGS_MODULE"
"""Name of the environment variable that holds the dotted path of the settings module."""

ChangeCallback: TypeAlias = Callable[[str, Any, bool], object]
"""Called with the name of a setting, its value from now on, and whether an override begins (True) or ends (False)."""

# Editors and checkers see the known settings with their types; at run time they live in the instance's `__dict__`.
_Known = Defaults if TYPE_CHECKING else object


class Settings(_Known):
    """The settings of this process.

    The first read loads the module that MANOIR_SETTINGS_MODULE names, unless `configure()` was called before. Names
    are upper case; a name that neither the project nor manoir defines raises SettingNotFound.

    Example:
        >>> settings = Settings()
        >>> settings.configure(DEBUG=True)
        >>> settings.DEBUG, settings.APPEND_SLASH
        (True, True)
    """

    # hot path: benchmarks/foundations.py (a loaded setting is an entry of `__dict__`; `__getattr__` runs on a miss only)

    def __init__(self) -> None:
        state = self.__dict__
        state["_loaded"] = False
        state["_where"] = "no settings"
        state["_explicit"] = frozenset[str]()
        state["_lock"] = threading.RLock()
        state["_loading"] = False
        state["_callbacks"] = list[ChangeCallback]()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        state = self.__dict__
        if not state["_loaded"]:
            self._load_for(name)
            if name in state:
                return state[name]
        raise SettingNotFound(
            f"settings.{name} does not exist: {state['_where']} does not define {name}, and manoir has no default for it."
            + nearest(name, self)
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.isupper():
            raise AttributeError(f"settings.{name} cannot be set: names of settings are upper case.")
        if not self.__dict__["_loaded"]:
            self._load_for(name)
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        getattr(self, name)
        del self.__dict__[name]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *known_settings(), *self})

    def __iter__(self) -> Iterator[str]:
        return iter([name for name in self.__dict__ if name.isupper()])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.isupper() and name in self.__dict__

    def __repr__(self) -> str:
        return f"<Settings of {self.__dict__['_where']}>"

    @property
    def configured(self) -> bool:
        """True once the settings are loaded."""
        return self.__dict__["_loaded"]

    @property
    def where(self) -> str:
        """Where the settings come from, for messages: the module with its file."""
        return self.__dict__["_where"]

    @property
    def explicit_names(self) -> frozenset[str]:
        """Names that the project defines itself."""
        return self.__dict__["_explicit"]

    def configure(self, default_settings: object = None, /, **values: Any) -> None:
        """Set the settings by hand, for scripts and tests, instead of loading a module.

        Args:
            default_settings: an object or module whose upper-case attributes stand over manoir's defaults.
            **values: settings by name.

        Raises:
            RuntimeError: the settings are configured already.
            TypeError: a name is not upper case.
        """
        wrong = [name for name in values if not name.isupper()]
        if wrong:
            raise TypeError(f"settings.configure() takes upper-case names only, not {', '.join(wrong)}.")
        with self.__dict__["_lock"]:
            if self.configured:
                raise RuntimeError(
                    f"The settings are configured already ({self.__dict__['_where']}). "
                    "Call settings.configure() once, before anything reads a setting; settings.override() changes them later."
                )
            explicit = {name: getattr(default_settings, name) for name in dir(default_settings) if name.isupper()}
            self._take({**explicit, **values}, "settings.configure()")

    def is_overridden(self, setting: str) -> bool:
        """Tell whether the project defines this setting itself, instead of relying on manoir's default."""
        if not self.configured:
            self._load_for(setting)
        return setting in self.__dict__["_explicit"]

    def override(self, **changes: Any) -> Override:
        """Change settings for the time of a block or of a function, sync or async, for the whole process.

        Args:
            **changes: settings by name.

        Returns:
            A context manager that is also a decorator.

        Example:
            >>> settings = Settings()
            >>> settings.configure()
            >>> with settings.override(APPEND_SLASH=False):
            ...     settings.APPEND_SLASH
            False
        """
        return Override(self, changes)

    def on_change(self, callback: ChangeCallback) -> ChangeCallback:
        """Call `callback(name, value, enter)` for each setting that an override changes and, at its end, restores.

        Returns:
            The callback, so that this is a decorator too.
        """
        self.__dict__["_callbacks"].append(callback)
        return callback

    # -- loading --------------------------------------------------------------------------------------------------

    def load(self) -> list[Problem]:
        """Load the settings unless they are, and return everything that is wrong with them.

        `setup()` reports these together with problems of apps and logging. Problems of the environment leave
        placeholders in the settings, so whoever calls this reports them and then calls `unload()`.

        Raises:
            ImproperlyConfigured: there is no settings module, or it cannot be imported.
        """
        with self.__dict__["_lock"]:
            problems = [] if self.configured else self._load_module("setup()")
            names = {problem.name for problem in problems}
            found = find_problems(dict(self._items()), self.__dict__["_explicit"])
            return problems + [problem for problem in found if problem.name not in names]

    def unload(self) -> None:
        """Forget the settings, so that the next read loads them anew; the settings module is imported again then."""
        with self.__dict__["_lock"]:
            module = self.__dict__.get("SETTINGS_MODULE", "")
            sys.modules.pop(module, None)
            for name in list(self):
                del self.__dict__[name]
            self.__dict__.update(_loaded=False, _where="no settings", _explicit=frozenset[str]())

    def _load_for(self, name: str) -> None:
        with self.__dict__["_lock"]:
            if self.configured:
                return
            problems = self._load_module(f"settings.{name}")
            if problems:
                where = self.where
                self.unload()
                raise report(problems, where)

    def _load_module(self, reader: str) -> list[Problem]:
        path = os.environ.get(ENVIRONMENT_VARIABLE, "")
        state = self.__dict__
        if not path:
            raise ImproperlyConfigured(no_module_message(reader))
        if state["_loading"]:
            raise ImproperlyConfigured(
                f"{reader} was read while {path} is still being imported: the settings module (or a module it imports) "
                "needs settings that do not exist yet. Import that module later, or read the value in a function."
            )
        state["_loading"] = True
        try:
            with collect_problems() as problems:
                module = import_settings(path, problems)
        finally:
            state["_loading"] = False
        self._take(uppercase_names(module), f"{path} ({module.__file__})")
        state["SETTINGS_MODULE"] = path
        return problems

    def _take(self, explicit: dict[str, Any], where: str) -> None:
        state = self.__dict__
        state.update(default_values())
        state["SETTINGS_MODULE"] = ""
        state.update(explicit)
        state["_explicit"] = frozenset(explicit)
        state["_where"] = where
        state["_loaded"] = True

    def _items(self) -> Iterable[tuple[str, Any]]:
        return ((name, value) for name, value in self.__dict__.items() if name.isupper() and name != "SETTINGS_MODULE")


class Override:
    """Settings changed for the time of a block or function; made by `settings.override()`."""

    def __init__(self, settings: Settings, changes: dict[str, Any]) -> None:
        self.settings = settings
        self.changes = changes
        self.previous: list[dict[str, Any]] = []

    def __enter__(self) -> Settings:
        for name in self.changes:
            if not name.isupper():
                raise TypeError(f"settings.override() takes upper-case names only, not {name!r}.")
        if not self.settings.configured:
            self.settings._load_for(next(iter(self.changes), "override()"))
        values = self.settings.__dict__
        self.previous.append({name: values[name] for name in self.changes if name in values})
        values.update(self.changes)
        try:
            self._notify(enter=True)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self.settings

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        values, previous = self.settings.__dict__, self.previous.pop()
        for name in self.changes:
            if name in previous:
                values[name] = previous[name]
            else:
                values.pop(name, None)
        self._notify(enter=False)

    async def __aenter__(self) -> Settings:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def overridden(*args: P.args, **kwargs: P.kwargs) -> Any:
                with Override(self.settings, self.changes):
                    return await function(*args, **kwargs)

            return overridden  # pyright: ignore[reportReturnType]  # the coroutine function stands for R = Coroutine

        @functools.wraps(function)
        def overridden_sync(*args: P.args, **kwargs: P.kwargs) -> R:
            with Override(self.settings, self.changes):
                return function(*args, **kwargs)

        return overridden_sync

    def _notify(self, *, enter: bool) -> None:
        for name in self.changes:
            value = self.settings.__dict__.get(name)
            for callback in list(self.settings.__dict__["_callbacks"]):
                callback(name, value, enter)


def uppercase_names(module: ModuleType) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if name.isupper()}


def no_module_message(reader: str) -> str:
    """Say that no settings are configured, and which settings modules the working directory offers."""
    found = sorted(".".join(path.with_suffix("").parts) for path in Path().glob("*/settings.py"))[:3]
    example = f'"{found[0]}"' if found else 'for example "shop.settings"'
    return (
        f"{reader} needs settings, but none are configured: the environment variable {ENVIRONMENT_VARIABLE} is not set. "
        f"Set it to the dotted path of your settings module ({example}), pass --settings to the command, "
        "or call settings.configure() first."
    )


def import_settings(path: str, problems: list[Problem]) -> ModuleType:
    """Import the settings module; an error says which module, where in it, and what to do.

    Args:
        path: dotted path of the module.
        problems: what the environment casts have found so far; reported along when the import fails.
    """
    try:
        __import__(path)
        return sys.modules[path]
    except ImproperlyConfigured:
        raise
    except ModuleNotFoundError as error:
        if is_about(error, path):
            missing = missing_module_message(path, error.name or path, path)
            raise ImproperlyConfigured(
                f"The settings module {path!r} cannot be found. {missing} It is named by {ENVIRONMENT_VARIABLE} (or "
                f"--settings); Python looks for it first in {Path(sys.path[0] if sys.path else '.').resolve()}."
            ) from None
        raise broken_settings(path, error, problems) from error
    except Exception as error:
        raise broken_settings(path, error, problems) from error


def broken_settings(path: str, error: Exception, problems: list[Problem]) -> ImproperlyConfigured:
    """Return the error for a settings module that raised while it was imported."""
    crash = (
        f"The settings module {path!r} cannot be imported: {type(error).__name__}: {error} ({line_of(error, path)})."
    )
    if isinstance(error, ModuleNotFoundError):
        crash += f" Install the package that provides {error.name!r}, or correct the import."
    if not problems:
        return ImproperlyConfigured(crash)
    return report([*problems, Problem("", crash)], path)


def line_of(error: Exception, path: str) -> str:
    """Return file and line of the error: the last line of the settings module on its traceback."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}"
    spot, traceback, last = "", error.__traceback__, ""
    while traceback is not None:
        last = f"{traceback.tb_frame.f_code.co_filename}, line {traceback.tb_lineno}"
        if traceback.tb_frame.f_globals.get("__name__") == path:
            spot = last
        traceback = traceback.tb_next
    return spot or last


settings = Settings()
"""The settings of this process."""
