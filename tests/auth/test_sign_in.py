from __future__ import annotations

import pytest

import manoir

manoir.setup()

from manoir.auth import (  # noqa: E402  # noqa: E402  # noqa: E402
    AllowAllUsersModelBackend,
    AnonymousUser,
    BaseBackend,
    LoginRequiredMixin,
    MD5PasswordHasher,
    Permission,
    PermissionRequiredMixin,
    User,
    UserPassesTestMixin,
    aauthenticate,
    alogin,
    alogout,
    aupdate_session_auth_hash,
    authenticate,
    login,
    login_not_required,
    login_required,
    logout,
    permission_required,
    update_session_auth_hash,
    user_logged_in,
    user_logged_out,
    user_login_failed,
    user_passes_test,
)
from manoir.bridge import run  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.exceptions import PermissionDenied, SynchronousOnlyOperation  # noqa: E402
from manoir.http import HttpResponse  # noqa: E402
from manoir.sessions import Session  # noqa: E402
from manoir.testing import AsyncClient, Client  # noqa: E402
from manoir.urls import path  # noqa: E402
from manoir.views import View  # noqa: E402

MIDDLEWARE = [
    "manoir.sessions.SessionMiddleware",
    "manoir.security.CsrfViewMiddleware",
    "manoir.auth.AuthenticationMiddleware",
]


def who(request):
    return HttpResponse(str(request.user))


async def awho(request):
    user = await request.auser()
    assert request.user is user
    return HttpResponse(str(user))


async def too_early(request):
    return HttpResponse(str(request.user))


def sign_in(request):
    user = authenticate(request, username=request.POST["username"], password=request.POST["password"])
    if user is None:
        return HttpResponse("no", status=403)
    login(request, user)
    return HttpResponse(str(request.user))


async def asign_in(request):
    user = await aauthenticate(request, username=request.POST["username"], password=request.POST["password"])
    if user is None:
        return HttpResponse("no", status=403)
    await alogin(request, user)
    return HttpResponse(str(request.user))


def sign_out(request):
    logout(request)
    return HttpResponse(str(request.user))


async def asign_out(request):
    await alogout(request)
    return HttpResponse(str(request.user))


def untouched(request):
    return HttpResponse("untouched")


async def change(request):
    user = await request.auser()
    await user.aset_password("changed")
    await user.asave()
    await aupdate_session_auth_hash(request, user)
    return HttpResponse("changed")


async def change_of_bob(request):
    """Somebody sets the password of somebody else, as an editor of users does."""
    bob = await User.objects.aget(username="bob")
    await bob.aset_password("changed")
    await bob.asave()
    await aupdate_session_auth_hash(request, bob)
    return HttpResponse("changed")


def change_of_bob_in_sync_code(request):
    bob = User.objects.get(username="bob")
    bob.set_password("changed")
    bob.save()
    update_session_auth_hash(request, bob)
    return HttpResponse("changed")


async def is_ada(user):
    return user.get_username() == "ada"


class Private(LoginRequiredMixin, View):
    def get(self, request):
        return HttpResponse(str(request.user))


class AsyncPrivate(LoginRequiredMixin, View):
    async def get(self, request):
        return HttpResponse(str(request.user))


class Adders(PermissionRequiredMixin, View):
    permission_required = "auth.add_group"

    async def get(self, request):
        return HttpResponse("added")


class OnlyAda(UserPassesTestMixin, View):
    def test_func(self):
        return self.request.user.get_username() == "ada"

    def get(self, request):
        return HttpResponse("ada")


urlpatterns = [
    path("sync/who/", who),
    path("async/who/", awho),
    path("too-early/", too_early),
    path("sync/in/", sign_in),
    path("async/in/", asign_in),
    path("sync/out/", sign_out),
    path("async/out/", asign_out),
    path("untouched/", login_not_required(untouched)),
    path("change/", change),
    path("sync/change-bob/", change_of_bob_in_sync_code),
    path("async/change-bob/", change_of_bob),
    path("sync/required/", login_required(who)),
    path("async/required/", login_required(awho)),
    path("elsewhere/", login_required(who, login_url="https://id.example/in/?a=1")),
    path("sync/adders/", permission_required("auth.add_group")(who)),
    path("async/adders/", permission_required(["auth.add_group"], raise_exception=True)(awho)),
    path("only-ada/", user_passes_test(is_ada)(who)),
    path("sync/class/", Private.as_view()),
    path("async/class/", AsyncPrivate.as_view()),
    path("class/adders/", Adders.as_view()),
    path("class/ada/", OnlyAda.as_view()),
]


