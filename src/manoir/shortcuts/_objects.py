"""Objects or 404."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from manoir import bridge
from manoir.exceptions import Http404, ObjectDoesNotExist
from manoir.models import Manager, Model, QuerySet

if TYPE_CHECKING:
    from collections.abc import Coroutine

M = TypeVar("M", bound=Model)


def queryset_of(source: Any, caller: str) -> QuerySet[Any]:
    """Return the queryset that a model class, a manager or a queryset stands for."""
    if isinstance(source, type) and issubclass(source, Model):
        return source._meta.default_manager.all()
    if isinstance(source, (QuerySet, Manager)):
        return source.all()
    raise ValueError(
        f"The first argument of {caller}() must be a model, a manager or a queryset, not {type(source).__name__!r}."
    )


async def aget_object_or_404(source: type[M] | QuerySet[M] | Manager[M], /, *conditions: Any, **lookups: Any) -> M:
    """Return the one object that matches, or raise the `Http404` that becomes a 404 page.

    Args:
        source: a model class, a manager or a queryset.
        *conditions: `Q` objects and comparisons such as `Book.price < 5`.
        **lookups: lookups as for `get()`.

    Raises:
        Http404: nothing matches.
        MultipleObjectsReturned: several objects match.
        ValueError: `source` is none of the three.

    Example:
        >>> async def book(request, pk):
        ...     book = await aget_object_or_404(Book, pk=pk)
    """
    queryset = queryset_of(source, "get_object_or_404")
    try:
        return await queryset.aget(*conditions, **lookups)
    except ObjectDoesNotExist:
        raise Http404(f"There is no {queryset.model._meta.object_name} like this.") from None


async def aget_list_or_404(source: type[M] | QuerySet[M] | Manager[M], /, *conditions: Any, **lookups: Any) -> list[M]:
    """Return the objects that match as a list, or raise `Http404` when there are none.

    Args:
        source: a model class, a manager or a queryset.
        *conditions: `Q` objects and comparisons such as `Book.price < 5`.
        **lookups: lookups as for `filter()`.

    Raises:
        Http404: nothing matches.
        ValueError: `source` is none of the three.

    Example:
        >>> async def cheap(request):
        ...     books = await aget_list_or_404(Book, price__lt=5)
    """
    queryset = queryset_of(source, "get_list_or_404").filter(*conditions, **lookups)
    found = [item async for item in queryset]
    if not found:
        raise Http404(f"There is no {queryset.model._meta.object_name} like this.")
    return found


def get_object_or_404(source: type[M] | QuerySet[M] | Manager[M], /, *conditions: Any, **lookups: Any) -> M:
    """Return the one object that matches or raise `Http404`; see `aget_object_or_404`, its awaitable twin."""
    return wait(aget_object_or_404(source, *conditions, **lookups))


def get_list_or_404(source: type[M] | QuerySet[M] | Manager[M], /, *conditions: Any, **lookups: Any) -> list[M]:
    """Return the objects that match or raise `Http404`; see `aget_list_or_404`, its awaitable twin."""
    return wait(aget_list_or_404(source, *conditions, **lookups))


R = TypeVar("R")


def wait(coroutine: Coroutine[Any, Any, R]) -> R:
    return bridge.wait(coroutine)
