"""The errors of APIs under their documented names."""

from __future__ import annotations

from typing import Any

from manoir.exceptions import (
    APIException,
    AuthenticationFailed,
    Conflict,
    ErrorDetail,
    MethodNotAllowed,
    NotAcceptable,
    NotAuthenticated,
    NotFound,
    ParseError,
    Throttled,
    UnsupportedMediaType,
)
from manoir.exceptions import APIPermissionDenied as PermissionDenied
from manoir.exceptions import APIValidationError as ValidationError
from manoir.http import HttpRequest, JsonResponse

__all__ = [
    "APIException",
    "AuthenticationFailed",
    "Conflict",
    "ErrorDetail",
    "MethodNotAllowed",
    "NotAcceptable",
    "NotAuthenticated",
    "NotFound",
    "ParseError",
    "PermissionDenied",
    "Throttled",
    "UnsupportedMediaType",
    "ValidationError",
    "bad_request",
    "server_error",
]


def server_error(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
    """Answer 500 in JSON: `handler500 = "manoir.rest.exceptions.server_error"` in the root URLconf."""
    return JsonResponse({"detail": APIException.default_detail}, status=500)


def bad_request(request: HttpRequest, exception: Exception, *args: Any, **kwargs: Any) -> JsonResponse:
    """Answer 400 in JSON: `handler400 = "manoir.rest.exceptions.bad_request"` in the root URLconf."""
    return JsonResponse({"detail": "The request cannot be understood."}, status=400)
