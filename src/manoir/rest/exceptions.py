"""The errors of APIs under their documented names."""

from __future__ import annotations

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
]
