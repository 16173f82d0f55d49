from __future__ import annotations

import re
from typing import Any

import pytest

from manoir import mail
from manoir.conf import settings
from manoir.http import HttpResponse
from manoir.testing import AsyncClient
from manoir.urls import path


async def page(request: Any) -> HttpResponse:
    return HttpResponse("here")


urlpatterns = [path("page/", page)]


@pytest.fixture(autouse=True)
def _site():
    with settings.override(
        ROOT_URLCONF=__name__,
        MIDDLEWARE=["manoir.middleware.BrokenLinkEmailsMiddleware"],
        MANAGERS=["editor@example.com"],
        EMAIL_BACKEND="manoir.mail.InMemoryBackend",
        MAILERS={},
        ALLOWED_HOSTS=["shop.example"],
        IGNORABLE_404_URLS=[re.compile(r"^/favicon\.ico$"), re.compile(r"\.php$")],
    ):
        mail.outbox.clear()
        yield
        mail.outbox.clear()


async def get(address: str, referer: str | None = None) -> Any:
    headers = {"host": "shop.example", "user-agent": "Browser/1", **({"referer": referer} if referer else {})}
    return await AsyncClient(headers=headers).get(address)


@pytest.mark.parametrize(
    ("referer", "subject"),
    [
        ("https://elsewhere.example/links/", "Broken link on shop.example"),
        ("http://shop.example/page/", "Broken INTERNAL link on shop.example"),
    ],
)
async def test_managers_are_told_where_a_broken_link_stands(referer: str, subject: str) -> None:
    assert (await get("/gone/?a=1", referer)).status_code == 404
    [message] = mail.outbox
    assert (message.to, message.subject) == (["editor@example.com"], f"{settings.EMAIL_SUBJECT_PREFIX}{subject}")
    assert (
        f"Referrer: {referer}\nRequested URL: /gone/?a=1\nUser agent: Browser/1\nIP address: 127.0.0.1\n"
        == message.body
    )


@pytest.mark.parametrize(
    ("address", "referer"),
    [
        ("/gone/", None),
        ("/page/", "https://elsewhere.example/"),
        ("/favicon.ico", "https://elsewhere.example/"),
        ("/wp-login.php", "https://elsewhere.example/"),
        ("/gone/", "http://shop.example/gone/"),
        ("/gone/", "/gone"),
        ("/gone/", "http://[broken/"),
    ],
)
async def test_what_nobody_needs_to_know(address: str, referer: str | None) -> None:
    await get(address, referer)
    assert mail.outbox == []


async def test_nobody_is_told_with_debug_or_without_managers() -> None:
    with settings.override(DEBUG=True):
        await get("/gone/", "https://elsewhere.example/")
    with settings.override(MANAGERS=[]):
        await get("/gone/", "https://elsewhere.example/")
    assert mail.outbox == []
