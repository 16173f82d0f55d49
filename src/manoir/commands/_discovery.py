"""Finding commands by name: file names are read, nothing is imported until a command runs."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from manoir.apps import apps
from manoir.commands._base import BaseCommand
from manoir.conf import import_module
from manoir.exceptions import CommandError, nearest

_packages = ["manoir.cli.commands", "manoir.migrations.commands", "manoir.serializers.commands"]
"""Packages with manoir's own commands; an app's command of the same name wins."""


def register_package(package: str) -> None:
    """Add a package of commands, by its dotted path; nothing is imported.

    Example:
        >>> register_package("manoir.cli.commands")
    """
    if package not in _packages:
        _packages.append(package)


def get_commands() -> dict[str, str]:
    """Return the names of all commands, with the app (or package) that each comes from.

    Apps come from INSTALLED_APPS; of two with a command of the same name the first wins. Before `manoir.setup()` only
    manoir's own commands are known.
    """
    return {name: owner_of(package) for name, package in sorted(command_packages().items())}


def command_packages() -> dict[str, str]:
    """Return the dotted package of each command, by name."""
    found: dict[str, str] = {}
    for package in _packages:
        found.update(dict.fromkeys(module_names(package_directory(package)), package))
    if apps.ready:
        for config in reversed(apps.get_app_configs()):
            names = module_names(str(Path(config.path) / "management" / "commands"))
            found.update(dict.fromkeys(names, f"{config.name}.management.commands"))
    return found


def owner_of(package: str) -> str:
    return package.removesuffix(".commands").removesuffix(".management")


@lru_cache(maxsize=256)
def module_names(directory: str) -> tuple[str, ...]:
    """Return the names of the public modules in a directory."""
    modules = pkgutil.iter_modules([directory]) if directory else ()
    return tuple(module.name for module in modules if not module.ispkg and not module.name.startswith("_"))


@lru_cache(maxsize=64)
def package_directory(package: str) -> str:
    """Return the directory of a package without importing it (or what is above it, save the first part); "" if none."""
    root, *parts = package.split(".")
    spec = find_spec(root)
    paths = list(spec.submodule_search_locations or []) if spec else []
    directories = (Path(path).joinpath(*parts) for path in paths)
    return next((str(directory) for directory in directories if directory.is_dir()), "")


def load_command(name: str) -> BaseCommand:
    """Import a command and make it.

    Raises:
        CommandError: there is no such command (near names are given), or its module has no class `Command`.
    """
    packages = command_packages()
    if name not in packages:
        known = "" if apps.ready else " Commands of apps are known after manoir.setup() only."
        raise CommandError(f"Unknown command: {name!r}.{nearest(name, packages)}{known}")
    return load_from(packages[name], name)


def load_command_class(app_name: str, name: str) -> BaseCommand:
    """Import the command `name` of an app, given by its dotted path, and make it."""
    return load_from(f"{app_name}.management.commands", name)


def load_from(package: str, name: str) -> BaseCommand:
    module = import_module(f"{package}.{name}")
    command: Any = getattr(module, "Command", None)
    if not (isinstance(command, type) and issubclass(command, BaseCommand)):
        raise CommandError(f"{module.__name__} has no class Command that derives from manoir.commands.BaseCommand.")
    return command()
