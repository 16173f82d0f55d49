from __future__ import annotations

import gzip
import re
import sys
import types

import pytest

from manoir import i18n
from manoir import middleware as door
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, PermissionDenied
from manoir.http import HttpResponse, HttpResponseNotFound, StreamingHttpResponse, http_date
from manoir.middleware import (
    CSP,
    CommonMiddleware,
    ConditionalGetMiddleware,
    ContentSecurityPolicyMiddleware,
    GZipMiddleware,
    LocaleMiddleware,
    SecurityMiddleware,
    XFrameOptionsMiddleware,
    build_policy,
    compose,
    csp_override,
    csp_report_only_override,
)
from manoir.urls import clear_url_caches, path
from tests.http.builders import make_request


async def convert(request, error):
    raise error


async def through(layer, response=None, request=None):
    async def view(request):
        return (response(request) if callable(response) else response) or HttpResponse("x" * 10)

    return await compose(view, [layer], convert=convert).call(request or make_request())


# -- security ---------------------------------------------------------------------------------------------------------


async def test_default_security_headers():
    response = await through(SecurityMiddleware)
    assert dict(response.items()) == {
        "Content-Type": "text/html; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


async def test_what_the_view_set_stays():
    response = await through(SecurityMiddleware, HttpResponse(headers={"Referrer-Policy": "origin"}))
    assert response["Referrer-Policy"] == "origin"


async def test_headers_follow_the_settings():
    changes = {
        "SECURE_CONTENT_TYPE_NOSNIFF": False,
        "SECURE_REFERRER_POLICY": ["no-referrer", "same-origin"],
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": None,
        "SECURE_HSTS_SECONDS": 60,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_HSTS_PRELOAD": True,
    }
    with settings.override(**changes):
        plain = await through(SecurityMiddleware)
        secure = await through(SecurityMiddleware, request=make_request(scheme="https"))
    assert ("X-Content-Type-Options" in plain, "Cross-Origin-Opener-Policy" in plain) == (False, False)
    assert plain["Referrer-Policy"] == "no-referrer, same-origin"
    assert "Strict-Transport-Security" not in plain
    assert secure["Strict-Transport-Security"] == "max-age=60; includeSubDomains; preload"


async def test_ssl_redirect():
    with settings.override(SECURE_SSL_REDIRECT=True, SECURE_REDIRECT_EXEMPT=[r"^health/$"]):
        response = await through(SecurityMiddleware, request=make_request("/a/é", query="b=1"))
        assert (response.status_code, response.url) == (301, "https://testserver/a/%C3%A9?b=1")
        assert (
            await through(SecurityMiddleware, request=make_request("//evil.example/"))
        ).url == "https://testserver/evil.example/"
        assert (await through(SecurityMiddleware, request=make_request("/health/"))).status_code == 200
        assert (await through(SecurityMiddleware, request=make_request(scheme="https"))).status_code == 200
        with settings.override(SECURE_SSL_HOST="secure.example"):
            assert (await through(SecurityMiddleware)).url == "https://secure.example/"


# -- common -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def routes():
    module = types.ModuleType("tests.middleware.routes")
    module.urlpatterns = [path("there/", lambda request: None)]
    sys.modules[module.__name__] = module
    clear_url_caches()
    with settings.override(ROOT_URLCONF=module.__name__):
        yield
    clear_url_caches()
    del sys.modules[module.__name__]


async def common(path, method="GET", **parts):
    return await through(CommonMiddleware, HttpResponseNotFound(), make_request(path, method, **parts))


async def test_content_length():
    assert (await through(CommonMiddleware))["Content-Length"] == "10"
    assert "Content-Length" not in await through(CommonMiddleware, StreamingHttpResponse([b"x"]))
    for status in (204, 304):
        assert "Content-Length" not in await through(CommonMiddleware, HttpResponse(status=status))
    assert (await through(CommonMiddleware, HttpResponse("x", headers={"Content-Length": "7"})))[
        "Content-Length"
    ] == "7"


async def test_a_missing_slash_is_appended(routes):
    response = await common("/there", query="a=1")
    assert (response.status_code, response.url) == (301, "/there/?a=1")
    assert (await common("/nowhere")).status_code == 404
    with settings.override(APPEND_SLASH=False):
        assert (await common("/there")).status_code == 404


async def test_a_redirect_that_would_lose_a_body_is_named_in_debug(routes):
    with settings.override(DEBUG=True), pytest.raises(RuntimeError, match="/there/ \\(mind the slash\\)"):
        await common("/there", "POST")
    assert (await common("/there", "POST")).status_code == 301


async def test_the_redirect_never_leads_to_another_host():
    module = types.ModuleType("tests.middleware.catch_all")
    module.urlpatterns = [path("<path:rest>/", lambda request, rest: None)]
    sys.modules[module.__name__] = module
    try:
        with settings.override(ROOT_URLCONF=module.__name__):
            assert (await common("//evil.example")).url == "/evil.example/"
    finally:
        del sys.modules[module.__name__]


async def test_prepend_www(routes):
    with settings.override(PREPEND_WWW=True):
        assert (await common("/there", query="a=1")).url == "http://www.testserver/there/?a=1"
        assert (await common("//evil.example/")).url == "http://www.testserver/evil.example/"
        ok = await through(CommonMiddleware, request=make_request(headers={"Host": "www.testserver"}))
        assert ok.status_code == 200


async def test_disallowed_user_agents():
    with settings.override(DISALLOWED_USER_AGENTS=[re.compile("BadBot")]):
        with pytest.raises(PermissionDenied):
            await through(CommonMiddleware, request=make_request(headers={"User-Agent": "a BadBot/1"}))
        assert (await through(CommonMiddleware, request=make_request())).status_code == 200


# -- conditional and gzip ---------------------------------------------------------------------------------------------


async def test_conditional_get():
    first = await through(ConditionalGetMiddleware)
    again = make_request(headers={"If-None-Match": first["ETag"]})
    assert (await through(ConditionalGetMiddleware, request=again)).status_code == 304
    assert "ETag" not in await through(
        ConditionalGetMiddleware, HttpResponse("x", headers={"Cache-Control": "no-store"})
    )
    assert "ETag" not in await through(ConditionalGetMiddleware, request=make_request(method="POST"))
    since = make_request(headers={"If-Modified-Since": http_date(1_000)})
    dated = StreamingHttpResponse(["x"], headers={"Last-Modified": http_date(1_000)})
    assert (await through(ConditionalGetMiddleware, dated, since)).status_code == 304


@pytest.mark.parametrize("status", [302, 403, 404, 500])
@pytest.mark.parametrize("condition", [{"If-None-Match": "*"}, {"If-Match": '"other"'}])
async def test_conditions_hold_for_what_succeeds_only(status, condition):
    """RFC 9110, 13.2.1: a page that is gone is not said to be as it was."""
    response = HttpResponse("x", status=status)
    answer = await through(ConditionalGetMiddleware, response, make_request(headers=condition))
    assert (answer.status_code, answer.content) == (status, b"x")


def packed(**headers):
    return make_request(headers={"Accept-Encoding": "gzip", **headers})


async def test_gzip():
    response = await through(GZipMiddleware, HttpResponse("a" * 1_000, headers={"ETag": '"e"'}), packed())
    assert (response["Content-Encoding"], response["Vary"], response["ETag"]) == ("gzip", "Accept-Encoding", 'W/"e"')
    assert gzip.decompress(response.content) == b"a" * 1_000
    assert response["Content-Length"] == str(len(response.content))


@pytest.mark.parametrize(
    ("response", "headers"),
    [
        (HttpResponse("short"), {"Accept-Encoding": "gzip"}),
        (HttpResponse("a" * 1_000, headers={"Content-Encoding": "br"}), {"Accept-Encoding": "gzip"}),
        (HttpResponse("a" * 1_000), {}),
        (HttpResponse("a" * 1_000), {"Accept-Encoding": "gzip;q=0"}),
        (HttpResponse(bytes(range(256))), {"Accept-Encoding": "gzip"}),
    ],
)
async def test_what_gzip_leaves_alone(response, headers):
    content, encoding = response.content, response.get("Content-Encoding")
    answer = await through(GZipMiddleware, response, make_request(headers=headers))
    assert (answer.content, answer.get("Content-Encoding")) == (content, encoding)


async def test_the_size_of_gzipped_answers_varies():
    sizes = {len((await through(GZipMiddleware, HttpResponse("a" * 5_000), packed())).content) for _ in range(30)}
    assert len(sizes) > 5


async def test_streams_of_both_colours_are_compressed_piece_by_piece():
    async def parts():
        yield "a" * 100
        yield "b" * 100

    for content in (["a" * 100, "b" * 100], parts()):
        response = await through(
            GZipMiddleware, StreamingHttpResponse(content, headers={"Content-Length": "200"}), packed()
        )
        received = [part async for part in response]
        assert gzip.decompress(b"".join(received)) == b"a" * 100 + b"b" * 100
        assert len([part for part in received if part]) == 3
        assert "Content-Length" not in response


async def test_large_content_is_compressed_in_a_thread():
    content = b"abc" * 100_000
    response = await through(GZipMiddleware, HttpResponse(content), packed())
    assert gzip.decompress(response.content) == content


# -- frames and policies ----------------------------------------------------------------------------------------------


async def test_frame_options():
    assert (await through(XFrameOptionsMiddleware))["X-Frame-Options"] == "DENY"
    with settings.override(X_FRAME_OPTIONS="SAMEORIGIN"):
        assert (await through(XFrameOptionsMiddleware))["X-Frame-Options"] == "SAMEORIGIN"
    exempt = HttpResponse()
    exempt.xframe_options_exempt = True
    assert "X-Frame-Options" not in await through(XFrameOptionsMiddleware, exempt)
    own = HttpResponse(headers={"X-Frame-Options": "SAMEORIGIN"})
    assert (await through(XFrameOptionsMiddleware, own))["X-Frame-Options"] == "SAMEORIGIN"


POLICY = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "upgrade-insecure-requests": True,
    "img-src": None,
}


