"""`Response`: plain data, written by the renderer that was negotiated."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from manoir.templates import SimpleTemplateResponse

__all__ = ["Response"]

REASONS = {status.value: status.phrase.upper() for status in HTTPStatus}


class Response(SimpleTemplateResponse):
    """An answer made of data.

    Args:
        data: what serializers give: dicts, lists, texts, numbers, None.
        status: HTTP status.
        template_name: for `TemplateHTMLRenderer`.
        headers: further headers.
        exception: whether it tells of an error.
        content_type: instead of the renderer's media type.

    Raises:
        TypeError: `data` is a serializer; give its `data`.

    Example:
        >>> Response({"id": 7}, status=201).data
        {'id': 7}
    """

    accepted_renderer: Any = None
    accepted_media_type: str = ""
    renderer_context: dict[str, Any]

    def __init__(
        self,
        data: Any = None,
        status: int | None = None,
        template_name: Any = None,
        headers: Mapping[str, Any] | None = None,
        exception: bool = False,
        content_type: str | None = None,
    ) -> None:
        super().__init__(None, None, status=status)
        if hasattr(type(data), "validated_data"):
            raise TypeError("A Response takes plain data: give `serializer.data`, not the serializer.")
        self.data = data
        self.template_name = template_name
        self.exception = exception
        self.content_type = content_type
        self.renderer_context = {}
        for name, value in (headers or {}).items():
            self[name] = value

    @property
    def rendered_content(self) -> Any:
        """The body as the renderer writes it."""
        renderer = self.accepted_renderer
        if renderer is None:
            raise AssertionError(
                "This Response has no renderer: return it from an APIView or an @api_view, which negotiate one."
            )
        media_type = self.accepted_media_type
        # A dict of its own: the response would be part of itself, and its memory wait for the garbage collector.
        context = {**self.renderer_context, "response": self}
        content = renderer.render(self.data, media_type, context)
        if isinstance(content, str):
            content = content.encode(renderer.charset or "utf-8")
        if not content and (self.data is None or self.status_code in (204, 304)):
            del self["Content-Type"]
            return b""
        self["Content-Type"] = self.content_type or typed(media_type, renderer.charset)
        return content or b""

    @property
    def status_text(self) -> str:
        """The usual words of the status, `"CREATED"`."""
        return REASONS.get(self.status_code, "")


def typed(media_type: str, charset: str | None) -> str:
    """Return the Content-Type of a media type; parameters that only asked for a form (`indent`) are left out."""
    plain = media_type.partition(";")[0].strip()
    return f"{plain}; charset={charset}" if charset else plain
