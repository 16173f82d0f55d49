"""Paths and addresses as text: percent-encoding, and whether a URL may be redirected to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

MAX_URL = 16_384
"""Characters above which a URL is refused before it is looked at."""

_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028\u2029\u202a-\u202e\ufeff]")


def escape_uri_path(path: str) -> str:
    """Percent-encode what may not stand in the path of a URL.

    Example:
        >>> escape_uri_path("/a b/é?")
        '/a%20b/%C3%A9%3F'
    """
    return quote(path, safe="/:@!$&'()*+,;=-._~")


def iri_to_uri(iri: str | None) -> str | None:
    """Percent-encode what is not ASCII, or not allowed, in an address; parts that are encoded stay as they are.

    Example:
        >>> iri_to_uri("/café/?q=a b&x=%20")
        '/caf%C3%A9/?q=a%20b&x=%20'
    """
    return None if iri is None else quote(str(iri), safe="/#%[]=:;$&()+,!?*@'~-._")


def single_leading_slash(path: str) -> str:
    r"""Collapse slashes and backslashes at the start, which browsers read as "another host".

    Example:
        >>> single_leading_slash("//evil.example/"), single_leading_slash("/\\evil.example")
        ('/evil.example/', '/evil.example')
    """
    if path[:1] in ("/", "\\") and (path[:1] == "\\" or path[1:2] in ("/", "\\")):
        return "/" + path.lstrip("/\\")
    return path


def url_has_allowed_host_and_scheme(
    url: str | None, allowed_hosts: str | Iterable[str] | None, require_https: bool = False
) -> bool:
    """Return whether `url` leads to one of `allowed_hosts`, or nowhere else than this site.

    Controls, invisible characters, backslashes, several leading slashes and any scheme but http and https are
    refused, because browsers and URL parsers disagree about them.

    Args:
        url: what a client sent, such as the value of `next`.
        allowed_hosts: host, or hosts (with port where there is one); None or "" allows this site's paths only.
        require_https: refuse http.

    Returns:
        True when a redirect to `url` is safe; False also for an empty URL.

    Example:
        >>> url_has_allowed_host_and_scheme("/cart/", None), url_has_allowed_host_and_scheme("//evil.example", None)
        (True, False)
    """
    if not url or len(url) > MAX_URL:
        return False
    url = url.strip(" ")
    if not url or "\\" in url or _CONTROL.search(url) or url.startswith("//"):
        return False
    hosts = {allowed_hosts} if isinstance(allowed_hosts, str) else set(allowed_hosts or ())
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.netloc:
        # "https:evil.example" and "http:///evil.example" have a scheme but no host; browsers find one.
        return not parts.scheme
    if "@" in parts.netloc or parts.netloc not in hosts:
        return False
    return parts.scheme in (("https",) if require_https else ("http", "https"))
