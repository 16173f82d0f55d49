"""The two loops on which everything here must hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
import uvloop

T = TypeVar("T")

FACTORIES: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}

each_loop = pytest.mark.parametrize("loop_name", sorted(FACTORIES))


def run_on(loop_name: str, main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=FACTORIES[loop_name]) as runner:
        return runner.run(main)
