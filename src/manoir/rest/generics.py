"""Generic views: lists and single objects of a queryset, written by a serializer."""

from __future__ import annotations

from typing import Any

from manoir.bridge import atwin, blocking_function, hook, spawn, twin
from manoir.exceptions import FieldTypeError, Http404, ObjectDoesNotExist, ValidationError
from manoir.http import HttpResponseBase
from manoir.models import QuerySet
from manoir.rest import mixins
from manoir.rest._calls import is_ours
from manoir.rest._scoped_paths import named
from manoir.rest._scoping import scoped
from manoir.rest.filters import IDLE
from manoir.rest.settings import FromSettings
from manoir.rest.views import APIView
from manoir.views import answers

__all__ = [
    "CreateAPIView",
    "DestroyAPIView",
    "GenericAPIView",
    "ListAPIView",
    "ListCreateAPIView",
    "RetrieveAPIView",
    "RetrieveDestroyAPIView",
    "RetrieveUpdateAPIView",
    "RetrieveUpdateDestroyAPIView",
    "UpdateAPIView",
    "aget_object_or_404",
    "get_object_or_404",
]


async def aget_object_or_404(queryset: Any, *conditions: Any, **lookup: Any) -> Any:
    """Return the one object of a queryset; Http404 without it, also for a key that no key can be."""
    try:
        return await queryset.aget(*conditions, **lookup)
    except (ObjectDoesNotExist, FieldTypeError, ValidationError, ValueError, TypeError, OverflowError):
        name = queryset.model._meta.verbose_name
        raise Http404(f"There is no {name} with this key.") from None


get_object_or_404 = blocking_function(aget_object_or_404)


class GenericAPIView(APIView):
    """A view of a queryset's objects; combined with mixins, or used by its subclasses below.

    Rows that the user may not see are not there: where the model says `visible_to(user)`, lists, single objects and
    related look-ups are all limited by it (H01).

    Attributes:
        queryset: the objects; or override `get_queryset()`.
        serializer_class: the serializer; or override `get_serializer_class()`.
        lookup_field: the field that names one object.
        lookup_url_kwarg: the name under which the address captured it; None: the same as `lookup_field`.
        filter_backends: what narrows lists.
        pagination_class: how lists are cut into pages; None sends them whole.
    """

    queryset: Any = None
    serializer_class: Any = None
    lookup_field: str = "pk"
    lookup_url_kwarg: str | None = None
    filter_backends: Any = FromSettings("DEFAULT_FILTER_BACKENDS")
    pagination_class: Any = FromSettings("DEFAULT_PAGINATION_CLASS")
    _paginator: Any = None
    _paginator_made: bool = False

    @hook
    def get_queryset(self) -> Any:
        """Return the objects of the view; a fresh queryset, limited to what the user may see."""
        if self.queryset is None:
            raise AssertionError(f"{type(self).__name__} needs a `queryset`, or a get_queryset().")
        queryset = self.queryset.all() if isinstance(self.queryset, QuerySet) else self.queryset
        request = getattr(self, "request", None)
        return queryset if request is None else scoped(queryset, request.user)

    aget_queryset = atwin(get_queryset)

    async def avisible_queryset(self) -> Any:
        """Return the objects that the user may see, also where `get_queryset()` was overridden."""
        # hot path: benchmarks/rest.py
        cls = type(self)
        if cls.get_queryset is GenericAPIView.get_queryset and cls.aget_queryset is GenericAPIView.aget_queryset:
            return self.get_queryset()
        queryset = await self.aget_queryset()
        if is_ours(cls.get_queryset) and is_ours(cls.aget_queryset):
            return queryset
        return scoped(queryset, self.request.user)

    @hook
    async def aget_object(self) -> Any:
        """Return the object that the address names.

        Raises:
            Http404: it is not there, or not visible to the user.
            PermissionDenied: a permission says no to it.
        """
        name = self.lookup_url_kwarg or self.lookup_field
        if name not in self.kwargs:
            raise AssertionError(
                f"{type(self).__name__} is called by an address that captures no {name!r}. Change its URL pattern, or "
                "`lookup_field`."
            )
        queryset = await self.afilter_queryset(await self.avisible_queryset())
        obj = await aget_object_or_404(queryset, named(self.lookup_field, self.kwargs[name], queryset, self.request))
        await self.acheck_object_permissions(self.request, obj)
        return obj

    get_object = twin(aget_object)

    @hook
    async def afilter_queryset(self, queryset: Any) -> Any:
        """Return what the view's filters leave of a queryset."""
        # hot path: benchmarks/rest.py
        for backend in list(self.filter_backends):
            is_idle = IDLE.get(backend)
            if is_idle is not None and is_idle(self, self.request):
                continue
            queryset = await backend().afilter_queryset(self.request, queryset, self)
        return queryset

    filter_queryset = twin(afilter_queryset)

    # -- serializers --------------------------------------------------------------------------------------------------

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Return a serializer of the view's class, with its context."""
        serializer_class = self.get_serializer_class()
        kwargs.setdefault("context", self.get_serializer_context())
        return serializer_class(*args, **kwargs)

    def get_serializer_class(self) -> Any:
        """Return the class of serializers."""
        if self.serializer_class is None:
            raise AssertionError(f"{type(self).__name__} needs a `serializer_class`, or a get_serializer_class().")
        return self.serializer_class

    def get_serializer_context(self) -> dict[str, Any]:
        """Return what serializers are told."""
        return {"request": self.request, "format": self.format_kwarg, "view": self}

    async def aserializer(self, *args: Any, **kwargs: Any) -> Any:
        """Make a serializer in a coroutine, whoever wrote the methods that say which."""
        # hot path: benchmarks/rest.py
        make = self.get_serializer
        if is_ours(make) and is_ours(self.get_serializer_class) and is_ours(self.get_serializer_context):
            return make(*args, **kwargs)
        return await spawn(make, *args, **kwargs)

    # -- pages --------------------------------------------------------------------------------------------------------

    @property
    def paginator(self) -> Any:
        """The paginator of this request; None where lists are sent whole."""
        if not self._paginator_made:
            self._paginator_made = True
            self._paginator = None if self.pagination_class is None else self.pagination_class()
        return self._paginator

    @hook
    async def apaginate_queryset(self, queryset: Any) -> Any:
        """Return the objects of the page that is asked for; None where lists are sent whole."""
        if self.paginator is None:
            return None
        return await self.paginator.apaginate_queryset(queryset, self.request, view=self)

    paginate_queryset = twin(apaginate_queryset)

    async def apage(self, queryset: Any) -> Any:
        """Return the page that is asked for, for a serializer: not loaded yet, unless the project cuts pages itself."""
        paginator = self.paginator
        if paginator is None or not (cuts_itself(type(self)) and cuts_itself(type(paginator))):
            return await self.apaginate_queryset(queryset)
        return await spawn(paginator.cut, queryset, self.request, self)

    def get_paginated_response(self, data: Any) -> Any:
        """Return the answer around the data of a page."""
        return self.paginator.get_paginated_response(data)


