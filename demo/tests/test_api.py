"""The API of Atlas: read by all, written by staff, favourites of nobody else."""

from __future__ import annotations

import pytest

from accounts.models import Favourite, User
from manoir.auth import Permission
from manoir.testing import APIClient
from world.models import City, Country

pytestmark = pytest.mark.usefixtures("world", "db")
ATLANTIS = {
    "id": 1, "name": "Atlantis", "country": "PT", "population": 20_000, "latitude": 33.0, "longitude": -30.0,
    "timezone": "Atlantic/Azores",
}  # fmt: skip


@pytest.fixture
def api():
    return APIClient()


@pytest.fixture
def ada():
    return User.objects.create_user("ada@example.com")


@pytest.fixture
def editor():
    user = User.objects.create_user("editor@example.com", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["add_city", "change_city"]))
    return user


@pytest.mark.parametrize("path", ["countries", "cities", "airports"])
@pytest.mark.parametrize("size", [1, 200])
def test_a_list_costs_few_queries_however_long(api, assert_num_queries, path, size):
    expected = {"countries": 4, "cities": 2, "airports": 2}[path]  # count, rows, one for each many-to-many field
    with assert_num_queries(expected):
        answer = api.get(f"/api/{path}/?page_size={size}")
    assert len(answer.json()["results"]) == size


def test_cities_are_filtered_searched_and_sorted(api):
    found = api.get("/api/cities/?country=IS&ordering=name&population__gte=25000").json()["results"]
    assert [city["name"] for city in found] == ["Hafnarfjörður", "Kópavogur", "Reykjavík"]
    assert api.get("/api/cities/?search=reyk").json()["results"][0]["country_name"] == "Iceland"
    assert api.get("/api/cities/?country=XX").json()["results"] == []
    assert api.get("/api/cities/?population__gte=many").status_code == 400


def test_everybody_reads_and_only_staff_with_the_permission_writes(api, ada, editor):
    assert api.post("/api/cities/", ATLANTIS, format="json").status_code == 403
    api.force_authenticate(ada)
    assert api.post("/api/cities/", ATLANTIS, format="json").status_code == 403
    api.force_authenticate(editor)
    assert api.post("/api/cities/", ATLANTIS, format="json").status_code == 201
    assert api.patch("/api/cities/1/", {"population": 21_000}, format="json").json()["population"] == 21_000
    assert api.delete("/api/cities/1/").status_code == 403
    assert City.objects.get(pk=1).population == 21_000


def test_what_is_wrong_is_said_field_by_field(api, editor):
    api.force_authenticate(editor)
    sent = {**ATLANTIS, "country": "XX", "latitude": 91, "population": -1, "name": ""}
    answer = api.post("/api/cities/", sent, format="json")
    assert answer.status_code == 400
    assert set(answer.json()) >= {"country", "population", "name"}
    off_the_globe = api.post("/api/cities/", {**ATLANTIS, "latitude": 91}, format="json")
    assert off_the_globe.status_code == 400
    assert not City.objects.filter(pk=1).exists()


def test_favourites_are_somebodys_own(api, ada):
    """H01: another's is 404 for every verb, and in no list."""
    bob = User.objects.create_user("bob@example.com")
    city = City.objects.get(name="Reykjavík")
    theirs = Favourite.objects.create(user=bob, city=city)
    assert api.get("/api/favourites/").status_code in (401, 403)
    api.force_authenticate(ada)
    created = api.post("/api/favourites/", {"city": city.pk, "note": "cold", "user": bob.pk}, format="json")
    assert created.status_code == 201
    assert Favourite.objects.get(pk=created.json()["id"]).user == ada
    assert [one["city_name"] for one in api.get("/api/favourites/").json()["results"]] == ["Reykjavík"]
    for call in (api.get, api.delete):
        assert call(f"/api/favourites/{theirs.pk}/").status_code == 404
    assert api.patch(f"/api/favourites/{theirs.pk}/", {"note": "x"}, format="json").status_code == 404
    assert api.post("/api/favourites/", {"city": city.pk}, format="json").status_code == 400


def test_the_description_is_there_for_programs_and_for_people(api):
    schema = api.get("/api/docs/", headers={"accept": "application/json"}).json()
    assert schema["openapi"].startswith("3.1")
    assert {"/api/cities/", "/api/cities/{pk}/", "/api/favourites/{pk}/"} <= set(schema["paths"])
    assert "html" in api.get("/api/docs/", headers={"accept": "text/html"})["Content-Type"]


def test_a_browser_gets_pages(api):
    page = api.get("/api/countries/IS/", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "Iceland" in page.text
    assert Country.objects.filter(pk="IS").exists()


def test_programs_sign_in_by_tokens_that_are_exchanged(api):
    User.objects.create_user("ada@example.com", password="analytical engine")
    sent = {"email": "ada@example.com", "password": "analytical engine"}
    pair = api.post("/api/token/", sent, format="json").json()
    assert api.get("/api/favourites/").status_code == 403
    headers = {"authorization": f"Bearer {pair['access']}"}
    assert api.get("/api/favourites/", headers=headers).json()["results"] == []
    newer = api.post("/api/token/refresh/", {"refresh": pair["refresh"]}, format="json").json()
    assert sorted(newer) == ["access", "refresh"]
    assert api.post("/api/token/blacklist/", {"refresh": newer["refresh"]}, format="json").json() == {}
    assert api.post("/api/token/refresh/", {"refresh": newer["refresh"]}, format="json").status_code == 401
