"""Shapes that several rooms share, named once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

T = TypeVar("T")

MaybeAwaitable: TypeAlias = T | Awaitable[T]
"""What a function of either colour returns."""

Alias: TypeAlias = str
"""Name of a database in DATABASES, of a cache in CACHES, of a storage in STORAGES."""

AnyCallable: TypeAlias = Callable[..., Any]

if TYPE_CHECKING:
    from os import PathLike

    StrPath: TypeAlias = str | PathLike[str]
