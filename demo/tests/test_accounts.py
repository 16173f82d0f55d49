"""Accounts: signing in by e-mail address, the profile, and cities that nobody else sees."""

from __future__ import annotations

import re

import pytest

from accounts.models import Favourite, User
from manoir.auth import authenticate
from manoir.db import IntegrityError, transaction
from world.models import City

pytestmark = pytest.mark.usefixtures("world", "db")

PASSWORD = "a lighthouse keeper's logbook"


@pytest.fixture
def ada():
    return User.objects.create_user("ada@example.com", PASSWORD, first_name="Ada")


@pytest.fixture
def city():
    return City.objects.get(name="Reykjavík")


def test_people_sign_in_by_their_address(client, ada):
    response = client.post("/account/login/", {"username": "ada@example.com", "password": PASSWORD})
    assert (response.status_code, response.url) == (302, "/account/")
    assert "Ada" in client.get("/account/").text


def link_of(message, kind):
    found = re.search(rf"http://testserver(/account/{kind}/\S+/)", message.body)
    assert found is not None
    return found[1]


def test_people_sign_up_by_mail(client, mailoutbox):
    assert "Sign up" in client.get("/account/login/").text
    answer = client.post("/account/signup/", {"email": "grace@example.com"}, follow=True)
    assert "on its way" in answer.text
    assert not User.objects.filter(email="grace@example.com").exists()
    hidden = client.get(link_of(mailoutbox[0], "signup/confirm")).url
    page = client.get(hidden)
    assert "grace@example.com" in page.text
    assert '<a class="brand"' in page.text
    assert client.post(hidden, {"password1": PASSWORD, "password2": PASSWORD}).url == "/account/"
    assert "grace@example.com" in client.get("/account/").text


def test_people_reset_their_password_by_mail(client, ada, mailoutbox):
    client.post("/account/password_reset/", {"email": "ada@example.com"})
    hidden = client.get(link_of(mailoutbox[0], "reset")).url
    new = "another lighthouse"
    assert client.post(hidden, {"new_password1": new, "new_password2": new}).status_code == 302
    assert client.post("/account/login/", {"username": "ada@example.com", "password": new}).url == "/account/"


def test_an_address_is_taken_once(ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ada@example.com")
    assert authenticate(email="ada@example.com", password="wrong") is None


def test_profile_asks_who_is_not_signed_in_to_sign_in(client):
    assert client.get("/account/").url == "/account/login/?next=/account/"


def test_profile_changes_names_and_nothing_else(client, ada):
    client.force_login(ada)
    sent = {"first_name": "Augusta", "last_name": "King", "is_staff": "on", "email": "x@example.com"}
    assert client.post("/account/", sent).status_code == 302
    ada.refresh_from_db()
    assert (ada.get_full_name(), ada.is_staff, ada.email) == ("Augusta King", False, "ada@example.com")


def test_a_city_is_kept_once_and_forgotten(client, ada, city):
    client.force_login(ada)
    for _ in range(2):
        assert client.post("/account/favourites/", {"city": city.pk}).status_code == 302
    kept = Favourite.objects.get(user=ada)
    assert "Reykjavík" in client.get("/account/").text
    client.post(f"/account/favourites/{kept.pk}/forget/")
    assert not Favourite.objects.exists()


def test_the_star_of_a_city_keeps_and_forgets_it_in_its_place(client, ada, city):
    client.force_login(ada)
    page = f"/countries/{city.country_id}/"
    assert f'aria-label="Keep {city}"' in client.get(page).text
    answer = client.post("/account/favourites/", {"city": city.pk, "from": "country"})
    assert answer.url == f"{page}#city-{city.pk}"
    text = client.get(page).text
    assert f'aria-label="Forget {city}"' in text
    assert f'aria-label="Keep {city}"' not in text
    kept = Favourite.objects.get(user=ada)
    assert client.post(f"/account/favourites/{kept.pk}/forget/", {"from": "country"}).url == f"{page}#city-{city.pk}"
    assert not Favourite.objects.exists()


def test_stars_of_another_person_are_not_shown(client, ada, city):
    """H01."""
    Favourite.objects.create(user=User.objects.create_user("bob@example.com", PASSWORD), city=city)
    client.force_login(ada)
    assert f'aria-label="Keep {city}"' in client.get(f"/countries/{city.country_id}/").text


def test_a_city_that_is_not_there_is_said(client, ada):
    client.force_login(ada)
    response = client.post("/account/favourites/", {"city": "1"}, follow=True)
    assert "not in the atlas" in response.text


def test_another_persons_city_does_not_exist(client, ada, city):
    """H01."""
    other = User.objects.create_user("bob@example.com", PASSWORD)
    kept = Favourite.objects.create(user=other, city=city)
    client.force_login(ada)
    assert client.post(f"/account/favourites/{kept.pk}/forget/").status_code == 404
    assert Favourite.objects.filter(pk=kept.pk).exists()


def test_profile_costs_few_queries(client, ada, assert_num_queries):
    for city in City.objects.all()[:30]:
        Favourite.objects.create(user=ada, city=city)
    client.force_login(ada)
    with assert_num_queries(5):  # session, user, permissions (own, of groups), their cities with countries
        client.get("/account/")


@pytest.mark.parametrize("path", ["/account/favourites/", "/account/favourites/1/forget/", "/account/logout/"])
def test_a_link_changes_nothing(client, path):
    """M17."""
    assert client.get(path).status_code == 405
