"""Writes a migration as a Python file."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from manoir import timezone
from manoir.apps import AppConfig, apps
from manoir.conf import settings
from manoir.exceptions import CommandError
from manoir.migrations._layout import Group, Node, bracketed, laid_out
from manoir.migrations._loader import migrations_module
from manoir.migrations._migration import Migration, SwappableTuple
from manoir.migrations._serializer import Serializer, text

MEMBER_INDENT = 4


class MigrationWriter:
    """The file of one migration.

    Args:
        migration: the migration.
        include_header: begin with a line that says what made the file, and when.
    """

    def __init__(self, migration: Migration, include_header: bool = True) -> None:
        self.migration = migration
        self.include_header = include_header
        self.copied_modules: list[str] = []
        """Migrations out of which the text imports functions, which have to be copied before these are deleted."""

    def as_string(self) -> str:
        """The text of the file.

        Raises:
            ValueError: an argument cannot be written; says why and what to do.
        """
        serializer = Serializer()
        serializer.imports.add("from manoir import migrations")
        members = list(self.members(serializer))
        self.copied_modules = sorted(serializer.migration_modules)
        header = f"# Made by manoir on {self.moment():%Y-%m-%d %H:%M}\n\n" if self.include_header else ""
        return (
            f"{header}{import_lines(serializer.imports)}\n\nclass Migration(migrations.Migration):\n"
            + "\n\n".join(members)
            + "\n"
        )

    def moment(self) -> dt.datetime:
        return timezone.now()

    def members(self, serializer: Serializer) -> Iterable[str]:
        """The attributes of the class, laid out."""
        migration = self.migration
        if migration.replaces:
            yield member("replaces", bracketed("[", [serializer.node(key) for key in migration.replaces], "]"))
        if migration.initial:
            yield member("initial", "True")
        if not migration.atomic:
            yield member("atomic", "False")
        dependencies = [self.dependency(one, serializer) for one in migration.dependencies]
        yield member("dependencies", bracketed("[", dependencies, "]"))
        if migration.run_before:
            yield member("run_before", bracketed("[", [serializer.node(key) for key in migration.run_before], "]"))
        yield member("operations", bracketed("[", [serializer.node(one) for one in migration.operations], "]"))

    def dependency(self, key: Any, serializer: Serializer) -> Node:
        if isinstance(key, SwappableTuple):
            setting = serializer.setting(key.setting) if key.setting.isupper() else text(key.setting)
            return f"migrations.swappable_dependency({setting})"
        return serializer.node(tuple(key))

    @property
    def filename(self) -> str:
        """Name of the file."""
        return f"{self.migration.name}.py"

    @property
    def directory(self) -> Path:
        """Directory of the app's migrations; it need not exist yet.

        Raises:
            CommandError: MIGRATION_MODULES says that the app has none, or its package cannot be found.
        """
        return directory_of(apps.get_app_config(self.migration.app_label))

    @property
    def path(self) -> Path:
        """Path of the file."""
        return self.directory / self.filename

    def write(self) -> Path:
        """Write the file, with the package around it when that does not exist."""
        content = self.as_string()  # first: what cannot be written leaves nothing behind
        directory = self.directory
        directory.mkdir(parents=True, exist_ok=True)
        package = directory / "__init__.py"
        if not package.exists():
            package.touch()
        self.path.write_text(content, encoding="utf-8")
        return self.path


def directory_of(config: AppConfig) -> Path:
    module = migrations_module(config)
    if module is None:
        raise CommandError(
            f"MIGRATION_MODULES says that {config.label!r} has no migrations. Remove its entry to make some."
        )
    if config.label not in settings.MIGRATION_MODULES:
        return Path(config.path) / "migrations"
    loaded = sys.modules.get(module)
    if loaded is not None and getattr(loaded, "__path__", None):
        return Path(next(iter(loaded.__path__)))
    parent, _dot, name = module.rpartition(".")
    for entry in sys.path:
        base = Path(entry or ".").joinpath(*parent.split(".")) if parent else Path(entry or ".")
        if base.is_dir() and (not parent or (base / "__init__.py").exists()):
            return base / name
    raise CommandError(
        f"MIGRATION_MODULES[{config.label!r}] is {module!r}, but there is no package {parent!r}. Create it first."
    )


def shown_path(path: Path) -> str:
    """A path relative to the working directory, where it is below it."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return str(path) if relative.startswith("..") else relative


def member(name: str, node: Node) -> str:
    """`name = value` inside the class; operations stand one below the other whatever their length."""
    before = f"{' ' * MEMBER_INDENT}{name} = "
    if name == "operations" and isinstance(node, Group) and node.items:
        pad = " " * (2 * MEMBER_INDENT)
        lines = [f"{pad}{laid_out(item, len(pad), len(pad), 1)}," for _before, item in node.items]
        return "\n".join([f"{before}[", *lines, f"{' ' * MEMBER_INDENT}]"])
    return before + laid_out(node, MEMBER_INDENT, len(before))


def import_lines(imports: set[str]) -> str:
    """Imports in the order of formatters: the standard library, packages, the project."""
    plain = sorted({line.removeprefix("import ") for line in imports if line.startswith("import ")})
    rooms = sorted({line.rpartition(" ")[2] for line in imports if line.startswith("from manoir import ")})
    others = sorted(line for line in imports if line.startswith("from ") and not line.startswith("from manoir import "))
    groups: list[list[str]] = [[], [], []]
    for module in plain:
        groups[group_of(module)].append(f"import {module}")
    groups[1] += [f"from manoir import {', '.join(rooms)}"] if rooms else []
    for line in others:
        groups[min(group_of(line.split()[1]), 1)].append(line)
    return "\n\n".join(["\n".join(lines) for lines in groups if lines]) + "\n"


def group_of(module: str) -> int:
    top = module.split(".")[0]
    if top in sys.stdlib_module_names:
        return 0
    path = str(getattr(sys.modules.get(top), "__file__", "") or "")
    return 1 if top == "manoir" or "site-packages" in path or "dist-packages" in path else 2
