"""The room's door lists exactly what it offers."""

from __future__ import annotations

from types import ModuleType

from manoir import models

DOORS_BELOW = {"signals", "functions"}


def test_all_lists_every_public_name() -> None:
    public = {
        name
        for name, value in vars(models).items()
        if not name.startswith("_")
        and name != "annotations"
        and (not isinstance(value, ModuleType) or name in DOORS_BELOW)
    }
    assert public == set(models.__all__)


def test_public_classes_have_docstrings() -> None:
    undocumented = [
        name for name in models.__all__ if isinstance(getattr(models, name), type) and not getattr(models, name).__doc__
    ]
    assert undocumented == []
