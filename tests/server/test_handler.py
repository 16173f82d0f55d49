"""The handler: a response for every request, whatever the view is and does."""

import logging

import pytest

from manoir.exceptions import ContentNotRenderedError, ImproperlyConfigured
from manoir.http import HttpResponse
from manoir.signals import got_request_exception, request_finished, request_started
from manoir.testing import AsyncClient, Client
from tests.server import urls


@pytest.fixture
def quiet(caplog):
    """Log records, without the lines on stderr."""
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.mark.parametrize("path", ["/hello/", "/thread/"])
def test_views_of_both_colours_answer(project, client, path):
    assert client.get(path).status_code == 200


async def test_async_client_gets_the_same_answer(project):
    assert (await AsyncClient().get("/hello/")).content == b"hello GET"


def test_body_is_read_before_the_view(project, client):
    assert client.post("/echo/", b"\x00\x01", content_type="application/octet-stream").content == b"\x00\x01"


def test_template_response_is_rendered_after_the_view(project, client):
    assert client.get("/page/").content == b"<h1>Hello &lt;world&gt;</h1>\n"


def test_render_in_a_coroutine_is_rendered_by_the_handler(project, client):
    assert client.get("/rendered/").content == b"<h1>Hello &lt;shortcut&gt;</h1>\n"


async def test_content_before_rendering_raises(project, rf):
    response = await urls.rendered(rf.get("/rendered/"))
    with pytest.raises(ContentNotRenderedError):
        _ = response.content


def test_streaming_response_is_streamed(project, client):
    response = client.get("/stream/")
    assert response.streaming
    assert b"".join(response.streaming_content) == b"chunk 0\nchunk 1\nchunk 2\n"


@pytest.mark.parametrize(
    ("path", "status"), [("/not-found/", 404), ("/forbidden/", 403), ("/suspicious/", 400), ("/no/such/path/", 404)]
)
def test_http_errors_become_their_status(project, client, quiet, path, status):
    assert client.get(path).status_code == status


@pytest.mark.parametrize("path", ["/not-found/", "/forbidden/", "/suspicious/"])
def test_plain_pages_echo_nothing_of_the_request(project, client, quiet, path):
    response = client.get(f"{path}?echo=%3Cscript%3E")
    assert b"script" not in response.content.replace(b"default-src", b"")
    assert path.encode() not in response.content
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_error_becomes_500_without_details(project, quiet):
    response = Client(raise_request_exception=False).get("/fails/")
    assert response.status_code == 500
    assert b"ValueError" not in response.content
    assert "alert(1)" not in response.text


def test_error_is_logged_with_its_traceback(project, quiet):
    Client(raise_request_exception=False).get("/fails/")
    record = next(record for record in quiet.records if record.name == "manoir.request" and record.exc_info)
    assert record.levelno == logging.ERROR
    assert record.exc_info[0] is ValueError


def test_client_raises_what_the_view_raised(project, client, quiet):
    with pytest.raises(ValueError, match="in a thread"):
        client.get("/fails-in-thread/")


def test_suspicious_requests_are_logged_under_their_class(project, client, quiet):
    client.get("/suspicious/")
    assert "manoir.security.BadRequest" in [record.name for record in quiet.records]


def test_unknown_host_is_400(project, client, quiet):
    assert client.get("/hello/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nothing/", "answered None where a response is needed: is a `return` missing"),
        ("/unawaited/", "unawaited coroutine: add an `await`"),
        ("/number/", "answered int where a response is needed: wrap it in HttpResponse"),
    ],
)
def test_view_that_returns_no_response_is_named(project, client, quiet, path, message):
    with pytest.raises(ValueError, match=message) as error:
        client.get(path)
    assert "tests.server.urls." in str(error.value)


def test_project_handlers_answer_errors(project, quiet):
    project.ROOT_URLCONF = "tests.server.urls_with_handlers"
    client = Client(raise_request_exception=False)
    assert client.get("/not-found/").text == "our 404: no such thing <b>"
    assert client.get("/fails/").text == "our 500"


def test_project_template_answers_errors(project, client, quiet, tmp_path):
    (tmp_path / "404.html").write_text("lost: {{ exception }}")
    project.TEMPLATES = [{"BACKEND": "manoir.templates.Engine", "DIRS": [tmp_path]}]
    assert client.get("/not-found/").text == "lost: no such thing &lt;b&gt;"


# -- debug pages ------------------------------------------------------------------------------------------------------


@pytest.fixture
def debugging(project):
    project.DEBUG = True
    return project


