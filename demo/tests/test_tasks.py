"""Work in the background: files of cities, all or nothing; the figures of each night."""

from __future__ import annotations

import pytest

from accounts.models import User
from imports.models import CityImport
from imports.tasks import import_cities
from manoir.auth import Permission
from manoir.http import SimpleUploadedFile
from manoir.tasks import TaskResultStatus
from manoir.testing import run_tasks
from world.models import City, Continent, Statistic
from world.tasks import count_the_world

pytestmark = pytest.mark.usefixtures("world", "db")
HEAD = "id,name,country,population,latitude,longitude,timezone\n"
GOOD = HEAD + "".join(f"{number},Testville {number},FR,20000,48.5,2.5,Europe/Paris\n" for number in range(1, 121))


@pytest.fixture
def editor(client):
    user = User.objects.create_user("editor@example.com", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_city"))
    client.force_login(user)
    return user


def send(client, text):
    return client.post("/imports/", {"file": SimpleUploadedFile("cities.csv", text.encode(), "text/csv")})


def test_a_file_is_read_in_the_background(client, editor):
    response = send(client, GOOD)
    upload = CityImport.objects.get(by=editor)
    assert response.url == f"/imports/{upload.pk}/"
    assert "Waiting for a worker" in client.get(response.url).text
    assert not City.objects.filter(name__startswith="Testville").exists()
    run_tasks()
    page = client.get(response.url).text
    assert "120 cities stored" in page
    assert "http-equiv" not in page
    assert City.objects.get(name="Testville 7").search_name == "testville 7"


def test_progress_is_seen_while_it_runs(client, editor):
    send(client, GOOD)
    result = import_cities.get_result(CityImport.objects.get(by=editor).task)
    run_tasks()
    result.refresh()
    assert (result.status, result.progress.done, result.progress.total) == (TaskResultStatus.SUCCESSFUL, 120, 120)


def test_one_wrong_row_stores_nothing_and_is_named(client, editor):
    response = send(client, GOOD + "999,Nowhere,XX,-5,91,2,UTC\n998,Beyond,DE,5,91,2,UTC\n")
    run_tasks()
    page = client.get(response.url).text
    assert "Nothing was stored" in page
    assert "Line 122: country" in page
    assert "Line 123: Latitudes go from -90 to 90" in page
    assert not City.objects.filter(name__startswith="Testville").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,country\n", "lacks the columns id"),
        ("\xff\xfe", "lacks the columns"),
        ("", "empty"),
        (f"{HEAD}1,{'x' * 200_000},FR,1,1,1,UTC\n", "cannot be read as CSV"),
    ],
)
def test_another_file_is_refused_at_once(client, editor, text, words):
    assert words in send(client, text).text
    assert not CityImport.objects.filter(by=editor).exists()


def test_only_who_may_add_cities_imports(client):
    assert client.get("/imports/").url == "/account/login/?next=/imports/"
    client.force_login(User.objects.create_user("ada@example.com"))
    response = client.get("/imports/")
    assert response.status_code == 403
    assert "This page is not open to you" in response.text


def test_another_persons_import_does_not_exist(client, editor):
    """H01."""
    other = User.objects.create_user("other@example.com")
    theirs = CityImport.objects.create(title="x", text=GOOD, by=other, task="")
    assert client.get(f"/imports/{theirs.pk}/").status_code == 404


async def test_figures_of_a_night_are_counted_once(world):
    assert await count_the_world() == await Continent.objects.acount()
    await count_the_world()
    assert await Statistic.objects.acount() == await Continent.objects.acount()
    europe = await Statistic.objects.aget(continent__pk="EU")
    assert europe.cities > 5_000
    assert europe.countries > 40


def test_the_night_is_planned():
    assert str(count_the_world.schedule).startswith("cron 15 3 * * *")
