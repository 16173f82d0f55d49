"""CommonMiddleware: addresses people mistype, visitors nobody wants, and Content-Length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manoir.conf import settings
from manoir.exceptions import PermissionDenied
from manoir.http import HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from manoir.middleware._base import PureMiddleware
from manoir.middleware._steps import OwnStep
from manoir.urls import should_append_slash

if TYPE_CHECKING:
    from manoir.http import HttpRequest


BODILESS = frozenset({204, 304})


class CommonMiddleware(PureMiddleware):
    """Redirects for APPEND_SLASH and PREPEND_WWW, 403 for DISALLOWED_USER_AGENTS, Content-Length.

    Attributes:
        response_redirect_class: class of the redirects, permanent unless a subclass says otherwise.
    """

    response_redirect_class: type[HttpResponse] = HttpResponsePermanentRedirect

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        """Refuse unwanted user agents; redirect to `www.` with PREPEND_WWW.

        Raises:
            PermissionDenied: the user agent matches one of DISALLOWED_USER_AGENTS.
        """
        if settings.DISALLOWED_USER_AGENTS:
            agent = request.headers.raw.get("user-agent")
            if agent is not None and any(pattern.search(agent) for pattern in settings.DISALLOWED_USER_AGENTS):
                raise PermissionDenied("This user agent is not allowed here.")
        if settings.PREPEND_WWW and not request.get_host().startswith("www."):
            # One redirect for both corrections, not two.
            path = self.get_full_path_with_slash(request) if self.should_redirect_with_slash(request) else None
            path = "/" + (path or request.get_full_path()).lstrip("/")
            return self.response_redirect_class(f"{request.scheme}://www.{request.get_host()}{path}")
        return None

    def active_hooks(self) -> tuple[Any, Any]:
        """Leave out the way in where the settings refuse and redirect nobody."""
        before, after = super().active_hooks()
        idle = not settings.DISALLOWED_USER_AGENTS and not settings.PREPEND_WWW
        if idle and self.is_own(CommonMiddleware, "process_request"):
            before = None
        if self.is_own(CommonMiddleware, "process_response"):
            after = OwnStep(self.process_response)
        return before, after

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        """Return whether APPEND_SLASH is on and the path would lead somewhere with a slash at its end."""
        return settings.APPEND_SLASH and should_append_slash(request.path_info, request.urlconf)

    def get_full_path_with_slash(self, request: HttpRequest) -> str:
        """Return path and query with a slash at the end of the path.

        Raises:
            RuntimeError: with DEBUG, when a redirect would lose the body of a POST, PUT or PATCH.
        """
        path = "/" + request.get_full_path(force_append_slash=True).lstrip("/")
        if settings.DEBUG and request.method in ("DELETE", "POST", "PUT", "PATCH"):
            raise RuntimeError(
                f"This {request.method} went to an address without its last slash; the redirect of APPEND_SLASH would "
                f"lose its data. Send it to {path.partition('?')[0]} (mind the slash), or set "
                "APPEND_SLASH = False."
            )
        return path

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Redirect a 404 whose path only lacks its slash; say how long the content is."""
        # hot path: benchmarks/http_objects.py
        if response.status_code == 404 and self.should_redirect_with_slash(request):
            response = self.response_redirect_class(self.get_full_path_with_slash(request))
        raw = response.headers.raw
        # 204 has no length, and that of 304 would be the page's, not this answer's (RFC 9110, 8.6).
        if "content-length" not in raw and isinstance(response, HttpResponse) and response.status_code not in BODILESS:
            raw["content-length"] = str(len(response.content))
        return response
