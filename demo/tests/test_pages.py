"""The pages of the atlas, through the whole handler, on real data."""

from __future__ import annotations

import pytest

from manoir.checks import run_checks
from world.models import Airport, City, Country, Feedback

pytestmark = pytest.mark.usefixtures("world", "db")


def test_checks_find_nothing():
    assert run_checks() == []


def test_the_world_is_complete():
    assert City.objects.count() > 30_000
    assert Country.objects.count() > 240
    assert Airport.objects.count() > 7_000


def test_start_page_draws_the_world(client):
    response = client.get("/")
    assert response.status_code == 200
    assert response.text.count('<path class="') == 3
    assert "CC&nbsp;BY&nbsp;4.0" in response.text


def test_start_page_is_kept_for_everybody(client, assert_num_queries):
    client.get("/")
    with assert_num_queries(0):
        response = client.get("/")
    assert response.headers["Cache-Control"] == "max-age=300"


def test_start_page_is_the_same_for_who_is_signed_in(client):
    from accounts.models import User

    client.force_login(User.objects.create_user("ada@example.com", "a lighthouse keeper's logbook", first_name="Ada"))
    assert "Ada" not in client.get("/").text


@pytest.mark.parametrize(
    ("query", "first"),
    [("", "Shanghai"), ("?q=sao+paulo", "São Paulo"), ("?sort=name", None), ("?q=Andorra", "Andorra la Vella")],
)
def test_city_list_searches_and_sorts(client, query, first):
    response = client.get(f"/cities/{query}")
    assert response.status_code == 200
    if first:
        assert response.context["cities"][0].name == first


def test_city_list_costs_three_queries(client, assert_num_queries):
    with assert_num_queries(3):  # count, cities, their countries
        client.get("/cities/?sort=name&page=7")


def test_second_page_follows_the_first(client):
    first = [city.pk for city in client.get("/cities/").context["cities"]]
    second = [city.pk for city in client.get("/cities/?page=2").context["cities"]]
    assert len(first) == len(second) == 50
    assert not set(first) & set(second)


@pytest.mark.parametrize("query", ["?page=0", "?page=100000", "?page=x"])
def test_page_that_does_not_exist_is_404(client, query):
    assert client.get(f"/cities/{query}").status_code == 404


@pytest.mark.parametrize("query", ["?sort=id;drop", "?q=%27%3B--", "?q=%25", "?q=" + "a" * 5000])
def test_odd_queries_are_harmless(client, query):
    assert client.get(f"/cities/{query}").status_code == 200


def test_percent_sign_is_not_a_wildcard(client):
    assert client.get("/cities/?q=%25").context["paginator"].count == 0


def test_countries_cost_two_queries(client, assert_num_queries):
    with assert_num_queries(2):
        response = client.get("/countries/")
    assert response.text.count("<li>") > 240


def test_country_page(client):
    response = client.get("/countries/FR/")
    assert "Paris" in response.text
    assert "Belgium" in response.text
    assert "Charles de Gaulle" in response.text
    assert "<dd>+33</dd>" in response.text


def test_a_country_of_many_airports_shows_the_first_and_folds_the_others(client):
    text = client.get("/countries/US/").text
    folded = text.index('<details class="more">')
    assert text[:folded].count('href="/airports/') == 25
    assert f"{Airport.objects.filter(country__code='US').count() - 25:,} more airports" in text


@pytest.mark.parametrize("path", ["/countries/XX/", "/countries/fr/", "/airports/QQQ/", "/no/such/page/"])
def test_unknown_pages_are_404(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "This place is not in the atlas" in response.text


def test_airport_page(client):
    response = client.get("/airports/CDG/")
    assert "Europe/Paris" in response.text
    assert "Paris" in response.text


async def test_json_endpoint(async_client):
    response = await async_client.get("/cities.json", {"q": "reykjavik"})
    assert response.json()["cities"][0]["name"] == "Reykjavík"
    assert response.json()["cities"][0]["country__code"] == "IS"


def test_feedback_is_stored(client):
    response = client.post("/feedback/", {"name": "Ada", "email": "", "message": "A city is missing."}, follow=True)
    assert response.redirect_chain == [("/feedback/thanks/", 302)]
    assert Feedback.objects.get(name="Ada").message == "A city is missing."


def test_feedback_without_message_is_refused(client):
    response = client.post("/feedback/", {"name": "Silent", "message": ""})
    assert response.status_code == 200
    assert "Please write something." in response.text
    assert not Feedback.objects.filter(name="Silent").exists()


def test_feedback_needs_a_token():
    from manoir.testing import Client

    response = Client(enforce_csrf_checks=True).post("/feedback/", {"name": "Ada", "message": "x"})
    assert response.status_code == 403


def naive_names(countries):
    """What a newcomer writes: loops over relations, without a thought of queries."""
    return [
        (
            country.name,
            [city.name for city in country.cities.all()],
            [other.name for other in country.neighbours.all()],
            [language.name for language in country.languages.all()],
        )
        for country in countries
    ]


@pytest.mark.parametrize("count", [1, 240])
def test_naive_loops_cost_one_query_and_one_per_relation(assert_num_queries, count):
    with assert_num_queries(4):
        names = naive_names(Country.objects.all()[:count])
    assert len(names) == count
