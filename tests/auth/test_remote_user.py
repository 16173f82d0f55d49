from __future__ import annotations

import pytest

import manoir

manoir.setup()

from manoir.auth import Group, RemoteUserBackend, RemoteUserMiddleware, User  # noqa: E402
from manoir.bridge import run  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.exceptions import ImproperlyConfigured  # noqa: E402
from manoir.http import HttpRequest, HttpResponse, RequestHead  # noqa: E402
from manoir.server import Handler  # noqa: E402
from manoir.testing import AsyncClient, Client  # noqa: E402
from manoir.urls import include, path  # noqa: E402

PROXY = "10.0.0.1"
HERE = "tests.auth.test_remote_user"
BACKEND = "manoir.auth.RemoteUserBackend"


async def who(request):
    return HttpResponse(str(await request.auser()))


urlpatterns = [path("who/", who), path("accounts/", include("manoir.auth.urls"))]
BEFORE = ["manoir.sessions.SessionMiddleware", "manoir.auth.AuthenticationMiddleware"]


class Careful(RemoteUserBackend):
    """Cuts off the domain, knows who is there only, and puts people into a group."""

    create_unknown_user = False

    def clean_username(self, username):
        return username.partition("@")[0]

    def configure_user(self, request, user, created=True):
        user.groups.set([Group.objects.get_or_create(name="staff")[0]])
        return user


class ByOwnHeader(RemoteUserMiddleware):
    header = "HTTP_X_AUTH_NAME"


@pytest.fixture(autouse=True)
def _site(database):
    with settings.override(
        ROOT_URLCONF=HERE,
        MIDDLEWARE=[*BEFORE, "manoir.auth.RemoteUserMiddleware"],
        AUTHENTICATION_BACKENDS=[BACKEND, "manoir.auth.ModelBackend"],
        TRUSTED_PROXIES=[PROXY],
        TEMPLATES=[{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True}],
    ):
        yield


@pytest.fixture(params=["sync", "async"])
def ask(request):
    client = Client() if request.param == "sync" else AsyncClient()

    def get(name=None, *, peer=PROXY, **headers):
        if name is not None:
            headers["Remote-User"] = name
        answer = client.get("/who/", headers=headers, REMOTE_ADDR=peer)
        return (run(answer) if request.param == "async" else answer).content.decode()

    get.client = client
    return get


def test_whom_a_trusted_proxy_names_is_signed_in(ask):
    assert ask("ada") == "ada"
    ada = User.objects.get()
    assert not ada.has_usable_password()
    assert ada.last_login is not None
    assert ask("ada") == "ada"
    assert User.objects.count() == 1


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.0.2", "127.0.0.1"])
def test_nobody_else_is_believed(ask, peer):
    """C14"""
    assert ask("ada", peer=peer) == "AnonymousUser"
    assert ask("ada", peer=peer, **{"X-Forwarded-For": PROXY}) == "AnonymousUser"
    assert not User.objects.exists()


async def raw(*pairs):
    """Ask with headers as a server hands them over; the test client would rather write hyphens."""
    head = RequestHead(raw_path="/who/", headers=[("host", "testserver"), *pairs], client=(PROXY, 1234))
    return (await Handler()(HttpRequest(head))).content.decode()


@pytest.mark.parametrize(
    "name", ["remote_user", "REMOTE_USER", "x-remote-user", "http_remote_user", "http-remote-user"]
)
async def test_headers_that_look_alike_are_not_believed(name):
    """C14: 2015-0219, 2026-3902."""
    assert await raw((name, "ada")) == "AnonymousUser"
    assert await raw((name, "ada"), ("remote-user", "bob")) == "bob"
    assert await raw(("remote-user", "bob"), (name, "ada")) == "bob"


async def test_a_header_that_comes_twice_is_not_believed():
    """C14: one of a client beside that of the proxy."""
    assert await raw(("remote-user", "root"), ("remote-user", "ada")) == "AnonymousUser"


@pytest.mark.parametrize("name", ["ada, root", "ada,root", "", "a" * 151])
def test_names_that_are_none_are_nobody(ask, name):
    """C14: a client's header beside that of the proxy."""
    assert ask(name) == "AnonymousUser"
    assert not User.objects.exists()


def test_who_is_named_no_more_is_signed_out(ask):
    ask("ada")
    assert ask() == "AnonymousUser"
    ask("ada")
    assert ask(peer="203.0.113.9") == "AnonymousUser"


def test_who_is_named_next_is_another(ask):
    """H04: what the first had in the session, the second does not find."""
    ask("ada")
    before = ask.client.cookies["sessionid"].value
    assert ask("bob") == "bob"
    assert ask.client.cookies["sessionid"].value != before


def test_persistent_sign_ins_outlast_the_header(ask):
    with settings.override(MIDDLEWARE=[*BEFORE, "manoir.auth.PersistentRemoteUserMiddleware"]):
        assert ask("ada") == "ada"
        assert ask() == "ada"
        assert ask("bob") == "bob"


def test_who_signed_in_by_a_password_stays(ask):
    User.objects.create_user("ada", password="secret")
    run(ask.client.alogin(username="ada", password="secret"))
    assert ask() == "ada"


def test_inactive_users_stay_outside(ask):
    User.objects.create_user("ada", is_active=False)
    assert ask("ada") == "AnonymousUser"
    with settings.override(AUTHENTICATION_BACKENDS=["manoir.auth.AllowAllUsersRemoteUserBackend"]):
        assert ask("ada") == "ada"


def test_a_backend_of_ones_own(ask):
    with settings.override(AUTHENTICATION_BACKENDS=[f"{HERE}.Careful"]):
        assert ask("ada@example.com") == "AnonymousUser"
        ada = User.objects.create_user("ada")
        assert ask("ada@example.com") == "ada"
        assert ask("ada@example.com") == "ada"
        assert list(ada.groups.values_list("name", flat=True)) == ["staff"]


def test_a_header_of_ones_own(ask):
    with settings.override(MIDDLEWARE=[*BEFORE, f"{HERE}.ByOwnHeader"]):
        assert ask("ada") == "AnonymousUser"
        assert ask(**{"X-Auth-Name": "ada"}) == "ada"


def test_lookalikes_are_other_people(ask):
    """C15"""
    ask("ada")
    assert ask("ADA") == "ADA"
    assert User.objects.count() == 2


def test_failures_of_single_sign_on_lock_nobody(ask):
    User.objects.create_user("ada", is_active=False)
    with settings.override(LOGIN_FAILURE_LIMIT=2, LOGIN_FAILURE_LIMIT_PER_ADDRESS=2):
        for _ in range(5):
            ask("ada")
        User.objects.update(is_active=True)
        assert ask("ada") == "ada"


def test_what_is_missing_is_named(ask):
    with settings.override(TRUSTED_PROXIES=[]), pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        ask("ada")
    with (
        settings.override(MIDDLEWARE=["manoir.auth.RemoteUserMiddleware"]),
        pytest.raises(ImproperlyConfigured, match="AuthenticationMiddleware before it"),
    ):
        ask("ada")
