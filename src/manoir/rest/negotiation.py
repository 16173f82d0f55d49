"""Content negotiation: which parser reads a body, which renderer writes the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from manoir.exceptions import Http404, NotAcceptable, ParseError
from manoir.http import MediaType
from manoir.rest.settings import api_settings

if TYPE_CHECKING:
    from manoir.rest.request import Request

__all__ = ["BaseContentNegotiation", "DefaultContentNegotiation"]


class BaseContentNegotiation:
    """Chooses parser and renderer; subclass it for another way."""

    def select_parser(self, request: Request, parsers: Sequence[Any]) -> Any:
        """Return the parser of a body; None when none reads its media type, which is answered by 415."""
        raise NotImplementedError(f"{type(self).__name__} needs select_parser(request, parsers).")

    def select_renderer(
        self, request: Request, renderers: Sequence[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """Return the renderer of the answer, and the media type it is to write.

        Raises:
            NotAcceptable: there is none.
        """
        raise NotImplementedError(f"{type(self).__name__} needs select_renderer(request, renderers, format_suffix).")


class DefaultContentNegotiation(BaseContentNegotiation):
    """Goes by the Content-Type and Accept headers, by `?format=` and the suffix of the address.

    The client's order counts: the best quality first, then the more specific type; among equals the first of the view's
    renderers.
    """

    def select_parser(self, request: Request, parsers: Sequence[Any]) -> Any:
        """Return the first parser whose media type covers the body's."""
        # hot path: benchmarks/rest.py
        named = request.content_type or "application/octet-stream"
        sent: MediaType | None = None
        for parser in parsers:
            if parser.media_type == named:
                return parser
            if sent is None:
                sent = MediaType.parse(named)
            if MediaType.parse(parser.media_type).match(MediaType(sent.main_type, sent.sub_type)):
                return parser
        return None

    def select_renderer(
        self, request: Request, renderers: Sequence[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """Return the renderer that the client likes best.

        Raises:
            Http404: a format was asked for that the view does not write.
            NotAcceptable: the Accept header allows none of the view's media types.
            ParseError: the query asks for several formats (H48).
        """
        override = api_settings.URL_FORMAT_OVERRIDE
        asked = request.query_params.getlist(override) if override else []
        if len(asked) > 1:
            raise ParseError(f"The parameter {override!r} is given {len(asked)} times; give it once.")
        wanted = format_suffix or (asked[0] if asked else None)
        if wanted:
            renderers = self.filter_renderers(renderers, wanted)
        accept = request.headers.raw.get("accept", "*/*")
        if accept in ("", "*/*"):
            return renderers[0], renderers[0].media_type
        for accepted in self.get_accept_list(request):
            if accepted.quality <= 0:
                break
            for renderer in renderers:
                if accepted.match(MediaType.parse(renderer.media_type)) or covers(renderer.media_type, accepted):
                    return renderer, chosen_type(renderer.media_type, accepted)
        if wanted:
            return renderers[0], renderers[0].media_type
        raise NotAcceptable

    def filter_renderers(self, renderers: Sequence[Any], format: str) -> list[Any]:
        """Return the renderers of a format, `"json"`.

        Raises:
            Http404: there is none.
        """
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            raise Http404(f"Nothing is written in the format {format[:20]!r} here.")
        return found

    def get_accept_list(self, request: Request) -> list[MediaType]:
        """Return the acceptable media types, best first."""
        return request._request.accepted_types


def covers(media_type: str, accepted: MediaType) -> bool:
    """Tell whether a type with parameters (`application/json; indent=4`) asks for a renderer's."""
    return bool(accepted.params) and MediaType.parse(media_type).match(accepted)


def chosen_type(media_type: str, accepted: MediaType) -> str:
    """Return the media type to write: the client's, with its parameters, where it is the more specific one."""
    if accepted.main_type != "*" and accepted.sub_type != "*" and accepted.params:
        return str(accepted)
    return media_type
