"""Sync twins, hooks and lazy properties, as strict type checkers see them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, assert_type

from manoir.bridge import TwoColours, atwin, blocking_function, hook, iterate, lazy_property, spawn, to_thread, twin


class Model(TwoColours):
    @hook
    async def asave(self, *, force_insert: bool = False) -> int:
        return 1

    save = twin(asave)


class Form(TwoColours):
    @hook
    def clean(self) -> dict[str, Any]:
        return {}

    aclean = atwin(clean)

    @lazy_property
    def title(self) -> str:
        return ""


class A(Model):
    def save(self, *args: Any, **kwargs: Any) -> int:
        assert_type(super().save(force_insert=True), int)
        return super().save(*args, **kwargs)


class A2(Model):
    def save(self, *, force_insert: bool = False) -> int:
        return super().save(force_insert=force_insert)


class B(A):
    async def asave(self, *, force_insert: bool = False) -> int:
        return await super().asave(force_insert=force_insert)


class F(Form):
    async def aclean(self) -> dict[str, Any]:
        data = await super().aclean()
        assert_type(data, dict[str, Any])
        return data


class F2(Form):
    def clean(self) -> dict[str, Any]:
        return super().clean()


async def main() -> None:
    assert_type(Model().save(), int)
    assert_type(await A().asave(force_insert=True), int)
    assert_type(F().clean(), dict[str, Any])
    assert_type(await F2().aclean(), dict[str, Any])
    assert_type(F().title, str)
    assert_type(await spawn(A().save, force_insert=True), int)
    assert_type(await to_thread(len, "a"), int)


async def aadd(a: int, b: int = 1) -> int:
    return a


add = blocking_function(aadd)
assert_type(add(1, b=2), int)


async def gen() -> AsyncIterator[str]:
    yield ""


for x in iterate(gen()):
    assert_type(x, str)


def refused() -> None:
    Model().save(force=True)  # pyright: ignore[reportCallIssue]
    add()  # pyright: ignore[reportCallIssue]
    Form().clean().missing  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnusedExpression]
