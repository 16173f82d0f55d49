from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir import security as door
from manoir.bridge import spawn, to_thread
from manoir.conf import settings
from manoir.http import HttpResponse, parse_cookie
from manoir.middleware import compose
from manoir.security import (
    CsrfViewMiddleware,
    csrf_exempt,
    csrf_failure,
    csrf_protect,
    ensure_csrf_cookie,
    get_token,
    requires_csrf_token,
    rotate_token,
)
from manoir.security._tokens import is_token_of, mask, new_secret, unmask, valid_secret
from manoir.templates import Engine
from tests.http.builders import MULTIPART, URLENCODED, form, make_request

SECRET = "Zm9vYmFyLXNlY3JldC1vZi1hLXRlc3Q_"


async def convert(request, error):
    raise error


async def view(request):
    return HttpResponse("done")


async def through(request, view=view):
    """Send a request through the middleware as the handler does: its view hooks, then the view."""

    async def handler(request):
        for hook in onion.view_hooks:
            response = await hook(request, view, (), {})
            if response is not None:
                return response
        return await view(request)

    onion = compose(handler, [CsrfViewMiddleware], convert=convert)
    return await onion.call(request)


def post(body=b"", cookie=SECRET, secure=False, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    if cookie is not None:
        names["Cookie"] = f"csrftoken={cookie}"
    return make_request("/", "POST", body, headers={**URLENCODED, **names}, scheme="https" if secure else "http")


def with_token(token=None):
    return f"csrfmiddlewaretoken={token or mask(SECRET)}".encode()


# -- tokens -----------------------------------------------------------------------------------------------------------


def test_every_token_differs_and_none_shows_the_secret():
    """H11"""
    request = make_request(headers={"Cookie": f"csrftoken={SECRET}"})
    tokens = {get_token(request) for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) == 64 and SECRET not in token and is_token_of(token, SECRET) for token in tokens)


def test_the_secret_of_the_cookie_counts_as_a_token_for_scripts():
    assert is_token_of(SECRET, SECRET)


@pytest.mark.parametrize(
    "token", ["", "x", "A" * 31, "B" * 32, "A" * 64, "A" * 65, "é" * 32, "A" * 10_000, "=" * 64, "A" * 63 + "\n"]
)
def test_what_is_no_token(token):
    assert not is_token_of(token, SECRET)


@given(st.binary(min_size=24, max_size=24))
@hypothesis_settings(derandomize=True, max_examples=50)
def test_masking_can_be_undone(raw):
    from base64 import urlsafe_b64encode

    secret = urlsafe_b64encode(raw).decode()
    assert unmask(mask(secret)) == secret


def test_a_cookie_that_is_no_secret_is_replaced():
    assert [valid_secret(value) for value in ('"><script>', "a" * 33, None, "a" * 32)] == [None, None, None, "a" * 32]
    request = make_request(headers={"Cookie": "csrftoken=<script>alert(1)</script>"})
    assert "script" not in get_token(request)
    assert len(new_secret()) == 32


# -- who may send -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
async def test_safe_verbs_pass(method):
    assert (await through(make_request(method=method, headers={"Sec-Fetch-Site": "cross-site"}))).status_code == 200


