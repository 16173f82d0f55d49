import pytest

from manoir.conf import settings
from manoir.exceptions import ContentNotRenderedError
from manoir.http import HttpRequest, RequestBody, RequestHead
from manoir.templates import Engine, SimpleTemplateResponse, TemplateResponse, context_processors
from tests.templates.rendering import engine_of


def a_request() -> HttpRequest:
    head = RequestHead("GET", "http", "/page/", "a=1", [("host", "testserver")], "127.0.0.1:5", "127.0.0.1:80", "1.1")
    return HttpRequest(head, RequestBody(b""))


@pytest.fixture
def response() -> SimpleTemplateResponse:
    return SimpleTemplateResponse(
        engine_of().from_string("Hello, {{ name }}"), {"name": "<you>"}, status=201, headers={"X-A": "b"}
    )


def test_content_waits_for_render(response: SimpleTemplateResponse):
    for read in (lambda: response.content, lambda: list(response)):
        with pytest.raises(ContentNotRenderedError, match="before it is rendered"):
            read()
    response.context_data = {"name": "later"}
    assert response.render() is response
    assert (response.content, response.status_code, response["X-A"], response.is_rendered) == (
        b"Hello, later",
        201,
        "b",
        True,
    )
    response.context_data = {"name": "too late"}
    assert response.render().content == b"Hello, later"


def test_setting_the_content_counts_as_rendering(response: SimpleTemplateResponse):
    response.content = "given"
    assert response.render().content == b"given"


def test_callbacks_run_after_rendering(response: SimpleTemplateResponse):
    seen: list[bytes] = []
    response.add_post_render_callback(lambda done: seen.append(done.content))
    assert seen == []
    response.render()
    response.add_post_render_callback(lambda done: seen.append(b"at once"))
    assert seen == [b"Hello, &lt;you&gt;", b"at once"]


def test_a_callback_may_replace_the_response(response: SimpleTemplateResponse):
    other = SimpleTemplateResponse(engine_of().from_string("other"))
    response.add_post_render_callback(lambda done: other)
    assert response.render() is other


async def test_rendering_in_a_coroutine(response: SimpleTemplateResponse):
    assert (await response.arender()).content == b"Hello, &lt;you&gt;"


def test_names_and_lists_of_names_with_a_request(tmp_path):
    (tmp_path / "a.html").write_text("{{ request.path }}{{ x }}")
    entry = {
        "BACKEND": "manoir.templates.Engine",
        "DIRS": [tmp_path],
        "OPTIONS": {"context_processors": ["manoir.templates.context_processors.request"]},
    }
    with settings.override(TEMPLATES=[entry]):
        for name in (
            "a.html",
            ["no.html", "a.html"],
            Engine(dirs=[tmp_path], context_processors=entry["OPTIONS"]["context_processors"]).get_template("a.html"),
        ):
            assert TemplateResponse(a_request(), name, {"x": 1}).render().content == b"/page/1"


def test_context_processors():
    request = a_request()
    assert context_processors.request(request) == {"request": request}
    assert context_processors.static(request) == {"STATIC_URL": settings.STATIC_URL}
    assert context_processors.media(request) == {"MEDIA_URL": settings.MEDIA_URL}
    assert context_processors.tz(request) == {"TIME_ZONE": settings.TIME_ZONE}
    assert context_processors.i18n(request)["LANGUAGE_CODE"] == settings.LANGUAGE_CODE
    assert context_processors.debug(request) == {}
    with settings.override(DEBUG=True, INTERNAL_IPS=["127.0.0.1"]):
        assert context_processors.debug(request)["debug"] is True


def test_the_nonce_is_made_when_it_is_read():
    request = a_request()
    engine = Engine(context_processors=["manoir.templates.context_processors.csp"], debug=False)
    engine.from_string("nothing").render({}, request)
    assert request.csp_nonce_used is None
    text = engine.from_string("<script {% csp_nonce_attr %}>{{ csp_nonce }}").render({}, request)
    assert text == f'<script nonce="{request.csp_nonce}">{request.csp_nonce}'
