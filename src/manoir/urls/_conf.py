"""What a URLconf is written with: `path`, `re_path`, `include`, and what they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, TypeAlias

from manoir.conf import import_module
from manoir.exceptions import ImproperlyConfigured
from manoir.urls._pattern import Pattern, RegexPattern, RoutePattern

View: TypeAlias = Callable[..., Any]
Included: TypeAlias = "tuple[Any, str | None, str | None]"


class URLPattern:
    """One line of a URLconf: a pattern and the view it leads to.

    Args:
        pattern: the compiled route or expression.
        callback: the view.
        default_args: further keyword arguments of the view.
        name: name for `reverse()`.
    """

    def __init__(
        self, pattern: Pattern, callback: View, default_args: Mapping[str, Any] | None = None, name: str | None = None
    ) -> None:
        self.pattern = pattern
        self.callback = callback
        self.default_args: dict[str, Any] = dict(default_args or {})
        self.name = name

    @property
    def lookup_str(self) -> str:
        """Where the view is defined, as `module.name`."""
        return view_path(self.callback)

    def __repr__(self) -> str:
        return f"<URLPattern {str(self.pattern)!r}{f' [name={self.name!r}]' if self.name else ''}>"


class URLResolver:
    """A prefix and the patterns below it: what `path("shop/", include(…))` makes.

    Args:
        pattern: the compiled prefix.
        urlconf_name: module, dotted name of one, or list of patterns.
        default_kwargs: further keyword arguments of all views below.
        app_name: name of the application these URLs belong to.
        namespace: name of this instance of the application.
    """

    def __init__(
        self,
        pattern: Pattern,
        urlconf_name: Any,
        default_kwargs: Mapping[str, Any] | None = None,
        app_name: str | None = None,
        namespace: str | None = None,
    ) -> None:
        self.pattern = pattern
        self.urlconf_name = urlconf_name
        self.default_kwargs: dict[str, Any] = dict(default_kwargs or {})
        self.app_name = app_name
        self.namespace = namespace

    @property
    def urlconf_module(self) -> Any:
        """The module, or the list, with the patterns."""
        return import_module(self.urlconf_name) if isinstance(self.urlconf_name, str) else self.urlconf_name

    @property
    def url_patterns(self) -> Sequence[URLPattern | URLResolver]:
        """The patterns below this prefix."""
        return patterns_of(self.urlconf_module)

    def __repr__(self) -> str:
        shown = self.urlconf_name if isinstance(self.urlconf_name, str) else type(self.urlconf_name).__name__
        shown = getattr(self.urlconf_name, "__name__", shown)
        return f"<URLResolver {str(self.pattern)!r} {shown} ({self.app_name}:{self.namespace})>"


def patterns_of(urlconf: Any) -> Sequence[URLPattern | URLResolver]:
    """Return the patterns of a module or list.

    Raises:
        ImproperlyConfigured: there are none, or something in the list is no pattern.
    """
    patterns: Any = getattr(urlconf, "urlpatterns", urlconf)
    shown = getattr(urlconf, "__name__", repr(urlconf))
    if not isinstance(patterns, (list, tuple)):
        cure = "it needs a list called `urlpatterns`. If the list is there, two modules may import each other."
        if isinstance(getattr(urlconf, "urls", None), (list, tuple)):  # a router
            cure = "write include(….urls), which has its patterns."
        raise ImproperlyConfigured(f"The URLconf {shown} has no patterns to include: {cure}")
    for entry in patterns:
        if not isinstance(entry, (URLPattern, URLResolver)):
            raise ImproperlyConfigured(
                f"The URLconf {shown} contains {entry!r}, which is no pattern; write path(route, view)."
            )
    return patterns


def view_path(view: Any) -> str:
    """Return `module.name` of a view; of a class-based view, the class's."""
    view = getattr(view, "func", view)
    view = getattr(view, "view_class", view)
    name = getattr(view, "__qualname__", None) or type(view).__qualname__
    return f"{getattr(view, '__module__', None) or type(view).__module__}.{name}"