REFUSED = {
    "no cookie": post(with_token(), cookie=None),
    "no token": post(),
    "wrong token": post(with_token("B" * 64)),
    "token of another secret": post(with_token(mask("B" * 32))),
    "cross-site": post(with_token(), Sec_Fetch_Site="cross-site"),
    "same-site": post(with_token(), Sec_Fetch_Site="same-site"),
    "unknown site": post(with_token(), Sec_Fetch_Site="SAME-ORIGIN"),
    "foreign origin": post(with_token(), Origin="https://evil.example"),
    "null origin": post(with_token(), Origin="null"),
    "origin with our name in it": post(with_token(), Origin="http://testserver.evil.example"),
    "origin with user": post(with_token(), Origin="http://testserver@evil.example"),
    "other port": post(with_token(), Origin="http://testserver:8000"),
    "other scheme": post(with_token(), Origin="https://testserver"),
    "malformed origin": post(with_token(), Origin="http://[::1"),
    "endless origin": post(with_token(), Origin="http://testserver/" + "a" * 5_000),
    "https without referer": post(with_token(), secure=True),
    "https, foreign referer": post(with_token(), secure=True, Referer="https://evil.example/testserver"),
    "https, http referer": post(with_token(), secure=True, Referer="http://testserver/"),
    "https, malformed referer": post(with_token(), secure=True, Referer="https://"),
    "https, referer prefix": post(with_token(), secure=True, Referer="https://testserver.evil.example/"),
    "json as text without token": post(b'{"a":1}', Content_Type="text/plain"),
    "XHR header": post(X_Requested_With="XMLHttpRequest"),
    "underscore twin of the token header": post(X_CSRFToken_="x"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_forged_requests_are_refused(case):
    response = await through(REFUSED[case])
    assert (response.status_code, b"done" in response.content) == (403, False)


def wrong_verb(method):
    return post(method=method) if False else make_request("/", method, b"", headers={"Cookie": f"csrftoken={SECRET}"})


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST", "FOO"])
async def test_every_other_verb_is_checked(method):
    assert (await through(wrong_verb(method))).status_code == 403


ACCEPTED = {
    "same-origin": post(cookie=None, Sec_Fetch_Site="same-origin"),
    "typed by the user": post(cookie=None, Sec_Fetch_Site="none"),
    "token in the form": post(with_token()),
    "secret in the form": post(with_token(SECRET)),
    "token in the header": post(X_CSRFToken=mask(SECRET)),
    "secret in the header": post(X_CSRFToken=SECRET),
    "own origin and token": post(with_token(), Origin="http://testserver"),
    "own origin, port spelled out": post(with_token(), Origin="http://testserver:80"),
    "https, own referer": post(with_token(), secure=True, Referer="https://testserver/form/"),
    "https, own origin": post(with_token(), secure=True, Origin="https://testserver"),
    "multipart": make_request(
        "/",
        "POST",
        form([("csrfmiddlewaretoken", mask(SECRET))]),
        headers={**MULTIPART, "Cookie": f"csrftoken={SECRET}"},
    ),
    "a body that arrives": make_request(
        "/",
        "POST",
        [b"csrfmiddleware", b"token=" + SECRET.encode()],
        headers={**URLENCODED, "Cookie": f"csrftoken={SECRET}"},
    ),
}


@pytest.mark.parametrize("case", ACCEPTED)
async def test_requests_of_this_site_pass(case):
    assert (await through(ACCEPTED[case])).content == b"done"


async def test_trusted_origins_may_send_but_need_a_token():
    with settings.override(
        CSRF_TRUSTED_ORIGINS=["https://shop.example", "https://*.partner.example", "https://p.example:8443"]
    ):
        for origin in (
            "https://shop.example",
            "https://a.partner.example",
            "https://a.b.partner.example",
            "https://p.example:8443",
        ):
            assert (await through(post(with_token(), Origin=origin, Sec_Fetch_Site="cross-site"))).status_code == 200
            assert (await through(post(with_token(), secure=True, Referer=f"{origin}/x"))).status_code == 200
            assert (await through(post(Origin=origin, Sec_Fetch_Site="cross-site"))).status_code == 403
        for origin in (
            "http://shop.example",
            "https://partner.example",
            "https://evilpartner.example",
            "https://p.example",
        ):
            assert (await through(post(with_token(), Origin=origin))).status_code == 403


async def test_a_shared_cookie_domain_counts_for_referers():
    with settings.override(CSRF_COOKIE_DOMAIN=".example.com"):
        assert (await through(post(with_token(), secure=True, Referer="https://forms.example.com/"))).status_code == 200
        assert (await through(post(with_token(), secure=True, Referer="https://evilexample.com/"))).status_code == 403


async def test_test_clients_may_switch_the_check_off():
    request = post(cookie=None)
    request._dont_enforce_csrf_checks = True
    assert (await through(request)).status_code == 200


async def test_a_streaming_views_body_is_left_alone():
    async def upload(request):
        return HttpResponse(b"".join([part async for part in request]))

    upload.streams_body = True
    parts = [b"csrfmiddlewaretoken=", SECRET.encode()]
    headers = {**URLENCODED, "Cookie": f"csrftoken={SECRET}"}
    assert (await through(make_request("/", "POST", parts, headers=headers), upload)).status_code == 403
    headers["X-CSRFToken"] = SECRET
    assert (await through(make_request("/", "POST", parts, headers=headers), upload)).content == b"".join(parts)


async def test_own_header_name():
    with settings.override(CSRF_HEADER_NAME="HTTP_X_XSRF_TOKEN"):
        assert (await through(post(X_XSRF_Token=SECRET))).status_code == 200
        assert (await through(post(X_CSRFToken=SECRET))).status_code == 403


# -- the cookie -------------------------------------------------------------------------------------------------------


def cookie_of(response):
    return [value for name, value in response.header_items() if name == "set-cookie"]


async def test_a_page_without_a_form_gets_no_cookie():
    response = await through(make_request())
    assert (cookie_of(response), "Vary" in response) == ([], False)


async def test_a_page_with_a_form_sends_the_secret_and_varies():
    async def page(request):
        return HttpResponse(get_token(request))

    response = await through(make_request(), page)
    [cookie] = cookie_of(response)
    assert is_token_of(response.text, parse_cookie(cookie)["csrftoken"])
    assert all(part in cookie for part in ("Max-Age=31449600", "Path=/", "SameSite=Lax"))
    assert response["Vary"] == "Cookie"
    assert response["Cache-Control"] == "private"


async def test_cookie_settings():
    async def page(request):
        return HttpResponse(get_token(request))

    changes = {
        "CSRF_COOKIE_NAME": "x", "CSRF_COOKIE_AGE": None, "CSRF_COOKIE_DOMAIN": "a.example", "CSRF_COOKIE_PATH": "/p",
        "CSRF_COOKIE_SECURE": True, "CSRF_COOKIE_HTTPONLY": True, "CSRF_COOKIE_SAMESITE": "Strict",
    }  # fmt: skip
    with settings.override(**changes):
        [cookie] = cookie_of(await through(make_request(), page))
    assert cookie.partition(";")[2] == " Domain=a.example; HttpOnly; Path=/p; SameSite=Strict; Secure"


async def test_rotation_makes_old_tokens_worthless():
    async def login(request):
        rotate_token(request)
        return HttpResponse(get_token(request))

    old = mask(SECRET)
    response = await through(post(with_token()), login)
    secret = parse_cookie(cookie_of(response)[0])["csrftoken"]
    assert secret != SECRET
    assert is_token_of(response.text, secret)
    assert not is_token_of(old, secret)


class Session(dict):
    async def aget(self, key, default=None):
        return self.get(key, default)


async def test_the_secret_may_live_in_the_session():
    async def page(request):
        return HttpResponse(get_token(request))

    session = Session()
    with settings.override(CSRF_USE_SESSIONS=True):
        request = make_request()
        request.session = session
        response = await through(request, page)
        assert cookie_of(response) == []
        sent = post(with_token(response.text), cookie=None)
        sent.session = session
        assert (await through(sent)).status_code == 200
        other = post(with_token(response.text), cookie=None)
        other.session = Session()
        assert (await through(other)).status_code == 403


# -- decorators -------------------------------------------------------------------------------------------------------


async def test_exempt_views_of_both_colours():
    @csrf_exempt
    async def hook(request):
        return HttpResponse("async")

    @csrf_exempt
    def plain(request):
        return HttpResponse("sync")

    assert (hook.csrf_exempt, plain.csrf_exempt, hook.__name__) == (True, True, "hook")
    assert (await through(post(cookie=None), hook)).content == b"async"
    assert plain(make_request()).content == b"sync"


async def test_protecting_one_view():
    @csrf_protect
    async def asynchronous(request):
        return HttpResponse(get_token(request))

    @csrf_protect
    def synchronous(request):
        return HttpResponse(get_token(request))

    for call in (
        asynchronous,
        lambda request: to_thread(synchronous, request),
        lambda request: spawn(synchronous, request),
    ):
        assert (await call(post(cookie=None))).status_code == 403
        response = await call(post(with_token()))
        assert (response.status_code, len(cookie_of(response))) == (200, 1)


async def test_ensuring_the_cookie_and_tokens_without_check():
    @ensure_csrf_cookie
    async def app(request):
        return HttpResponse("page")

    @requires_csrf_token
    async def error_page(request):
        return HttpResponse(get_token(request))

    assert len(cookie_of(await app(make_request()))) == 1
    response = await error_page(post(cookie=None))
    assert (response.status_code, len(cookie_of(response))) == (200, 1)


# -- the page and the tag ---------------------------------------------------------------------------------------------


async def test_the_failure_page_says_what_to_do_and_why_only_in_debug(caplog):
    with caplog.at_level(logging.WARNING, logger="manoir.security.csrf"):
        response = await through(post(cookie=None))
    assert "This form could not be accepted" in response.text
    assert "no CSRF cookie" not in response.text
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert caplog.messages == ["Forbidden (The browser sent no CSRF cookie; a page with {% csrf_token %} sets it.): /"]
    with settings.override(DEBUG=True):
        debug = await through(post(cookie=None))
    assert "The browser sent no CSRF cookie" in debug.text
    assert "{% csrf_token %}" in debug.text


async def test_the_failure_page_escapes_what_a_client_sent():
    with settings.override(DEBUG=True):
        response = await through(post(Origin="https://<script>alert(1)</script>"))
    assert "<script>" not in response.text
    assert "&lt;script&gt;" in response.text


def own_failure(request, reason=""):
    return HttpResponse(f"own {reason}", status=403)


async def own_async_failure(request, reason=""):
    return HttpResponse("own async", status=403)


async def test_a_project_may_have_its_own_failure_view():
    for name, text in (
        ("own_failure", "own The form or header holds no CSRF token; write {% csrf_token %} inside the form."),
        ("own_async_failure", "own async"),
    ):
        with settings.override(CSRF_FAILURE_VIEW=f"tests.security.test_csrf.{name}"):
            assert (await through(post())).text == text


def render(source, request=None, processors=()):
    return Engine(context_processors=list(processors)).from_string(source).render({}, request)


def test_the_tag_prints_a_field_of_this_request():
    request = make_request(headers={"Cookie": f"csrftoken={SECRET}"})
    first, second = render("{% csrf_token %}", request), render("{% csrf_token %}", request)
    assert first != second
    assert first.startswith('<input type="hidden" name="csrfmiddlewaretoken" value="')
    assert is_token_of(first.split('"')[5], SECRET)
    assert render("{% csrf_token %}") == ""


def test_the_context_processor():
    request = make_request(headers={"Cookie": f"csrftoken={SECRET}"})
    text = render("{{ csrf_token }} {{ csrf_input }}", request, ["manoir.security.csrf"])
    token, field = text.split(" ", 1)
    assert is_token_of(token, SECRET)
    assert field.startswith("<input")
    unused = make_request()
    render("nothing", unused, ["manoir.security.csrf"])
    assert unused.csrf is None


def test_a_view_can_be_answered_directly():
    assert csrf_failure(make_request(), reason="x").status_code == 403


def test_the_door_lists_what_it_offers():
    assert sorted(door.__all__) == door.__all__
    assert all(hasattr(door, name) for name in door.__all__)
