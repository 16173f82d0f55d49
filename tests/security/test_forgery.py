"""H07, from the outside: a bank, a customer who is signed in, and other sites that want to transfer money in his name.

Every request goes through the whole handler with the victim's cookies, as his browser would send it.
"""

from __future__ import annotations

import json
from itertools import product
from typing import Any
from urllib.parse import parse_qs

import pytest

import manoir
from manoir import bridge
from manoir.conf import settings
from manoir.http import HttpResponse
from manoir.urls import path

manoir.setup()

from manoir.auth import User, alogin, login  # noqa: E402
from manoir.security import aget_token, csrf_exempt, csrf_protect, ensure_csrf_cookie, get_token  # noqa: E402
from manoir.security._tokens import is_token_of  # noqa: E402
from manoir.sessions import SignedCookieStore  # noqa: E402
from manoir.testing import AsyncClient, RequestFactory  # noqa: E402
from manoir.views import View  # noqa: E402
from manoir.views.decorators import method_decorator  # noqa: E402

transfers: list[str] = []


async def sign_in(request: Any) -> HttpResponse:
    await request.session.aset("customer", "Ada")
    return HttpResponse(get_token(request))


def amount_of(request: Any) -> str:
    """Take the amount out of whatever was sent, as careless code does."""
    text = request.body.decode(errors="replace")
    try:
        return str(json.loads(text)["amount"])
    except (ValueError, TypeError, KeyError):
        return request.POST.get("amount") or parse_qs(text).get("amount", ["everything"])[0]


async def transfer(request: Any) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        return HttpResponse("a form")
    await request.aload()
    if await request.session.aget("customer"):
        transfers.append(amount_of(request))
    return HttpResponse("done")


def sync_transfer(request: Any) -> HttpResponse:
    if request.method != "GET" and request.session.get("customer"):
        transfers.append(amount_of(request))
    return HttpResponse("done")


@ensure_csrf_cookie
async def app(request: Any) -> HttpResponse:
    return HttpResponse(await aget_token(request))


class Exempt(View):
    """A view that proves its caller otherwise."""

    @method_decorator(csrf_exempt)
    async def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return HttpResponse("exempt")


@method_decorator(csrf_protect, name="dispatch")
class Protected(View):
    """Protected by itself, whatever MIDDLEWARE says."""

    async def post(self, request: Any) -> HttpResponse:
        return HttpResponse("protected")


urlpatterns = [
    path("sign-in/", sign_in),
    path("transfer/", transfer),
    path("sync/transfer/", sync_transfer),
    path("app/", app),
    path("exempt/", Exempt.as_view()),
    path("protected/", Protected.as_view()),
]

MIDDLEWARE = ["manoir.sessions.SessionMiddleware", "manoir.security.CsrfViewMiddleware"]


@pytest.fixture(autouse=True)
def _bank():
    transfers.clear()
    with settings.override(
        ROOT_URLCONF=__name__,
        MIDDLEWARE=MIDDLEWARE,
        SESSION_ENGINE="manoir.sessions.SignedCookieStore",
        ALLOWED_HOSTS=["bank.example"],
        CSRF_TRUSTED_ORIGINS=["https://*.partner.example"],
    ):
        yield


async def signed_in() -> AsyncClient:
    client = AsyncClient(enforce_csrf_checks=True, headers={"host": "bank.example"})
    assert (await client.get("/sign-in/")).status_code == 200
    assert {"sessionid", "csrftoken"} <= set(client.cookies)
    return client


SITES = [None, "cross-site", "same-site", "SAME-ORIGIN", "same-origin, cross-site", ""]
ORIGINS = [
    None,
    "null",
    "",
    "https://evil.example",
    "https://bank.example.evil.example",
    "https://bank.example@evil.example",
    "https://sub.bank.example",
    "http://bank.example:81",
    "https://partner.example",
]
REFERERS = [None, "https://evil.example/?https://bank.example/", "http://bank.example/", "bank.example"]
BODIES = [
    ("application/x-www-form-urlencoded", b"amount=1000"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="amount"\r\n\r\n1000\r\n--x--\r\n',
    ),
    ("text/plain", b'{"amount": 1000}'),
    ("text/plain;charset=utf-8", b"amount=1000"),
    ("application/json", b'{"amount": 1000}'),
    ("", b'{"amount": 1000}'),
]