def include(arg: Any, namespace: str | None = None) -> Included:
    """Take the patterns of another URLconf below a prefix.

    Args:
        arg: a module, its dotted name, a list of patterns, or `(list, app_name)`.
        namespace: name of this instance of the application; its `app_name` unless told.

    Returns:
        What `path()` and `re_path()` take instead of a view.

    Raises:
        ImproperlyConfigured: a namespace is given for URLs that name no application.

    Example:
        >>> def home(request): ...
        >>> path("shop/", include(([path("", home, name="home")], "shop")))
        <URLResolver 'shop/' list (shop:shop)>
    """
    app_name: str | None = None
    urlconf: Any = arg
    if isinstance(arg, tuple):
        if len(arg) != 2:  # type: ignore[arg-type]
            raise ImproperlyConfigured(
                f"include() takes a module, a list of patterns, or (patterns, app_name), not a tuple of {len(arg)}."  # type: ignore[arg-type]
            )
        urlconf, app_name = arg  # type: ignore[misc]
    if isinstance(urlconf, str):
        urlconf = import_module(urlconf)
    if isinstance(urlconf, ModuleType) or hasattr(urlconf, "urlpatterns"):
        app_name = getattr(urlconf, "app_name", app_name)
    if namespace and not app_name:
        raise ImproperlyConfigured(
            f"include(…, namespace={namespace!r}) needs the name of the application: set `app_name` in the included "
            "module, or pass (patterns, 'app_name')."
        )
    patterns_of(urlconf)
    return urlconf, app_name, namespace or app_name


def path(
    route: str, view: View | Included, kwargs: Mapping[str, Any] | None = None, name: str | None = None
) -> URLPattern | URLResolver:
    """Lead a route to a view.

    Args:
        route: text with `<converter:name>` parts; converters are int, str, slug, uuid, path and registered ones.
        view: function, `Class.as_view()`, or `include(…)`.
        kwargs: further keyword arguments of the view.
        name: name for `reverse()` and `{% url %}`.

    Raises:
        TypeError: `view` cannot be called. ImproperlyConfigured: the route is malformed.

    Example:
        >>> def book_detail(request, pk): ...
        >>> path("books/<int:pk>/", book_detail, name="book")
        <URLPattern 'books/<int:pk>/' [name='book']>
    """
    return _entry(RoutePattern, str(route), view, kwargs, name)


def re_path(
    route: str, view: View | Included, kwargs: Mapping[str, Any] | None = None, name: str | None = None
) -> URLPattern | URLResolver:
    """Lead paths that match a regular expression to a view; `path()` is faster and cannot be slow.

    Args:
        route: a regular expression; an end `$` makes it match the whole path.
        view: function, `Class.as_view()`, or `include(…)`.
        kwargs: further keyword arguments of the view.
        name: name for `reverse()` and `{% url %}`.

    Raises:
        TypeError: `view` cannot be called. ImproperlyConfigured: the expression does not compile.
    """
    return _entry(RegexPattern, str(route), view, kwargs, name)


def _entry(
    kind: type[RoutePattern] | type[RegexPattern], route: str, view: Any, kwargs: Any, name: str | None
) -> URLPattern | URLResolver:
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise TypeError(f"kwargs of the route {route!r} must be a dict, not {type(kwargs).__name__}.")
    if isinstance(view, (list, tuple)):
        urlconf, app_name, namespace = view if len(view) == 3 else (view, None, None)  # type: ignore[misc]
        return URLResolver(kind(route, is_endpoint=False), urlconf, kwargs, app_name, namespace)
    if isinstance(view, type) and hasattr(view, "as_view"):
        raise TypeError(f"The route {route!r} was given the class {view.__name__}; pass {view.__name__}.as_view().")
    if not callable(view):
        raise TypeError(f"The view of the route {route!r} must be callable, or include(…); not {view!r}.")
    return URLPattern(kind(route, name=name, is_endpoint=True), view, kwargs, name)
