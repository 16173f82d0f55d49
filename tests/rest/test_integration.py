"""APIs among the rest of the house: transactions, caches, templates, middleware, remote users, threads."""

from __future__ import annotations

import threading

import pytest

from manoir import rest
from manoir.auth import User
from manoir.conf import settings
from manoir.db import connections
from manoir.http import HttpResponse
from manoir.middleware import PureMiddleware
from manoir.rest.renderers import StaticHTMLRenderer, TemplateHTMLRenderer
from manoir.testing import APIRequestFactory
from manoir.urls import path
from manoir.views.decorators import cache_page, method_decorator, vary_on_headers
from tests.library.models import Tag
from tests.rest.conftest import MIDDLEWARE, Caller

factory = APIRequestFactory()
calls: list[str] = []


class Counted(rest.APIView):
    permission_classes = [rest.AllowAny]
    authentication_classes = []
    renderer_classes = [rest.JSONRenderer]

    async def get(self, request):
        calls.append("asked")
        return rest.Response({"number": len(calls)})


@pytest.fixture(autouse=True)
def _no_calls():
    calls.clear()


def ask(view, colour, address="/x/", method="get", **extra):
    with settings.override(ROOT_URLCONF=[path("x/", view)], MIDDLEWARE=extra.pop("middleware", [])):
        return getattr(Caller(colour, raise_request_exception=False), method)(address, **extra)


def test_cache_page_around_a_view(colour):
    view = cache_page(60)(Counted.as_view())
    assert [ask(view, colour).json() for _ in range(3)] == [{"number": 1}] * 3
    assert ask(view, colour, "/x/?a=1").json() == {"number": 2}


class ByKey(rest.BaseAuthentication):
    """A project's own way to say who asks."""

    def authenticate(self, request):
        name = request.headers.get("x-api-key")
        return (User(username=name, pk=1), None) if name else None


def test_what_is_somebodys_is_kept_for_nobody_whatever_says_who_it_is(colour):
    """H40: A then B, by a header that neither a session nor Authorization is."""

    class Mine(Counted):
        authentication_classes = [ByKey]

        async def get(self, request):
            return rest.Response({"whose": str(request.user)})

    view = cache_page(60)(Mine.as_view())
    answers = [ask(view, colour, headers={"x-api-key": name} if name else {}).json() for name in ("ann", "bob", "")]
    assert answers == [{"whose": "ann"}, {"whose": "bob"}, {"whose": "AnonymousUser"}]


def test_method_decorator_on_dispatch_and_on_a_handler(colour):
    @method_decorator(cache_page(60), name="dispatch")
    class Whole(Counted):
        pass

    class One(Counted):
        @method_decorator(vary_on_headers("X-Name"))
        def get(self, request):
            return rest.Response({"name": request.headers.get("x-name")})

    view = Whole.as_view()
    assert [ask(view, colour).json() for _ in range(2)] == [{"number": 1}] * 2
    answer = ask(One.as_view(), colour, headers={"x-name": "ann"})
    assert (answer.json(), answer["Vary"]) == ({"name": "ann"}, "X-Name")


class Writes(rest.APIView):
    permission_classes = [rest.AllowAny]
    authentication_classes = []

    async def post(self, request):
        await Tag.objects.acreate(label="x", slug="x")
        raise rest.ValidationError({"late": "Too late."})

    def put(self, request):
        Tag.objects.create(label="y", slug="y")
        return rest.Response(status=201)


def test_an_error_rolls_the_requests_transaction_back(committing_database, colour):
    from manoir.apps import apps
    from manoir.bridge import wait
    from tests.models.tables import create_tables

    wait(create_tables(committing_database, apps.get_app_config("library").get_models()))
    options = connections["default"].settings_dict
    options["ATOMIC_REQUESTS"] = True
    try:
        databases = {"default": {**settings.DATABASES["default"], "ATOMIC_REQUESTS": True}}
        with settings.override(DATABASES=databases), connections.using("default", committing_database):
            assert ask(Writes.as_view(), colour, method="post").status_code == 400
            assert Tag.objects.count() == 0
            assert ask(Writes.as_view(), colour, method="put").status_code == 201
            assert Tag.objects.count() == 1
    finally:
        options["ATOMIC_REQUESTS"] = False


@pytest.fixture
def templates(tmp_path):
    (tmp_path / "book.html").write_text("<h1>{{ title }}</h1>")
    (tmp_path / "404.html").write_text("{{ status_code }}: {{ detail }}")
    engine = {"BACKEND": "manoir.templates.Engine", "DIRS": [tmp_path], "APP_DIRS": False, "OPTIONS": {}}
    with settings.override(TEMPLATES=[engine]):
        yield


