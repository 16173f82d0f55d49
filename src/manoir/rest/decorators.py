"""Decorators: functions as views of an API, their policies, and the further actions of viewsets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from manoir.rest.views import APIView

__all__ = [
    "MethodMapper",
    "action",
    "api_view",
    "authentication_classes",
    "content_negotiation_class",
    "metadata_class",
    "parser_classes",
    "permission_classes",
    "renderer_classes",
    "schema",
    "throttle_classes",
    "versioning_class",
]

F = TypeVar("F", bound=Callable[..., Any])
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
POLICIES = (
    "renderer_classes", "parser_classes", "authentication_classes", "throttle_classes", "permission_classes",
    "content_negotiation_class", "metadata_class", "versioning_class", "schema",
)  # fmt: skip


def api_view(http_method_names: Sequence[str] | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a view of an API out of a function, `def` or `async def`, that takes a `Request` and returns a `Response`.

    Args:
        http_method_names: the methods it answers, in any case; `["GET"]` by default.

    Raises:
        TypeError: used without parentheses, or with what is no list.

    Example:
        >>> @api_view(["GET", "POST"])
        ... async def hello(request):
        ...     return Response({"hello": "world"})
    """
    if callable(http_method_names) or isinstance(http_method_names, str):
        raise TypeError('@api_view takes a list of methods: @api_view(["GET"]).')
    names = [name.lower() for name in (http_method_names or ["get"])]

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        if isinstance(function, type):
            raise TypeError(f"@api_view is for functions; {function.__name__} is a class: use its as_view().")
        # The body of a class that calls the function: which policies it has was noted on it by the other decorators.
        members: dict[str, Any] = {name: staticmethod_of(function) for name in names if name != "options"}
        members |= {name: getattr(function, name) for name in POLICIES if hasattr(function, name)}
        members |= {"__doc__": function.__doc__, "__module__": function.__module__}
        head = ["head"] if "get" in names else []  # what can be read can be asked for without its body (RFC 9110)
        members["http_method_names"] = list(dict.fromkeys([*names, *head, "options"]))
        wrapped = type(function.__name__, (APIView,), members)
        return wrapped.as_view()  # pyright: ignore[reportAttributeAccessIssue]

    return decorate


def staticmethod_of(function: Callable[..., Any]) -> Any:
    """Return the function as a member that gets no `self`."""
    return staticmethod(function)


def policy(name: str) -> Callable[[Any], Callable[[F], F]]:
    """Make the decorator that notes one policy on a function; it stands below `@api_view`."""

    def decorator(value: Any) -> Callable[[F], F]:
        def decorate(function: F) -> F:
            if hasattr(function, "cls"):
                raise TypeError(f"@{name} stands below @api_view, not above it.")
            setattr(function, name, value)
            return function

        return decorate

    decorator.__name__ = decorator.__qualname__ = name
    decorator.__doc__ = f"Set `{name}` of a function's view; stands below `@api_view`."
    return decorator


renderer_classes = policy("renderer_classes")
parser_classes = policy("parser_classes")
authentication_classes = policy("authentication_classes")
throttle_classes = policy("throttle_classes")
permission_classes = policy("permission_classes")
content_negotiation_class = policy("content_negotiation_class")
metadata_class = policy("metadata_class")
versioning_class = policy("versioning_class")
schema = policy("schema")


def action(
    methods: Iterable[str] | None = None,
    detail: bool | None = None,
    url_path: str | None = None,
    url_name: str | None = None,
    **kwargs: Any,
) -> Callable[[Callable[..., Any]], Any]:
    """Mark a method of a viewset as a further action, which routers give an address.

    Args:
        methods: HTTP methods it answers; `["get"]` by default.
        detail: whether it belongs to one object (`/books/7/publish/`) or to the list (`/books/recent/`).
        url_path: the address's last part; the method's name by default.
        url_name: the last part of its URL name; the method's name with dashes by default.
        **kwargs: attributes of the view for this action: `permission_classes`, `serializer_class` …

    Raises:
        TypeError: `detail` is not given, or a method is unknown.

    Example:
        >>> class Books:
        ...     @action(detail=True, methods=["post"])
        ...     async def publish(self, request, pk=None): ...
        >>> Books.publish.url_path
        'publish'
    """
    names = [name.lower() for name in (methods or ["get"])]
    if detail is None:
        raise TypeError("@action() has to know whether it belongs to one object: detail=True or detail=False.")
    unknown = [name for name in names if name not in METHODS]
    if unknown:
        raise TypeError(f"@action() knows no HTTP method {unknown[0]!r}; it is one of {', '.join(METHODS)}.")
    if "name" in kwargs and "suffix" in kwargs:
        raise TypeError("@action() takes a name or a suffix, not both.")

    def decorate(function: Any) -> Any:
        function.mapping = MethodMapper(function, names)
        function.detail = detail
        function.url_path = url_path if url_path is not None else function.__name__
        function.url_name = url_name if url_name is not None else function.__name__.replace("_", "-")
        function.kwargs = dict(kwargs)
        if "name" not in kwargs and "suffix" not in kwargs:
            function.kwargs["name"] = function.__name__.replace("_", " ").strip().capitalize()
        function.kwargs.setdefault("description", function.__doc__ or None)
        return function

    return decorate


class MethodMapper(dict[str, str]):
    """Which method of the viewset answers which HTTP method of an action.

    `@publish.mapping.delete` on a further method lets it answer DELETE at the address of `publish`.
    """

    def __init__(self, action: Any, methods: Iterable[str]) -> None:
        super().__init__()
        self.action = action
        for method in methods:
            self[method] = action.__name__

    def _map(self, method: str, function: F) -> F:
        name = function.__name__
        if method in self:
            raise AssertionError(
                f"{method.upper()} of {self.action.__name__!r} is answered by {self[method]!r} already."
            )
        if name == self.action.__name__:
            raise AssertionError(f"The method for {method.upper()} needs another name than the action, {name!r}.")
        self[method] = name
        return function

    def get(self, function: F) -> F:  # type: ignore[override]  # documented as a decorator
        """Let a method answer GET."""
        return self._map("get", function)

    def post(self, function: F) -> F:
        """Let a method answer POST."""
        return self._map("post", function)

    def put(self, function: F) -> F:
        """Let a method answer PUT."""
        return self._map("put", function)

    def patch(self, function: F) -> F:
        """Let a method answer PATCH."""
        return self._map("patch", function)

    def delete(self, function: F) -> F:
        """Let a method answer DELETE."""
        return self._map("delete", function)

    def head(self, function: F) -> F:
        """Let a method answer HEAD."""
        return self._map("head", function)

    def options(self, function: F) -> F:
        """Let a method answer OPTIONS."""
        return self._map("options", function)

    def trace(self, function: F) -> F:
        """Let a method answer TRACE."""
        return self._map("trace", function)
