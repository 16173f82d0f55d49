"""Views that show a template, and redirects."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from manoir.bridge import TwoColours, atwin, hook, twin
from manoir.exceptions import ImproperlyConfigured
from manoir.http import (
    HttpRequest,
    HttpResponseBase,
    HttpResponseGone,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from manoir.templates import TemplateResponse
from manoir.urls import reverse
from manoir.views._base import View, answers, settle

logger = logging.getLogger("manoir.request")


class ContextMixin(TwoColours):
    """Gives the context of a template.

    Attributes:
        extra_context: further variables, for `as_view(extra_context={…})`; None means none.
    """

    extra_context: dict[str, Any] | None = None

    @hook
    async def aget_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's variables: `view`, the keyword arguments, `extra_context`."""
        kwargs.setdefault("view", self)
        if self.extra_context is not None:
            kwargs.update(self.extra_context)
        return kwargs

    get_context_data = twin(aget_context_data)


class TemplateResponseMixin(TwoColours):
    """Answers with a template.

    Attributes:
        template_name: name of the template.
        template_engine: NAME of the engine; None asks all.
        response_class: class of the answer.
        content_type: MIME type; None means text/html.
    """

    template_name: str | None = None
    template_engine: str | None = None
    response_class: type[TemplateResponse] = TemplateResponse
    content_type: str | None = None
    request: HttpRequest

    @hook
    async def arender_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> HttpResponseBase:
        """Return the response, not rendered yet: the handler renders it after middleware has seen it."""
        response_kwargs.setdefault("content_type", self.content_type)
        return self.response_class(
            request=self.request,
            template=await self.aget_template_names(),
            context=context,
            using=self.template_engine,
            **response_kwargs,
        )

    render_to_response = twin(arender_to_response)

    @hook
    def get_template_names(self) -> list[str]:
        """Return names of templates; the first that exists is taken."""
        if self.template_name is None:
            raise ImproperlyConfigured(
                f"{type(self).__name__} needs either a template_name or its own get_template_names()."
            )
        return [self.template_name]

    aget_template_names = atwin(get_template_names)


class TemplateView(TemplateResponseMixin, ContextMixin, View):
    """Shows a template; what the URL captured is in the context.

    Example:
        >>> about = TemplateView.as_view(template_name="about.html")
    """

    @answers
    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the template."""
        return await self.arender_to_response(await self.aget_context_data(**kwargs))


class RedirectView(View):
    """Redirects to `url` or to the URL pattern `pattern_name`; answers 410 when there is nothing to redirect to.

    Attributes:
        permanent: answer 301 instead of 302.
        url: where to; `%(name)s` stands for what the URL captured.
        pattern_name: name of a URL pattern, reversed with what the URL captured.
        query_string: append the query string of the request.
        preserve_request: keep method and body (307, 308).
    """

    permanent: bool = False
    url: str | None = None
    pattern_name: str | None = None
    query_string: bool = False
    preserve_request: bool = False
    http_method_names: ClassVar[list[str] | tuple[str, ...]] = View.http_method_names

    @hook
    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str | None:
        """Return the URL to redirect to; None answers 410."""
        if self.url:
            url = self.url % kwargs
            if url.startswith("//") and not self.url.startswith("//"):
                url = f"/%2F{url[2:]}"  # what was captured must not name another host
        elif self.pattern_name:
            url = reverse(self.pattern_name, args=args or None, kwargs=kwargs or None)
        else:
            return None
        query = self.request.META.get("QUERY_STRING", "")
        return f"{url}?{query}" if query and self.query_string else url

    aget_redirect_url = atwin(get_redirect_url)

    @answers
    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Redirect."""
        url = await self.aget_redirect_url(*args, **kwargs)
        if not url:
            logger.warning("Gone: %s", request.path, extra={"status_code": 410, "request": request})
            return HttpResponseGone()
        response = HttpResponsePermanentRedirect if self.permanent else HttpResponseRedirect
        return response(url, preserve_request=self.preserve_request)

    head = post = put = patch = delete = get

    @answers
    async def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Redirect, as all methods do."""
        return await settle(self.get(request, *args, **kwargs))
