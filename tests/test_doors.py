"""Small rooms: a door lists exactly its public names, and the examples of all modules run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

from manoir.conf import settings

ROOMS = ["cache", "i18n", "mail", "signing", "storage", "timezone", "validators"]
DOORS = {room: importlib.import_module(f"manoir.{room}") for room in ROOMS}
MODULES = [
    name
    for door in DOORS.values()
    for name in (door.__name__, *(f"{door.__name__}.{found.name}" for found in pkgutil.iter_modules(door.__path__)))
]


@pytest.mark.parametrize("room", ROOMS)
def test_the_door_lists_exactly_its_public_names(room: str) -> None:
    door = DOORS[room]
    public = {
        name
        for name, value in vars(door).items()
        if not name.startswith("_") and name != "annotations" and not isinstance(value, ModuleType)
    }
    assert public - set(door.__all__) == set()
    assert [name for name in door.__all__ if not hasattr(door, name)] == []
    assert len(door.__all__) == len(set(door.__all__))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str) -> None:
    module = importlib.import_module(name)
    with settings.override(SECRET_KEY="only for tests " * 4, LANGUAGE_CODE="en-us", USE_TZ=True):
        result = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    assert result.failed == 0
