"""Routers: addresses for the actions of viewsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from manoir.exceptions import ImproperlyConfigured, NoReverseMatch
from manoir.http import HttpResponseBase
from manoir.rest.response import Response
from manoir.rest.reverse import reverse
from manoir.rest.urlpatterns import format_suffix_patterns
from manoir.rest.views import APIView
from manoir.urls import get_converters, path, re_path, register_converter
from manoir.views import answers

__all__ = ["APIRootView", "BaseRouter", "DefaultRouter", "DynamicRoute", "Route", "SimpleRouter"]

PLAIN = re.compile(r"[A-Za-z0-9_/.-]*")


class Route(NamedTuple):
    """An address of a viewset.

    Attributes:
        url: the address, with `{prefix}`, `{lookup}` and `{trailing_slash}`.
        mapping: actions by HTTP method.
        name: the URL's name, with `{basename}`.
        detail: whether it names one object.
        initkwargs: attributes of the view.
    """

    url: str
    mapping: Any
    name: str
    detail: bool
    initkwargs: Any


class DynamicRoute(NamedTuple):
    """An address for each `@action`: besides the parts of `Route`, `{url_path}` and `{url_name}`.

    Attributes:
        url, name, detail, initkwargs: as in `Route`.
    """

    url: str
    name: str
    detail: bool
    initkwargs: Any


class LookupConverter:
    """What names one object in an address: no slash and no dot."""

    regex = "[^/.]+"

    def to_python(self, value: str) -> str:
        """Return it as it is; the view's queryset says what it may be."""
        return value

    def to_url(self, value: Any) -> str:
        """Return it as text."""
        return str(value)


class BaseRouter:
    """Collects viewsets and gives their URL patterns."""

    def __init__(self) -> None:
        self.registry: list[tuple[str, Any, str]] = []
        self._urls: list[Any] | None = None

    def register(self, prefix: str, viewset: Any, basename: str | None = None) -> None:
        """Give a viewset addresses below a prefix.

        Args:
            prefix: first part of the addresses.
            viewset: the class.
            basename: first part of the URL names; the model's name by default.

        Raises:
            TypeError: it is no viewset.
            ImproperlyConfigured: another viewset has the same basename, or the prefix has a slash at an end.
        """
        if prefix.startswith("/") or prefix.endswith("/"):
            raise ImproperlyConfigured(
                f"register({prefix!r}, …): the router puts the slashes itself, so write {prefix.strip('/')!r}."
            )
        if not hasattr(viewset, "get_extra_actions"):
            name = getattr(viewset, "__name__", type(viewset).__name__)
            raise TypeError(
                f"register({prefix!r}, …) takes a viewset, and {name} is none: give it an address of its own, "
                f'path("{prefix}/", {name}.as_view()).'
            )
        name = basename if basename is not None else self.get_default_basename(viewset)
        if any(name == taken for _, _, taken in self.registry):
            raise ImproperlyConfigured(
                f"The router has a viewset with the basename {name!r} already. Pass another basename for the prefix "
                f"{prefix!r}: register({prefix!r}, {viewset.__name__}, basename=…)."
            )
        self.registry.append((prefix, viewset, name))
        self._urls = None

    def get_default_basename(self, viewset: Any) -> str:
        """Return the basename of a viewset that was registered without."""
        raise NotImplementedError(f"{type(self).__name__} needs get_default_basename(viewset).")

    def get_urls(self) -> list[Any]:
        """Return the URL patterns."""
        raise NotImplementedError(f"{type(self).__name__} needs get_urls().")

    @property
    def urls(self) -> list[Any]:
        """The URL patterns: `path("api/", include(router.urls))`."""
        if self._urls is None:
            self._urls = self.get_urls()
        return self._urls


