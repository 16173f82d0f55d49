"""Sign-ins by token in the admin: seen, ended, never made by hand."""

from __future__ import annotations

import pytest

from manoir import admin
from manoir.admin._token_admin import BlacklistedTokenAdmin, OutstandingTokenAdmin
from manoir.apps import apps
from manoir.auth import Permission, User, acreate_permissions
from manoir.bridge import wait
from manoir.conf import settings
from manoir.contenttypes import ContentType
from manoir.rest import jwt
from manoir.rest.jwt.models import BlacklistedToken, OutstandingToken
from manoir.testing import Client, override_settings
from manoir.urls import path
from tests.admin.lists.conftest import SETTINGS
from tests.models.tables import create_tables

APPS = [*dict.fromkeys([*settings.INSTALLED_APPS, *SETTINGS["INSTALLED_APPS"]])]
OUTSTANDING = "/admin/rest_jwt/outstandingtoken/"
BLACKLISTED = "/admin/rest_jwt/blacklistedtoken/"

site = admin.AdminSite(name="admin")
site.register(OutstandingToken, OutstandingTokenAdmin)
site.register(BlacklistedToken, BlacklistedTokenAdmin)
urlpatterns = [path("admin/", site.urls)]


@pytest.fixture(autouse=True, scope="module")
def _project():
    with override_settings(**{**SETTINGS, "INSTALLED_APPS": APPS, "ROOT_URLCONF": urlpatterns}):
        yield


@pytest.fixture
def staff(database):
    """Make a client of somebody on the staff with permissions; none: of a superuser."""
    wait(create_tables(database, apps.get_app_config("admin").get_models()))
    ContentType.objects.clear_cache()
    wait(acreate_permissions(apps.get_app_config("rest_jwt")))

    def make(*codenames):
        user = User.objects.create_user("staff", is_staff=True, is_superuser=not codenames)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    yield make
    ContentType.objects.clear_cache()


def sign_in(name):
    return jwt.RefreshToken.for_user(User.objects.create_user(name))


def test_sign_ins_are_listed_and_ended(staff):
    client, ann, bob = staff(), sign_in("ann"), sign_in("bob")
    assert "ann" in client.get(OUTSTANDING).text
    chosen = OutstandingToken.objects.get(jti=ann["jti"]).pk
    answer = client.post(OUTSTANDING, {"action": "end_sign_ins", "_selected_action": [chosen]}, follow=True)
    assert "1 sign-in was ended." in answer.text
    with pytest.raises(jwt.TokenError):
        ann.check_blacklist()
    bob.check_blacklist()
    page = client.get(f"{OUTSTANDING}{chosen}/change/").text
    assert ann["jti"] in page
    assert str(ann) not in page


def test_nobody_makes_or_changes_a_sign_in_by_hand(staff):
    client, ann = staff(), sign_in("ann")
    pk = OutstandingToken.objects.get(jti=ann["jti"]).pk
    assert client.get(f"{OUTSTANDING}add/").status_code == 403
    assert client.post(f"{OUTSTANDING}{pk}/change/", {"jti": "mine"}).status_code == 403
    assert OutstandingToken.objects.get(pk=pk).jti == ann["jti"]


def test_a_row_of_the_blacklist_ends_a_sign_in(staff):
    """As documented for the blacklist."""
    client, ann = staff(), sign_in("ann")
    pk = OutstandingToken.objects.get(jti=ann["jti"]).pk
    assert client.post(f"{BLACKLISTED}add/", {"token": pk}).status_code == 302
    with pytest.raises(jwt.TokenError):
        ann.check_blacklist()
    assert client.get(BLACKLISTED).status_code == 200


def test_who_may_only_look_ends_nothing(staff):
    client, ann = staff("view_outstandingtoken"), sign_in("ann")
    chosen = OutstandingToken.objects.get(jti=ann["jti"]).pk
    assert client.get(OUTSTANDING).status_code == 200
    client.post(OUTSTANDING, {"action": "end_sign_ins", "_selected_action": [chosen]})
    ann.check_blacklist()
    assert client.get(BLACKLISTED).status_code == 403


def test_the_default_site_knows_them():
    assert admin.site.is_registered(OutstandingToken)
    assert admin.site.is_registered(BlacklistedToken)
