"""The pytest plug-in: runs `async def` tests on the bridge's own loop, so that fixtures and tests share one context."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from manoir import bridge

if TYPE_CHECKING:
    from _pytest.python import Function


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: Function) -> bool | None:
    """Run a coroutine test to its end."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    bridge.wait(pyfuncitem.obj(**arguments))
    return True