def headers_of(**values: str | None) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in values.items() if value is not None}


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("address", ["/transfer/", "/sync/transfer/"])
async def test_no_site_but_this_one_transfers_anything(address: str, secure: bool) -> None:
    """H07: origin, referer and content type, with the cookies of the victim and without his token: 0 transfers."""
    client = await signed_in()
    bodies = BODIES if address == "/transfer/" else BODIES[:1]
    for site, origin, referer, (kind, body) in product(SITES, ORIGINS, REFERERS, bodies):
        headers = headers_of(sec_fetch_site=site, origin=origin, referer=referer)
        answer = await client.post(address, body, content_type=kind, headers=headers, secure=secure)
        assert answer.status_code == 403, headers
    assert transfers == []


@pytest.mark.parametrize("secure", [False, True])
async def test_a_planted_cookie_with_its_token_transfers_nothing(secure: bool) -> None:
    """H07: a subdomain, or anybody on the way, can plant a cookie whose token it knows; the origin still tells."""
    client = await signed_in()
    client.cookies["csrftoken"] = "A" * 32
    for site, origin in product(["cross-site", "same-site"], ORIGINS):
        headers = headers_of(sec_fetch_site=site, origin=origin, x_csrftoken="A" * 32)
        answer = await client.post("/transfer/", {"csrfmiddlewaretoken": "A" * 32}, headers=headers, secure=secure)
        assert answer.status_code == 403, headers
    assert transfers == []


async def test_a_second_cookie_hidden_in_another_one_is_not_read() -> None:
    """H07: the parser ends a cookie at a semicolon and nowhere else."""
    client = await signed_in()
    for smuggled in ('x="1; csrftoken="', "x=1, csrftoken={}", "x csrftoken={}", "csrftoken[]={}"):
        cookie = f"sessionid={client.cookies['sessionid'].value}; " + smuggled.replace("{}", "B" * 32)
        plain = AsyncClient(enforce_csrf_checks=True, headers={"host": "bank.example", "cookie": cookie})
        answer = await plain.post("/transfer/", {"csrfmiddlewaretoken": "B" * 32})
        assert answer.status_code == 403, smuggled
    assert transfers == []


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_signing_in_and_out_makes_tokens_of_before_worthless(database, colour: str) -> None:
    """H04, H07: whoever planted a session or knew a token of a visitor has nothing of the user."""
    user = await User.objects.acreate_user("ada", "ada@example.com", "correct horse battery")
    request = RequestFactory().get("/")
    request.session = SignedCookieStore()
    planted = get_token(request)
    if colour == "async":
        await alogin(request, user, backend="manoir.auth.ModelBackend")
    else:
        await bridge.spawn(login, request, user, backend="manoir.auth.ModelBackend")
    assert request.csrf.changed  # the browser is told the new secret
    assert not is_token_of(planted, request.csrf.secret)
    assert is_token_of(get_token(request), request.csrf.secret)


