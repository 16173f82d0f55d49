"""The table that every room runs against its own hooks: who overrides what, from where it is called.

CASE = HookCase(Document, "save", make=lambda cls: cls())

@each_hook
def test_save_of_either_colour(shape, place):
    check_hook(CASE, shape, place)
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from manoir import bridge

SHAPES: dict[str, tuple[str, ...]] = {
    "nothing overridden": (),
    "def": ("sync",),
    "async def": ("async",),
    "def over def": ("sync", "sync"),
    "async def over async def": ("async", "async"),
    "async def over def": ("sync", "async"),
    "def over async def": ("async", "sync"),
    "def over async def over def": ("sync", "async", "sync"),
    "async def over def over async def": ("async", "sync", "async"),
    "mixin with def": ("mixin sync",),
    "mixin with async def": ("mixin async",),
    "mixin with async def before mixin with def": ("mixin sync", "mixin async"),
    "mixin with def before mixin with async def": ("mixin async", "mixin sync"),
    "mixin with def over async def": ("async", "mixin sync"),
    "mixin with async def over def": ("sync", "mixin async"),
    "subclass without override over def": ("sync", "none"),
    "subclass without override over async def": ("async", "none"),
}
"""Layers above the class that declares the hook, the lowest first."""


def call_in_script(case: HookCase, instance: Any) -> Any:
    return getattr(instance, case.name)(*case.args, **case.kwargs)


def call_in_coroutine(case: HookCase, instance: Any) -> Any:
    async def main() -> Any:
        return await getattr(instance, f"a{case.name}")(*case.args, **case.kwargs)

    return bridge.run(main())


def call_in_awaited_script(case: HookCase, instance: Any) -> Any:
    return bridge.wait(getattr(instance, f"a{case.name}")(*case.args, **case.kwargs))


def call_in_spawn(case: HookCase, instance: Any) -> Any:
    return bridge.run(bridge.spawn(call_in_script, case, instance))


def call_in_thread(case: HookCase, instance: Any) -> Any:
    return bridge.run(bridge.to_thread(call_in_script, case, instance))


def call_in_plain_thread(case: HookCase, instance: Any) -> Any:
    outcome: list[Any] = []
    thread = threading.Thread(target=lambda: outcome.append(call_in_script(case, instance)))
    thread.start()
    thread.join(10)
    return outcome[0]


PLACES: dict[str, Callable[[HookCase, Any], Any]] = {
    "script": call_in_script,
    "wait": call_in_awaited_script,
    "coroutine": call_in_coroutine,
    "spawn": call_in_spawn,
    "to_thread": call_in_thread,
    "plain thread": call_in_plain_thread,
}


@dataclass(frozen=True)
class HookCase:
    """One hook under test.

    Attributes:
        base: the class that declares the hook.
        name: its sync name.
        make: makes an instance of a subclass.
        args: positional arguments of the call.
        kwargs: keyword arguments of the call.
        body: what a plain class body of a subclass has to contain, such as an inner Meta.
    """

    base: type
    name: str
    make: Callable[[type], Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    body: Callable[[], dict[str, Any]] = dict


def each_hook(test: Callable[..., Any]) -> Any:
    """Run a test with every `shape` of overrides and every `place` of the call."""
    by_place = pytest.mark.parametrize("place", list(PLACES))
    return pytest.mark.parametrize("shape", list(SHAPES))(by_place(test))


def override(name: str, index: int, colour: str, owner: list[type], trace: list[int]) -> tuple[str, Any]:
    """Make one override that notes that it ran and goes on to `super()` in its own colour."""
    if colour == "async":

        async def aoverride(self: Any, *args: Any, **kwargs: Any) -> Any:
            trace.append(index)
            return await getattr(super(owner[0], self), f"a{name}")(*args, **kwargs)

        return f"a{name}", aoverride

    def sync_override(self: Any, *args: Any, **kwargs: Any) -> Any:
        trace.append(index)
        return getattr(super(owner[0], self), name)(*args, **kwargs)

    return name, sync_override


def build(case: HookCase, shape: str, trace: list[int]) -> type:
    """Make the classes of a shape; `trace` will hold the layers that ran, in order."""
    cls = case.base
    mixins: list[type] = []
    for index, layer in enumerate(SHAPES[shape]):
        owner: list[type] = []
        colour = layer.removeprefix("mixin ")
        members = {} if colour == "none" else dict([override(case.name, index, colour, owner, trace)])
        if layer.startswith("mixin"):
            made = type(f"Mixin{index}", (), members)
            mixins.insert(0, made)
        else:
            body = {"__module__": __name__, "__qualname__": f"Layer{index}", **case.body(), **members}
            made = cls = type(case.base)(f"Layer{index}", (cls,), body)
        owner.append(made)
    if mixins:
        body = {"__module__": __name__, "__qualname__": "Mixed", **case.body()}
        cls = type(case.base)("Mixed", (*mixins, cls), body)
    return cls


def check_hook(case: HookCase, shape: str, place: str) -> Any:
    """Assert that every layer ran once, the most derived first, and return what the call returned."""
    trace: list[int] = []
    instance = case.make(build(case, shape, trace))
    trace.clear()  # making an instance may itself call the hook
    outcome = PLACES[place](case, instance)
    expected = [index for index in reversed(range(len(SHAPES[shape]))) if SHAPES[shape][index] != "none"]
    assert expected == trace
    return outcome
