"""Clients, requests and test cases of APIs: data by format, credentials, and a user without any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar, cast

from manoir.http import HttpRequest
from manoir.rest.settings import api_settings
from manoir.testing._cases import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase
from manoir.testing._client import AsyncClient, Client
from manoir.testing._overrides import override_settings
from manoir.testing._requests import OCTETS, RequestFactory, encode_body

R = TypeVar("R")

FORMATS = ("json", "multipart")


def force_authenticate(request: HttpRequest, user: Any = None, token: Any = None) -> None:
    """Let a request of a test be a user's, without credentials.

    Args:
        request: a request of `APIRequestFactory`.
        user: who it is; None for nobody.
        token: what `request.auth` is.

    Example:
        >>> request = APIRequestFactory().get("/books/")
        >>> force_authenticate(request, user=object())
    """
    marked = cast(Any, request)
    marked._force_auth_user = user
    marked._force_auth_token = token


class EncodesByFormat:
    """Encodes the data of a request by `format="json"`, or by a content type.

    Attributes:
        default_format: the format of requests that say none; REST_FRAMEWORK["TEST_REQUEST_DEFAULT_FORMAT"].
    """

    default_format: Any = None

    def encode_data(self, data: Any, format: str | None, content_type: str | None) -> tuple[bytes, str]:
        """Return body and content type.

        Raises:
            AssertionError: both are given, or the format has no renderer, or a form would hold a mapping.
        """
        if data is None or (data == "" and format is None):
            return b"", content_type or OCTETS
        if format is not None and content_type is not None:
            raise AssertionError("A request of a test takes a format or a content_type, not both.")
        if content_type is not None:
            return encode_body(data, content_type)
        name = format or self.default_format or api_settings.TEST_REQUEST_DEFAULT_FORMAT
        renderers = {renderer.format: renderer for renderer in api_settings.TEST_REQUEST_RENDERER_CLASSES}
        if name not in renderers:
            raise AssertionError(
                f"Nothing writes requests in the format {name!r}; TEST_REQUEST_RENDERER_CLASSES knows {', '.join(renderers)}."
            )
        renderer = renderers[name]()
        if name == "multipart":
            refuse_nested(data)
            return encode_body(data, "multipart/form-data")
        body = renderer.render(data)
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        return body.encode() if isinstance(body, str) else body, renderer.media_type + charset


def refuse_nested(data: Any) -> None:
    """Refuse what a form cannot say."""
    for name, value in data.items() if isinstance(data, Mapping) else ():
        if isinstance(value, Mapping):
            raise AssertionError(f"The form's value {name!r} is a mapping, which no form can say: use format='json'.")


class Verbs(EncodesByFormat):
    """A method for each method of HTTP that has a body; `data` is encoded by `format` or `content_type`."""

    def post(self, path: str, data: Any = None, format: str | None = None, content_type: str | None = None, **extra: Any) -> Any:  # fmt: skip
        """Make a POST request.

        Args:
            path: path, with or without a query string.
            data: what is sent.
            format: `"json"` or `"multipart"`.
            content_type: instead of a format: `data` is encoded as for `manoir.testing.Client`.
            **extra: as for `manoir.testing.Client`: `headers=`, `query_params=`, `follow=`, `secure=`, WSGI-style names.
        """
        return self._verb("POST", path, data, format, content_type, extra)

    def put(self, path: str, data: Any = None, format: str | None = None, content_type: str | None = None, **extra: Any) -> Any:  # fmt: skip
        """Make a PUT request; see `post`."""
        return self._verb("PUT", path, data, format, content_type, extra)

    def patch(self, path: str, data: Any = None, format: str | None = None, content_type: str | None = None, **extra: Any) -> Any:  # fmt: skip
        """Make a PATCH request; see `post`."""
        return self._verb("PATCH", path, data, format, content_type, extra)

    def delete(self, path: str, data: Any = None, format: str | None = None, content_type: str | None = None, **extra: Any) -> Any:  # fmt: skip
        """Make a DELETE request; see `post`."""
        return self._verb("DELETE", path, data, format, content_type, extra)

    def options(self, path: str, data: Any = None, format: str | None = None, content_type: str | None = None, **extra: Any) -> Any:  # fmt: skip
        """Make an OPTIONS request; see `post`."""
        return self._verb("OPTIONS", path, data, format, content_type, extra)

    def _verb(
        self, method: str, path: str, data: Any, format: str | None, content_type: str | None, extra: dict[str, Any]
    ) -> Any:
        body, kind = self.encode_data(data, format, content_type)
        return cast(Any, self).generic(method, path, body, kind, **extra)


class APIRequestFactory(Verbs, RequestFactory):  # type: ignore[misc]  # the verbs take a format
    """Makes requests for views of APIs, to be called directly: `view(request)`, or `await view(request)`.

    Args:
        enforce_csrf_checks: check CSRF tokens, which tests otherwise need not send.
        **defaults: as for `manoir.testing.RequestFactory`.

    Example:
        >>> APIRequestFactory().post("/books/", {"title": "Dune"}, format="json").content_type
        'application/json'
    """

    def __init__(self, enforce_csrf_checks: bool = False, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.enforce_csrf_checks = enforce_csrf_checks

    def build_request(self, *args: Any, **kwargs: Any) -> HttpRequest:
        """Build a request."""
        request = super().build_request(*args, **kwargs)
        if not self.enforce_csrf_checks:
            cast(Any, request)._dont_enforce_csrf_checks = True
        return request


class HasCredentials:
    """Headers and users that hold for all requests of a client."""

    _credentials: dict[str, Any]
    _forced: tuple[Any, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._credentials = {}
        self._forced = (None, None)

    def credentials(self, **kwargs: Any) -> None:
        """Send headers with every request from now on, by their WSGI names: `HTTP_AUTHORIZATION="Token …"`.

        Without arguments there are none any more.
        """
        self._credentials = kwargs

    def force_authenticate(self, user: Any = None, token: Any = None) -> None:
        """Let every request from now on be a user's, without credentials; without arguments nobody's."""
        self._forced = (user, token)

    def build_request(self, *args: Any, **kwargs: Any) -> HttpRequest:
        """Build a request with the credentials."""
        request: HttpRequest = cast(Any, super()).build_request(*args, **{**self._credentials, **kwargs})
        user, token = self._forced
        if user is not None or token is not None:
            force_authenticate(request, user, token)
        return request

    def forget_credentials(self) -> None:
        """Forget headers and user."""
        self._credentials = {}
        self._forced = (None, None)


class APIClient(HasCredentials, Verbs, Client):  # type: ignore[misc]  # the verbs take a format
    """Sends requests to the API from a sync test.

    Example:
        >>> client = APIClient()
        >>> client.credentials(HTTP_AUTHORIZATION="Token 9944b0…")
        >>> client.post("/api/books/", {"title": "Dune"}, format="json").status_code  # doctest: +SKIP
        201
    """

    def logout(self) -> None:
        """Sign out: session, headers and user are forgotten."""
        self.forget_credentials()
        super().logout()


class AsyncAPIClient(HasCredentials, Verbs, AsyncClient):  # type: ignore[misc]  # the verbs take a format
    """Sends requests to the API from an `async def` test: `await client.get("/api/books/")`."""

    async def alogout(self) -> None:
        """Sign out: session, headers and user are forgotten."""
        self.forget_credentials()
        await super().alogout()


class APISimpleTestCase(SimpleTestCase):
    """A test case of an API without database; `self.client` is an `APIClient`."""

    client_class: ClassVar[Any] = APIClient
    async_client_class: ClassVar[Any] = AsyncAPIClient


class APITestCase(TestCase):
    """A test case of an API inside a transaction that is rolled back; `self.client` is an `APIClient`.

    Example:
        >>> class BookTests(APITestCase):
        ...     def test_list(self):
        ...         self.assertEqual(self.client.get("/api/books/").status_code, 200)
    """

    client_class: ClassVar[Any] = APIClient
    async_client_class: ClassVar[Any] = AsyncAPIClient


class APITransactionTestCase(TransactionTestCase):
    """A test case of an API that may commit."""

    client_class: ClassVar[Any] = APIClient
    async_client_class: ClassVar[Any] = AsyncAPIClient


class APILiveServerTestCase(LiveServerTestCase):
    """A test case of an API beside a real server."""

    client_class: ClassVar[Any] = APIClient
    async_client_class: ClassVar[Any] = AsyncAPIClient


class URLPatternsTestCase(SimpleTestCase):
    """Gives a test case URLs of its own.

    Attributes:
        urlpatterns: the patterns.

    Example:
        >>> class BookTests(APITestCase, URLPatternsTestCase):
        ...     urlpatterns = []
    """

    urlpatterns: ClassVar[list[Any]]

    @classmethod
    def setUpClass(cls) -> None:
        """Use the class's patterns."""
        cls.enterClassContext(override_settings(ROOT_URLCONF=cls.urlpatterns))
        super().setUpClass()
