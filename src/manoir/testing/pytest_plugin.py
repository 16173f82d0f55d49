"""The pytest plug-in: runs `async def` tests on the bridge's own loop, so that fixtures and tests share one context."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest

from manoir import bridge

if TYPE_CHECKING:
    from _pytest.python import Function


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: Function) -> bool | None:
    """Run a coroutine test to its end, in the context of its fixtures."""
    property_test = getattr(pyfuncitem.obj, "hypothesis", None)
    if property_test is not None and inspect.iscoroutinefunction(property_test.inner_test):
        property_test.inner_test = _in_sync(property_test.inner_test)
        return None
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    bridge.run(pyfuncitem.obj(**arguments))
    return True


def _in_sync(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a sync test of an async one, for Hypothesis, which calls it once for each example."""

    @functools.wraps(test)
    def run_test(*args: Any, **kwargs: Any) -> None:
        bridge.run(test(*args, **kwargs))

    return run_test
