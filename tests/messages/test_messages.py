from __future__ import annotations

import pytest

import manoir

manoir.setup()

from markupsafe import Markup  # noqa: E402

from manoir import messages  # noqa: E402
from manoir.bridge import run  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.exceptions import ImproperlyConfigured, MessageFailure  # noqa: E402
from manoir.http import HttpResponse, HttpResponseRedirect  # noqa: E402
from manoir.messages import Message, MessageMiddleware, SessionStorage, aget_messages, get_messages  # noqa: E402
from manoir.messages.context_processors import messages as in_templates  # noqa: E402
from manoir.signing import dumps  # noqa: E402
from manoir.templates import Template, TemplateResponse, format_html  # noqa: E402
from manoir.testing import AsyncClient, Client, RequestFactory  # noqa: E402
from manoir.urls import path  # noqa: E402

PAGE = Template("{% for message in messages %}[{{ message.tags }}: {{ message }}]{% endfor %}")


def adding(request):
    for text in request.GET.getlist("m"):
        messages.success(request, text, extra_tags="big")
    return HttpResponseRedirect("/showing/")


async def aadding(request):
    for text in request.GET.getlist("m"):
        messages.success(request, text, extra_tags="big")
    return HttpResponseRedirect("/showing/")


async def showing(request):
    return TemplateResponse(request, PAGE, in_templates(request))


def now(request):
    messages.info(request, "now")
    return HttpResponse(PAGE.render(in_templates(request)))


async def reading(request):
    return HttpResponse(",".join(str(message) for message in await aget_messages(request)))


def untouched(request):
    return HttpResponse("untouched")


urlpatterns = [
    path("sync/adding/", adding),
    path("async/adding/", aadding),
    path("showing/", showing),
    path("now/", now),
    path("reading/", reading),
    path("untouched/", untouched),
]


@pytest.fixture(params=["CookieStorage", "SessionStorage", "FallbackStorage"])
def storage(request):
    return f"manoir.messages.{request.param}"


@pytest.fixture(autouse=True)
def _site(request):
    storage = request.getfixturevalue("storage") if "storage" in request.fixturenames else settings.MESSAGE_STORAGE
    with settings.override(
        ROOT_URLCONF="tests.messages.test_messages",
        SESSION_ENGINE="manoir.sessions.CacheStore",
        MESSAGE_STORAGE=storage,
        MIDDLEWARE=["manoir.sessions.SessionMiddleware", "manoir.messages.MessageMiddleware"],
    ):
        yield


@pytest.fixture(params=["sync", "async"])
def colour(request):
    return request.param


@pytest.fixture
def get(colour):
    client = Client() if colour == "sync" else AsyncClient()

    def ask(address, data=None):
        answer = client.get(address, data or {})
        return run(answer) if colour == "async" else answer

    ask.client = client
    return ask


def test_a_message_is_shown_once(get, colour, storage):
    get(f"/{colour}/adding/", {"m": ["saved", "<b>"]})
    assert get("/showing/").content == b"[big success: saved][big success: &lt;b&gt;]"
    assert get("/showing/").content == b""
    assert "messages" not in get.client.cookies


def test_messages_wait_until_a_page_shows_them(get, colour, storage):
    get(f"/{colour}/adding/", {"m": "one"})
    get("/untouched/")
    get(f"/{colour}/adding/", {"m": "two"})
    assert get("/reading/").content == b"one,two"
    assert get("/reading/").content == b""


def test_a_message_is_shown_on_the_same_page(get, storage):
    assert get("/now/").content == b"[info: now]"
    assert get("/reading/").content == b""


def test_a_request_without_messages_sets_no_cookie(get, storage):
    answer = get("/untouched/")
    assert (dict(answer.cookies), "Vary" in answer.headers) == ({}, False)