@pytest.fixture(autouse=True)
def _site(database):
    with settings.override(ROOT_URLCONF="tests.auth.test_sign_in", MIDDLEWARE=MIDDLEWARE):
        yield


@pytest.fixture
def ada():
    return User.objects.create_user("ada", "ada@EXAMPLE.com", "secret")


@pytest.fixture(params=["sync", "async"])
def colour(request):
    return request.param


class Browser:
    def __init__(self, colour):
        self.client = Client() if colour == "sync" else AsyncClient()

    def __getattr__(self, name):
        def call(*args, **kwargs):
            answer = getattr(self.client, name)(*args, **kwargs)
            return run(answer) if hasattr(answer, "__await__") else answer

        return call


@pytest.fixture
def browser(colour):
    return Browser(colour)


ADA = {"username": "ada", "password": "secret"}


def test_signing_in_and_out(browser, colour, ada):
    assert browser.get(f"/{colour}/who/").content == b"AnonymousUser"
    assert browser.post(f"/{colour}/in/", ADA).content == b"ada"
    assert browser.get(f"/{colour}/who/").content == b"ada"
    assert browser.post(f"/{colour}/out/").content == b"AnonymousUser"
    assert browser.get(f"/{colour}/who/").content == b"AnonymousUser"
    assert Session.objects.count() == 0


def test_the_sign_in_is_noted(browser, colour, ada):
    browser.post(f"/{colour}/in/", ADA)
    assert User.objects.get().last_login is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "ada", "password": "Secret"},
        {"username": "ADA", "password": "secret"},
        {"username": "nobody", "password": "secret"},
        {"username": "ada\x00", "password": "secret"},
        {"username": "", "password": ""},
        {"username": "a" * 100_000, "password": "secret"},
    ],
)
def test_wrong_credentials_are_refused(browser, colour, ada, wrong):
    assert browser.post(f"/{colour}/in/", wrong).status_code == 403
    assert "sessionid" not in browser.client.cookies


def test_an_inactive_user_cannot_sign_in(browser, colour, ada):
    User.objects.update(is_active=False)
    assert browser.post(f"/{colour}/in/", ADA).status_code == 403
    with settings.override(AUTHENTICATION_BACKENDS=["manoir.auth.AllowAllUsersModelBackend"]):
        assert browser.post(f"/{colour}/in/", ADA).content == b"ada"


def test_the_session_of_before_is_worth_nothing(browser, colour, ada):
    """H04: session fixation."""
    session = browser.client.session
    session["planted"] = 1
    session.save()
    before = browser.client.cookies["sessionid"].value
    browser.post(f"/{colour}/in/", ADA)
    assert browser.client.cookies["sessionid"].value != before
    assert Session.objects.for_key(before).count() == 0
    assert browser.client.session["planted"] == 1


def test_somebody_elses_session_is_emptied(browser, colour, ada):
    """H04: what one person put in, the next does not find."""
    User.objects.create_user("bob", password="secret")
    browser.post(f"/{colour}/in/", {"username": "bob", "password": "secret"})
    session = browser.client.session
    session["of bob"] = 1
    session.save()
    browser.post(f"/{colour}/in/", ADA)
    assert "of bob" not in browser.client.session


@pytest.mark.parametrize("end", ["deactivate", "delete", "change password", "remove backend"])
def test_a_session_does_not_outlive_the_account(browser, colour, ada, end):
    """H35"""
    browser.post(f"/{colour}/in/", ADA)
    backends = settings.AUTHENTICATION_BACKENDS
    if end == "deactivate":
        User.objects.update(is_active=False)
    elif end == "delete":
        ada.delete()
    elif end == "change password":
        ada.set_password("other")
        ada.save()
    else:
        backends = ["manoir.auth.AllowAllUsersModelBackend"]
    with settings.override(AUTHENTICATION_BACKENDS=backends):
        assert browser.get(f"/{colour}/who/").content == b"AnonymousUser"


def test_changing_ones_password_keeps_this_browser_signed_in(browser, colour, ada):
    other = Browser(colour)
    other.post(f"/{colour}/in/", ADA)
    browser.post(f"/{colour}/in/", ADA)
    browser.post("/change/")
    assert browser.get(f"/{colour}/who/").content == b"ada"
    assert other.get(f"/{colour}/who/").content == b"AnonymousUser"