async def test_safe_verbs_write_nothing_and_odd_ones_are_checked() -> None:
    """H07, M17"""
    client = await signed_in()
    for method in ("PUT", "PATCH", "DELETE"):
        answer = await client.generic(method, "/transfer/", b"amount=1", headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403
    assert (await client.get("/transfer/?amount=1&_method=POST")).content == b"a form"
    override = {"x-http-method-override": "POST", "sec-fetch-site": "cross-site"}
    assert (await client.get("/transfer/?amount=1", headers=override)).content == b"a form"
    assert transfers == []


async def test_nobody_is_signed_in_by_another_site() -> None:
    """H07: login CSRF: a visitor without any cookie is protected, too."""
    client = AsyncClient(enforce_csrf_checks=True, headers={"host": "bank.example"})
    for site, origin in (("cross-site", "https://evil.example"), (None, "https://evil.example"), (None, None)):
        answer = await client.post("/transfer/", {"amount": 1}, headers=headers_of(sec_fetch_site=site, origin=origin))
        assert answer.status_code == 403


OWN: list[dict[str, Any]] = [
    {"headers": {"sec-fetch-site": "same-origin"}},
    {"headers": {"sec-fetch-site": "same-origin", "origin": "https://bank.example"}, "secure": True},
    {"headers": {"origin": "http://bank.example"}, "token": True},
    {"headers": {"origin": "https://bank.example:443"}, "token": True, "secure": True},
    {"headers": {"referer": "https://bank.example/transfer/"}, "token": True, "secure": True},
    {"headers": {}, "token": True},
    {"headers": {"origin": "https://shop.partner.example", "sec-fetch-site": "cross-site"}, "token": True},
    {"headers": {"referer": "https://shop.partner.example/x"}, "token": True, "secure": True},
]


@pytest.mark.parametrize("case", OWN, ids=str)
@pytest.mark.parametrize("sessions", [False, True], ids=["cookie", "session"])
async def test_requests_of_this_site_and_of_trusted_ones_transfer_once(case: dict[str, Any], sessions: bool) -> None:
    with settings.override(CSRF_USE_SESSIONS=sessions):
        client = AsyncClient(enforce_csrf_checks=True, headers={"host": "bank.example"})
        token = (await client.get("/sign-in/")).text
        assert ("csrftoken" in client.cookies) is not sessions
        fields = {"amount": "7", **({"csrfmiddlewaretoken": token} if case.get("token") else {})}
        secure = case.get("secure", False)
        answer = await client.post("/transfer/", fields, headers=case["headers"], secure=secure)
        assert (answer.status_code, transfers) == (200, ["7"])
        header = {**case["headers"], "x-csrftoken": token}
        answer = await client.post("/transfer/", b'{"amount": 8}', "application/json", headers=header, secure=secure)
        assert (answer.status_code, transfers) == (200, ["7", "8"])


async def test_a_secret_in_the_session_needs_a_session() -> None:
    with settings.override(CSRF_USE_SESSIONS=True, MIDDLEWARE=MIDDLEWARE[1:]):
        client = AsyncClient(enforce_csrf_checks=True, headers={"host": "bank.example"}, raise_request_exception=True)
        with pytest.raises(Exception, match=r"put 'manoir\.sessions\.SessionMiddleware' above"):
            await client.post("/transfer/", {})


@pytest.mark.parametrize("sessions", [False, True], ids=["cookie", "session"])
async def test_a_page_for_scripts_brings_the_secret_with_it(sessions: bool) -> None:
    with settings.override(CSRF_USE_SESSIONS=sessions):
        client = AsyncClient(enforce_csrf_checks=True, headers={"host": "bank.example"})
        token = (await client.get("/app/")).text
        assert set(client.cookies) == {"sessionid" if sessions else "csrftoken"}
        assert (await client.post("/app/", headers={"x-csrftoken": token})).status_code == 200


async def test_classes_can_be_exempt_or_protected() -> None:
    client = AsyncClient(enforce_csrf_checks=True, headers={"host": "bank.example"})
    assert (await client.post("/exempt/")).content == b"exempt"
    with settings.override(MIDDLEWARE=[]):
        assert (await client.post("/protected/")).status_code == 403
        assert (await client.post("/protected/", headers={"sec-fetch-site": "same-origin"})).content == b"protected"


async def test_a_page_of_the_projects_own_for_refused_requests(tmp_path: Any) -> None:
    """H11, H14: what a client sent stays text in it."""
    (tmp_path / "403_csrf.html").write_text("<p>Sorry. {{ reason }}</p>")
    engine = {"BACKEND": "manoir.templates.Engine", "DIRS": [tmp_path]}
    client = AsyncClient(enforce_csrf_checks=True, headers={"host": "bank.example"})
    headers = {"origin": "https://<b>evil"}
    with settings.override(TEMPLATES=[engine]):
        answer = await client.post("/transfer/", headers=headers)
        assert (answer.status_code, answer.text) == (403, "<p>Sorry. </p>")
        with settings.override(DEBUG=True):
            answer = await client.post("/transfer/", headers=headers)
    assert "https://&lt;b&gt;evil" in answer.text
    assert "<b>" not in answer.text
