"""OpenAPI 3.1: a description of the API out of its views, serializers and types, for programs and as a page."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakSet

from manoir.bridge import spawn, to_thread
from manoir.conf import settings as project
from manoir.exceptions import APIException, Http404, PermissionDenied
from manoir.http import HttpResponse, HttpResponseBase
from manoir.rest._docs_page import ASSETS, DocsRenderer, asset_path
from manoir.rest._openapi_fields import Components, Schema
from manoir.rest._openapi_operation import AutoSchema, operation
from manoir.rest._openapi_paths import Address, addresses_of
from manoir.rest._openapi_security import schemes_of
from manoir.rest._rehearsal import with_method
from manoir.rest.renderers import JSONRenderer, OpenAPIRenderer
from manoir.rest.response import Response
from manoir.rest.views import APIView
from manoir.urls import get_resolver
from manoir.views import answers

__all__ = ["AutoSchema", "OpenAPIRenderer", "SchemaGenerator", "SchemaView", "get_schema_view", "operation"]

METHODS = ("get", "post", "put", "patch", "delete")


_generators: WeakSet[SchemaGenerator] = WeakSet()


@project.on_change
def forget_schemas(name: str, value: object, enter: bool) -> None:
    """Describe anew after settings changed, as tests do."""
    for generator in _generators:
        generator.forget()


class SchemaGenerator:
    """Describes the views of APIs of a URL configuration.

    Args:
        title: name of the API.
        url: address before all paths, without a slash at its end; None leaves it to the client.
        description: what the API is for.
        patterns: URL patterns; None takes those of `urlconf`.
        urlconf: dotted name or module; None for settings.ROOT_URLCONF.
        version: of the API.

    Example:
        >>> SchemaGenerator(title="Shop", patterns=[]).get_schema()["openapi"]
        '3.1.0'
    """

    def __init__(
        self,
        title: str | None = None,
        url: str | None = None,
        description: str | None = None,
        patterns: Sequence[Any] | None = None,
        urlconf: Any = None,
        version: str | None = None,
    ) -> None:
        self.title, self.url, self.description, self.version = title, url, description, version
        self.patterns, self.urlconf = patterns, urlconf
        self._kept: Schema | None = None
        _generators.add(self)

    def get_public_schema(self) -> Schema:
        """Return the whole description, worked out once: anybody may ask for it, as often as they like (H56)."""
        if self._kept is None or project.DEBUG:
            self._kept = self.get_schema()
        return self._kept

    def forget(self) -> None:
        """Work the description out anew at the next request."""
        self._kept = None

    def get_schema(self, request: Any = None, public: bool = True) -> Schema:
        """Return the whole description.

        Args:
            request: whose user decides what is described, unless `public`.
            public: describe everything.
        """
        schemas: Schema = {}
        components = Components(schemas)
        paths: Schema = {}
        schemes: Schema = {}
        for address in self.get_addresses():
            for method, view in self.get_views(address, request):
                if not public and not may_ask(view, request):
                    continue
                described = self.describe(view, address, method, components)
                if described is not None:
                    paths.setdefault(address.path, {})[method] = described
                    schemes.update(schemes_of(view))
        found: Schema = {"openapi": "3.1.0", "info": self.get_info(), "paths": unique_ids(paths)}
        if self.url:
            found["servers"] = [{"url": self.url.rstrip("/")}]
        found["components"] = {"schemas": dict(sorted(schemas.items())), "securitySchemes": schemes}
        return found

    def get_info(self) -> Schema:
        """Return title, version and description."""
        info: Schema = {"title": self.title or "API", "version": self.version or "1.0"}
        return {**info, "description": self.description} if self.description else info

    def get_addresses(self) -> list[Address]:
        """Return the addresses with their views."""
        patterns = self.patterns
        if patterns is None:
            patterns = get_resolver(self.urlconf).url_patterns
        return list(addresses_of(patterns))

    def get_views(self, address: Address, request: Any) -> list[tuple[str, Any]]:
        """Return an instance of the view for each HTTP method."""
        found: list[tuple[str, Any]] = []
        actions = getattr(address.callback, "actions", None)
        for method in METHODS:
            view = address.callback.cls(**address.callback.initkwargs)
            view.args, view.kwargs, view.format_kwarg = (), dict(address.parameters), None
            view.request = None if request is None else with_method(request, method.upper())
            if actions is not None:
                if method not in actions:
                    continue
                view.bind_actions(actions)
                view.action = actions[method]
            elif method not in view.http_method_names or not hasattr(view, method):
                continue
            found.append((method, view))
        return found

    def describe(self, view: Any, address: Address, method: str, components: Components) -> Schema | None:
        """Return one operation."""
        declared: Any = view.schema
        schema: Any = declared() if inspect.isclass(declared) else declared
        return schema.get_operation(view, address.path, method, address.parameters, components)


def may_ask(view: Any, request: Any) -> bool:
    """Tell whether the request's user may use a view."""
    if request is None:
        return True
    try:
        view.check_permissions(view.request)
    except (APIException, Http404, PermissionDenied):
        return False
    return True


