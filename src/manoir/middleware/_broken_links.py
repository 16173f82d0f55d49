"""BrokenLinkEmailsMiddleware: tells MANAGERS of links to pages that are not there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from manoir.conf import settings
from manoir.http import HttpResponseBase
from manoir.mail import amail_managers
from manoir.middleware._base import PureMiddleware

if TYPE_CHECKING:
    from manoir.http import HttpRequest

MAX_REFERER = 2_000


class BrokenLinkEmailsMiddleware(PureMiddleware):
    """Mails MANAGERS about a 404 that somebody was led to, once it was answered; not with DEBUG.

    Paths that IGNORABLE_404_URLS match are left out, and so are requests that follow no link.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Have the mail sent after the answer."""
        if response.status_code != 404 or settings.DEBUG or not settings.MANAGERS:
            return response
        domain, path = request.get_host(), request.get_full_path()
        referer = request.headers.raw.get("referer", "")[:MAX_REFERER]
        if not self.is_ignorable_request(request, path, domain, referer):
            internal = "INTERNAL " if self.is_internal_request(domain, referer) else ""
            agent = request.headers.raw.get("user-agent", "<none>")[:MAX_REFERER]
            message = (
                f"Referrer: {referer}\nRequested URL: {path}\nUser agent: {agent}\nIP address: {request.client_ip}\n"
            )
            subject = f"Broken {internal}link on {domain}"
            response.add_follow_up(partial(amail_managers, subject, message, fail_silently=True))
        return response

    def is_internal_request(self, domain: str, referer: str) -> bool:
        """Return whether the link stands on this site."""
        return bool(urlsplit(referer).netloc == domain)

    def is_ignorable_request(self, request: HttpRequest, uri: str, domain: str, referer: str) -> bool:
        """Return whether nobody needs to know: no link was followed, a page names itself, or the path is ignorable."""
        if not referer:
            return True
        try:
            parts = urlsplit(referer)
        except ValueError:
            return True
        itself = parts.netloc in ("", domain) and parts.path.rstrip("/") == urlsplit(uri).path.rstrip("/")
        # A robot that claims to come from the home page of a site, or from the very page, follows no link.
        return itself or any(pattern.search(uri) for pattern in settings.IGNORABLE_404_URLS)
