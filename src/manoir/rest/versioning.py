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

    def is_allowed_version(self, version: str | None) -> bool:
        """Tell whether a version may be asked for."""
        if not self.allowed_versions:
            return True
        return (version is not None and version == self.default_version) or version in self.allowed_versions

    def allowed(self, version: Any) -> Any:
        """Return a version that was named.

        Raises:
            NotFound: it may not be asked for.
        """
        if (version is not None and len(version) > MAX_VERSION) or not self.is_allowed_version(version):
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
        """Return the address of a view in the request's version, as `manoir.rest.reverse.reverse` does.

        Args:
            viewname: name of a URL pattern.
            args: what the pattern captures by position.
            kwargs: what it captures by name.
            request: whose version it is; None: an address without one.
            format: suffix of the address, `"json"`.
            **extra: further arguments of `manoir.urls.reverse`.
        """
        version = None if request is None else request.version
        if version is None:
            return _reverse(viewname, args, kwargs, request, format, **extra)
        viewname, kwargs = self.get_versioned_viewname(viewname, request), self.captured(kwargs, version)
        return self.with_parameter(_reverse(viewname, args, kwargs, request, format, **extra), version)

    # -- where a version stands in an address -------------------------------------------------------------------------

    def get_versioned_viewname(self, viewname: Any, request: Any) -> Any:
        """Return the name of a view in the request's version."""
        return viewname

    def captured(self, kwargs: Any, version: str) -> Any:
        """Return the values that the address captures."""
        return kwargs

    def with_parameter(self, url: str, version: str) -> str:
        """Return the address of a view with what its pattern does not hold."""
        return url


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
        return self.allowed(kwargs.get(self.version_param) or self.default_version)

    def captured(self, kwargs: Any, version: str) -> Any:
        """Return the version with the other values that the address captures."""
        return {self.version_param: version, **(kwargs or {})}


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

    def get_versioned_viewname(self, viewname: Any, request: Any) -> Any:
        """Return the name in the request's namespace; views that are no names stay."""
        return (
            f"{request.version}:{viewname}" if isinstance(viewname, str) and request.version is not None else viewname
        )


class HostNameVersioning(BaseVersioning):
    """`v1.example.com`: the first part of the host, where the whole host is one of ALLOWED_HOSTS.

    Attributes:
        hostname_regex: finds the version in the host; group 1.
    """

    hostname_regex = re.compile(r"^([a-zA-Z0-9]{1,40})\.[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*$")

    def determine_version(self, request: Any, *args: Any, **kwargs: Any) -> str | None:
        """Return the part of the host."""
        found = self.hostname_regex.match(request.get_host().partition(":")[0])
        return self.default_version if found is None else self.allowed(found[1])


class QueryParameterVersioning(BaseVersioning):
    """`/books/?version=1.0`."""

    def determine_version(self, request: Any, *args: Any, **kwargs: Any) -> str | None:
        """Return the query's parameter."""
        named = request.query_params.get(self.version_param)
        return self.default_version if named is None else self.allowed(named)

    def with_parameter(self, url: str, version: str) -> str:
        """Return the address with the version as its parameter."""
        return f"{url}{'&' if '?' in url else '?'}{urlencode({self.version_param: version})}"
