"""Exceptions as responses: the debug page for developers, the project's handlers or a plain page for everybody else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from manoir import bridge
from manoir.conf import settings
from manoir.exceptions import (
    Http404,
    HTTPError,
    ImproperlyConfigured,
    PermissionDenied,
    SuspiciousOperation,
    TemplateDoesNotExist,
)
from manoir.http import HttpRequest, HttpResponse, HttpResponseBase
from manoir.server._calls import check_response, runner_of
from manoir.server._pages import render_favicon, render_page
from manoir.server._report import is_developer, reporter_class
from manoir.signals import got_request_exception
from manoir.templates import get_template
from manoir.urls import get_resolver

request_log = logging.getLogger("manoir.request")

TITLES = {
    400: ("Bad request", "The server could not understand this request."),
    403: ("Forbidden", "You may not see this page."),
    404: ("Page not found", "There is no page at this address."),
    413: ("Too large", "What was sent is larger than this site accepts."),
    500: ("Something went wrong", "An error happened on our side. It has been recorded."),
}
"""What visitors read, by status. Nothing of the request is echoed."""


async def response_for_exception(request: HttpRequest, error: Exception) -> HttpResponseBase:
    """Return the response for an exception that left a view or a middleware.

    `Http404` and its kind become their status; malformed requests 400, logged on `manoir.security.<class>`; anything
    else is logged with its traceback, sends `got_request_exception`, and becomes 500.

    Raises:
        Exception: the exception itself, where DEBUG_PROPAGATE_EXCEPTIONS is set and it is no HTTPError.
    """
    if isinstance(error, Http404) and request.path == "/favicon.ico" and settings.DEBUG and is_developer(request):
        return render_favicon()
    if isinstance(error, HTTPError):
        log_http_error(request, error)
        status = error.status
    else:
        status = 500
        await got_request_exception.asend_robust(type(request), request=request, exception=error)
        if settings.DEBUG_PROPAGATE_EXCEPTIONS:
            raise error
        request_log.error(
            "Internal Server Error: %s", request.path, exc_info=error, extra={"status_code": 500, "request": request}
        )
    try:
        if settings.DEBUG and status in (404, 500) and is_developer(request):
            report = reporter_class(request)(request, error)
            return await bridge.spawn(report.get_response if status == 500 else report.get_not_found_response)
        return await handled(request, error, status)
    except Exception as second:
        request_log.error(
            "The handler for status %s failed itself.",
            status,
            exc_info=second,
            extra={"status_code": 500, "request": request},
        )
        return render_page(500, *TITLES[500])


def log_http_error(request: HttpRequest, error: HTTPError) -> None:
    """Write one line for an error that is the client's."""
    extra = {"status_code": error.status, "request": request}
    if isinstance(error, SuspiciousOperation):
        logging.getLogger(f"manoir.security.{type(error).__name__}").error("%s", error, extra=extra)
    elif isinstance(error, PermissionDenied):
        request_log.warning("Forbidden (Permission denied): %s", request.path, extra=extra)
    else:
        request_log.warning("Not Found: %s", request.path, extra=extra)


async def handled(request: HttpRequest, error: Exception, status: int) -> HttpResponseBase:
    """Answer with the root URLconf's handlerXXX, else the project's template `XXX.html`, else the plain page."""
    handler = project_handler(status)
    if handler is not None:
        arguments = () if status == 500 else (error,)
        response = await runner_of(handler)(request, *arguments)
        response = check_response(response, handler)
        if getattr(response, "is_rendered", True) is False:
            response = await bridge.spawn(response.render)  # pyright: ignore[reportAttributeAccessIssue]
        return response
    return await bridge.spawn(default_page, request, error, status)


def project_handler(status: int) -> Callable[..., Any] | None:
    """Return the view that the root URLconf names for a status; None when it names none."""
    try:
        return get_resolver().resolve_error_handler(status)
    except ImproperlyConfigured:
        if status == 500:  # a URLconf that cannot be imported is what went wrong already
            return None
        raise


def default_page(request: HttpRequest, error: Exception, status: int) -> HttpResponseBase:
    """Render the project's template for a status, or the plain page."""
    try:
        template = get_template(f"{status}.html")
    except (TemplateDoesNotExist, ImproperlyConfigured):
        return render_page(status, *TITLES.get(status, TITLES[500 if status >= 500 else 400]))
    context = {
        "request_path": request.path,
        "exception": str(error) if isinstance(error, (Http404, PermissionDenied)) else "",
    }
    # A 500 page gets no context processors: what failed may be one of them.
    return HttpResponse(template.render(context, None if status == 500 else request), status=status)
