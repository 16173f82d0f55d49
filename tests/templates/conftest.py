from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from manoir.apps import apps
from manoir.templates import engines


@pytest.fixture
def growth() -> Callable[[Callable[[int], object]], None]:
    """Checks that eight times the input costs about eight times the time, not sixty-four times."""

    def check(work: Callable[[int], object], size: int = 4_000) -> None:
        def best(amount: int) -> float:
            times = []
            for _ in range(3):
                start = time.process_time()
                work(amount)
                times.append(time.process_time() - start)
            return min(times)

        work(size)
        small, large = best(size), best(size * 8)
        assert large < max(small, 0.001) * 30

    return check


@pytest.fixture
def tagged_app() -> Iterator[None]:
    """An app with template tags and templates."""
    apps.set_installed_apps(["tests.templates.tagged_app"])
    engines.reset()
    yield
    apps.unset_installed_apps()
    engines.reset()
