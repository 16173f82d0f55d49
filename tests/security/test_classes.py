"""Classes of vulnerabilities that no single room owns: one test each, and a table of where the others are tested."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any

import pytest

import manoir

manoir.setup()

from manoir.cache import LocMemCache, caches  # noqa: E402
from manoir.conf import Settings, settings  # noqa: E402
from manoir.exceptions import BadSignature, SessionInterrupted  # noqa: E402
from manoir.http import HttpRequest, HttpResponse, RequestHead  # noqa: E402
from manoir.server._report import is_developer  # noqa: E402
from manoir.sessions import (  # noqa: E402
    CachedDatabaseStore,
    CacheStore,
    DatabaseStore,
    Session,
    SessionBase,
    hashed_session_key,
)
from manoir.signing import TimestampSigner, dumps, loads  # noqa: E402
from manoir.testing import AsyncClient  # noqa: E402
from manoir.urls import path  # noqa: E402

TESTS = Path(__file__).parent.parent

CLASSES = {
    "C09": "no unsafe deserialisation",
    "C14": "identity headers",
    "C15": "look-alike names",
    "C17": "debug pages",
    "C24": "weak secrets",
    "H01": "objects of others",
    "H02": "fields nobody offered",
    "H03": "functions of others",
    "H04": "session fixation",
    "H05": "keys shared with other caches",
    "H06": "signatures of another purpose",
    "H07": "forged requests",
    "H11": "tokens and cookies as output",
    "H14": "markup in pages of the framework",
    "H28": "cost of passwords",
    "H31": "brute force",
    "H32": "telling by time",
    "H33": "telling by answer",
    "H34": "reset links",
    "H35": "sessions that outlive the account",
    "H38": "secrets shown",
    "H40": "private answers cached",
    "H44": "counts",
    "H47": "races",
    "H50": "sessions that fill the store",
    "H55": "TLS given up",
    "H56": "resources without limits",
    "M01": "headers of a new project",
    "M02": "Content-Security-Policy",
    "M03": "cookies",
    "M04": "text of an attacker on a page",
    "M05": "forged log lines",
    "M07": "modes of files",
    "M09": "long tokens",
    "M10": "formulas in exports",
    "M11": "secrets in logs and pages",
    "M17": "reading that writes",
}


@pytest.fixture(scope="module")
def docstrings() -> str:
    """What the tests say that they are about; the table above does not count."""
    suites = [TESTS.parent / "src" / "manoir" / room / "compliance.py" for room in ("sessions", "cache", "tasks")]
    here = Path(__file__).read_text(encoding="utf-8").partition("# -- here --")[2]
    files = [*TESTS.rglob("test_*.py"), *suites]
    texts = [file.read_text(encoding="utf-8") for file in files if file != Path(__file__)]
    return "\n".join(found for text in (*texts, here) for found in re.findall(r'"""([^"]*)"""', text))


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_is_named_by_the_docstring_of_a_test(name: str, docstrings: str) -> None:
    """So that whoever reads an advisory finds what guards against it, by `grep -rw H07 tests`."""
    assert re.search(rf"\b{name}\b", docstrings)


# -- here --


async def plain(request: Any) -> HttpResponse:
    return HttpResponse("fine")


async def failing(request: Any) -> HttpResponse:
    password = MARKERS["variable"]  # noqa: F841 - the debug page shows variables
    raise ValueError("it broke")


async def fields(request: Any) -> HttpResponse:
    return HttpResponse(str(len(request.POST) + len(request.GET)))


async def anonymous(request: Any) -> HttpResponse:
    return HttpResponse(str(await request.session.aget("basket")))


urlpatterns = [
    path("plain/", plain),
    path("failing/", failing),
    path("fields/", fields),
    path("anonymous/", anonymous),
]

HOSTS = ["testserver"]


@pytest.fixture(autouse=True)
def _site():
    with settings.override(ROOT_URLCONF=__name__, ALLOWED_HOSTS=HOSTS, MIDDLEWARE=[]):
        yield


# -- C17 --------------------------------------------------------------------------------------------------------------

PROBES = (
    "/__debug__/", "/console", "/console/", "/_debugbar", "/debug/default/view", "/debug/pprof/", "/actuator/env", "/server-status",
    "/phpinfo.php", "/.env", "/.git/config", "/settings.py", "/manage.py", "/db.sqlite3", "/static/../manage.py", "/_profiler/", "/trace.axd",
    "/?__debugger__=yes&cmd=resource&f=debugger.js", "/plain/?__debugger__=yes&cmd=1%2B1&frm=0&s=x", "/admin/debug/",
)  # fmt: skip


@pytest.mark.parametrize("debug", [False, True])
async def test_there_is_no_console(debug: bool) -> None:
    """C17: paths that scanners try find nothing, with DEBUG, too."""
    with settings.override(DEBUG=debug):
        for probe in PROBES:
            answer = await AsyncClient().get(probe)
            assert answer.status_code == 404 or answer.content == b"fine", probe
            assert b"<form" not in answer.content
            assert b"<textarea" not in answer.content


@pytest.mark.parametrize(
    "host", ["rebound.example", "127.0.0.1.rebound.example", "localhost.rebound.example", "10.0.0.1"]
)
async def test_a_rebound_name_is_refused_with_debug_on(host: str) -> None:
    """C17: a browser that a name server led to this machine says a foreign name."""
    with settings.override(DEBUG=True, ALLOWED_HOSTS=[]):
        answer = await AsyncClient(headers={"host": host}, raise_request_exception=False).get("/failing/")
    assert answer.status_code == 400
    assert b"it broke" not in answer.content


@pytest.mark.parametrize(
    ("client", "headers", "shown"),
    [
        ("127.0.0.1", {"host": "localhost"}, True),
        ("::1", {"host": "[::1]"}, True),
        ("127.0.0.1", {"host": "shop.example"}, False),
        ("10.0.0.7", {"host": "localhost"}, False),
        ("127.0.0.1", {"host": "localhost", "x-forwarded-for": "127.0.0.1"}, False),
        ("127.0.0.1", {"host": "localhost", "via": "1.1 tunnel"}, False),
    ],
)
async def test_debug_pages_are_for_this_machine_only(client: str, headers: dict[str, str], shown: bool) -> None:
    """C17: the peer is this machine and calls it by a name of its own, even where ALLOWED_HOSTS allows everything."""
    with settings.override(DEBUG=True, ALLOWED_HOSTS=["*"]):
        browser = AsyncClient(headers=headers, raise_request_exception=False, REMOTE_ADDR=client)
        answer = await browser.get("/failing/")
    assert answer.status_code == 500
    assert (b"it broke" in answer.content) is shown


@pytest.mark.parametrize("proxies", [[], ["127.0.0.1"]])
@pytest.mark.parametrize(
    ("head", "shown"),
    [
        ({"client": ("127.0.0.1", 5), "http_version": "1.1"}, True),
        ({"client": ("127.0.0.1", 5), "http_version": "2"}, True),
        ({"client": ("127.0.0.1", 5), "http_version": "1.0"}, False),
        ({"client": None, "http_version": "1.1"}, False),
        ({"client": None, "http_version": "1.0"}, False),
    ],
    ids=str,
)
def test_a_proxy_that_says_nothing_of_itself_is_no_developer(
    head: dict[str, Any], shown: bool, proxies: list[str]
) -> None:
    """C17: nginx with its defaults names this machine as the host, and speaks HTTP/1.0 or over a Unix socket."""
    request = HttpRequest(RequestHead(headers=[("host", "127.0.0.1:8000")], **head))
    with settings.override(DEBUG=True, ALLOWED_HOSTS=[], TRUSTED_PROXIES=proxies):
        assert is_developer(request) is shown


# -- C24 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "short", "a" * 64, "abcd" * 16, "x" * 31])
def test_the_start_is_refused_with_a_weak_key(key: str) -> None:
    """C24: there is no default, and without DEBUG a key that can be guessed stops the start."""
    weak = Settings()
    weak.configure(SECRET_KEY=key, DEBUG=False)
    problems = [str(problem) for problem in weak.load()]
    assert len(problems) == 1
    assert "SECRET_KEY is" in problems[0]
    assert not key or key not in problems[0]


def test_each_purpose_has_a_key_of_its_own() -> None:
    """C24, H06: a signature of one purpose is none for another, and keys may be changed."""
    assert TimestampSigner(salt="a").sign("x") != TimestampSigner(salt="b").sign("x")
    with pytest.raises(BadSignature):
        loads(dumps({"a": 1}, salt="session"), salt="reset")
    old = "former-key-" + "0123456789abcdef" * 3
    with settings.override(SECRET_KEY=old):
        signed = dumps({"a": 1}, salt="s")
    with settings.override(SECRET_KEY_FALLBACKS=[old]):
        assert loads(signed, salt="s") == {"a": 1}
        assert dumps({"a": 1}, salt="s").rpartition(":")[2] != signed.rpartition(":")[2]


# -- H44, H47, H50 ----------------------------------------------------------------------------------------------------


async def test_forms_and_addresses_have_a_limit_on_fields() -> None:
    """H44"""
    client = AsyncClient(raise_request_exception=False)
    many = "&".join(f"a{number}=1" for number in range(1_001))
    form = "application/x-www-form-urlencoded"
    assert (await client.post("/fields/", many.encode(), form)).status_code == 400
    assert (await client.get(f"/fields/?{many}")).status_code == 400
    assert (await client.post("/fields/", many.rpartition("&")[0].encode(), form)).content == b"1000"


class DistantCache(LocMemCache):
    """A cache behind a network: others have their turn before each step."""

    async def read(self, keys: list[str]) -> dict[str, bytes]:
        await asyncio.sleep(0)
        return await super().read(keys)

    async def write(self, items: Any, seconds: float | None) -> list[str]:
        await asyncio.sleep(0)
        return await super().write(items, seconds)

    async def write_existing(self, key: str, data: bytes, seconds: float | None) -> bool:
        await asyncio.sleep(0)
        return await super().write_existing(key, data, seconds)

    async def expire(self, key: str, seconds: float | None) -> bool:
        await asyncio.sleep(0)
        return await super().expire(key, seconds)


@pytest.fixture
def distant():
    with settings.override(CACHES={"default": {"BACKEND": f"{__name__}.DistantCache", "LOCATION": "distant"}}):
        yield


@pytest.mark.usefixtures("distant")
@pytest.mark.parametrize("store", [DatabaseStore, CachedDatabaseStore, CacheStore])
async def test_a_session_that_is_flushed_stays_flushed(database, store: type[SessionBase]) -> None:
    """H47: requests write and read while one signs out at any of their steps; none of them brings the session back."""
    for step in range(10):
        session = store()
        await session.aset("user", "Ada")
        await session.asave()
        key = str(session.session_key)
        await asyncio.gather(*(write(store, key, number) for number in range(3)), sign_out(store, key, step))
        assert await store(key).aget("user") is None
        assert await Session.objects.for_key(key).acount() == 0


async def write(store: type[SessionBase], key: str, number: int) -> None:
    if number == 2 and issubclass(store, CachedDatabaseStore):  # so that it is read from the table, and kept again
        await caches["default"].adelete(f"manoir.sessions:{hashed_session_key(key)}")
    own = store(key)
    await own.aset("page", number)
    with contextlib.suppress(SessionInterrupted):
        await own.asave()


async def sign_out(store: type[SessionBase], key: str, step: int) -> None:
    for _ in range(step):
        await asyncio.sleep(0)
    await store(key).aflush()


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
async def test_visitors_without_data_leave_nothing(database) -> None:
    """H50: neither a row nor an entry of the cache, however often they come."""
    keys = [f"{number:032d}" for number in range(200)]
    for engine in ("DatabaseStore", "CacheStore"):
        with settings.override(
            SESSION_ENGINE=f"manoir.sessions.{engine}", MIDDLEWARE=["manoir.sessions.SessionMiddleware"]
        ):
            for key in keys:
                answer = await AsyncClient(headers={"cookie": f"sessionid={key}"}).get("/anonymous/")
                assert answer.content == b"None"
                assert (await AsyncClient().get("/anonymous/")).content == b"None"
    assert await Session.objects.acount() == 0
    stored = await caches["default"].aget_many([f"manoir.sessions:{hashed_session_key(key)}" for key in keys])
    assert stored == {}


# -- M04, M05, M11 ----------------------------------------------------------------------------------------------------

TEXT = "Your-account-was-locked-call-0900-123"


@pytest.mark.parametrize(
    "target",
    [
        f"/{TEXT}/",
        f"/plain/{TEXT}/",
        f"/{TEXT}/?{TEXT}={TEXT}",
        f"/fields/?{'&'.join([TEXT] * 1_001)}",
        f"/failing/?{TEXT}",
    ],
)
async def test_pages_of_the_framework_do_not_repeat_the_address(target: str) -> None:
    """M04: 400, 404 and 500 say nothing that the visitor said first."""
    answer = await AsyncClient(raise_request_exception=False, headers={"referer": TEXT, "user-agent": TEXT}).get(target)
    assert answer.status_code >= 400
    assert TEXT not in answer.text


async def test_a_foreign_host_is_not_repeated() -> None:
    """M04"""
    answer = await AsyncClient(raise_request_exception=False, headers={"host": "call-0900.example"}).get("/plain/")
    assert (answer.status_code, "0900" in answer.text) == (400, False)


FORGED = (
    "/x%0d%0a12:00:00%20GET%20/admin/%20200", "/x%1b[2J%1b[31m", "/x%e2%80%ae%e2%81%a6", "/x%c2%85y", "/x%e2%80%a8y", "/x%00y", "/x%07",
    "/plain/?a=%0a%0d%1b[0m", "/failing/?a=%0aTraceback",
)  # fmt: skip
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("target", FORGED)
async def test_a_line_of_the_log_cannot_be_forged(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """M05: whatever stands in an address is one line of printable characters."""
    capsys.readouterr()
    await AsyncClient(raise_request_exception=False, headers={"user-agent": "a\tb", "referer": "x"}).get(target)
    written = capsys.readouterr().err
    assert written
    assert CONTROL.search(written) is None
    starts = [line for line in written.splitlines() if re.match(r"\d\d:\d\d:\d\d ", line)]
    assert not any("/admin/ 200" in line and "GET /x" not in line for line in starts)
    assert len([line for line in starts if " GET " in line]) == 1


MARKERS = {
    "key": "marker-in-the-secret-key-0123456789abcdef0123456789",
    "mail": "marker-in-the-mail-password",
    "database": "marker-in-the-database-password",
    "form": "marker-in-the-form",
    "header": "marker-in-authorization",
    "cookie": "marker-in-the-cookie",
    "variable": "marker-in-a-variable",
}


@pytest.mark.parametrize("debug", [False, True])
async def test_secrets_reach_no_page_and_no_log(debug: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """M11: neither the debug page nor any line of the log holds one of them."""
    database = {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:", "PASSWORD": MARKERS["database"]}
    capsys.readouterr()
    with settings.override(
        DEBUG=debug,
        SECRET_KEY=MARKERS["key"],
        EMAIL_HOST_PASSWORD=MARKERS["mail"],
        DATABASES={"default": database},
    ):
        client = AsyncClient(
            raise_request_exception=False,
            headers={"authorization": f"Bearer {MARKERS['header']}", "cookie": f"sessionid={MARKERS['cookie']}"},
        )
        answer = await client.post("/failing/", {"password": MARKERS["form"], "title": "shown"})
    assert answer.status_code == 500
    assert ("shown" in answer.text) is debug
    seen = answer.text + capsys.readouterr().err
    assert "it broke" in seen
    assert [name for name, marker in MARKERS.items() if marker in seen] == []


# -- M03 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"key": ""}, "no name of a cookie"),
        ({"key": "a;b"}, "no name of a cookie"),
        ({"key": "a\r\nSet-Cookie: b"}, "no name of a cookie"),
        ({"key": "a", "path": "/; HttpOnly=no"}, "path of a cookie"),
        ({"key": "a", "domain": "x; Secure"}, "domain of a cookie"),
        ({"key": "a", "samesite": "Lax; Secure"}, "samesite of a cookie"),
        ({"key": "__Host-a"}, "unless secure=True"),
        ({"key": "__Host-a", "secure": True, "domain": "x.example"}, "unless secure=True"),
        ({"key": "__Secure-a"}, "without secure=True"),
    ],
)
def test_attributes_of_cookies_are_checked(arguments: dict[str, Any], message: str) -> None:
    """M03: an attribute cannot smuggle another one, and a prefix is kept to."""
    with pytest.raises(ValueError, match=message):
        HttpResponse().set_cookie(value="1", **arguments)


def test_values_of_cookies_cannot_end_them() -> None:
    """M03"""
    response = HttpResponse()
    response.set_cookie("a", "1; Domain=evil.example\r\nSet-Cookie: b=2")
    [header] = [value for name, value in response.header_items() if name == "set-cookie"]
    assert "\r" not in header
    assert "\n" not in header
    assert header.count(";") == 1
