"""Errors of APIs: a status, and words with codes in the shape of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manoir.exceptions._answers import HTTPError


class ErrorDetail(str):
    """The words of an API error with its stable code.

    Example:
        >>> ErrorDetail("Too long.", code="max_length").code
        'max_length'
    """

    code: str | None

    def __new__(cls, string: object, code: str | None = None) -> ErrorDetail:
        """Make one of any value's text."""
        self = super().__new__(cls, str(string))
        self.code = code
        return self

    def __eq__(self, other: object) -> bool:
        same = str.__eq__(self, other)
        return bool(same and self.code == other.code) if isinstance(other, ErrorDetail) else same is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return str.__hash__(self)

    def __repr__(self) -> str:
        return f"ErrorDetail(string={str(self)!r}, code={self.code!r})"


def error_details(data: Any, code: str) -> Any:
    """Return lists, mappings and texts of errors with every text an ErrorDetail."""
    if isinstance(data, Mapping):
        return {key: error_details(value, code) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [error_details(value, code) for value in data]
    return data if isinstance(data, ErrorDetail) else ErrorDetail(data, code)


def error_codes(detail: Any) -> Any:
    """Return the codes of error details in the same shape."""
    if isinstance(detail, Mapping):
        return {key: error_codes(value) for key, value in detail.items()}
    if isinstance(detail, list):
        return [error_codes(value) for value in detail]
    return getattr(detail, "code", None)


class APIException(HTTPError):
    """An error that an API answers with `status_code` and `detail`; subclass it for your own.

    Attributes:
        status_code: HTTP status of the answer.
        default_detail, default_code: what the answer says when nothing else is given.
        detail: the words: an ErrorDetail, or lists and mappings of them.

    Example:
        >>> NotFound().get_full_details()
        {'message': ErrorDetail(string='There is nothing here.', code='not_found'), 'code': 'not_found'}
    """

    status_code: int = 500
    default_detail: Any = "The server could not do this."
    default_code: str = "error"

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.status = cls.status_code  # for handlers that know no APIs

    def __init__(self, detail: Any = None, code: str | None = None) -> None:
        self.detail: Any = error_details(self.default_detail if detail is None else detail, code or self.default_code)
        super().__init__(str(self.detail))

    def __str__(self) -> str:
        return str(self.detail)

    def get_codes(self) -> Any:
        """The codes in the shape of `detail`."""
        return error_codes(self.detail)

    def get_full_details(self) -> Any:
        """Messages with their codes in the shape of `detail`."""

        def full(detail: Any) -> Any:
            if isinstance(detail, Mapping):
                return {key: full(value) for key, value in detail.items()}
            if isinstance(detail, list):
                return [full(value) for value in detail]
            return {"message": detail, "code": getattr(detail, "code", None)}

        return full(self.detail)


class APIValidationError(APIException):
    """What was sent is not acceptable: `manoir.rest.ValidationError`. `detail` is a list, or a mapping by field.

    Example:
        >>> APIValidationError("Too long.", code="max_length").get_codes()
        ['max_length']
    """

    status_code = 400
    default_detail = "This value is not acceptable."
    default_code = "invalid"

    def __init__(self, detail: Any = None, code: str | None = None) -> None:
        super().__init__(detail, code)
        if not isinstance(self.detail, (dict, list)):
            self.detail = [self.detail]


class ParseError(APIException):
    """The body cannot be read as what it says it is."""

    status_code = 400
    default_detail = "The request's body is malformed."
    default_code = "parse_error"


class AuthenticationFailed(APIException):
    """The credentials are wrong."""

    status_code = 401
    default_detail = "These credentials are not right."
    default_code = "authentication_failed"


class NotAuthenticated(APIException):
    """Nobody is signed in, and somebody has to be."""

    status_code = 401
    default_detail = "Sign in first: no credentials were sent."
    default_code = "not_authenticated"


class APIPermissionDenied(APIException):
    """Who asks may not do this: `manoir.rest.exceptions.PermissionDenied`."""

    status_code = 403
    default_detail = "You may not do this."
    default_code = "permission_denied"


class NotFound(APIException):
    """There is no such thing, or it is not visible to who asks."""

    status_code = 404
    default_detail = "There is nothing here."
    default_code = "not_found"


class MethodNotAllowed(APIException):
    """The view does not answer this HTTP method."""

    status_code = 405
    default_code = "method_not_allowed"

    def __init__(self, method: str, detail: Any = None, code: str | None = None) -> None:
        super().__init__(f"{method} is not answered here." if detail is None else detail, code)


class NotAcceptable(APIException):
    """No renderer writes what the client accepts."""

    status_code = 406
    default_detail = "None of the media types that were asked for can be sent."
    default_code = "not_acceptable"


class Conflict(APIException):
    """What is there does not allow it, such as other rows that refer to one that is to be removed."""

    status_code = 409
    default_detail = "What is there does not allow this."
    default_code = "conflict"


class UnsupportedMediaType(APIException):
    """No parser reads the body's media type."""

    status_code = 415
    default_code = "unsupported_media_type"

    def __init__(self, media_type: str, detail: Any = None, code: str | None = None) -> None:
        super().__init__(f"A body of type {media_type!r} cannot be read here." if detail is None else detail, code)


class Throttled(APIException):
    """Too many requests; `wait` is the number of whole seconds until the next is answered, None when not known."""

    status_code = 429
    default_detail = "Too many requests."
    default_code = "throttled"

    def __init__(self, wait: float | None = None, detail: Any = None, code: str | None = None) -> None:
        self.wait = None if wait is None else int(-(-wait // 1))
        words = self.default_detail if detail is None else detail
        super().__init__(words if self.wait is None else f"{words} Try again in {self.wait} s.", code)
