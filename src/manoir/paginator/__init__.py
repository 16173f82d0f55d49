"""Pages of a list or queryset: `Paginator` for sync code and templates, `AsyncPaginator` for coroutines.

The room's map: `_sync` (the arithmetic, `Paginator`, `Page`), `_async` (their twins).
"""

from __future__ import annotations

from manoir.exceptions import EmptyPage, InvalidPage, PageNotAnInteger, UnorderedObjectListWarning
from manoir.paginator._async import AsyncPage, AsyncPaginator
from manoir.paginator._sync import BasePaginator, Page, Paginator

__all__ = [
    "AsyncPage",
    "AsyncPaginator",
    "BasePaginator",
    "EmptyPage",
    "InvalidPage",
    "Page",
    "PageNotAnInteger",
    "Paginator",
    "UnorderedObjectListWarning",
]
