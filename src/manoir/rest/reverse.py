"""Addresses of views, in full where the request is known."""

from __future__ import annotations

from typing import Any

from manoir.exceptions import NoReverseMatch
from manoir.i18n import LazyString
from manoir.urls import reverse as path_of

__all__ = ["preserve_builtin_query_params", "reverse", "reverse_lazy"]


def preserve_builtin_query_params(url: str, request: Any = None) -> str:
    """Return an address that keeps the `format` that the request was asked with."""
    from_request = getattr(request, "query_params", None)
    name = getattr(getattr(request, "parser_context", {}).get("view", None), "settings", None)
    override = name.URL_FORMAT_OVERRIDE if name is not None else "format"
    wanted = from_request.get(override) if from_request is not None and override else None
    if not wanted or not str(wanted).isalnum():
        return url
    return f"{url}{'&' if '?' in url else '?'}{override}={wanted}"


def reverse(
    viewname: Any,
    args: Any = None,
    kwargs: Any = None,
    request: Any = None,
    format: str | None = None,
    **extra: Any,
) -> str:
    """Return the address of a view: with scheme and host where `request` is given, in its version.

    Args:
        viewname: name of a URL pattern.
        args: what the pattern captures by position.
        kwargs: what it captures by name.
        request: the request that is answered.
        format: suffix of the address, `"json"`.
        **extra: further arguments of `manoir.urls.reverse`.

    Raises:
        NoReverseMatch: no pattern has this name and these arguments.
    """
    scheme = getattr(request, "versioning_scheme", None)
    if scheme is None:
        url = _reverse(viewname, args, kwargs, request, format, **extra)
    else:
        try:
            url = scheme.reverse(viewname, args, kwargs, request, format, **extra)
        except NoReverseMatch:
            # A view outside of the versions.
            url = _reverse(viewname, args, kwargs, request, format, **extra)
    return preserve_builtin_query_params(url, request)


def _reverse(
    viewname: Any,
    args: Any = None,
    kwargs: Any = None,
    request: Any = None,
    format: str | None = None,
    **extra: Any,
) -> str:
    if format is not None:
        kwargs = {**(kwargs or {}), "format": format}
    url = path_of(viewname, args=args, kwargs=kwargs, **extra)
    return request.build_absolute_uri(url) if request is not None else url


def reverse_lazy(*args: Any, **kwargs: Any) -> Any:
    """Return the same, worked out when it is used."""
    return LazyString(reverse, args, kwargs)
