"""H07 in a real browser: what it says about its requests is what the middleware relies on."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import manoir

manoir.setup()

from manoir import bridge  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.http import HttpResponse  # noqa: E402
from manoir.middleware import async_only_middleware  # noqa: E402
from manoir.security import csrf_input  # noqa: E402
from manoir.urls import path  # noqa: E402
from tests.browser import live_server  # noqa: E402

pytestmark = pytest.mark.browser


seen: list[tuple[str, str | None, bool, int]] = []
transfers: list[str] = []


@async_only_middleware
def watching(get_response: Any) -> Any:
    async def middleware(request: Any) -> Any:
        response = await get_response(request)
        if request.path == "/transfer/" and request.method != "GET":
            site = request.headers.get("sec-fetch-site")
            seen.append((request.method, site, "sessionid" in request.COOKIES, response.status_code))
        return response

    return middleware


async def form(request: Any) -> HttpResponse:
    await request.session.aset("customer", "Ada")
    bare = (
        '<form id="bare" method="post" action="/transfer/"><input name="amount" value="2"><button>bare</button></form>'
    )
    own = f'<form id="own" method="post" action="/transfer/">{csrf_input(request)}<input name="amount" value="1"><button>own</button></form>'  # fmt: skip
    return HttpResponse(f"<!doctype html><title>Bank</title>{own}{bare}")


async def transfer(request: Any) -> HttpResponse:
    await request.aload()
    if request.method == "POST" and await request.session.aget("customer"):
        transfers.append(request.POST.get("amount", "everything"))
    return HttpResponse("done")


urlpatterns = [path("", form), path("transfer/", transfer)]


@pytest.fixture(scope="module")
def bank() -> Iterator[str]:
    with (
        settings.override(
            ROOT_URLCONF=__name__,
            MIDDLEWARE=[
                f"{__name__}.watching",
                "manoir.sessions.SessionMiddleware",
                "manoir.security.CsrfViewMiddleware",
            ],
            SESSION_ENGINE="manoir.sessions.SignedCookieStore",
        ),
        live_server() as address,
    ):
        yield address


@pytest.fixture(scope="module")
def site(bank: str) -> str:
    return bank


ATTACKS = {
    "form": '<form method="post" action="BANK/transfer/"><input name="amount" value="1000"></form><script>document.forms[0].submit()</script>',
    "multipart": '<form method="post" enctype="multipart/form-data" action="BANK/transfer/"><input name="amount" value="1000"></form><script>document.forms[0].submit()</script>',
    "text": """<form method="post" enctype="text/plain" action="BANK/transfer/"><input name='{"amount":1000,"x":"' value='"}'></form><script>document.forms[0].submit()</script>""",
    "fetch": '<script>fetch("BANK/transfer/", {method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams({amount: 1000})}).finally(() => document.title = "over")</script>',
    "beacon": '<script>navigator.sendBeacon("BANK/transfer/", new URLSearchParams({amount: 1000})); setTimeout(() => document.title = "over", 200)</script>',
    "sandbox": """<iframe sandbox="allow-scripts allow-forms" srcdoc='<form method="post" action="BANK/transfer/"><input name="amount" value="1000"></form><script>document.forms[0].submit()</script>'></iframe>""",
    "header": '<script>fetch("BANK/transfer/", {method: "POST", credentials: "include", headers: {"X-Requested-With": "XMLHttpRequest"}, body: "amount=1000"}).catch(() => 0).finally(() => document.title = "over")</script>',
    "put": '<script>fetch("BANK/transfer/", {method: "PUT", credentials: "include", body: "amount=1000"}).catch(() => 0).finally(() => document.title = "over")</script>',
}  # fmt: skip


@pytest.fixture(scope="module")
def attacker(bank: str) -> Iterator[int]:
    """A site of somebody else, on a port of its own: `/form/` and the others attack as they are loaded."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = ATTACKS.get(self.path.strip("/"), "").replace("BANK", bank)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!doctype html><title>x</title>{page}".encode())

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join(5)


@pytest.fixture
def page(browser: Any, bank: str) -> Iterator[Any]:
    """A browser of its own, signed in at the bank."""

    async def open_bank() -> Any:
        context = await browser.new_context()
        opened = await context.new_page()
        await opened.goto(f"{bank}/")
        return context, opened

    seen.clear()
    transfers.clear()
    with settings.override(ALLOWED_HOSTS=["127.0.0.1"]):
        context, opened = bridge.run(open_bank())
        yield opened
        bridge.run(context.close())


async def until_seen(page: Any, count: int, milliseconds: int) -> None:
    for _ in range(milliseconds // 20):
        if len(seen) >= count:
            return
        await page.wait_for_timeout(20)


async def test_the_banks_own_forms_transfer(page: Any) -> None:
    """With a token and, because the browser vouches for them, without one."""
    for name in ("own", "bare"):
        await page.click(f"#{name} button")
        await page.wait_for_url("**/transfer/")
        await page.go_back()
    assert transfers == ["1", "2"]
    assert {(site, status) for _method, site, _cookie, status in seen} == {("same-origin", 200)}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"], ids=["another site", "another origin of this site"])
async def test_no_other_site_transfers(page: Any, bank: str, attacker: int, host: str, attack: str) -> None:
    """H07: 0 transfers, and where the browser sends the session along, the refusal is the middleware's."""
    await page.goto(f"http://{host}:{attacker}/{attack}/")
    preflighted = attack in ("header", "put")
    await until_seen(page, 1, 10_000 if not preflighted else 300)
    assert transfers == []
    sent = [one for one in seen if one[0] != "OPTIONS"]  # a preflight that nobody allows ends the attack
    assert len(sent) == (0 if preflighted else 1)
    for _method, site, cookie, status in sent:
        assert (site, status) == ("cross-site" if host == "localhost" or attack == "sandbox" else "same-site", 403)
        # SameSite=Lax keeps the session from other sites only: between origins of one site the middleware stands alone.
        assert cookie is (site == "same-site")
