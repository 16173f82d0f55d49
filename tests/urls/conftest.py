from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from manoir.conf import settings
from manoir.urls import clear_script_prefix, clear_url_caches, set_urlconf


@pytest.fixture
def urlconf() -> Iterator[Callable[..., types.ModuleType]]:
    """Make a list of patterns the ROOT_URLCONF of one test."""
    module = types.ModuleType("tests.urls.current")
    sys.modules[module.__name__] = module

    def use(*patterns: Any, **names: Any) -> types.ModuleType:
        module.urlpatterns = list(patterns)  # type: ignore[attr-defined]
        for name, value in names.items():
            setattr(module, name, value)
        clear_url_caches()
        return module

    with settings.override(ROOT_URLCONF=module.__name__):
        yield use
    set_urlconf(None)
    clear_script_prefix()
    clear_url_caches()
    del sys.modules[module.__name__]
