"""The door of the room: `__all__` is what it imports, each name there, all of it documented."""

from __future__ import annotations

import inspect
import types

from manoir import forms


def test_all_names_exist_and_nothing_public_is_left_out():
    public = {
        name
        for name, value in vars(forms).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "annotations"
    }
    assert set(forms.__all__) == public


def test_every_class_and_function_has_a_docstring():
    undocumented = [
        name
        for name in forms.__all__
        if (inspect.isclass(getattr(forms, name)) or inspect.isfunction(getattr(forms, name)))
        and not getattr(forms, name).__doc__
    ]
    assert undocumented == []
