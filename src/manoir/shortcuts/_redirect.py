"""Redirects to models, views and URLs."""

from __future__ import annotations

from typing import Any

from manoir.http import HttpResponsePermanentRedirect, HttpResponseRedirect
from manoir.urls import NoReverseMatch, reverse


def redirect(
    to: Any, *args: Any, permanent: bool = False, preserve_request: bool = False, **kwargs: Any
) -> HttpResponseRedirect | HttpResponsePermanentRedirect:
    """Redirect to a model's page, a named URL, or a URL.

    Args:
        to: an object with `get_absolute_url()`, the name of a URL pattern or a view (reversed with `args` and
            `kwargs`), or a URL, relative or absolute. Never pass a URL that a visitor chose without checking it with
            `manoir.http.url_has_allowed_host_and_scheme`.
        *args: positional arguments of the URL pattern.
        permanent: answer 301 (308) instead of 302 (307).
        preserve_request: keep method and body: answer 307 (308).
        **kwargs: keyword arguments of the URL pattern.

    Raises:
        NoReverseMatch: `to` looks like a name, but no pattern fits it with these arguments.

    Example:
        >>> redirect("/books/").status_code
        302
    """
    response = HttpResponsePermanentRedirect if permanent else HttpResponseRedirect
    return response(resolve_url(to, *args, **kwargs), preserve_request=preserve_request)


def resolve_url(to: Any, *args: Any, **kwargs: Any) -> str:
    """Return the URL that `to` means; see `redirect` for what it may be.

    Raises:
        NoReverseMatch: `to` looks like a name, but no pattern fits it with these arguments.

    Example:
        >>> resolve_url("/books/")
        '/books/'
    """
    if hasattr(to, "get_absolute_url"):
        return str(to.get_absolute_url())
    if callable(to):
        return reverse(to, args=args or None, kwargs=kwargs or None)
    text = str(to)
    if text.startswith(("./", "../")):
        return text
    try:
        return reverse(text, args=args or None, kwargs=kwargs or None)
    except NoReverseMatch:
        if args or kwargs or ("/" not in text and "." not in text):
            raise
    return text
