"""Links that are sent several times at the same moment, on several connections."""

from __future__ import annotations

import asyncio
import re

import pytest

import manoir

manoir.setup()

from manoir import mail  # noqa: E402
from manoir.apps import apps  # noqa: E402
from manoir.auth import User  # noqa: E402
from manoir.bridge import wait  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.testing import AsyncClient  # noqa: E402
from tests.auth.test_forms import GOOD  # noqa: E402
from tests.auth.test_sign_up import NEW, SITE  # noqa: E402
from tests.models.tables import create_tables  # noqa: E402


def link(kind):
    return re.search(rf"https://books\.example(/accounts/{kind}/\S+/)", mail.outbox[0].body)[1]


@pytest.fixture(autouse=True)
def _site(committing_database):
    mail.outbox.clear()
    for label in ("contenttypes", "auth", "sessions"):
        wait(create_tables(committing_database, apps.get_app_config(label).get_models()))
    with settings.override(**{**SITE, "ROOT_URLCONF": "tests.auth.test_sign_up"}):
        yield


async def at_once(clients, *posts):
    answers = await asyncio.gather(*(client.post(*post) for client, post in zip(clients, posts, strict=True)))
    return sorted(answer.status_code for answer in answers)


async def test_a_link_sent_twice_at_once_makes_one_account():
    """H47"""
    clients = [AsyncClient() for _ in range(5)]
    await clients[0].post("/accounts/signup/", {"email": "grace@example.com"})
    address = link("signup/confirm")
    hidden = [(await client.get(address))["Location"] for client in clients]
    posts = [(place, {**NEW, "username": f"grace{number}"}) for number, place in enumerate(hidden)]
    assert await at_once(clients, *posts) == [200, 200, 200, 200, 302]
    assert await User.objects.acount() == 1


async def test_a_reset_link_sent_twice_at_once_sets_one_password():
    """H34, H47"""
    await User.objects.acreate_user("ada", "ada@example.com", "secret")
    clients = [AsyncClient() for _ in range(5)]
    await clients[0].post("/accounts/password_reset/", {"email": "ada@example.com"})
    address = link("reset")
    hidden = [(await client.get(address))["Location"] for client in clients]
    posts = [
        (place, {"new_password1": f"{GOOD} {number}", "new_password2": f"{GOOD} {number}"})
        for number, place in enumerate(hidden)
    ]
    assert await at_once(clients, *posts) == [200, 200, 200, 200, 302]
