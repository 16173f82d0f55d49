"""Whole pages out of the cache, by decorator and for the whole site."""

from __future__ import annotations

import pytest

from manoir.bridge import run
from manoir.cache import caches
from manoir.conf import settings
from manoir.http import HttpResponse, StreamingHttpResponse
from manoir.i18n import get_language, get_language_from_request, override
from manoir.middleware import PageCache, aget_cache_key, alearn_cache_key, get_cache_key, learn_cache_key
from manoir.security import get_token
from manoir.templates import TemplateResponse, engines
from manoir.testing import AsyncClient, Client, RequestFactory
from manoir.urls import path
from manoir.views.decorators import cache_page, vary_on_cookie

calls: list[str] = []


def count(request) -> str:
    calls.append(request.get_full_path())
    return f"answer {len(calls)}"


def plain(request):
    return HttpResponse(count(request))


async def waiting(request):
    return HttpResponse(count(request))


def template(request):
    return TemplateResponse(request, engines["manoir"].from_string("{{ text }}"), {"text": count(request)})


def setting_cookie(request):
    response = HttpResponse(count(request))
    response.set_cookie("seen", "1")
    return response


def with_header(**headers):
    def view(request):
        return HttpResponse(count(request), headers={name.replace("_", "-"): value for name, value in headers.items()})

    return view


def failing(request):
    return HttpResponse(count(request), status=500)


def streaming(request):
    return StreamingHttpResponse([count(request).encode()])


def nonce(request):
    return HttpResponse(count(request) + request.csp_nonce)


def reading_a_cookie(request):
    return HttpResponse(count(request) + request.COOKIES.get("theme", ""))


def reading_a_signed_cookie(request):
    return HttpResponse(count(request) + request.get_signed_cookie("theme", ""))


def reading_in_a_template(request):
    template = engines["manoir"].from_string("{{ text }} {{ request.COOKIES.theme }}")
    return TemplateResponse(request, template, {"text": count(request), "request": request})


def reading_the_header_in_a_template(request):
    template = engines["manoir"].from_string("{{ text }} {{ request.headers.cookie }}")
    return TemplateResponse(request, template, {"text": count(request), "request": request})


def showing(read):
    """A view that shows what it reads of its request."""

    def view(request):
        return HttpResponse(f"{count(request)} {read(request)}")

    return view


def cookie_header(request):
    try:
        return request.headers["Cookie"]
    except KeyError:
        return ""


HEADER_READERS = {
    "header": cookie_header,
    "header-get": lambda request: request.headers.get("cookie"),
    "header-there": lambda request: "dark" if "COOKIE" in request.headers else "",
    "headers": lambda request: dict(request.headers),
    "headers-names": lambda request: "dark" if "Cookie" in list(request.headers) else "",
    "headers-text": lambda request: request.headers,
    "meta": lambda request: request.META.get("HTTP_COOKIE"),
    "meta-there": lambda request: "dark" if "HTTP_COOKIE" in request.META else "",
    "metas": lambda request: list(request.META.items()),
    "metas-text": lambda request: request.META,
}
OTHER_READERS = {
    "agent": lambda request: (request.headers.get("User-Agent"), request.META.get("HTTP_ACCEPT"), len(request.META)),
}


def asking_for_the_language(request):
    return HttpResponse(count(request) + get_language_from_request(request))


def saying_the_language(request):
    calls.append(request.get_full_path())
    return HttpResponse(get_language())