def test_templates(templates, colour):
    class Book(rest.APIView):
        permission_classes = [rest.AllowAny]
        renderer_classes = [TemplateHTMLRenderer, rest.JSONRenderer]
        template_name = "book.html"

        def get(self, request):
            if "lost" in request.query_params:
                raise rest.NotFound("<b>Lost</b>")
            if "gone" in request.query_params:
                raise rest.PermissionDenied
            return rest.Response({"title": "<Dune>"})

    view = Book.as_view()
    answer = ask(view, colour)
    assert (answer.text, answer["Content-Type"]) == ("<h1>&lt;Dune&gt;</h1>", "text/html; charset=utf-8")
    assert ask(view, colour, "/x/?lost").text == "404: &lt;b&gt;Lost&lt;/b&gt;"
    assert ask(view, colour, "/x/?gone").text == "Forbidden"
    assert ask(view, colour, headers={"accept": "application/json"}).json() == {"title": "<Dune>"}


def test_static_html_of_an_error(templates, colour):
    @rest.api_view(["GET"])
    @rest.decorators.permission_classes([rest.AllowAny])
    @rest.decorators.renderer_classes([StaticHTMLRenderer])
    async def page(request):
        raise rest.NotFound("Lost.")

    assert ask(page, colour).text == "404: Lost."


def test_plain_http_responses_pass_through(colour):
    @rest.api_view(["GET"])
    @rest.decorators.permission_classes([rest.AllowAny])
    def raw(request):
        return HttpResponse(b"raw", content_type="application/x-raw")

    answer = ask(raw, colour)
    assert (answer.content, answer["Content-Type"], answer["Allow"]) == (
        b"raw",
        "application/x-raw",
        "GET, HEAD, OPTIONS",
    )


class Marks(PureMiddleware):
    def process_template_response(self, request, response):
        response.data = {**response.data, "marked": True}
        return response


def test_middleware_may_change_an_answer_before_it_is_written(colour):
    layers = ["tests.rest.test_integration.Marks"]
    assert ask(Counted.as_view(), colour, middleware=layers).json() == {"number": 1, "marked": True}


def test_def_handlers_run_in_threads_and_may_wait(colour, database):
    seen = []

    class Sync(rest.APIView):
        permission_classes = [rest.AllowAny]
        authentication_classes = []

        def get(self, request):
            seen.append(threading.current_thread() is threading.main_thread())
            return rest.Response({"tags": Tag.objects.count()})

    assert ask(Sync.as_view(), colour).json() == {"tags": 0}
    with settings.override(SYNC_VIEWS="loop"):
        assert ask(Sync.as_view(), colour).json() == {"tags": 0}
    assert seen == ([True, True] if colour == "sync" else [False, True])


def test_remote_users_count_from_trusted_peers_only(colour, database):
    """H30: anybody can write a header; it is believed from a proxy that TRUSTED_PROXIES names."""
    User.objects.create_user("ann")

    class Remote(rest.APIView):
        authentication_classes = [rest.RemoteUserAuthentication]
        permission_classes = [rest.IsAuthenticated]

        def get(self, request):
            return rest.Response(request.user.username)

    view, headers = Remote.as_view(), {"remote-user": "ann"}
    with settings.override(AUTHENTICATION_BACKENDS=["manoir.auth.RemoteUserBackend"]):
        assert ask(view, colour, headers=headers).status_code == 403
        with settings.override(TRUSTED_PROXIES=["127.0.0.1"]):
            assert ask(view, colour, headers=headers).json() == "ann"
            assert ask(view, colour).status_code == 403
        with settings.override(TRUSTED_PROXIES=["10.0.0.1"]):
            assert ask(view, colour, headers=headers).status_code == 403


def test_too_many_guesses_lock_basic_authentication(colour, people):
    """H31: the lock of signing in holds for passwords in headers, too."""
    import base64

    from tests.rest.test_authentication import Who

    def attempt(password):
        text = base64.b64encode(f"ann:{password}".encode()).decode()
        return ask(Who.as_view(), colour, headers={"authorization": f"Basic {text}"}, middleware=MIDDLEWARE).status_code

    with settings.override(LOGIN_FAILURE_LIMIT=3):
        assert attempt("ann-secret") == 200
        assert [attempt("wrong") for _ in range(3)] == [403] * 3
        assert attempt("ann-secret") == 429
