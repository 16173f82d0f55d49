"""Doors: what a room says is public is what it holds, and opening the house loads nothing heavy."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

import manoir

SOURCE = Path(manoir.__file__).parent
ROOMS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
HEAVY = ["argon2", "asyncio", "asyncpg", "granian", "greenlet", "multipart", "redis", "rich", "sqlalchemy", "uvloop", "watchfiles"]  # fmt: skip

ENTRIES = {"manoir.tasks.celery"}
"""What another program imports, which sets a project up and starts its work."""


def doors():
    """Names of the modules that users may import: no part of the name begins with an underscore."""
    for room in ROOMS:
        module = importlib.import_module(f"manoir.{room}")
        yield module.__name__
        for _, name, _ in pkgutil.walk_packages(module.__path__, f"{module.__name__}."):
            parts = name.split(".")
            if (
                name in ENTRIES
                or any(part.startswith("_") for part in parts)
                or {"commands", "management", "templatetags"} & set(parts)
            ):
                continue
            if hasattr(importlib.import_module(name), "__all__"):
                yield name


def own_names(module):
    """Public names of objects that were made in the module or in a private module below it."""
    for name, value in vars(module).items():
        made_in = getattr(value, "__module__", None)
        if name.startswith("_") or isinstance(value, types.ModuleType) or not isinstance(made_in, str):
            continue
        below = made_in.removeprefix(module.__name__)
        is_below = below != made_in and all(part.startswith("_") for part in below.split(".")[1:])
        if is_below and not isinstance(value, (types.GenericAlias, types.UnionType)):
            yield name


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_door(room):
    module = importlib.import_module(f"manoir.{room}")
    assert isinstance(module.__all__, list)
    assert module.__doc__


@pytest.mark.parametrize("door", sorted(doors()))
def test_all_names_what_is_public(door):
    module = importlib.import_module(door)
    listed = set(module.__all__)
    assert len(listed) == len(module.__all__)
    assert [name for name in sorted(listed) if name.startswith("_") and name != "__version__"] == []
    assert [name for name in sorted(listed) if not hasattr(module, name)] == []
    if hasattr(module, "__path__"):  # a module that is its own door has helpers beside what it lists
        assert sorted(set(own_names(module)) - listed) == []


def test_importing_manoir_loads_nothing_heavy():
    code = "import json, sys, manoir; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=True)
    loaded = set(json.loads(done.stdout))
    assert sorted(loaded & set(HEAVY)) == []
    assert sorted(name for name in loaded if name.startswith("manoir.")) == []
