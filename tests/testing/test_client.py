"""The clients: bodies, cookies, redirects, what a response knows, errors."""

import inspect
import io

import pytest

from manoir.bridge import run
from manoir.exceptions import RedirectCycleError, SynchronousOnlyOperation
from manoir.http import HttpResponse
from manoir.http import JSONEncoder as ManoirEncoder
from manoir.signals import got_request_exception, request_finished
from manoir.templates import template_rendered
from manoir.testing import AsyncClient, Client

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def client():
    return Client()


def test_query_from_data_params_and_path(client):
    assert client.get("/echo/", {"page": 2, "tag": ["a", "b"]}).json()["query"] == {"page": ["2"], "tag": ["a", "b"]}
    assert client.get("/echo/?page=3").json()["query"] == {"page": ["3"]}
    assert client.post("/echo/", {"x": 1}, query_params={"page": 4}).json()["query"] == {"page": ["4"]}
    assert client.get("/echo/?page=3", {"page": 5}).json()["query"] == {"page": ["5"]}
    assert Client(query_params={"lang": "de"}).get("/echo/").json()["query"] == {"lang": ["de"]}


def test_form_with_lists_and_unicode(client):
    answer = client.post("/echo/", {"name": "Zoë", "tag": ["a", "b"]}).json()
    assert answer["form"] == {"name": ["Zoë"], "tag": ["a", "b"]}


def test_files_with_name_type_and_content(client):
    document = io.BytesIO(b"hello")
    document.name = 'folder/he said "hi".txt'
    plain = io.StringIO("text")
    answer = client.post("/echo/", {"title": "t", "document": [document, plain]}).json()
    assert answer["form"] == {"title": ["t"]}
    (name, kind, content), (second, *_) = answer["files"]["document"]
    assert (kind, content, second) == ("text/plain", "hello", "file")
    assert name.endswith(".txt")


def test_json_body_out_of_data(client):
    answer = client.post("/echo/", {"a": [1, None]}, content_type="application/json").json()
    assert (answer["body"], answer["content_type"]) == ('{"a":[1,null]}', "application/json")
    assert client.put("/echo/", "[1]", content_type="application/json").json()["body"] == "[1]"


def test_json_encoder_writes_bodies():
    client = Client(json_encoder=ManoirEncoder)
    assert client.post("/echo/", {"a": 1}, content_type="application/json").json()["body"] == '{"a": 1}'


def test_urlencoded_body_out_of_mapping(client):
    answer = client.post("/echo/", {"a": "1 2"}, content_type="application/x-www-form-urlencoded").json()
    assert answer["form"] == {"a": ["1 2"]}


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_body_arrives_as_from_a_server(kind):
    """What a server refuses, a test meets: limits of a view, and upload handlers that are named after the body came."""

    def post(address, size):
        answer = kind(raise_request_exception=False).post(address, {"f": io.BytesIO(bytes(size))})
        return run(answer) if inspect.isawaitable(answer) else answer

    assert post("/little/", 500).text == "500"
    assert post("/little/", 5_000_000).status_code == 413
    error = post("/too-late/", 10).exc_info[1]
    assert "name handlers by the decorator @upload_handlers" in str(error)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_send_their_body(client, method):
    answer = getattr(client, method)("/echo/", "text", content_type="text/plain").json()
    assert (answer["method"], answer["body"]) == (method.upper(), "text")


def test_head_and_trace(client):
    answer = client.head("/echo/")
    assert (answer.status_code, answer.content) == (200, b"")  # as a server sends it
    assert answer["Content-Type"] == client.get("/echo/")["Content-Type"]
    assert client.trace("/echo/").json()["method"] == "TRACE"


@pytest.mark.parametrize("data", [{"name": None}, {"name": ["a", None]}])
def test_none_in_a_form_is_refused(client, data):
    with pytest.raises(TypeError, match="'name' is None, which a form cannot say: leave it out"):
        client.post("/echo/", data)


def test_none_in_a_query_is_refused(client):
    with pytest.raises(TypeError, match="'name' is None, which a query string cannot say"):
        client.get("/echo/", {"name": None})


def test_headers_and_wsgi_names():
    client = Client(headers={"Accept": "text/html"}, REMOTE_ADDR="10.0.0.1")
    answer = client.get("/echo/").json()
    assert (answer["accept"], answer["address"]) == ("text/html", "10.0.0.1")
    assert client.get("/echo/", headers={"accept": "application/json"}).json()["accept"] == "application/json"
    assert client.get("/echo/", HTTP_ACCEPT="image/png").json()["accept"] == "image/png"


def test_secure_and_host(client):
    assert client.get("/echo/", secure=True).json()["secure"] is True
    assert client.get("/echo/", HTTP_HOST="localhost").json()["host"] == "localhost"
    assert client.get("/echo/", SERVER_NAME="localhost", SERVER_PORT=8000).json()["host"] == "localhost:8000"


def test_paths_are_escaped_once(client):
    assert client.get("/item/5/").status_code == 200
    assert client.get("/caf%C3%A9/").request["PATH_INFO"] == "/café/"
    assert client.get("/café/").request["PATH_INFO"] == "/café/"


def test_cookies_are_kept_sent_and_deleted(client):
    client.get("/set-cookie/")
    assert client.cookies["basket"].value == "full"
    assert client.get("/echo/").json()["cookies"] == {"basket": "full"}
    client.get("/delete-cookie/")
    assert client.get("/echo/").json()["cookies"] == {}
    client.cookies["own"] = "a b"
    assert client.get("/echo/").json()["cookies"] == {"own": "a b"}
    assert client.get("/echo/", headers={"cookie": "only=this"}).json()["cookies"] == {"only": "this"}


