from __future__ import annotations

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

import manoir.i18n as door
from manoir.conf import settings

MODULES = [door.__name__, *(f"{door.__name__}.{found.name}" for found in pkgutil.iter_modules(door.__path__))]


def test_the_door_lists_exactly_its_public_names():
    public = {
        name
        for name, value in vars(door).items()
        if not name.startswith("_") and name != "annotations" and not isinstance(value, ModuleType)
    }
    assert public - set(door.__all__) == set()
    assert [name for name in door.__all__ if not hasattr(door, name)] == []
    assert list(door.__all__) == sorted(set(door.__all__), key=door.__all__.index)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str):
    module = importlib.import_module(name)
    with settings.override(SECRET_KEY="only for tests " * 4, LANGUAGE_CODE="en-us", USE_TZ=True):
        result = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    assert result.failed == 0