def unique_ids(paths: Schema) -> Schema:
    """Give operations of one name different ones."""
    seen: dict[str, int] = {}
    for operations in paths.values():
        for described in operations.values():
            name = described["operationId"]
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                described["operationId"] = f"{name}_{seen[name]}"
    return paths


class SchemaView(APIView):
    """Answers with the description: as JSON for programs, as an interactive page for people.

    Attributes:
        schema_generator: what describes.
        public: describe everything, instead of what the reader may use.
    """

    schema = None
    renderer_classes: Any = (OpenAPIRenderer, JSONRenderer, DocsRenderer)
    schema_generator: Any = None
    public = False
    _ignore_model_permissions = True

    @answers
    async def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the description, or with a file of the page."""
        asset = request.query_params.get("asset")
        if asset is not None:
            return await self.asset(asset)
        generator = self.schema_generator or SchemaGenerator()
        if self.public and hasattr(generator, "get_public_schema"):
            return Response(await spawn(generator.get_public_schema))
        return Response(await spawn(generator.get_schema, request, self.public))

    async def asset(self, name: str) -> HttpResponseBase:
        """Return a file of the page, out of a closed list.

        Raises:
            Http404: there is no such file.
        """
        path: Path | None = asset_path(name)
        if path is None:
            raise Http404
        headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
        content = await to_thread(path.read_bytes)
        return HttpResponse(content, content_type=ASSETS[name], headers=headers)


def get_schema_view(
    title: str | None = None,
    url: str | None = None,
    description: str | None = None,
    urlconf: Any = None,
    renderer_classes: Sequence[Any] | None = None,
    public: bool = False,
    patterns: Sequence[Any] | None = None,
    generator_class: Any = SchemaGenerator,
    authentication_classes: Any = None,
    permission_classes: Any = None,
    version: str | None = None,
) -> Any:
    """Make a view that describes the API, for a URL pattern.

    Args:
        title: name of the API.
        url: address before all paths; None leaves it to the client.
        description: what it is for.
        urlconf: dotted name or module of the URLs; None for settings.ROOT_URLCONF.
        renderer_classes: the forms; JSON and the page by default.
        public: describe everything, instead of what the reader may use.
        patterns: URL patterns, instead of a `urlconf`.
        generator_class: class of what describes.
        authentication_classes: who may say whose request it is; those of REST_FRAMEWORK by default.
        permission_classes: who may read it; those of REST_FRAMEWORK by default.
        version: of the API.

    Example:
        >>> path("api/docs/", get_schema_view(title="Shop"))  # doctest: +SKIP
    """
    generator = generator_class(
        title=title, url=url, description=description, urlconf=urlconf, patterns=patterns, version=version
    )
    options: dict[str, Any] = {"schema_generator": generator, "public": public}
    given = {
        "renderer_classes": renderer_classes,
        "authentication_classes": authentication_classes,
        "permission_classes": permission_classes,
    }
    return SchemaView.as_view(**options, **{name: value for name, value in given.items() if value is not None})
