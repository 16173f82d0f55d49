"""`reverse()`: namespaces, arguments, query and fragment, and errors that name what would have been right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from manoir.exceptions import NoReverseMatch, nearest
from manoir.i18n import LazyString
from manoir.urls._conf import view_path
from manoir.urls._names import Names, build_path, expression_forms
from manoir.urls._resolver import get_resolver
from manoir.urls._state import get_script_prefix, get_urlconf

if TYPE_CHECKING:
    from manoir.urls._leaves import Leaf


def reverse(
    viewname: Any,
    urlconf: Any = None,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    current_app: str | None = None,
    *,
    query: Any = None,
    fragment: str | None = None,
) -> str:
    """Return the address of a view.

    Args:
        viewname: name of the URL pattern, with namespaces (`"shop:book"`), or the view itself.
        urlconf: another URLconf than that of this context.
        args: values of the parameters, in order.
        kwargs: values of the parameters, by name.
        current_app: instance namespace to prefer where an application is deployed several times.
        query: mapping, pairs or QueryDict that becomes the query string.
        fragment: what follows `#`.

    Returns:
        A percent-encoded path, beginning with the script prefix.

    Raises:
        NoReverseMatch: no pattern has this name, or none takes these arguments.
        ValueError: both `args` and `kwargs` were given.

    Example:
        >>> def book(request, pk): ...
        >>> urlpatterns = [path("books/<int:pk>/", book, name="book")]
        >>> reverse("book", urlpatterns, kwargs={"pk": 3}, query={"page": 2}, fragment="reviews")
        '/books/3/?page=2#reviews'
    """
    # hot path: benchmarks/urls.py
    if args and kwargs:
        raise ValueError("Give reverse() args or kwargs, not both.")
    root = get_resolver(get_urlconf() if urlconf is None else urlconf).names
    names, key = _enter_namespaces(root, viewname, current_app) if isinstance(viewname, str) else (root, viewname)
    leaves = names.leaves.get(key)
    if not leaves:
        raise NoReverseMatch(_unknown(root, viewname))
    for leaf in leaves:
        path = build_path(leaf, args or (), kwargs or {})
        if path is not None:
            return _finish(path, query, fragment)
    raise NoReverseMatch(_wrong_arguments(viewname, leaves, args or (), kwargs or {}))


def reverse_lazy(
    viewname: Any,
    urlconf: Any = None,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    current_app: str | None = None,
    *,
    query: Any = None,
    fragment: str | None = None,
) -> Any:
    """Return the address of a view, worked out when it is used; for class attributes and default arguments.

    It takes the arguments of `reverse`.

    Example:
        >>> success_url = reverse_lazy("books")
    """
    arguments = {"current_app": current_app, "query": query, "fragment": fragment}
    return LazyString(reverse, (viewname, urlconf, args, kwargs), arguments)


def _finish(path: str, query: Any, fragment: str | None) -> str:
    prefix = get_script_prefix()
    # Two slashes at the start would be read as a host.
    url = f"{prefix}%2F{path.lstrip('/')}" if path[:1] == "/" else prefix + path
    if query:
        pairs = (
            [(key, value) for key, values in query.lists() for value in values] if hasattr(query, "lists") else query
        )
        url += f"?{urlencode(pairs, doseq=True)}"
    if fragment:
        url += f"#{quote(fragment, safe=_IN_FRAGMENT)}"
    return url


_IN_FRAGMENT = "!$&'()*+,;=:@/?-._~"


def _enter_namespaces(names: Names, viewname: str, current_app: str | None) -> tuple[Names, str]:
    """Walk down to the namespace that `viewname` is in.

    A namespace is first read as an application's name: of its instances the current one is taken, or the one that is
    named like the application, or the last declared. Otherwise it is an instance's own name.
    """
    *spaces, key = viewname.split(":")
    if not spaces:
        return names, key
    current = current_app.split(":") if current_app else []
    walked: list[str] = []
    for space in spaces:
        wanted = current.pop(0) if current else None
        instances = names.apps.get(space)
        if instances:
            if wanted in instances:
                space = wanted
            else:
                space = space if space in instances else instances[0]
                current = []
        elif wanted != space:
            current = []
        below = names.spaces.get(space or "")
        if below is None:
            where = f" inside {':'.join(walked)!r}" if walked else ""
            raise NoReverseMatch(
                f"There is no namespace {space!r}{where} (in {viewname!r})."
                f"{nearest(str(space), names.spaces)}{_known('Namespaces', names.spaces)}"
            )
        walked.append(str(space))
        names = below
    return names, key


def _known(title: str, words: Any) -> str:
    listed = sorted(words)
    return f" {title}: {', '.join(listed[:20])}{' …' if len(listed) > 20 else ''}." if listed else ""


def _unknown(root: Names, viewname: Any) -> str:
    if not isinstance(viewname, str):
        return f"No URL leads to the view {view_path(viewname)}: no pattern without a namespace has it."
    names = root.names()
    return f"{viewname!r} leads nowhere: no URL pattern has this name.{nearest(viewname, names)}" + _known(
        "Names", names
    )


def _wrong_arguments(viewname: Any, leaves: list[Leaf], args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    shown = repr(viewname) if isinstance(viewname, str) else f"the view {view_path(viewname)}"
    if args:
        given = f"the arguments {tuple(args)!r}"
    else:
        given = f"the keyword arguments {dict(kwargs)!r}" if kwargs else "a call without arguments"
    return f"No URL of {shown} fits {given}. It takes: " + "; or: ".join(map(_signature, leaves)) + "."


def _signature(leaf: Leaf) -> str:
    if leaf.tokens is not None:
        listed = ", ".join(f"{parameter.name} ({parameter.kind})" for parameter in leaf.parameters)
    else:
        form = expression_forms(leaf)[0]
        listed = ", ".join(part.name or f"argument {part.index}" for part in form if not isinstance(part, str))  # type: ignore[union-attr]
    return f"{listed or 'nothing'} in {'/' + leaf.route!r}"
