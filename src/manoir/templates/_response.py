"""Answers that are rendered after the view, so that middleware and decorators can still change template and context."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from manoir import bridge
from manoir.exceptions import ContentNotRenderedError
from manoir.http import HttpResponse
from manoir.templates._loading import get_template, select_template

if TYPE_CHECKING:
    from manoir.http import HttpRequest


class SimpleTemplateResponse(HttpResponse):
    """A response made of a template and a context, rendered when the server asks for it.

    Args:
        template: a name, names of which the first that exists is taken, or a template.
        context: the variables.
        content_type: as in HttpResponse.
        status: as in HttpResponse.
        charset: as in HttpResponse.
        using: NAME of an engine; None asks all engines in order.
        headers: as in HttpResponse.

    Attributes:
        template_name: what was given as `template`.
        context_data: what was given as `context`.
        is_rendered: whether the content is there.

    Example:
        >>> response = SimpleTemplateResponse(Template("Hello, {{ name }}"), {"name": "you"})
        >>> response.render().content
        b'Hello, you'
    """

    def __init__(
        self,
        template: Any,
        context: Mapping[str, Any] | None = None,
        content_type: str | None = None,
        status: int | None = None,
        charset: str | None = None,
        using: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.template_name = template
        self.context_data = context
        self.using = using
        self._request: HttpRequest | None = None
        self._post_render_callbacks: list[Callable[[Self], Any]] = []
        self.is_rendered = True  # while the base class sets its empty content
        super().__init__(b"", content_type=content_type, status=status, charset=charset, headers=headers)
        self.is_rendered = False

    def resolve_template(self, template: Any) -> Any:
        """Return the template of a name, of several names, or the template itself."""
        if isinstance(template, str):
            return get_template(template, using=self.using)
        if isinstance(template, Sequence):
            return select_template(list(template), using=self.using)
        return template

    def resolve_context(self, context: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """Return the variables; a place for subclasses to change them."""
        return context

    @property
    def rendered_content(self) -> str:
        """The text of template and context as they are now, rendered anew at each access."""
        template = self.resolve_template(self.template_name)
        return template.render(self.resolve_context(self.context_data), self._request)

    def add_post_render_callback(self, callback: Callable[[Self], Any]) -> None:
        """Call a function with this response once it is rendered, at once if it is; what it returns replaces it."""
        if self.is_rendered:
            callback(self)
        else:
            self._post_render_callbacks.append(callback)

    def render(self) -> Any:
        """Render, unless that was done before.

        Returns:
            This response, or what a callback put in its place.
        """
        response: Any = self
        if not self.is_rendered:
            self.content = self.rendered_content
            for callback in self._post_render_callbacks:
                replaced = callback(response)
                if replaced is not None:
                    response = replaced
        return response

    async def arender(self) -> Any:
        """Render in a coroutine: values in the template may wait without blocking the loop."""
        return await bridge.spawn(self.render)

    def __iter__(self) -> Any:
        if not self.is_rendered:
            raise not_rendered("iterated over")
        return super().__iter__()

    @property
    def content(self) -> bytes:
        """The body.

        Raises:
            ContentNotRenderedError: the response was not rendered yet.
        """
        if not self.is_rendered:
            raise not_rendered("read")
        return HttpResponse.content.fget(self)  # type: ignore[attr-defined]

    @content.setter
    def content(self, value: Any) -> None:
        HttpResponse.content.fset(self, value)  # type: ignore[attr-defined]
        self.is_rendered = True


def not_rendered(verb: str) -> ContentNotRenderedError:
    return ContentNotRenderedError(
        f"The content of this response cannot be {verb} before it is rendered. Call response.render(), "
        f"or `await response.arender()` in a coroutine; the server renders it after the view."
    )


class TemplateResponse(SimpleTemplateResponse):
    """A SimpleTemplateResponse for a request: context processors run.

    Args:
        request: the request that is answered.
        template: as in SimpleTemplateResponse; so are the further arguments.
        context: as in SimpleTemplateResponse.
        content_type: as in HttpResponse.
        status: as in HttpResponse.
        charset: as in HttpResponse.
        using: NAME of an engine; None asks all engines in order.
        headers: as in HttpResponse.
    """

    def __init__(
        self,
        request: HttpRequest,
        template: Any,
        context: Mapping[str, Any] | None = None,
        content_type: str | None = None,
        status: int | None = None,
        charset: str | None = None,
        using: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(template, context, content_type, status, charset, using, headers)
        self._request = request