VIEWS = {
    "reading": reading_a_cookie,
    "reading-signed": reading_a_signed_cookie,
    "reading-template": reading_in_a_template,
    "reading-language": asking_for_the_language,
    "reading-header-template": reading_the_header_in_a_template,
    "header-varied": vary_on_cookie(showing(HEADER_READERS["header"])),
    **{name: showing(read) for name, read in {**HEADER_READERS, **OTHER_READERS}.items()},
    "reading-varied": vary_on_cookie(reading_a_cookie),
    "language": saying_the_language,
    "token": showing(get_token),
    "user": showing(lambda request: request.user),
    "plain": plain,
    "async": waiting,
    "template": template,
    "cookie": setting_cookie,
    "private": with_header(Cache_Control="max-age=60, PRIVATE"),
    "no-store": with_header(Cache_Control="no-store"),
    "no-cache": with_header(Cache_Control=" No-Cache = x"),
    "vary-all": with_header(Vary="Accept, * "),
    "vary-cookie": with_header(Vary=" cookie "),
    "vary-language": with_header(Vary="Accept-Language"),
    "max-age": with_header(Cache_Control="max-age=0"),
    "failing": failing,
    "streaming": streaming,
    "nonce": nonce,
}
urlpatterns = [path(f"{name}/", cache_page(60)(view)) for name, view in VIEWS.items()]
urlpatterns += [path(f"site/{name}/", view) for name, view in VIEWS.items()]

SITE = ["manoir.middleware.UpdateCacheMiddleware", "manoir.middleware.FetchFromCacheMiddleware"]


@pytest.fixture(autouse=True)
def _site():
    calls.clear()
    caches["default"].clear()
    with settings.override(
        ROOT_URLCONF="tests.middleware.test_cache", MIDDLEWARE=[], TEMPLATES=[{"BACKEND": "manoir.templates.Engine"}]
    ):
        yield


@pytest.fixture(params=["sync", "async"])
def ask(request):
    if request.param == "sync":
        return lambda address, method="get", **kwargs: getattr(Client(), method)(address, **kwargs)
    return lambda address, method="get", **kwargs: run(getattr(AsyncClient(), method)(address, **kwargs))


@pytest.fixture(params=["decorator", "site"])
def at(request):
    """The address of a view that is cached by the decorator, or by the middleware."""
    if request.param == "decorator":
        yield lambda name: f"/{name}/"
    else:
        with settings.override(MIDDLEWARE=SITE):
            yield lambda name: f"/site/{name}/"


@pytest.mark.parametrize("name", ["plain", "async", "template"])
def test_the_second_answer_comes_out_of_the_cache(ask, at, name):
    first, second = ask(at(name)), ask(at(name))
    assert (first.content, second.content) == (b"answer 1", b"answer 1")
    assert "Age" not in first.headers
    assert second["Age"] == "0"
    assert "max-age=" in first["Cache-Control"]
    assert second["Cache-Control"] == first["Cache-Control"]
    assert second["Content-Type"] == first["Content-Type"]


@pytest.mark.parametrize(
    "name", ["cookie", "private", "no-store", "no-cache", "vary-all", "failing", "streaming", "nonce"]
)
def test_what_is_not_the_same_for_everybody_is_not_kept(ask, at, name):
    """H40"""
    ask(at(name))
    ask(at(name))
    assert len(calls) == 2


@pytest.mark.parametrize(
    "name",
    ["reading", "reading-signed", "reading-template", "reading-language", "reading-header-template", *HEADER_READERS],
)
def test_what_read_a_cookie_is_not_kept(ask, at, name):
    """H40: A then B, where nothing but the view itself knows the cookie."""
    ask(at(name), headers={"cookie": "theme=dark"})
    answer = ask(at(name))
    assert len(calls) == 2
    assert b"dark" not in answer.content


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("failing", "its status is 500"),
        ("streaming", "it is streamed"),
        ("nonce", "it has a nonce"),
        ("token", "it has a CSRF token"),
        ("user", "the session was read, perhaps for the user or messages in a template"),
        ("reading", "it read cookies and does not vary on them, see vary_on_cookie"),
        ("cookie", "it sets a cookie"),
        ("vary-all", "it varies on everything"),
        ("private", "its Cache-Control says private"),
    ],
)
def test_the_log_says_why_a_page_is_not_kept(ask, caplog, name, reason):
    layers = ["manoir.sessions.SessionMiddleware", "manoir.auth.AuthenticationMiddleware"]
    with settings.override(MIDDLEWARE=layers), caplog.at_level("DEBUG", "manoir.cache"):
        ask(f"/{name}/")
        ask("/plain/")
    assert caplog.messages[0] == f"The page at /{name}/ is not kept: {reason}."
    assert not any("/plain/" in message and "not kept" in message for message in caplog.messages)