def cuts_itself(cls: Any) -> bool:
    """Tell whether a class cuts pages by manoir's own method."""
    return is_ours(cls.paginate_queryset) and is_ours(cls.apaginate_queryset)


class CreateAPIView(mixins.CreateModelMixin, GenericAPIView):
    """POST makes an object."""

    @answers
    async def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Make an object."""
        return await mixins.call(self.create, request, *args, **kwargs)


class ListAPIView(mixins.ListModelMixin, GenericAPIView):
    """GET lists objects."""

    @answers
    async def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """List objects."""
        return await mixins.call(self.list, request, *args, **kwargs)


class RetrieveAPIView(mixins.RetrieveModelMixin, GenericAPIView):
    """GET shows one object."""

    @answers
    async def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show one object."""
        return await mixins.call(self.retrieve, request, *args, **kwargs)


class DestroyAPIView(mixins.DestroyModelMixin, GenericAPIView):
    """DELETE removes one object."""

    @answers
    async def delete(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Remove one object."""
        return await mixins.call(self.destroy, request, *args, **kwargs)


class UpdateAPIView(mixins.UpdateModelMixin, GenericAPIView):
    """PUT and PATCH change one object."""

    @answers
    async def put(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Replace one object's values."""
        return await mixins.call(self.update, request, *args, **kwargs)

    @answers
    async def patch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Change some of one object's values."""
        return await mixins.call(self.partial_update, request, *args, **kwargs)


class ListCreateAPIView(ListAPIView, CreateAPIView):
    """GET lists objects, POST makes one."""


class RetrieveUpdateAPIView(RetrieveAPIView, UpdateAPIView):
    """GET shows one object, PUT and PATCH change it."""


class RetrieveDestroyAPIView(RetrieveAPIView, DestroyAPIView):
    """GET shows one object, DELETE removes it."""


class RetrieveUpdateDestroyAPIView(RetrieveAPIView, UpdateAPIView, DestroyAPIView):
    """GET shows one object, PUT and PATCH change it, DELETE removes it."""
