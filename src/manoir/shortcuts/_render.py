"""Templates to responses, in both colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from manoir import bridge
from manoir.http import HttpRequest, HttpResponse
from manoir.templates import TemplateResponse, render_to_string


def render(
    request: HttpRequest,
    template_name: str | Sequence[str],
    context: Mapping[str, Any] | None = None,
    content_type: str | None = None,
    status: int | None = None,
    using: str | None = None,
) -> HttpResponse:
    """Answer with a rendered template.

    In sync code the template is rendered at once. In a coroutine, where lazy querysets could not wait, the response is
    returned unrendered and the handler renders it right after the view; `.content` before that raises
    `ContentNotRenderedError`. `arender` renders early.

    Args:
        request: the request that is answered; context processors see it.
        template_name: name of a template, or several: the first that exists is taken.
        context: variables of the template; None means none.
        content_type: MIME type; None means text/html with DEFAULT_CHARSET.
        status: HTTP status; None means 200.
        using: NAME of the template engine; None asks all engines in order.

    Raises:
        TemplateDoesNotExist: no engine knows the template (in a coroutine: when the handler renders it).

    Example:
        >>> def book_list(request):
        ...     return render(request, "shop/books.html", {"title": "Books"})
    """
    if not bridge.can_wait():
        return TemplateResponse(
            request, template_name, dict(context or {}), content_type=content_type, status=status, using=using
        )
    content = render_to_string(template_name, context, request, using=using)
    return HttpResponse(content, content_type=content_type, status=status)


async def arender(
    request: HttpRequest,
    template_name: str | Sequence[str],
    context: Mapping[str, Any] | None = None,
    content_type: str | None = None,
    status: int | None = None,
    using: str | None = None,
) -> HttpResponse:
    """Render a template now, in a coroutine, without blocking the loop: like `render`, but `.content` is there at once.

    Example:
        >>> async def book_list(request):
        ...     response = await arender(request, "shop/books.html")
        ...     response.headers["X-Length"] = str(len(response.content))
        ...     return response
    """
    content = await bridge.spawn(render_to_string, template_name, context, request, using=using)
    return HttpResponse(content, content_type=content_type, status=status)