class SimpleRouter(BaseRouter):
    """Lists, single objects, and the further actions.

    Args:
        trailing_slash: whether addresses end with a slash.
        use_regex_path: whether `lookup_value_regex` and `url_path` are regular expressions; with False they are
            converters and routes of `path()`.

    Attributes:
        routes: the addresses of a viewset; change them in a subclass.
    """

    routes: ClassVar[list[Any]] = [
        Route("^{prefix}{trailing_slash}$", {"get": "list", "post": "create"}, "{basename}-list", False, {"suffix": "List"}),
        DynamicRoute("^{prefix}/{url_path}{trailing_slash}$", "{basename}-{url_name}", False, {}),
        Route(
            "^{prefix}/{lookup}{trailing_slash}$",
            {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"},
            "{basename}-detail",
            True,
            {"suffix": "Instance"},
        ),
        DynamicRoute("^{prefix}/{lookup}/{url_path}{trailing_slash}$", "{basename}-{url_name}", True, {}),
    ]  # fmt: skip

    def __init__(self, trailing_slash: bool = True, use_regex_path: bool = True) -> None:
        self.trailing_slash = "/" if trailing_slash else ""
        self.use_regex_path = use_regex_path
        super().__init__()

    def get_default_basename(self, viewset: Any) -> str:
        """Return the name of the model.

        Raises:
            AssertionError: the viewset has no queryset.
        """
        queryset = getattr(viewset, "queryset", None)
        if queryset is None:
            raise AssertionError(
                f"The router needs a `basename` for {viewset.__name__}, which has no `queryset` to take it from."
            )
        return queryset.model._meta.model_name

    def get_routes(self, viewset: Any) -> list[Route]:
        """Return the addresses of a viewset, those of its actions among them.

        Raises:
            ImproperlyConfigured: an action has the name of one that has its address already.
        """
        known = {name for route in self.routes if isinstance(route, Route) for name in route.mapping.values()}
        extra = viewset.get_extra_actions()
        taken = [action.__name__ for action in extra if action.__name__ in known]
        if taken:
            raise ImproperlyConfigured(
                f"@action cannot mark {taken[0]!r} of {viewset.__name__}: the router has an address for it already. Drop "
                "the decorator, or give the method another name."
            )
        found: list[Route] = []
        for route in self.routes:
            if isinstance(route, DynamicRoute):
                found += [self._dynamic(route, action) for action in extra if action.detail == route.detail]
            else:
                found.append(route)
        return found

    def _dynamic(self, route: DynamicRoute, action: Any) -> Route:
        return Route(
            route.url.replace("{url_path}", action.url_path),
            action.mapping,
            route.name.replace("{url_name}", action.url_name),
            route.detail,
            {**route.initkwargs, **action.kwargs},
        )

    def get_method_map(self, viewset: Any, method_map: Any) -> dict[str, str]:
        """Return the actions that a viewset has."""
        return {method: action for method, action in method_map.items() if hasattr(viewset, action)}

    def get_lookup_regex(self, viewset: Any, lookup_prefix: str = "") -> str:
        """Return what finds one object in an address: a group, or a converter for `path()`."""
        field = getattr(viewset, "lookup_field", "pk")
        name = lookup_prefix + (getattr(viewset, "lookup_url_kwarg", None) or field)
        if self.use_regex_path:
            return f"(?P<{name}>{getattr(viewset, 'lookup_value_regex', LookupConverter.regex)})"
        return f"<{getattr(viewset, 'lookup_value_converter', 'str')}:{name}>"

    def get_urls(self) -> list[Any]:
        """Return the URL patterns of all viewsets."""
        return [
            self._pattern(prefix, viewset, basename, route, mapping)
            for prefix, viewset, basename in self.registry
            for route in self.get_routes(viewset)
            if (mapping := self.get_method_map(viewset, route.mapping))
        ]

    def _pattern(self, prefix: str, viewset: Any, basename: str, route: Route, mapping: dict[str, str]) -> Any:
        initkwargs = {**route.initkwargs, "basename": basename, "detail": route.detail}
        view = viewset.as_view(mapping, **initkwargs)
        lookup = self.get_lookup_regex(viewset)
        url = route.url.replace("{prefix}", prefix)
        name = route.name.replace("{basename}", basename)
        if not prefix and url.startswith("^/"):
            url = f"^{url[2:]}"
        plain = self._plain(url, lookup, viewset)
        if plain is not None:
            return path(plain, view, name=name)
        return re_path(
            url.replace("{lookup}", lookup).replace("{trailing_slash}", self.trailing_slash), view, name=name
        )

    def _plain(self, url: str, lookup: str, viewset: Any) -> str | None:
        """Return the address as a route of `path()`, which is matched by a tree; None where an expression is needed."""
        url = url.removeprefix("^").removesuffix("$").replace("{trailing_slash}", self.trailing_slash)
        if not self.use_regex_path:
            return url.replace("{lookup}", lookup)
        fixed = url.replace("{lookup}", "")
        if PLAIN.fullmatch(fixed) is None or "." in fixed or hasattr(viewset, "lookup_value_regex"):
            return None
        if "api_lookup" not in get_converters():
            register_converter(LookupConverter, "api_lookup")
        name = lookup.removeprefix("(?P<").partition(">")[0]
        return url.replace("{lookup}", f"<api_lookup:{name}>")


class APIRootView(APIView):
    """The addresses of an API's lists."""

    _ignore_model_permissions = True
    schema = None
    api_root_dict: Any = None

    @answers
    async def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the addresses by prefix."""
        match = request.resolver_match
        namespace = match.namespace if match is not None else ""
        addresses: dict[str, str] = {}
        for prefix, name in (self.api_root_dict or {}).items():
            full = f"{namespace}:{name}" if namespace else name
            try:
                addresses[prefix] = reverse(
                    full, args=args, kwargs=kwargs, request=request, format=kwargs.get("format")
                )
            except NoReverseMatch:  # its address has parts that the root does not know
                continue
        return Response(addresses)


class DefaultRouter(SimpleRouter):
    """The same, with a page of all lists at the root, and formats as suffixes (`/books.json`).

    Attributes:
        include_root_view: whether there is a root.
        include_format_suffixes: whether addresses may end with a format.
        root_view_name: the root's URL name.
        APIRootView: the class of the root.
    """

    include_root_view = True
    include_format_suffixes = True
    root_view_name = "api-root"
    APIRootView: Any = APIRootView
    root_renderers: Any = None

    def __init__(self, *args: Any, root_renderers: Sequence[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.root_renderers = root_renderers

    def get_api_root_view(self, api_urls: Sequence[Any] | None = None) -> Any:
        """Return the view of the root."""
        list_name = self.routes[0].name
        names = {prefix: list_name.replace("{basename}", basename) for prefix, _, basename in self.registry}
        options = {"renderer_classes": list(self.root_renderers)} if self.root_renderers is not None else {}
        return self.APIRootView.as_view(api_root_dict=names, **options)

    def get_urls(self) -> list[Any]:
        """Return the URL patterns of all viewsets, and the root's."""
        urls = super().get_urls()
        if self.include_root_view:
            urls.append(path("", self.get_api_root_view(api_urls=urls), name=self.root_view_name))
        return format_suffix_patterns(urls) if self.include_format_suffixes else urls
