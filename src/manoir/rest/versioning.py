"""Versioning: where a request says which version of the API it wants."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from manoir.exceptions import NotAcceptable, NotFound
from manoir.http import MediaType
from manoir.rest.reverse import _reverse
from manoir.rest.settings import FromSettings

__all__ = [
    "AcceptHeaderVersioning",
    "BaseVersioning",
    "HostNameVersioning",
    "NamespaceVersioning",
    "QueryParameterVersioning",
    "URLPathVersioning",
]

MAX_VERSION = 40


class BaseVersioning:
    """Finds the version of a request.

    Attributes:
        default_version: of requests that name none.
        allowed_versions: versions that may be named; None allows all.
        version_param: name of the parameter.
    """

    default_version: Any = FromSettings("DEFAULT_VERSION")
    allowed_versions: Any = FromSettings("ALLOWED_VERSIONS")
    version_param: Any = FromSettings("VERSION_PARAM")

    def determine_version(self, request: Any, *args: Any, **kwargs: Any) -> str | None:
        """Return the version."""
        raise NotImplementedError(f"{type(self).__name__} needs determine_version(request, …).")

    def reverse(
        self,
        viewname: Any,
        args: Any = None,
        kwargs: Any = None,
        request: Any = None,
        format: str | None = None,
        **extra: Any,
    ) -> str:
        """Return the address of a view in the request's version."""
        return _reverse(viewname, args, kwargs, request, format, **extra)

    def is_allowed_version(self, version: str | None) -> bool:
        """Tell whether a version may be asked for."""
        if not self.allowed_versions:
            return True
        return (version is not None and version == self.default_version) or version in self.allowed_versions


class AcceptHeaderVersioning(BaseVersioning):
    """`Accept: application/json; version=1.0`."""

    def determine_version(self, request: Any, *args: Any, **kwargs: Any) -> str | None:
        """Return the version in the media type that was negotiated."""
        accepted = MediaType.parse(accepted_type(request, self.version_param))
        version = accepted.params.get(self.version_param, self.default_version)
        if not self.is_allowed_version(version):
            raise NotAcceptable("The Accept header asks for a version that is not there.")
        return version


def accepted_type(request: Any, parameter: str) -> str:
    """Return the accepted media type that names a version; the negotiated one without any."""
    for accepted in request._request.accepted_types:
        if parameter in accepted.params:
            return str(accepted)
    return request.accepted_media_type or ""


class URLPathVersioning(BaseVersioning):
    """`/v1/books/`, captured as `version` by the URL pattern."""

    def determine_version(self, request: Any, *args: Any, **kwargs: Any) -> str | None:
        """Return what the address captured."""
        version = kwargs.get(self.version_param, self.default_version) or self.default_version
        if not self.is_allowed_version(version):
            raise NotFound("There is no such version.")
        return version

    def reverse(
        self,
        viewname: Any,
        args: Any = None,
        kwargs: Any = None,
        request: Any = None,
        format: str | None = None,
        **extra: Any,
    ) -> str:
        """Return the address with the request's version in it."""
        if request is not None and request.version is not None:
            kwargs = {self.version_param: request.version, **(kwargs or {})}
        return super().reverse(viewname, args, kwargs, request, format, **extra)


class NamespaceVersioning(BaseVersioning):
    """`path("v1/", include("books.urls", namespace="v1"))`: the namespace is the version."""

    def determine_version(self, request: Any, *args: Any, **kwargs: Any) -> str | None:
        """Return the namespace."""
        match = getattr(request, "resolver_match", None)
        if match is None or not match.namespace:
            return self.default_version
        possible: list[str] = match.namespace.split(":")
        for version in possible:
            if self.allowed_versions and self.is_allowed_version(version):
                return version
        if self.allowed_versions:
            raise NotFound("There is no such version.")
        return possible[0]

    def reverse(
        self,
        viewname: Any,
        args: Any = None,
        kwargs: Any = None,
        request: Any = None,
        format: str | None = None,
        **extra: Any,
    ) -> str:
        """Return the address in the request's namespace."""
        if request is not None and request.version is not None and isinstance(viewname, str):
            viewname = f"{request.version}:{viewname}"
        return super().reverse(viewname, args, kwargs, request, format, **extra)


class HostNameVersioning(BaseVersioning):
    """`v1.example.com`: the first part of the host, where the whole host is one of ALLOWED_HOSTS.

    Attributes:
        hostname_regex: finds the version in the host; group 1.
    """

    hostname_regex = re.compile(r"^([a-zA-Z0-9]{1,40})\.[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*$")

    def determine_version(self, request: Any, *args: Any, **kwargs: Any) -> str | None:
        """Return the part of the host."""
        found = self.hostname_regex.match(request.get_host().partition(":")[0])
        if found is None:
            return self.default_version
        version = found[1]
        if not self.is_allowed_version(version):
            raise NotFound("There is no such version.")
        return version


class QueryParameterVersioning(BaseVersioning):
    """`/books/?version=1.0`."""

    def determine_version(self, request: Any, *args: Any, **kwargs: Any) -> str | None:
        """Return the query's parameter."""
        version = request.query_params.get(self.version_param, self.default_version)
        if version is not None and (len(version) > MAX_VERSION or not self.is_allowed_version(version)):
            raise NotFound("There is no such version.")
        return version

    def reverse(
        self,
        viewname: Any,
        args: Any = None,
        kwargs: Any = None,
        request: Any = None,
        format: str | None = None,
        **extra: Any,
    ) -> str:
        """Return the address with the request's version as its parameter."""
        url = super().reverse(viewname, args, kwargs, request, format, **extra)
        if request is None or request.version is None:
            return url
        return f"{url}{'&' if '?' in url else '?'}{urlencode({self.version_param: request.version})}"