def test_debug_page_shows_source_values_and_escapes(debugging, quiet):
    response = Client(raise_request_exception=False).get("/fails/")
    assert response.status_code == 500
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.text
    assert "<script>" not in response.text
    assert "a visible value" in response.text
    assert "async def fails(request):" in response.text


def test_debug_page_shows_no_secret(debugging, quiet):
    debugging.SECRET_KEY = "the-secret-key-of-this-project-000000000"
    response = Client(raise_request_exception=False).get("/fails/", headers={"cookie": "sessionid=abc123"})
    shown = response.text.split(
        "password = &#34;hunter2-secret&#34;"
    )  # the source line itself is shown, its value is not
    assert len(shown) == 2
    assert "hunter2-secret" not in "".join(shown)
    assert "the-secret-key-of-this-project" not in response.text
    assert "abc123" not in response.text


@pytest.mark.parametrize(
    ("host", "address"),
    [("evil.example", "127.0.0.1"), ("localhost", "203.0.113.9"), ("localhost.evil.example", "127.0.0.1")],
)
def test_debug_page_is_for_this_machine_under_a_local_name(debugging, quiet, host, address):
    debugging.ALLOWED_HOSTS = ["*"]
    response = Client(raise_request_exception=False).get("/fails/", headers={"host": host}, REMOTE_ADDR=address)
    assert response.status_code == 500
    assert "ValueError" not in response.text


def test_debug_404_lists_the_patterns(debugging, client, quiet):
    response = client.get("/no/such/path/")
    assert "hello/" in response.text
    assert "[name='hello']" in response.text


def test_welcome_page_where_no_pattern_is_there_yet(debugging, client, quiet):
    debugging.ROOT_URLCONF = "tests.server.urls_empty"
    response = client.get("/")
    assert response.status_code == 200
    assert "The house stands." in response.text


def test_welcome_page_where_only_manoirs_own_pages_are_there(debugging, client, quiet):
    debugging.ROOT_URLCONF = "tests.server.urls_of_people"
    assert "The house stands." in client.get("/").text
    assert client.get("/other/").status_code == 404
    debugging.ROOT_URLCONF = "tests.server.urls"
    assert client.get("/").status_code == 404


# -- around the handler -----------------------------------------------------------------------------------------------


def test_signals_tell_start_finish_and_errors(project, quiet):
    seen = []

    def note(name):
        def receiver(sender, **kwargs):
            seen.append(name)

        return receiver

    receivers = [
        (request_started, note("started")),
        (request_finished, note("finished")),
        (got_request_exception, note("error")),
    ]
    for signal, receiver in receivers:
        signal.connect(receiver, weak=False)
    try:
        Client(raise_request_exception=False).get("/fails/")
    finally:
        for signal, receiver in receivers:
            signal.disconnect(receiver)
    assert seen == ["started", "error", "finished"]


class Remember:
    """A middleware with every hook."""

    seen: list[str] = []
    sync_capable = async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response

    async def __call__(self, request):
        response = await self.get_response(request)
        response.headers["X-Seen"] = "yes"
        return response

    def process_view(self, request, view, args, kwargs):
        self.seen.append(f"view {view.__name__}")

    def process_exception(self, request, exception):
        if "in a thread" in str(exception):
            return HttpResponse("middleware answered", status=503)
        return None

    def process_template_response(self, request, response):
        response.context_data["name"] = "from middleware"
        return response


def test_middleware_hooks_are_called(project, client, quiet):
    project.MIDDLEWARE = ["tests.server.test_handler.Remember"]
    Remember.seen.clear()
    assert client.get("/page/").text == "<h1>Hello from middleware</h1>\n"
    assert client.get("/fails-in-thread/").status_code == 503
    assert client.get("/hello/").headers["X-Seen"] == "yes"
    assert Remember.seen == ["view page", "view fails_in_thread", "view hello"]


def test_unknown_middleware_is_named_at_start(project, client):
    project.MIDDLEWARE = ["manoir.middleware.SecurityMiddlewear"]
    with pytest.raises(ImproperlyConfigured, match="SecurityMiddlewear' cannot be imported"):
        client.get("/hello/")


def test_browsers_get_a_favicon_while_a_project_has_none(debugging, client, quiet):
    response = client.get("/favicon.ico")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml")
    assert 'href="/favicon.ico"' in (settings_without_urls(debugging), client.get("/"))[1].text
    assert [
        record for record in quiet.records if "favicon" in record.getMessage() and record.levelno >= logging.WARNING
    ] == []


def test_no_favicon_of_ours_in_production(project, client, quiet):
    assert client.get("/favicon.ico").status_code == 404


def settings_without_urls(project):
    project.ROOT_URLCONF = "tests.server.urls_empty"