def test_build_policy():
    assert build_policy(POLICY) == "default-src 'self'; script-src 'self'; upgrade-insecure-requests"
    assert build_policy(POLICY, "n1") == "default-src 'self'; script-src 'self' 'nonce-n1'; upgrade-insecure-requests"
    assert (
        build_policy({"a-src": "https://x.example", "b-src": {"z", "a"}, "c-src": []})
        == "a-src https://x.example; b-src a z"
    )
    for bad in ("'self'; script-src *", "a,b"):
        with pytest.raises(ImproperlyConfigured, match="must not hold"):
            build_policy({"default-src": [bad]})
    with pytest.raises(ValueError, match="ASCII"):
        build_policy({"default-src": ["a\r\nX: y"]})


@pytest.mark.parametrize(("word", "name"), [("self", "SELF"), ("none", "NONE"), ("nonce", "NONCE")])
def test_a_keyword_without_its_quotes_is_no_host(word: str, name: str):
    with pytest.raises(ImproperlyConfigured, match=rf"'{word}'.*write CSP\.{name}"):
        build_policy({"script-src": [word]})


async def test_the_nonce_is_in_the_header_only_when_the_page_used_it():
    with settings.override(SECURE_CSP=POLICY, SECURE_CSP_REPORT_ONLY={"default-src": [CSP.NONE]}):
        plain = await through(ContentSecurityPolicyMiddleware)
        request = make_request()
        used = await through(ContentSecurityPolicyMiddleware, lambda request: HttpResponse(request.csp_nonce), request)
    assert "nonce" not in plain[CSP.HEADER_ENFORCE]
    assert f"'nonce-{used.text}'" in used[CSP.HEADER_ENFORCE]
    assert plain[CSP.HEADER_REPORT_ONLY] == "default-src 'none'"


