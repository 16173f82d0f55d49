"""Errors that become an answer, each with its HTTP status."""

from __future__ import annotations

from typing import ClassVar

from manoir.exceptions._root import ManoirError


class HTTPError(ManoirError):
    """An error that reaches the client as an answer with `status`.

    Attributes:
        status: the HTTP status of the answer.
    """

    status: ClassVar[int] = 500


class Http404(HTTPError):
    """What was asked for does not exist, or is not visible to who asks."""

    status = 404


class Resolver404(Http404):
    """No URL pattern matches the path."""


class PermissionDenied(HTTPError):
    """Who asks may not do this."""

    status = 403


class SuspiciousOperation(HTTPError):
    """A request is malformed or tampered with; answered with 400 and logged on `manoir.security.<class name>`."""

    status = 400


class BadRequest(SuspiciousOperation):
    """A request cannot be understood."""


class UnsupportedContentEncoding(BadRequest):
    """A form is compressed; answered with 415. Nothing unpacks bodies: a few bytes could become gigabytes."""

    status = 415


class SessionInterrupted(BadRequest):
    """A session was removed while a request changed it, as by a sign-out in another tab; answered with 400."""


class DisallowedHost(SuspiciousOperation):
    """The Host header names no host of ALLOWED_HOSTS."""


class DisallowedRedirect(SuspiciousOperation):
    """A redirect has a scheme that is not allowed."""


class DisallowedModelAdminLookup(SuspiciousOperation):
    """The address of a change list filters by something that the ModelAdmin does not offer."""


class DisallowedModelAdminToField(SuspiciousOperation):
    """A popup was asked for the value of a field that no registered relation points to."""


class SuspiciousFileOperation(SuspiciousOperation):
    """A file name leaves the storage it belongs to."""


class InvalidHeader(SuspiciousOperation, ValueError):
    """A header's name or value holds characters that HTTP does not allow there."""


class TooManyFieldsSent(SuspiciousOperation):
    """A request has more fields than DATA_UPLOAD_MAX_NUMBER_FIELDS."""


class TooManyFilesSent(SuspiciousOperation):
    """A request has more files than DATA_UPLOAD_MAX_NUMBER_FILES."""


class MultiPartParserError(SuspiciousOperation):
    """A multipart body cannot be parsed."""


class RequestDataTooBig(SuspiciousOperation):
    """A body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status = 413


class BadSignature(SuspiciousOperation):
    """A signed value was not signed by this key for this purpose."""


class SignatureExpired(BadSignature):
    """A signed value is older than `max_age` allows."""
