"""Several people at the same object, each with a connection of their own."""

from __future__ import annotations

import asyncio

import pytest

from manoir.admin import LogEntry
from manoir.apps import apps
from manoir.auth import acreate_permissions, get_user_model
from manoir.bridge import wait
from manoir.testing import AsyncClient
from tests.admin.forms.browser import form_data
from tests.admin.forms.site.models import Guild
from tests.models.tables import create_tables


@pytest.fixture
def tables(committing_database):
    models = [
        model
        for config in apps.get_app_configs()
        if config.name.startswith("manoir.") or config.label == "atelier"
        for model in config.get_models()
    ]
    wait(create_tables(committing_database, models))
    for label in ("auth", "atelier"):
        wait(acreate_permissions(apps.get_app_config(label)))


async def people(number):
    clients = []
    for count in range(number):
        user = await get_user_model().objects.acreate_superuser(f"boss{count}", f"b{count}@example.com", "secret")
        client = AsyncClient()
        await client.aforce_login(user)
        clients.append(client)
    return clients


async def test_of_those_who_save_at_once_one_wins_and_the_others_are_told(tables):
    clients = await people(4)
    guild = await Guild.objects.acreate(name="Smiths", slug="smiths")
    url = f"/admin/atelier/guild/{guild.pk}/change/"
    pages = [await client.get(url) for client in clients]
    answers = await asyncio.gather(
        *(
            client.post(url, form_data(page, motto=f"motto {number}"))
            for number, (client, page) in enumerate(zip(clients, pages, strict=True))
        )
    )
    codes = [answer.status_code for answer in answers]
    assert sorted(codes) == [200, 200, 200, 302]
    await guild.arefresh_from_db()
    assert guild.motto == f"motto {codes.index(302)}"
    assert await LogEntry.objects.acount() == 1
    assert all("Somebody else changed this meanwhile" in one.text for one in answers if one.status_code == 200)


async def test_of_those_who_take_a_name_at_once_one_gets_it_and_the_others_an_error(tables):
    clients = await people(4)
    url = "/admin/atelier/guild/add/"
    answers = await asyncio.gather(*(client.post(url, {"name": "Smiths", "slug": "smiths"}) for client in clients))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 302]
    assert await Guild.objects.acount() == 1
    assert all("Nothing was saved" in one.text for one in answers if one.status_code == 200)
