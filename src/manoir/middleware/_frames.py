"""XFrameOptionsMiddleware: which pages may show this one in a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manoir.conf import settings
from manoir.http import HttpResponseBase, header_value
from manoir.middleware._base import PureMiddleware
from manoir.middleware._steps import AddsHeaders

if TYPE_CHECKING:
    from manoir.http import HttpRequest


class XFrameOptionsMiddleware(PureMiddleware):
    """Sets X-Frame-Options to settings.X_FRAME_OPTIONS, unless the view set it or `response.xframe_options_exempt`."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header where it is missing."""
        if "x-frame-options" not in response.headers.raw and not response.xframe_options_exempt:
            response.headers["X-Frame-Options"] = self.get_xframe_options_value(request, response)
        return response

    def active_hooks(self) -> tuple[Any, Any]:
        """Check the header's value once, unless a subclass decides by request."""
        before, after = super().active_hooks()
        own = (self.is_own(XFrameOptionsMiddleware, name) for name in ("process_response", "get_xframe_options_value"))
        if all(own):
            options = header_value((settings.X_FRAME_OPTIONS or "DENY").upper(), "X-Frame-Options")
            after = AddsHeaders([("x-frame-options", options)], self.process_response)
        return before, after

    def get_xframe_options_value(self, request: HttpRequest, response: HttpResponseBase) -> str:
        """Return the header's value; for subclasses that decide by request."""
        return (settings.X_FRAME_OPTIONS or "DENY").upper()
