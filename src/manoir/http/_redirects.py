"""Redirects: an address that was checked once, whatever the view was given."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from manoir.exceptions import DisallowedRedirect
from manoir.http._response import HttpResponse
from manoir.http._uri import MAX_URL, iri_to_uri, single_leading_slash

_STRIPPED = "".join(map(chr, range(33)))


class HttpResponseRedirectBase(HttpResponse):
    """What redirects share.

    Args:
        redirect_to: an address, an absolute path, or a path relative to this page; lazy text is fine.
        preserve_request: keep verb and body (307, 308) instead of asking again by GET.
        max_length: characters above which the address is refused; None for no limit.
        *args: as for HttpResponse.
        **kwargs: as for HttpResponse.

    Attributes:
        url: where the client is sent.

    Raises:
        DisallowedRedirect: the scheme is none of `allowed_schemes`, or an http address has no host, or it is too long.
    """

    allowed_schemes = ["http", "https", "ftp"]
    status_code_preserve_request = 307
    max_length: int | None = MAX_URL

    def __init__(
        self,
        redirect_to: Any,
        *args: Any,
        preserve_request: bool = False,
        max_length: int | None = MAX_URL,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self["Location"] = self._checked(str(redirect_to), max_length)
        if preserve_request:
            self.status_code = self.status_code_preserve_request

    def _checked(self, target: str, max_length: int | None) -> str:
        if max_length is not None and len(target) > max_length:
            raise DisallowedRedirect(f"The address of a redirect is longer than {max_length} characters.")
        # Browsers drop controls around an address, and read two slashes or backslashes as the start of a host.
        target = single_leading_slash(target.strip(_STRIPPED))
        try:
            parts = urlsplit(target)
        except ValueError as error:
            raise DisallowedRedirect(f"The address of a redirect is malformed: {error}") from error
        if parts.scheme and parts.scheme not in self.allowed_schemes:
            raise DisallowedRedirect(f"Unsafe redirect to an address with the scheme {parts.scheme[:40]!r}.")
        if parts.scheme and not parts.netloc:
            raise DisallowedRedirect(f"A redirect by {parts.scheme} needs a host: {target[:100]!r}.")
        return iri_to_uri(target) or ""

    @property
    def url(self) -> str:
        """Where the client is sent."""
        return self["Location"]

    def __repr__(self) -> str:
        return f'<{type(self).__name__} status_code={self.status_code}, "{self.url}">'


class HttpResponseRedirect(HttpResponseRedirectBase):
    """302: look there, this time.

    Example:
        >>> HttpResponseRedirect("/books/").url
        '/books/'
    """

    status_code = 302


class HttpResponsePermanentRedirect(HttpResponseRedirectBase):
    """301: look there, from now on."""

    status_code = 301
    status_code_preserve_request = 308
