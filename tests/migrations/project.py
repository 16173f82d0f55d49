"""Apps that tests write into a directory of their own, install, change and migrate by the real commands."""

from __future__ import annotations

import importlib
import itertools
import sys
import textwrap
from io import StringIO
from pathlib import Path
from typing import Any

from manoir.apps import apps
from manoir.commands import acall_command

numbers = itertools.count(1)


class Project:
    """A directory of apps; `label` and package of the first one are `shop1`, `shop2` …, new for each test."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.labels: list[str] = []
        self.installed = False
        sys.path.insert(0, str(directory))

    def app(self, models: str, label: str | None = None, *, migrations: bool = True) -> str:
        """Write an app; answer its label."""
        label = label or f"shop{next(numbers)}"
        package = self.directory / label
        package.mkdir()
        (package / "__init__.py").touch()
        if migrations:
            (package / "migrations").mkdir()
            (package / "migrations" / "__init__.py").touch()
        self.labels.append(label)
        self.models(models, label)
        return label

    def models(self, source: str, label: str | None = None) -> None:
        """Write (or replace) the models of an app and load them."""
        label = label or self.labels[0]
        text = "from manoir import models\n" + textwrap.dedent(source)
        (self.directory / label / "models.py").write_text(text)
        self.load()

    def migration(self, name: str, source: str, label: str | None = None) -> None:
        """Write a migration by hand."""
        label = label or self.labels[0]
        text = "from manoir import migrations, models\n\n\n" + textwrap.dedent(source)
        (self.directory / label / "migrations" / f"{name}.py").write_text(text)
        self.forget_modules()

    def load(self) -> None:
        """Install all apps anew."""
        self.unload()
        apps.set_installed_apps(["tests.library", *self.labels])
        self.installed = True

    def unload(self) -> None:
        if self.installed:
            apps.unset_installed_apps()
            self.installed = False
        self.forget_modules()
        for label in self.labels:
            apps.all_models.pop(label, None)

    def forget_modules(self) -> None:
        for name in [name for name in sys.modules if name.split(".")[0] in self.labels]:
            del sys.modules[name]
        importlib.invalidate_caches()

    def close(self) -> None:
        self.unload()
        sys.path.remove(str(self.directory))

    def files(self, label: str | None = None) -> list[str]:
        """Names of the migrations that are there."""
        folder = self.directory / (label or self.labels[0]) / "migrations"
        return sorted(path.stem for path in folder.glob("0*.py"))

    def read(self, name: str, label: str | None = None) -> str:
        return (self.directory / (label or self.labels[0]) / "migrations" / f"{name}.py").read_text()

    async def run(self, command: str, *args: str, **options: Any) -> str:
        """Run a command; answer what it wrote."""
        self.forget_migrations()
        out = StringIO()
        await acall_command(command, *args, stdout=out, stderr=out, no_color=True, **options)
        return out.getvalue()

    def forget_migrations(self) -> None:
        """Read files of migrations anew: they were written a moment ago."""
        for name in [name for name in sys.modules if ".migrations" in name and name.split(".")[0] in self.labels]:
            del sys.modules[name]
        importlib.invalidate_caches()