def test_changing_somebody_elses_password_touches_no_session(browser, colour, ada):
    """H04, H35: neither does it sign the editor out, nor bring an ended session of theirs to life."""
    User.objects.create_user("bob", password="secret")
    browser.post(f"/{colour}/in/", ADA)
    before = dict(browser.client.session.items()), browser.client.session.session_key
    browser.post(f"/{colour}/change-bob/")
    assert (dict(browser.client.session.items()), browser.client.session.session_key) == before
    assert browser.get(f"/{colour}/who/").content == b"ada"

    ended = Browser(colour)
    ended.post(f"/{colour}/in/", {"username": "bob", "password": "changed"})
    User.objects.filter(username="bob").update(password="!")
    ended.post(f"/{colour}/change-bob/")
    assert ended.get(f"/{colour}/who/").content == b"AnonymousUser"


def test_a_new_secret_key_with_the_old_one_as_fallback_keeps_people_signed_in(browser, colour, ada):
    browser.post(f"/{colour}/in/", ADA)
    new = "another-secret-" + "9876543210fedcba" * 3
    with settings.override(SECRET_KEY=new, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert browser.get(f"/{colour}/who/").content == b"ada"
    with settings.override(SECRET_KEY=new):
        assert browser.get(f"/{colour}/who/").content == b"ada"


def test_an_untouched_user_costs_no_query(browser, colour, ada, database):
    browser.post(f"/{colour}/in/", ADA)
    with database.execute_wrapper(lambda *args: pytest.fail("a query")):
        assert "Vary" not in browser.get("/untouched/").headers


def test_a_signed_in_user_costs_two_queries(browser, colour, ada, database):
    browser.post(f"/{colour}/in/", ADA)
    statements = []
    with database.observe(lambda event: statements.append(event.sql)):
        browser.get(f"/{colour}/who/")
    assert len(statements) == 2


def test_a_user_read_too_early_in_a_coroutine_names_the_cure(ada):
    with pytest.raises(SynchronousOnlyOperation, match=r"await request\.auser\(\)"):
        Client().get("/too-early/")


def test_without_its_middleware_the_user_names_the_cure(ada):
    with (
        settings.override(MIDDLEWARE=[]),
        pytest.raises(AttributeError, match=r"manoir\.auth\.AuthenticationMiddleware into MIDDLEWARE"),
    ):
        Client().get("/sync/who/")


@pytest.mark.parametrize("name", ["required", "class"])
def test_who_is_not_signed_in_is_sent_to_sign_in(browser, colour, ada, name):
    answer = browser.get(f"/{colour}/{name}/?a=1&b=2")
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next=/{colour}/{name}/%3Fa%3D1%26b%3D2")
    browser.force_login(ada) if colour == "sync" else run(browser.client.aforce_login(ada))
    assert browser.get(f"/{colour}/{name}/").content == b"ada"


def test_a_sign_in_elsewhere_gets_the_whole_address(browser, colour):
    assert browser.get("/elsewhere/")["Location"] == "https://id.example/in/?a=1&next=http%3A//testserver/elsewhere/"


def test_permissions_open_views(browser, colour, ada, permissions):
    browser.post(f"/{colour}/in/", ADA)
    assert browser.get("/sync/adders/").status_code == 302
    assert browser.get("/async/adders/").status_code == 403
    assert browser.get("/class/adders/").status_code == 403
    ada.user_permissions.add(Permission.objects.get(codename="add_group"))
    for address in ("/sync/adders/", "/async/adders/", "/class/adders/"):
        assert browser.get(address).status_code == 200


def test_tests_open_views(browser, colour, ada):
    for address in ("/only-ada/", "/class/ada/"):
        assert browser.get(address).status_code == 302
    browser.post(f"/{colour}/in/", ADA)
    for address in ("/only-ada/", "/class/ada/"):
        assert browser.get(address).status_code == 200


def test_a_sign_in_for_every_view(browser, colour, ada):
    with settings.override(MIDDLEWARE=[*MIDDLEWARE, "manoir.auth.LoginRequiredMiddleware"]):
        assert browser.get(f"/{colour}/who/")["Location"].startswith("/accounts/login/?next=")
        assert browser.get("/untouched/").content == b"untouched"


def test_identity_does_not_come_from_headers(browser, colour, ada):
    """C14"""
    for name in ("Remote-User", "Remote_User", "X-Remote-User", "X_REMOTE_USER", "Authorization"):
        assert browser.get(f"/{colour}/who/", headers={name: "ada"}).content == b"AnonymousUser"


async def test_the_test_client_signs_in(ada):
    client = AsyncClient()
    assert await client.alogin(username="ada", password="wrong") is False
    assert await client.alogin(**ADA) is True
    assert (await client.get("/async/who/")).content == b"ada"
    await client.alogout()
    assert (await client.get("/async/who/")).content == b"AnonymousUser"


def test_signals_tell_of_it(ada):
    told: list[tuple[str, object]] = []

    def inside(sender, request, user, **kwargs):
        told.append(("in", user))

    def outside(sender, request, user, **kwargs):
        told.append(("out", user))

    def failed(sender, credentials, **kwargs):
        told.append(("failed", credentials))

    user_logged_in.connect(inside)
    user_logged_out.connect(outside)
    user_login_failed.connect(failed)
    try:
        client = Client()
        client.post("/sync/in/", {"username": "ada", "password": "wrong"})
        client.post("/sync/in/", ADA)
        client.post("/sync/out/")
    finally:
        user_logged_in.disconnect(inside)
        user_logged_out.disconnect(outside)
        user_login_failed.disconnect(failed)
    # M11: the password is told to nobody.
    assert told == [("failed", {"username": "ada", "password": "********"}), ("in", ada), ("out", ada)]


class Refusing(BaseBackend):
    def authenticate(self, request, username=None, password=None):
        raise PermissionDenied


class ByToken(BaseBackend):
    async def aauthenticate(self, request, token=None):
        return await User.objects.afirst() if token == "t" else None


async def test_backends_are_asked_in_order(ada):
    here = "tests.auth.test_sign_in"
    with settings.override(AUTHENTICATION_BACKENDS=[f"{here}.ByToken", "manoir.auth.ModelBackend"]):
        assert (await aauthenticate(token="t")).backend == f"{here}.ByToken"
        assert (await aauthenticate(**ADA)).backend == "manoir.auth.ModelBackend"
    with settings.override(AUTHENTICATION_BACKENDS=[f"{here}.Refusing", "manoir.auth.ModelBackend"]):
        assert await aauthenticate(**ADA) is None


@pytest.mark.parametrize("state", ["known", "unknown", "inactive", "without a password"])
async def test_a_refusal_costs_one_hash_whoever_it_is(ada, monkeypatch, state):
    """H32: no name, no active account and no password answer sooner."""
    asked = []
    ada.is_active = state != "inactive"
    if state == "without a password":
        ada.set_unusable_password()
    await ada.asave()
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *args, **kwargs: asked.append(1) or encode(self, *args, **kwargs)
    )
    assert await aauthenticate(username="nobody" if state == "unknown" else "ada", password="wrong") is None
    assert len(asked) == 1


