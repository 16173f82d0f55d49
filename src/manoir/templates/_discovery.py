"""Where libraries of tags come from: `templatetags` packages of apps, modules by path, rooms that register theirs."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from manoir.apps import apps
from manoir.exceptions import InvalidTemplateLibrary

if TYPE_CHECKING:
    from manoir.templates._library import Library

FRAMEWORK = ("manoir.security",)
"""Rooms above this one whose tags every template knows, also in a script or test that loads no middleware."""

_builtins: list[Library] = []
_libraries: dict[str, Library] = {}
_modules: dict[str, dict[str, str]] = {}


def register_builtins(library: Library, name: str | None = None) -> None:
    """Make the tags and filters of a library known to every template, without `{% load %}`. For rooms and packages.

    Args:
        library: the library.
        name: a name under which `{% load %}` accepts it too, for templates that load it by habit (`static`).

    Example:
        >>> register = Library()
        >>> @register.simple_tag
        ... def answer():
        ...     return 42
        >>> register_builtins(register)
        >>> Template("{% answer %}").render()
        Markup('42')
    """
    if library not in _builtins:
        _builtins.append(library)
    if name is not None:
        _libraries[name] = library


def registered_builtins() -> list[Library]:
    """Return the libraries that need no `{% load %}`; imports the rooms that register theirs."""
    for room in FRAMEWORK:
        import_module(room)
    return _builtins


def registered_libraries() -> dict[str, Library]:
    return _libraries


def app_libraries() -> dict[str, str]:
    """Return the modules in the `templatetags` packages of all apps by name; later apps win."""
    if not apps.ready:
        return {}
    found: dict[str, str] = {}
    for config in apps.get_app_configs():
        package = f"{config.name}.templatetags"
        if package not in _modules:
            _modules[package] = modules_of(package)
        found.update(_modules[package])
    return found


def modules_of(package: str) -> dict[str, str]:
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return {}
    return {info.name: f"{package}.{info.name}" for info in pkgutil.iter_modules(spec.submodule_search_locations)}


def import_library(path: str) -> Library:
    """Return the library of a module.

    Raises:
        InvalidTemplateLibrary: the module cannot be imported or has no `register`.
    """
    try:
        module = import_module(path)
    except ImportError as error:
        raise InvalidTemplateLibrary(f"The template library {path} cannot be imported: {error}") from error
    library: Any = getattr(module, "register", None)
    if not hasattr(library, "filter_entries"):
        raise InvalidTemplateLibrary(f"The template library {path} has no `register = Library()`.")
    return library
