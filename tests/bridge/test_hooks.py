"""Hooks of two colours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from manoir import bridge
from manoir.bridge import (
    HookConflict,
    TwoColours,
    atwin,
    blocking,
    complete_hooks,
    hook,
    hook_conflicts,
    hook_pairs,
    sync_hooks,
    twin,
)
from manoir.exceptions import SynchronousOnlyOperation
from tests.bridge.hook_table import HookCase, check_hook, each_hook


class Document(TwoColours):
    runs = 0

    @hook
    async def asave(self, title: str, *, force: bool = False) -> str:
        """Save it."""
        await asyncio.sleep(0)
        self.runs += 1
        return f"{title} {force}"

    save = twin(asave)


class Form(TwoColours):
    @hook
    def clean(self) -> str:
        return "cleaned"

    aclean = atwin(clean)


class View(TwoColours):
    @hook
    def get_object(self) -> str:
        return bridge.wait(self.afetch())

    aget_object = atwin(get_object, waits=True)

    async def afetch(self) -> str:
        await asyncio.sleep(0)
        return "object"


class Meta(type):
    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Meta:
        made = super().__new__(cls, name, bases, namespace)
        complete_hooks(made)
        return made


class Record(metaclass=Meta):
    @hook
    async def adelete(self) -> str:
        return "deleted"

    delete = twin(adelete)


@pytest.fixture
def loop_mode() -> Iterator[None]:
    previous = bridge.set_sync_mode(lambda: "loop")
    yield
    bridge.set_sync_mode(previous)


@each_hook
def test_hook_whose_body_waits(shape: str, place: str) -> None:
    case = HookCase(Document, "save", make=lambda cls: cls(), args=("a",), kwargs={"force": True})
    assert check_hook(case, shape, place) == "a True"


@each_hook
def test_hook_whose_body_never_waits(shape: str, place: str) -> None:
    assert check_hook(HookCase(Form, "clean", make=lambda cls: cls()), shape, place) == "cleaned"


@each_hook
def test_hook_with_sync_body_that_waits(shape: str, place: str) -> None:
    assert check_hook(HookCase(View, "get_object", make=lambda cls: cls()), shape, place) == "object"


@each_hook
def test_hook_of_class_with_metaclass(shape: str, place: str) -> None:
    assert check_hook(HookCase(Record, "delete", make=lambda cls: cls()), shape, place) == "deleted"


@each_hook
def test_hooks_in_loop_mode(shape: str, place: str, loop_mode: None) -> None:
    case = HookCase(Document, "save", make=lambda cls: cls(), args=("a",))
    assert check_hook(case, shape, place) == "a False"


class ThreadTeller(Document):
    def save(self, title: str, *, force: bool = False) -> str:
        self.thread = threading.current_thread()
        self.in_spawn = bridge.in_spawn()
        return super().save(title, force=force)


async def test_users_def_runs_in_a_thread() -> None:
    teller = ThreadTeller()
    await teller.asave("a")
    assert teller.thread is not threading.main_thread()


async def test_users_def_runs_on_the_loop_in_loop_mode(loop_mode: None) -> None:
    teller = ThreadTeller()
    await teller.asave("a")
    assert (teller.thread, teller.in_spawn) == (threading.main_thread(), True)


def test_users_def_stays_in_the_thread_of_a_script() -> None:
    teller = ThreadTeller()
    bridge.wait(teller.asave("a"))
    assert teller.thread is threading.main_thread()


async def test_users_def_stays_in_the_thread_that_waits() -> None:
    teller = ThreadTeller()

    def view() -> threading.Thread:
        bridge.wait(teller.asave("a"))
        return threading.current_thread()

    assert await bridge.to_thread(view) is teller.thread


async def test_framework_override_marked_as_hook_needs_no_thread() -> None:
    class ModelForm(Form):
        @hook
        def clean(self) -> str:
            self.thread = threading.current_thread()
            return super().clean()

    form = ModelForm()
    assert (await form.aclean(), form.thread) == ("cleaned", threading.current_thread())


def test_nothing_overridden_adds_nothing() -> None:
    class Plain(Document):
        pass

    assert {"save", "asave"}.isdisjoint(vars(Plain))


def test_derived_colour_has_name_and_docstring() -> None:
    class Book(Document):
        def save(self, title: str, *, force: bool = False) -> str:
            """Save a book."""
            return super().save(title, force=force)

    assert Book.asave.__name__ == "asave"
    assert Book.asave.__qualname__.endswith("Book.asave")
    assert Book.asave.__doc__ == "Save a book."
    assert asyncio.iscoroutinefunction(Book.asave)
    assert (Document.save.__name__, Document.save.__doc__) == ("save", "Save it.")


async def test_sync_super_in_coroutine_names_the_awaitable() -> None:
    class Book(Document):
        async def asave(self, title: str, *, force: bool = False) -> str:
            return super().save(title, force=force)

    with pytest.raises(SynchronousOnlyOperation, match=r"await Document\.asave\(\.\.\.\)"):
        await Book().asave("a")


async def test_error_in_users_def_reaches_the_coroutine() -> None:
    class Book(Document):
        def save(self, title: str, *, force: bool = False) -> str:
            raise ValueError(title)

    with pytest.raises(ValueError, match="no title"):
        await Book().asave("no title")


def test_both_colours_in_one_class_are_a_conflict() -> None:
    class Both(Document):
        def save(self, title: str, *, force: bool = False) -> str:
            return "sync"

        async def asave(self, title: str, *, force: bool = False) -> str:
            return "async"

    class Child(Both):
        pass

    assert hook_conflicts(Child) == [HookConflict(Both, "save", "asave")]
    assert (Both().save("a"), bridge.wait(Both().asave("a"))) == ("sync", "async")


def test_twins_and_derived_colours_are_no_conflict() -> None:
    class Twin(Document):
        async def asave(self, title: str, *, force: bool = False) -> str:
            return "mine"

        save = blocking(asave)

    class Derived(Twin):
        def save(self, title: str, *, force: bool = False) -> str:
            return "derived"

    class Cleaner(Form):
        async def aclean(self) -> str:
            return "mine"

    assert [*hook_conflicts(Derived), *hook_conflicts(Cleaner), *hook_conflicts(View)] == []


def test_sync_hooks_names_what_users_override_with_def() -> None:
    class A(Document):
        def save(self, title: str, *, force: bool = False) -> str:
            return "a"

    class B(A):
        async def asave(self, title: str, *, force: bool = False) -> str:
            return "b"

    class C(Form):
        @hook
        def clean(self) -> str:
            return "c"

    class D(C):
        def clean(self) -> str:
            return "d"

    found = [sync_hooks(cls) for cls in (Document, A, B, Form, C, D)]
    assert found == [frozenset(), frozenset({"save"}), frozenset(), frozenset(), frozenset(), frozenset({"clean"})]


def test_hooks_of_several_bases_are_known() -> None:
    class Both(Document, Form):
        pass

    assert {name: pair.async_name for name, pair in hook_pairs(Both).items()} == {"save": "asave", "clean": "aclean"}


def test_hook_set_to_none_is_left_alone() -> None:
    class Fixed(Form):
        clean = None  # type: ignore[assignment]

    assert "aclean" not in vars(Fixed)


def test_async_def_under_the_sync_name_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Wrong\.clean is `async def`.*Write `async def aclean` or `def clean`\."):

        class Wrong(Form):
            async def clean(self) -> str:  # type: ignore[override]
                return "wrong"