async def test_a_database_that_takes_names_for_the_same_signs_nobody_in(ada, monkeypatch):
    """C15: a collation without case or accents finds a row of another name."""

    async def loosely(self, username):
        return await self.aget(username="ada")

    monkeypatch.setattr(type(User.objects), "aget_by_natural_key", loosely)
    assert await aauthenticate(username="ada", password="secret") == ada
    for name in ("ADA", "\u00e1da", "ada\u200b", "ada "):
        assert await aauthenticate(username=name, password="secret") is None


async def test_lookalikes_are_nobody(ada):
    """C15: what a database might take for the same name is not."""
    for name in ("ADA", "\N{LATIN SMALL LETTER A WITH GRAVE}da", "ad\N{CYRILLIC SMALL LETTER A}"):
        assert await aauthenticate(username=name, password="secret") is None
    # Full-width letters are the same letters by NFKC, as when the account was made.
    wide = "\N{FULLWIDTH LATIN SMALL LETTER A}da"
    assert (await aauthenticate(username=wide, password="secret")) == ada


def test_anonymous_is_nobody():
    nobody = AnonymousUser()
    assert (nobody.is_authenticated, nobody.is_anonymous, nobody.pk, str(nobody)) == (
        False,
        True,
        None,
        "AnonymousUser",
    )
    assert nobody == AnonymousUser()
    assert nobody.has_perm("auth.add_group") is False
    assert nobody.get_all_permissions() == set()
    assert list(nobody.groups) == []
    with pytest.raises(TypeError, match="Nobody is signed in"):
        int(nobody)


assert AllowAllUsersModelBackend
