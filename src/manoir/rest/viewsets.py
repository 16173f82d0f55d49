"""Viewsets: several actions of one thing in a class, to which routers give addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from manoir.exceptions import NoReverseMatch, nearest
from manoir.http import HttpRequest
from manoir.rest import generics, mixins
from manoir.rest._declarations import refuse_unknown
from manoir.rest.decorators import METHODS
from manoir.rest.request import Request
from manoir.rest.reverse import reverse
from manoir.rest.views import APIView, function_of, refuse_unguarded

__all__ = ["GenericViewSet", "ModelViewSet", "ReadOnlyModelViewSet", "ViewSet", "ViewSetMixin"]


class ViewSetMixin:
    """Lets `as_view()` say which action answers which HTTP method.

    Attributes:
        action: name of the action that answers; `"metadata"` for OPTIONS, None where none does.
        action_map: actions by HTTP method, of this address.
        basename: first part of the URL names, as the router says.
        detail: whether the address names one object.
        name, suffix, description: what the view is called.
    """

    action: Any = None
    action_map: Any = None
    basename: Any = None
    detail: Any = None
    name: Any = None
    suffix: Any = None
    description: Any = None
    http_method_names: ClassVar[Any]
    args: Any
    kwargs: Any
    request: Any

    @classmethod
    def as_view(cls, actions: dict[str, str] | None = None, **initkwargs: Any) -> Callable[..., Any]:
        """Make a view function.

        Args:
            actions: actions by HTTP method: `{"get": "list", "post": "create"}`.
            **initkwargs: values of attributes that the class has.

        Raises:
            TypeError: there are no actions, or a name is no attribute of the class, or no HTTP method.

        Example:
            >>> Books.as_view({"get": "list"})  # doctest: +SKIP
        """
        if not actions:
            raise TypeError(
                f"{cls.__name__}.as_view() needs the actions of its HTTP methods, for example {{'get': 'list'}}; routers "
                "say them for you."
            )
        if "name" in initkwargs and "suffix" in initkwargs:
            raise TypeError(f"{cls.__name__}.as_view() takes a name or a suffix, not both.")
        for method, name in actions.items():
            if method not in METHODS and method not in cls.http_method_names:
                raise TypeError(
                    f"{cls.__name__}.as_view() knows no HTTP method {method!r}.{nearest(method.lower(), METHODS)}"
                )
            if not hasattr(cls, name):
                known = [one for one in dir(cls) if not one.startswith("_")]
                raise TypeError(
                    f"{cls.__name__} has no method {name!r} to answer {method.upper()}.{nearest(name, known)}"
                )
        refuse_unknown(cls, initkwargs)
        refuse_unguarded(cls, initkwargs)  # pyright: ignore[reportArgumentType]
        view: Any = function_of(cls, initkwargs, actions)
        view.actions = actions
        return view

    def bind_actions(self, actions: dict[str, str]) -> None:
        """Let this instance's methods `get`, `post` … be the actions."""
        # `__getattr__` finds most of them: a view that holds its own methods waits for the garbage collector.
        self.action_map = dict(actions.items())
        for method, name in actions.items():
            if hasattr(type(self), method):
                setattr(self, method, getattr(self, name))

    def __getattr__(self, name: str) -> Any:
        """Return the action that answers an HTTP method; called for names that are no attributes."""
        action = action_of(self.action_map or {}, name)
        if action is not None:
            return getattr(self, action)
        if hasattr(type(self), name):  # a property failed inside: once more, for its own error
            return object.__getattribute__(self, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Return the request that handlers get, and note the action."""
        wrapped: Request = super().initialize_request(request, *args, **kwargs)  # type: ignore[misc]
        method = wrapped.method.lower()
        self.action = "metadata" if method == "options" else action_of(self.action_map or {}, method)
        return wrapped

    def reverse_action(self, url_name: str, *args: Any, **kwargs: Any) -> str:
        """Return the address of another action: `self.reverse_action("publish", args=[7])`."""
        request = self.request
        name = f"{self.basename}-{url_name}"
        match = getattr(request, "resolver_match", None)
        namespace = match.namespace if match is not None else ""
        kwargs.setdefault("request", request)
        return reverse(f"{namespace}:{name}" if namespace else name, *args, **kwargs)

    @classmethod
    def get_extra_actions(cls) -> list[Any]:
        """Return the methods that `@action` marks."""
        members = [getattr(cls, name, None) for name in dir(cls) if not name.startswith("__")]
        return [member for member in members if hasattr(member, "mapping") and hasattr(member, "url_path")]

    def get_extra_action_url_map(self) -> dict[str, str]:
        """Return the addresses of the further actions by name, for the page of this one."""
        urls: dict[str, str] = {}
        if self.detail is None:
            return urls
        for action in self.get_extra_actions():
            if action.detail != self.detail:
                continue
            try:
                urls[action.kwargs.get("name") or action.__name__] = self.reverse_action(
                    action.url_name, args=self.args, kwargs=self.kwargs
                )
            except NoReverseMatch:
                continue
        return urls


def action_of(actions: dict[str, str], method: str) -> str | None:
    """Return the action of a method; HEAD is answered by GET's."""
    return actions.get(method) or (actions.get("get") if method == "head" else None)


class ViewSet(ViewSetMixin, APIView):
    """A viewset whose actions you write."""


class GenericViewSet(ViewSetMixin, generics.GenericAPIView):
    """A viewset of a queryset, without actions of its own."""


class ReadOnlyModelViewSet(mixins.RetrieveModelMixin, mixins.ListModelMixin, GenericViewSet):
    """A viewset that lists and shows the objects of a queryset."""


class ModelViewSet(
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    mixins.ListModelMixin,
    GenericViewSet,
):
    """A viewset that lists, shows, creates, changes and removes the objects of a queryset.

    Example:
        >>> class BookViewSet(ModelViewSet):  # doctest: +SKIP
        ...     queryset = Book.objects.all()
        ...     serializer_class = BookSerializer
        ...     permission_classes = [IsAuthenticated]
    """
