"""The door of the room: its names, and the examples in its docstrings."""

from __future__ import annotations

import asyncio
import doctest
import types

import pytest

from manoir import bridge


def test_all_names_what_is_public() -> None:
    public = {
        name
        for name, value in vars(bridge).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "annotations"
    }
    assert sorted(public) == bridge.__all__


@pytest.mark.parametrize("name", bridge.__all__)
def test_docstring_examples_run(name: str) -> None:
    value = getattr(bridge, name)
    assert value.__doc__
    names = {"asyncio": asyncio, **{name: getattr(bridge, name) for name in bridge.__all__}}
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder(recurse=False).find(value, name, globs=names):
        assert runner.run(test).failed == 0