@pytest.mark.parametrize("name", ["reading-varied", "header-varied"])
def test_what_varies_on_the_cookie_that_it_reads_is_kept_for_each(ask, at, name):
    """H40"""
    for cookie in ("theme=dark", "theme=light", "theme=dark"):
        answer = ask(at(name), headers={"cookie": cookie})
    assert b"answer 1" in answer.content
    assert b"dark" in answer.content
    assert len(calls) == 2


def test_what_read_other_headers_is_kept(ask, at):
    for _ in range(2):
        ask(at("agent"), headers={"cookie": "theme=dark"})
    assert len(calls) == 1


def reads_cookies(get_response):
    """A layer of a project that gives views what a cookie says."""

    def layer(request):
        request.theme = request.COOKIES.get("theme")
        return get_response(request)

    return layer


LAYERS = [
    "manoir.sessions.SessionMiddleware",
    "manoir.middleware.LocaleMiddleware",
    "manoir.security.CsrfViewMiddleware",
    "manoir.auth.AuthenticationMiddleware",
    "manoir.messages.MessageMiddleware",
]


@pytest.mark.parametrize(
    ("layers", "kept"), [(LAYERS, True), ([*LAYERS, "tests.middleware.test_cache.reads_cookies"], False)]
)
def test_cookies_that_the_frameworks_layers_read_do_not_count(ask, layers, kept):
    """H40: those of a project's own layers do."""
    with settings.override(MIDDLEWARE=[SITE[0], *layers, SITE[1]]):
        for _ in range(2):
            ask("/site/plain/", headers={"cookie": "theme=dark; sessionid=abc; csrftoken=def; django_language=de"})
    assert len(calls) == (1 if kept else 2)


def test_a_page_is_kept_under_the_language_that_it_was_asked_in(ask):
    """H41: when the site keeps a page, the visitor's language is over."""
    cookie = {"cookie": f"{settings.LANGUAGE_COOKIE_NAME}=de"}
    with settings.override(MIDDLEWARE=[SITE[0], "manoir.middleware.LocaleMiddleware", SITE[1]]):
        answers = [ask("/site/language/", headers=headers).content for headers in (cookie, {}, cookie, {})]
    assert answers == [b"de", b"en-us", b"de", b"en-us"]
    assert len(calls) == 2


LOCALE = "manoir.middleware.LocaleMiddleware"
LANGUAGES = {
    "cookie-de": ("de", ""),
    "none": ("", ""),
    "cookie-fr": ("fr", "de"),
    "header-de": ("", "de"),
    "both": ("en-us", "de"),
}


@pytest.mark.parametrize(
    "layers",
    [
        [SITE[0], LOCALE, SITE[1]],
        [*SITE, LOCALE],
        [LOCALE, *SITE],
        ["manoir.middleware.CacheMiddleware", LOCALE],
        [LOCALE, "manoir.middleware.CacheMiddleware"],
    ],
)
def test_nobody_gets_a_page_in_the_language_of_another(ask, layers):
    """H40: not even where the layers stand in an order in which the cache is asked before the language is known."""
    with settings.override(MIDDLEWARE=layers, LANGUAGES=[("en-us", "English"), ("de", "Deutsch"), ("fr", "Français")]):
        for cookie, header in [*LANGUAGES.values()] * 2:
            headers = {"accept-language": header} if header else {}
            if cookie:
                headers["cookie"] = f"{settings.LANGUAGE_COOKIE_NAME}={cookie}"
            assert ask("/site/language/", headers=headers).content.decode() == (cookie or header or "en-us")


def test_other_cookies_than_the_languages_make_no_pages_of_their_own(ask):
    """The answer varies on the cookie for caches on its way; our own knows the language."""
    with settings.override(MIDDLEWARE=[SITE[0], LOCALE, SITE[1]]):
        answers = [ask("/site/plain/", headers={"cookie": f"visits={number}"}) for number in range(3)]
    assert [answer["Vary"] for answer in answers] == ["Accept-Language, Cookie"] * 3
    assert len(calls) == 1


