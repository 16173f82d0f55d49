"""What all renderers share."""

from __future__ import annotations

from typing import Any


class BaseRenderer:
    """Writes answers of one media type.

    Attributes:
        media_type: what it writes.
        format: its short name, for `?format=` and suffixes of addresses.
        charset: in which text becomes bytes; None for what is bytes already.
        render_style: `"text"` or `"binary"`.
    """

    media_type: str = ""
    format: str = ""
    charset: str | None = "utf-8"
    render_style: str = "text"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: dict[str, Any] | None = None
    ) -> Any:
        """Return the body, as bytes or as text.

        Args:
            data: the response's data.
            accepted_media_type: what was negotiated, with parameters.
            renderer_context: `view`, `request`, `response`, `args`, `kwargs`.
        """
        raise NotImplementedError(f"{type(self).__name__} needs render(data, accepted_media_type, renderer_context).")
