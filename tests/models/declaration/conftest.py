"""Models of these tests live in registries of their own; the shared library is loaded once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import manoir
from manoir.apps import Apps

manoir.setup()


@pytest.fixture
def registry() -> Iterator[Apps]:
    """An empty registry for `class Meta: apps = registry; app_label = "shop"`."""
    yield Apps([])