def test_a_page_that_varies_on_the_cookie_itself_stays_apart_by_it(ask):
    with settings.override(MIDDLEWARE=[SITE[0], LOCALE, SITE[1]]):
        for theme in ("dark", "light", "dark"):
            answer = ask("/site/reading-varied/", headers={"cookie": f"theme={theme}"})
            assert theme in answer.text
    assert len(calls) == 2


def test_an_answer_with_a_max_age_of_its_own_is_kept_that_long_by_the_site(ask):
    with settings.override(MIDDLEWARE=SITE):
        ask("/site/max-age/")
        ask("/site/max-age/")
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/plain/?a=1", "/plain/?a=2"),
        ("/plain/?a=1;b=2", "/plain/?a=1&b=2"),
        ("/plain/?a=bc", "/plain/?ab=c"),
        ("/plain/", "/plain/?"),
    ],
)
def test_two_addresses_are_two_pages(ask, first, second):
    """H41"""
    ask(first)
    ask(second)
    assert len(calls) == 2 - (first == "/plain/")


def test_hosts_schemes_and_languages_are_apart(ask):
    """H41"""
    for headers in ({}, {"headers": {"host": "www.testserver"}}, {"secure": True}):
        ask("/plain/", **headers)
    with override("de"):
        pages = PageCache(60)
        english = pages.place(RequestFactory().get("/plain/"))
    assert len(calls) == 3
    assert english != pages.place(RequestFactory().get("/plain/"))


@pytest.mark.parametrize(("name", "header"), [("vary-cookie", "cookie"), ("vary-language", "accept-language")])
def test_answers_that_vary_are_kept_for_each_value(ask, at, name, header):
    for value in ("a=1", "a=2", "a=1", "a=2"):
        ask(at(name), headers={header: value})
    assert len(calls) == 2


def test_a_request_with_credentials_is_never_answered_from_the_cache(ask, at):
    """H40"""
    ask(at("plain"))
    assert ask(at("plain"), headers={"authorization": "Token a"}).content == b"answer 2"
    assert ask(at("plain")).content == b"answer 1"


def test_head_is_answered_by_what_get_left(ask, at):
    ask(at("plain"), "head")
    ask(at("plain"))
    assert ask(at("plain"), "head").headers["Age"] == "0"
    assert len(calls) == 2


def test_writing_methods_are_never_answered_from_the_cache(ask, at):
    ask(at("plain"))
    ask(at("plain"), "post")
    ask(at("plain"), "post")
    assert len(calls) == 3


def test_a_decorator_without_seconds_says_how_to_write_it():
    with pytest.raises(TypeError, match=r"@cache_page\(60 \* 15\)"):
        cache_page(plain)


def test_a_key_prefix_keeps_sites_apart():
    request = RequestFactory().get("/plain/")
    assert PageCache(60, prefix="a").headers_key(request) != PageCache(60, prefix="b").headers_key(request)


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_kept_page_can_be_let_go(ask, colour):
    key_of = get_cache_key if colour == "sync" else lambda *args, **kwargs: run(aget_cache_key(*args, **kwargs))
    request = RequestFactory().get("/vary-language/?page=2", headers={"accept-language": "de"})
    assert key_of(request) is None
    ask("/vary-language/?page=2", headers={"accept-language": "de"})
    assert caches["default"].delete(key_of(request)) is True
    ask("/vary-language/?page=2", headers={"accept-language": "de"})
    assert len(calls) == 2
    assert key_of(request, key_prefix="other") is None


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_the_headers_of_an_answer_are_learned(colour):
    learn = learn_cache_key if colour == "sync" else lambda *args, **kwargs: run(alearn_cache_key(*args, **kwargs))
    response = HttpResponse(headers={"Vary": "Accept, Cookie"})
    ada, bob = (RequestFactory().get("/here/", headers={"cookie": name}) for name in ("ada", "bob"))
    key = learn(ada, response, 60, "site")
    assert get_cache_key(ada, key_prefix="site") == key
    assert get_cache_key(bob, key_prefix="site") not in (None, key)
    assert get_cache_key(ada) is None