def test_what_does_not_fit_into_the_cookie_waits_in_the_session(get, colour):
    texts = [f"{number} {'abcdefghij' * 30}{number}" for number in range(60)]
    with settings.override(MESSAGE_STORAGE="manoir.messages.FallbackStorage"):
        get(f"/{colour}/adding/", {"m": texts})
        assert len(get.client.cookies["messages"].value) <= 2048
        assert get("/reading/").content.decode().split(",") == texts
        assert get("/reading/").content == b""


@pytest.mark.parametrize(
    "forged",
    ["", "nonsense", "a:b:c", dumps([[0, 20, "x", ""]], salt="something else"), dumps("text", salt="manoir.messages"),
     dumps([[0, "20", "x", ""], 7, [1]], salt="manoir.messages"), "x" * 100_000],
    ids=["empty", "nonsense", "no signature", "another purpose", "a text", "damaged rows", "long"],
)  # fmt: skip
def test_a_forged_cookie_says_nothing(get, forged):
    """H06"""
    with settings.override(MESSAGE_STORAGE="manoir.messages.CookieStorage"):
        get.client.cookies["messages"] = forged
        assert get("/reading/").content == b""


def test_the_cookie_has_its_flags(get, colour):
    """M03"""
    with settings.override(SESSION_COOKIE_SECURE=True):
        morsel = get(f"/{colour}/adding/", {"m": "a"}).cookies["messages"]
    assert (morsel["httponly"], morsel["secure"], morsel["samesite"]) == (True, True, "Lax")


def request_with_messages():
    request = RequestFactory().get("/")
    MessageMiddleware(lambda request: HttpResponse())(request)
    return request


def test_levels():
    with settings.override(MESSAGE_STORAGE="manoir.messages.CookieStorage", MESSAGE_TAGS={messages.ERROR: "danger"}):
        request = request_with_messages()
        for add in (messages.debug, messages.info, messages.success, messages.warning, messages.error):
            add(request, add.__name__)
        assert [message.message for message in get_messages(request)] == ["info", "success", "warning", "error"]
        assert [message.tags for message in get_messages(request)][-1] == "danger"
        assert messages.get_level(request) == messages.INFO
        assert messages.set_level(request, messages.ERROR) is True
        messages.warning(request, "too low")
        assert len(get_messages(request)) == 4
        messages.set_level(request, None)
        assert messages.get_level(request) == messages.INFO
        messages.add_message(request, 33, "")
        messages.add_message(request, 33, "of its own")
        assert Message(33, "of its own") in get_messages(request)


def test_safe_messages_stay_safe(get, colour):
    """H14: only Markup is shown as HTML."""
    from manoir.messages._storage import from_plain, to_plain

    kept = from_plain([to_plain(Message(20, Markup("<b>"))), to_plain(Message(20, "<b>"))])
    assert [type(message.message) for message in kept] == [Markup, str]


def test_templates_show_safe_messages_as_html_and_escape_others():
    """H14: a link that `format_html` made is a link; what anybody wrote is text."""
    waiting = [Message(20, format_html('<a href="/">{}</a>', "<Ada>")), Message(20, "<i>")]
    page = Template("{% for message in messages %}{{ message }} {% endfor %}").render({"messages": waiting})
    assert page == '<a href="/">&lt;Ada&gt;</a> &lt;i&gt; '


def test_without_middleware_the_cure_is_named():
    request = RequestFactory().get("/")
    with pytest.raises(MessageFailure, match=r"manoir\.messages\.MessageMiddleware into MIDDLEWARE"):
        messages.info(request, "lost")
    messages.info(request, "lost", fail_silently=True)
    assert get_messages(request) == []
    assert messages.set_level(request, 10) is False
    with pytest.raises(TypeError, match="takes the request first"):
        messages.info("text", request)


def test_the_session_storage_needs_sessions():
    with pytest.raises(ImproperlyConfigured, match="SessionMiddleware before"):
        SessionStorage(RequestFactory().get("/"))


def test_a_flood_of_messages_is_capped():
    with settings.override(MESSAGE_STORAGE="manoir.messages.CookieStorage"):
        request = request_with_messages()
        for number in range(10_000):
            messages.info(request, str(number))
        assert len(get_messages(request)) == 200
