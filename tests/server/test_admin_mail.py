"""ADMINS are told of errors: once, after the answer, without secrets, and never at a visitor's cost."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import pytest

from manoir import mail
from manoir.conf import settings
from manoir.http import HttpResponse
from manoir.server import AdminEmailHandler, ExceptionReporter, _admin_mail, _follow_ups
from manoir.server._report import SafeExceptionReporterFilter
from manoir.testing import AsyncClient, Client
from manoir.urls import path


async def failing(request: Any) -> HttpResponse:
    password = "marker in a variable"  # noqa: F841
    raise ValueError("it broke\n12:00:00 GET /forged/ 200")


def sync_failing(request: Any) -> HttpResponse:
    raise ValueError("it broke in a thread")


class OwnReporter(ExceptionReporter):
    def get_traceback_text(self) -> str:
        return f"own report about {type(self.error).__name__}"


class OwnFilter(SafeExceptionReporterFilter):
    cleansed_substitute = "<hidden>"


async def own(request: Any) -> HttpResponse:
    request.exception_reporter_class = OwnReporter
    raise KeyError("x")


urlpatterns = [path("failing/", failing), path("sync/", sync_failing), path("own/", own)]


@pytest.fixture(autouse=True)
def _admins():
    target = logging.getLogger("manoir.request")
    before = list(target.handlers)
    with settings.override(
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[],
        DEBUG=False,
        ADMINS=["admin@example.com"],
        EMAIL_BACKEND="manoir.mail.InMemoryBackend",
        MAILERS={},
        ALLOWED_HOSTS=["testserver"],
    ):
        mail.outbox.clear()
        yield
        mail.outbox.clear()
    target.handlers[:] = before


async def get(address: str, **kwargs: Any) -> Any:
    answer = await AsyncClient(raise_request_exception=False, **kwargs).get(address)
    await _follow_ups.awind_up()
    return answer


async def test_an_error_is_mailed_to_admins() -> None:
    headers = {"authorization": "Bearer marker", "cookie": "sessionid=marker", "user-agent": "Browser/1"}
    assert (await get("/failing/?title=Dune&token=marker", headers=headers)).status_code == 500
    [message] = mail.outbox
    assert (message.to, message.subject) == (
        ["admin@example.com"],
        f"{settings.EMAIL_SUBJECT_PREFIX}ERROR (EXTERNAL IP): Internal Server Error: /failing/",
    )
    for part in ("ValueError: it broke", "test_admin_mail.py", "GET title: ['Dune']", "HTTP_USER_AGENT: Browser/1"):
        assert part in message.body
    assert message.alternatives == []


async def test_secrets_and_forged_lines_stay_out() -> None:
    """M05, M11"""
    headers = {"authorization": "Bearer marker", "cookie": "sessionid=marker"}
    with settings.override(SECRET_KEY="marker-key-" + "0123456789abcdef" * 3):
        await get("/failing/?a=%0d%0aBcc:x%1b[2J", headers=headers)
    [message] = mail.outbox
    assert "marker" not in message.body.replace('password = "marker in a variable"', "")
    assert "\x1b" not in message.body
    assert not any(line.startswith("12:00:00") for line in message.body.splitlines())
    assert message.message()["Bcc"] is None


async def test_the_same_error_is_mailed_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """H56: a site that fails at each request fills no mailbox."""
    now = [1_000.0]
    monkeypatch.setattr(_admin_mail, "clock", lambda: now[0])
    for _ in range(5):
        await get("/failing/")
    await get("/own/")
    assert [message.subject.rpartition(": ")[2] for message in mail.outbox] == ["/failing/", "/own/"]
    now[0] += 61
    await get("/failing/")
    assert mail.outbox[-1].body.startswith("4 more like this since the last mail.")


def test_what_was_mailed_is_remembered_within_bounds() -> None:
    """H49"""
    handler = AdminEmailHandler()
    for number in range(10_000):
        assert handler.turn_of(f"subject {number}") == 0
    assert len(handler.mailed) == _admin_mail.MOST_SUBJECTS


async def test_a_server_that_is_down_harms_nobody() -> None:
    with settings.override(EMAIL_BACKEND="manoir.mail.SMTPBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=9):
        assert (await get("/failing/")).status_code == 500
    with settings.override(ADMINS=[("Ann", "no address")]):
        assert (await get("/own/")).status_code == 500


def test_in_sync_code_and_threads() -> None:
    assert Client(raise_request_exception=False).get("/sync/").status_code == 500
    from manoir.bridge import run

    run(_follow_ups.awind_up())
    assert ["it broke in a thread" in message.body for message in mail.outbox] == [True]
    handler = AdminEmailHandler(interval=0)
    record = logging.LogRecord("shop", logging.ERROR, "shop.py", 1, "sold %s", ("out",), None)
    handler.emit(record)
    handler.emit(record)
    assert [message.subject for message in mail.outbox[1:]] == [f"{settings.EMAIL_SUBJECT_PREFIX}ERROR: sold out"] * 2


async def test_nobody_is_told_with_debug_or_without_admins() -> None:
    with settings.override(DEBUG=True):
        await get("/failing/")
    with settings.override(ADMINS=[]):
        await get("/failing/")
    await get("/nothing/")
    assert mail.outbox == []


async def test_a_report_of_ones_own() -> None:
    await get("/own/")
    assert mail.outbox[-1].body.endswith("own report about KeyError")
    with settings.override(
        DEFAULT_EXCEPTION_REPORTER=f"{__name__}.OwnReporter", DEFAULT_EXCEPTION_REPORTER_FILTER=f"{__name__}.OwnFilter"
    ):
        await get("/failing/")
    assert mail.outbox[-1].body.endswith("own report about ValueError")


async def test_the_page_shows_by_the_filter_of_the_settings() -> None:
    with settings.override(DEBUG=True, DEFAULT_EXCEPTION_REPORTER_FILTER=f"{__name__}.OwnFilter"):
        answer = await get("/failing/", headers={"authorization": "Bearer marker"})
    assert "&lt;hidden&gt;" in answer.text


def test_the_page_may_be_sent_along() -> None:
    handler = AdminEmailHandler(include_html=True, email_backend="manoir.mail.InMemoryBackend")
    try:
        raise ValueError("x")
    except ValueError:
        record = logging.LogRecord("shop", logging.ERROR, "shop.py", 1, "broken", (), sys.exc_info())
    handler.emit(record)
    [page] = mail.outbox[-1].alternatives
    assert page.mimetype == "text/html"
    assert "ValueError" in page.content


async def test_a_project_that_configured_it_is_not_told_twice() -> None:
    own_handler = AdminEmailHandler()
    logging.getLogger("manoir").addHandler(own_handler)
    try:
        await get("/failing/")
    finally:
        logging.getLogger("manoir").removeHandler(own_handler)
    await asyncio.sleep(0)
    assert len(mail.outbox) == 1