def test_redirects_are_followed_with_their_chain(client):
    response = client.post("/moved/", {"a": 1}, follow=True)
    assert response.redirect_chain == [("/found/?again=1", 301), ("../echo/?page=2", 302)]
    assert response.json() | {"accept": ""} == client.get("/echo/?page=2").json()


def test_redirect_that_keeps_the_method_keeps_the_body(client):
    answer = client.post("/keep/", {"a": 1}, follow=True).json()
    assert (answer["method"], answer["form"]) == ("POST", {"a": ["1"]})


def test_redirect_to_another_host_and_scheme(client, project):
    project.ALLOWED_HOSTS = ["testserver", "other.example"]
    answer = client.get("/secure/", follow=True).json()
    assert (answer["secure"], answer["host"]) == (True, "other.example")


def test_circles_and_long_chains_are_errors(client):
    with pytest.raises(RedirectCycleError, match="go round in a circle: '/circle/'") as caught:
        client.get("/circle/", follow=True)
    assert caught.value.redirect_chain[0] == ("/circle/", 302)
    assert caught.value.last_response.status_code == 302
    with pytest.raises(RedirectCycleError, match="After 20 redirects there was still no page"):
        client.get("/down/1/", follow=True)


def test_response_tells_request_match_and_client(client):
    response = client.get("/item/7/?a=b")
    assert response.request["PATH_INFO"] == "/item/7/"
    assert response.request["QUERY_STRING"] == "a=b"
    assert response.resolver_match.view_name == "item"
    assert response.resolver_match.kwargs == {"number": 7}
    assert response.client is client
    assert response.wsgi_request.path == "/item/7/"


def test_context_and_templates(client):
    response = client.get("/page/")
    assert [template.name for template in response.templates] == [
        "testing/page.html",
        "testing/base.html",
        "testing/item.html",
        "testing/item.html",
    ]
    assert response.context["title"] == "A page"
    assert response.context["item"] == 1
    assert "title" in response.context
    assert "nothing" not in response.context
    assert response.context.get("nothing", 5) == 5
    assert {"title", "items"} <= response.context.keys()
    with pytest.raises(KeyError):
        response.context["nothing"]
    assert client.get("/echo/").context is None


def test_json_of_another_type_is_an_error(client):
    with pytest.raises(ValueError, match="says that it is 'text/html; charset=utf-8': read"):
        client.get("/item/5/").json()


def test_errors_of_views_are_raised_or_answered(client, database):
    with pytest.raises(RuntimeError, match="this view fails"):
        client.get("/fails/")
    response = Client(raise_request_exception=False).get("/fails/")
    assert response.status_code == 500
    assert response.exc_info[0] is RuntimeError
    assert client.get("/item/404/").status_code == 404


def test_csrf_is_checked_on_demand(project):
    project.MIDDLEWARE = ["manoir.security.CsrfViewMiddleware"]
    assert Client().post("/echo/", {"a": 1}).status_code == 200
    assert Client(enforce_csrf_checks=True).post("/echo/", {"a": 1}).status_code == 403


def test_nothing_listens_between_requests(client):
    client.get("/page/")
    assert not template_rendered.receivers
    assert not got_request_exception.receivers


def test_finished_request_is_signalled_also_after_a_stream(client):
    finished = []

    def note(sender, **kwargs):
        finished.append(sender)

    request_finished.connect(note)
    try:
        client.get("/item/5/")
        assert len(finished) == 1
        response = client.get("/sync-stream/")
        assert len(finished) == 1
        assert response.getvalue() == b"one\ntwo\n"
        assert len(finished) == 2
    finally:
        request_finished.disconnect(note)


async def test_async_client_has_the_same_methods():
    client = AsyncClient(headers={"Accept": "text/html"})
    assert (await client.get("/echo/", {"a": 1})).json()["query"] == {"a": ["1"]}
    assert (await client.post("/echo/", {"a": 1})).json()["form"] == {"a": ["1"]}
    assert (await client.head("/echo/")).status_code == 200
    response = await client.get("/moved/", follow=True)
    assert response.redirect_chain[-1] == ("../echo/?page=2", 302)
    with pytest.raises(RedirectCycleError):
        await client.get("/circle/", follow=True)


async def test_requests_at_once_keep_their_errors_and_contexts(database):
    import asyncio

    page, failure, item = await asyncio.gather(
        AsyncClient().get("/page/"),
        AsyncClient().get("/fails/"),
        AsyncClient().get("/item/5/"),
        return_exceptions=True,
    )
    assert page.context["title"] == "A page"
    assert isinstance(failure, RuntimeError)
    assert (item.status_code, item.context) == (200, None)


async def test_sync_client_in_a_coroutine_names_the_cure():
    with pytest.raises(SynchronousOnlyOperation, match="inside a coroutine"):
        Client().get("/echo/")


def test_views_may_be_called_with_a_made_request(rf, async_rf):
    request = rf.post("/somewhere/", {"a": 1}, headers={"X-Token": "t"})
    assert (request.method, request.POST["a"], request.headers["X-Token"]) == ("POST", "1", "t")
    assert async_rf.get("/x/", {"b": 2}).GET["b"] == "2"


async def test_async_view_may_be_called_with_a_made_request(async_rf):
    async def view(request):
        return HttpResponse(request.GET["b"])

    assert (await view(async_rf.get("/x/", {"b": 2}))).content == b"2"


def test_file_that_nobody_reads_is_closed(client):
    response = client.get("/file/")
    assert response.wsgi_request.opened.closed
    assert response.getvalue() == b"content of the file"


def test_endless_stream_is_read_as_far_as_the_test_wants(client):
    response = client.get("/endless/")
    assert [next(response.streaming_content) for _ in range(3)] == [b"0\n", b"1\n", b"2\n"]