async def test_a_stream_gets_its_nonce_before_it_starts():
    request = make_request()
    with settings.override(SECURE_CSP=POLICY):
        response = await through(ContentSecurityPolicyMiddleware, StreamingHttpResponse(["x"]), request)
    assert f"'nonce-{request.csp_nonce}'" in response[CSP.HEADER_ENFORCE]


async def test_no_policy_no_header_and_a_header_of_the_view_stays():
    assert CSP.HEADER_ENFORCE not in await through(ContentSecurityPolicyMiddleware)
    with settings.override(SECURE_CSP=POLICY):
        own = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})
        assert (await through(ContentSecurityPolicyMiddleware, own))[CSP.HEADER_ENFORCE] == "default-src 'none'"


async def test_views_of_both_colours_may_have_their_own_policy():
    @csp_override({"default-src": [CSP.NONE]})
    @csp_report_only_override({})
    async def strict(request):
        return HttpResponse()

    @csp_override({})
    def none(request):
        return HttpResponse()

    with settings.override(SECURE_CSP=POLICY, SECURE_CSP_REPORT_ONLY=POLICY):
        response = await through(ContentSecurityPolicyMiddleware, await strict(make_request()))
        assert dict(response.items()) == {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": "default-src 'none'",
        }
        assert CSP.HEADER_ENFORCE not in await through(ContentSecurityPolicyMiddleware, none(make_request()))
    with pytest.raises(TypeError, match="dict of directives"):
        csp_override("default-src 'self'")


# -- languages --------------------------------------------------------------------------------------------------------


async def test_the_language_of_the_visitor_is_active_for_one_request():
    def view(request):
        return HttpResponse(f"{i18n.get_language()} {request.LANGUAGE_CODE}")

    before = i18n.get_language()
    response = await through(LocaleMiddleware, view, make_request(headers={"Accept-Language": "de-AT, en;q=0.5"}))
    assert (response.content, response["Content-Language"]) == (b"de de", "de")
    assert response["Vary"] == "Accept-Language, Cookie"  # both choose it
    assert i18n.get_language() == before
    cookie = make_request(headers={"Cookie": f"{settings.LANGUAGE_COOKIE_NAME}=fr", "Accept-Language": "de"})
    assert (await through(LocaleMiddleware, view, cookie))["Content-Language"] == "fr"


def test_the_door_lists_what_it_offers():
    assert all(hasattr(door, name) for name in door.__all__)
    assert len(set(door.__all__)) == len(door.__all__)
