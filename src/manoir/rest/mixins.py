"""What generic views do with objects: create, list, retrieve, update, destroy."""

from __future__ import annotations

from typing import Any

from manoir.bridge import TwoColours, hook, spawn, twin
from manoir.exceptions import Conflict, ProtectedError, RestrictedError
from manoir.http import HttpResponseBase, iri_to_uri
from manoir.rest._calls import build
from manoir.rest._calls import call_handler as call
from manoir.rest.response import Response
from manoir.rest.settings import api_settings
from manoir.views import answers

__all__ = [
    "CreateModelMixin",
    "DestroyModelMixin",
    "ListModelMixin",
    "RetrieveModelMixin",
    "UpdateModelMixin",
]

LONGEST_LOCATION = 2_000
"""Characters that every proxy passes on."""
View = Any
"""The generic view that a mixin is combined with."""


async def written(serializer: Any) -> Any:
    """Return what a renderer writes of a serializer; a project's own class may only know `data`."""
    output = getattr(serializer, "aoutput", None)
    return await output() if output is not None else await spawn(getattr, serializer, "data")


class CreateModelMixin(TwoColours):
    """Makes an object."""

    @answers
    async def create(self: View, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Make an object of what was sent: 201 with its data."""
        serializer = await self.aserializer(data=await request.adata())
        await serializer.ais_valid(raise_exception=True)
        await self.aperform_create(serializer)
        data = await serializer.adata()
        return Response(data, status=201, headers=await build(self.get_success_headers, data))

    @hook
    async def aperform_create(self, serializer: Any) -> None:
        """Store the object; override it to add values: `serializer.save(owner=self.request.user)`."""
        await serializer.asave()

    perform_create = twin(aperform_create)

    def get_success_headers(self, data: Any) -> dict[str, str]:
        """Return the Location of the new object, where its data says it.

        A field of that name may also be what a client has sent. The object is stored by now, so whatever it holds has to
        make a header, or none.
        """
        try:
            value = data[api_settings.URL_FIELD_NAME]
            address = None if value is None else iri_to_uri(str(value))
        except (TypeError, KeyError, ValueError):
            return {}
        return {"Location": address} if address and len(address) <= LONGEST_LOCATION else {}


class ListModelMixin(TwoColours):
    """Lists objects."""

    @answers
    async def list(self: View, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """List the objects that the user may see and the filters leave, a page of them."""
        # hot path: benchmarks/rest.py
        queryset = await self.afilter_queryset(await self.avisible_queryset())
        page = await self.apage(queryset)
        serializer = await self.aserializer(queryset if page is None else page, many=True)
        data = await written(serializer)
        return Response(data) if page is None else await build(self.get_paginated_response, data)


class RetrieveModelMixin(TwoColours):
    """Shows one object."""

    @answers
    async def retrieve(self: View, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the object that the address names."""
        serializer = await self.aserializer(await self.aget_object())
        return Response(await written(serializer))


class UpdateModelMixin(TwoColours):
    """Changes one object."""

    @answers
    async def update(self: View, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Give the object the values that were sent; with `partial=True` only those."""
        partial = kwargs.pop("partial", False)
        instance = await self.aget_object()
        serializer = await self.aserializer(instance, data=await request.adata(), partial=partial)
        await serializer.ais_valid(raise_exception=True)
        await self.aperform_update(serializer)
        return Response(await serializer.adata())

    @answers
    async def partial_update(self: View, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Change the values that were sent."""
        return await call(self.update, request, *args, **{**kwargs, "partial": True})

    @hook
    async def aperform_update(self, serializer: Any) -> None:
        """Store the object; override it to add values."""
        await serializer.asave()

    perform_update = twin(aperform_update)


class DestroyModelMixin(TwoColours):
    """Removes one object."""

    @answers
    async def destroy(self: View, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Remove the object that the address names: 204; 409 while rows refer to it that protect it."""
        instance = await self.aget_object()
        try:
            await self.aperform_destroy(instance)
        except (ProtectedError, RestrictedError) as error:
            raise Conflict(f"This is still used by {users_of(error)}.", code="protected") from error
        return Response(status=204)

    @hook
    async def aperform_destroy(self, instance: Any) -> None:
        """Remove the object from the database."""
        await instance.adelete()

    perform_destroy = twin(aperform_destroy)


def users_of(error: ProtectedError | RestrictedError) -> str:
    """Name the kinds of rows that keep another from being removed; which ones they are may not be everybody's to know."""
    rows = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
    return ", ".join(sorted({str(row._meta.verbose_name_plural) for row in rows}))
