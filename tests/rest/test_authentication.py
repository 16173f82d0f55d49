"""Who asks: sessions with CSRF, passwords, tokens (H05, H07, H33)."""

from __future__ import annotations

import base64
import importlib
import io
from types import SimpleNamespace

import pytest

from manoir import rest
from manoir.apps import apps
from manoir.auth import User
from manoir.bridge import wait
from manoir.commands import call_command
from manoir.conf import settings
from manoir.db import connections
from manoir.exceptions import CommandError
from manoir.rest.authtoken import models, obtain_auth_token, serializers, views
from manoir.rest.authtoken.views import MOST_TOKENS
from manoir.rest.models import Token, digest_of
from manoir.testing import APIRequestFactory
from manoir.urls import path
from tests.models.tables import create_tables
from tests.rest.conftest import MIDDLEWARE, Caller

factory = APIRequestFactory()


class Who(rest.APIView):
    permission_classes = [rest.IsAuthenticated]

    def get(self, request):
        auth = request.auth
        return rest.Response(
            {"user": str(request.user), "auth": type(auth).__name__, "same": request._request.user == request.user}
        )

    async def post(self, request):
        return rest.Response({"user": str(request.user), "by": type(request.successful_authenticator).__name__})


class ByToken(Who):
    authentication_classes = [rest.TokenAuthentication]


class BySession(Who):
    authentication_classes = [rest.SessionAuthentication]


class ByBearer(rest.TokenAuthentication):
    keyword = "Bearer"


urlpatterns = [
    path("who/", Who.as_view()),
    path("token/", ByToken.as_view()),
    path("session/", BySession.as_view()),
    path("bearer/", Who.as_view(authentication_classes=[ByBearer, rest.SessionAuthentication])),
    path("get-token/", obtain_auth_token),
]


@pytest.fixture
def api(colour, people):
    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=MIDDLEWARE):
        yield Caller(colour)


def basic(text):
    return {"authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def test_basic(api):
    assert api.get("/who/", headers=basic("ann:ann-secret")).json() == {"user": "ann", "auth": "NoneType", "same": True}
    assert api.post("/who/", headers=basic("ann:ann-secret")).json() == {"user": "ann", "by": "BasicAuthentication"}


def test_guesses_of_passwords_are_throttled(api):
    """H31: the lockout of the pages to sign in holds for APIs."""
    with settings.override(LOGIN_FAILURE_LIMIT=2):
        for _ in range(2):
            assert api.get("/who/", headers=basic("ann:guess")).status_code == 403
        answer = api.get("/who/", headers=basic("ann:ann-secret"))
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60


def test_guesses_where_tokens_are_given_out_are_throttled(api):
    """H31"""
    right = {"username": "ann", "password": "ann-secret"}
    with settings.override(LOGIN_FAILURE_LIMIT=2):
        for _ in range(2):
            assert api.post("/get-token/", {**right, "password": "guess"}, format="json").status_code == 400
        assert api.post("/get-token/", right, format="json").status_code == 429


@pytest.mark.parametrize("address", ["/who/", "/get-token/"])
def test_guesses_are_counted_though_the_transaction_of_the_request_is_rolled_back(committing_database, colour, address):
    """H31: with ATOMIC_REQUESTS, too, at any view that takes a password."""
    for label in ("contenttypes", "auth", "rest"):
        wait(create_tables(committing_database, apps.get_app_config(label).get_models()))
    User.objects.create_user("ann", password="ann-secret")
    committing_database.settings_dict["ATOMIC_REQUESTS"] = True
    databases = {"default": {**settings.DATABASES["default"], "ATOMIC_REQUESTS": True}}
    options = {"ROOT_URLCONF": urlpatterns, "MIDDLEWARE": MIDDLEWARE, "LOGIN_FAILURE_LIMIT": 2}
    with settings.override(DATABASES=databases, **options), connections.using("default", committing_database):
        api = Caller(colour)
        for _ in range(2):
            answer = api.post(address, {"username": "ann", "password": "x"}, format="json", headers=basic("ann:x"))
            assert answer.status_code in (400, 403)
        right = {"username": "ann", "password": "ann-secret"}
        assert api.post(address, right, format="json", headers=basic("ann:ann-secret")).status_code == 429


class ByHeader(rest.RemoteUserAuthentication):
    header = "HTTP_X_STAFF"


def test_whom_a_trusted_proxy_names(api):
    """C14: the header counts from TRUSTED_PROXIES only."""
    view = Who.as_view(authentication_classes=[ByHeader])
    backends = ["manoir.auth.RemoteUserBackend", "manoir.auth.ModelBackend"]
    with settings.override(ROOT_URLCONF=[path("staff/", view)], AUTHENTICATION_BACKENDS=backends):
        assert api.get("/staff/", headers={"X-Staff": "ann"}).status_code == 403
        with settings.override(TRUSTED_PROXIES=["127.0.0.1"]):
            assert api.get("/staff/", headers={"X-Staff": "ann"}).json()["user"] == "ann"
            assert api.get("/staff/", headers={"Staff": "ann"}).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic a b",
        "Basic !!!",
        "Basic " + base64.b64encode(b"nocolon").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "Basic " + base64.b64encode(b"ann:wrong").decode(),
        "Basic " + base64.b64encode(b"nobody:x").decode(),
    ],
)
def test_wrong_basic_credentials(api, header):
    """The first authenticator of the view is the session's, which has no challenge: so 403, as documented."""
    answer = api.get("/who/", headers={"authorization": header})
    assert answer.status_code == 403


def test_unknown_users_and_wrong_passwords_get_the_same_answer(api):
    """H33."""
    answers = [api.get("/who/", headers=basic(text)) for text in ("ann:wrong", "nobody:wrong", "ann:")]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1


def test_401_with_a_challenge_or_403_without(api):
    answer = api.get("/token/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert answer.json() == {"detail": "Sign in first: no credentials were sent."}
    answer = api.get("/session/")
    assert (answer.status_code, answer.has_header("WWW-Authenticate")) == (403, False)
    wrong = api.get("/token/", headers={"authorization": "Token nonsense"})
    assert (wrong.status_code, wrong["WWW-Authenticate"]) == (401, "Token")


def test_tokens(api, people):
    token = Token.objects.create(user=people.ann.user)
    answer = api.get("/token/", headers={"authorization": f"Token {token.key}"})
    assert answer.json() == {"user": "ann", "auth": "Token", "same": True}
    assert api.get("/bearer/", headers={"authorization": f"Bearer {token.key}"}).status_code == 200
    assert api.get("/bearer/", headers={"authorization": f"Token {token.key}"}).status_code == 401
    people.ann.user.is_active = False
    people.ann.user.save()
    assert api.get("/token/", headers={"authorization": f"Token {token.key}"}).status_code == 401


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token " + "x" * 5_000, "Token é", "token "])
def test_malformed_tokens_are_401(api, header):
    assert api.get("/token/", headers={"authorization": header}).status_code == 401


def test_a_key_is_shown_once_and_stored_as_a_hash(api, people):
    """H05: a leaked table is no set of keys."""
    token = Token.objects.create(user=people.ann.user, name="script")
    assert token.key is not None
    again = Token.objects.get(pk=token.pk)
    assert (again.key, again.digest, str(again)) == (None, digest_of(token.key), "script")
    assert token.key not in repr(vars(again))
    assert api.get("/token/", headers={"authorization": f"Token {again.digest}"}).status_code == 401


def test_getting_a_token(api, people):
    answer = api.post("/get-token/", {"username": "ann", "password": "ann-secret"}, format="json")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    key = answer.json()["token"]
    assert api.get("/token/", headers={"authorization": f"Token {key}"}).json()["user"] == "ann"
    wrong = api.post("/get-token/", {"username": "ann", "password": "x"}, format="json")
    assert (wrong.status_code, wrong.json()) == (400, {"non_field_errors": ["The user name or the password is wrong."]})
    assert set(api.post("/get-token/", {}, format="json").json()) == {"username", "password"}


def test_the_documented_modules_have_the_view_and_the_tokens():
    assert views.obtain_auth_token is obtain_auth_token
    assert (models.Token, serializers.AuthTokenSerializer) == (Token, views.ObtainAuthToken.serializer_class)


def test_a_token_that_is_there_has_no_key_to_give(people):
    """A project's view would answer with null: the documented `get_or_create` of other frameworks is told."""
    for tokens in (Token.objects, people.ann.user.auth_tokens):
        with pytest.raises(TypeError, match=r"no key to give .* Token\.objects\.create\(user=user\)"):
            tokens.get_or_create(user=people.ann.user)
    assert not Token.objects.exists()


def test_the_oldest_tokens_go(api, people):
    """H56: signing in for ever does not fill the table."""
    first = Token.objects.create(user=people.ann.user)
    Token.objects.create(user=people.bob.user)
    for _ in range(MOST_TOKENS):
        api.post("/get-token/", {"username": "ann", "password": "ann-secret"}, format="json")
    assert Token.objects.filter(user=people.ann.user).count() == MOST_TOKENS
    assert not Token.objects.filter(pk=first.pk).exists()
    assert Token.objects.filter(user=people.bob.user).count() == 1


async def test_create_token_prints_the_key_once(people):
    out, err = io.StringIO(), io.StringIO()
    await User.objects.aget(username="ann")
    from manoir.bridge import to_thread

    await to_thread(call_command, "create_token", "ann", name="cron", stdout=out, stderr=err)
    key = out.getvalue().strip()
    token = await Token.objects.afor_key(key)
    assert token is not None
    assert (token.name, token.user.username) == ("cron", "ann")
    await to_thread(call_command, "create_token", "ann", reset=True, stdout=out, stderr=err)
    assert await Token.objects.filter(user__username="ann").acount() == 1
    with pytest.raises(CommandError, match="no user 'zoe'"):
        await to_thread(call_command, "create_token", "zoe", stdout=out, stderr=err)


def test_session(api, people):
    api.login(people.ann.user)
    assert api.get("/session/").json()["user"] == "ann"


EVIL = "https://evil.example"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site", "origin": EVIL}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": EVIL}, False),
        ({"origin": "null"}, False),
        ({}, False),
        ({"origin": "http://testserver"}, False),
        ({"x-requested-with": "XMLHttpRequest"}, False),
        ({"content-type": "text/plain"}, False),
    ],
)
def test_sessions_are_checked_for_forgery(colour, people, headers, allowed):
    """H07: origin and content type table; the view is exempt from the middleware, the authenticator checks."""
    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=MIDDLEWARE):
        api = Caller(colour, enforce_csrf_checks=True)
        api.login(people.ann.user)
        answer = api.post("/session/", {"a": 1}, format="json", headers=headers)
        assert answer.status_code == (200 if allowed else 403)
        if not allowed:
            assert answer.json()["detail"].startswith("CSRF:")


def test_tokens_and_passwords_need_no_csrf_token(colour, people):
    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=MIDDLEWARE):
        api = Caller(colour, enforce_csrf_checks=True)
        key = Token.objects.create(user=people.ann.user).key
        assert api.post("/token/", headers={"authorization": f"Token {key}", "origin": EVIL}).status_code == 200
        assert api.post("/who/", headers=basic("ann:ann-secret")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"origin": "http://testserver"}, 200),
        ({"sec-fetch-site": "same-site", "origin": "https://app.example"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": EVIL}, 403),
        ({"origin": EVIL}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
    ],
)
@pytest.mark.parametrize("kind", ["password", "server in front"])
def test_credentials_that_a_browser_adds_by_itself_are_not_for_other_sites(colour, people, headers, status, kind):
    """H07: a browser that knows a password sends it with the form of any page; programs say no origin."""
    view = Who.as_view(authentication_classes=[ByHeader, rest.BasicAuthentication])
    credentials = basic("ann:ann-secret") if kind == "password" else {"X-Staff": "ann"}
    project = {
        "ROOT_URLCONF": [path("", view)],
        "MIDDLEWARE": [],
        "CSRF_TRUSTED_ORIGINS": ["https://app.example"],
        "TRUSTED_PROXIES": ["127.0.0.1"],
        "AUTHENTICATION_BACKENDS": ["manoir.auth.RemoteUserBackend", "manoir.auth.ModelBackend"],
    }
    with settings.override(**project):
        api = Caller(colour, enforce_csrf_checks=True)
        answer = api.post("/", "a=1", content_type="text/plain", headers={**credentials, **headers})
        assert answer.status_code == status
        assert status == 200 or answer.json()["detail"].startswith("CSRF:")
        assert api.get("/", headers={**credentials, **headers}).status_code == 200


def test_authenticators_of_either_colour():
    class Sync(rest.BaseAuthentication):
        def authenticate(self, request):
            return None

    class Async(rest.BaseAuthentication):
        async def aauthenticate(self, request):
            name = request.headers.get("x-name")
            return (User(username=name), "by name") if name else None

    view = Who.as_view(authentication_classes=[Sync, Async])
    assert view(factory.get("/", headers={"x-name": "zoe"})).data == {"user": "zoe", "auth": "str", "same": True}
    assert view(factory.get("/")).status_code == 403


def test_credentials_and_force_authenticate_of_the_client(api, people):
    key = Token.objects.create(user=people.ann.user).key
    api.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    assert api.get("/token/").json()["user"] == "ann"
    api.credentials()
    assert api.get("/token/").status_code == 401
    api.force_authenticate(user=people.bob.user, token="t")
    assert api.get("/token/").json() == {"user": "bob", "auth": "str", "same": True}
    api.force_authenticate()
    assert api.get("/token/").status_code == 401


def test_an_error_of_an_authenticator_never_falls_back_to_the_sessions_user():
    """H07: an AttributeError inside of authenticate() is no missing attribute of the request."""

    class Broken(rest.BaseAuthentication):
        def authenticate(self, request):
            return request.nothing

    class Lazy(rest.APIView):
        authentication_classes = [Broken]
        permission_classes = []

        def perform_authentication(self, request):
            pass

        def get(self, request):
            return rest.Response(str(request.user))

    request = factory.get("/")
    request.user = User(username="of the session")
    with pytest.raises(RuntimeError, match="error of its own"):
        Lazy.as_view()(request)


# -- what ends tokens (H35) -------------------------------------------------------------------------------------------


def test_a_new_password_ends_tokens(api, people):
    """H35: as it ends sessions; a token of the new password works, and others go on."""
    mine, other = (Token.objects.create(user=one.user).key for one in (people.ann, people.bob))
    people.ann.user.set_password("another-secret")
    people.ann.user.save()
    assert api.get("/token/", headers={"authorization": f"Token {mine}"}).status_code == 401
    assert api.get("/token/", headers={"authorization": f"Token {other}"}).status_code == 200
    again = Token.objects.create(user_id=people.ann.user.pk).key
    assert api.get("/token/", headers={"authorization": f"Token {again}"}).status_code == 200


def test_a_token_that_was_not_saved_by_save_is_worth_nothing(api, people):
    """H35: rows that other ways have written say for which password they are, or do not count."""
    token = Token(user=people.ann.user)
    Token.objects.bulk_create([token])
    assert Token.objects.for_key(token.key) is None


def test_deleting_a_user_ends_tokens(api, people):
    """H35"""
    key = Token.objects.create(user=people.ann.user).key
    people.ann.user.delete()
    assert api.get("/token/", headers={"authorization": f"Token {key}"}).status_code == 401


def test_a_new_secret_key_keeps_tokens_of_the_older_one(people):
    key, before = Token.objects.create(user=people.ann.user).key, settings.SECRET_KEY
    with settings.override(SECRET_KEY="n" * 50):
        assert Token.objects.for_key(key) is None
    with settings.override(SECRET_KEY="n" * 50, SECRET_KEY_FALLBACKS=[before]):
        assert Token.objects.for_key(key).user == people.ann.user


def test_a_revoked_token_has_ended_and_revoking_nothing_is_an_error(api, people):
    """H35: nobody believes that a token has ended that was not even found."""
    first, second = (Token.objects.create(user=people.ann.user) for _ in range(2))
    first.revoke()
    Token.objects.revoke(second.key)
    for token in (first, second):
        assert api.get("/token/", headers={"authorization": f"Token {token.key}"}).status_code == 401
        with pytest.raises(Token.DoesNotExist, match="none was removed"):
            token.revoke()
        with pytest.raises(Token.DoesNotExist, match="none was removed"):
            Token.objects.revoke(token.key)


def test_tokens_of_before_are_tied_to_the_password_of_today(people):
    """H35: the migration fills in what older tokens do not say."""
    migration = importlib.import_module("manoir.rest.migrations.0002_token_epoch")
    token = Token.objects.create(user=people.ann.user)
    Token.objects.update(epoch="")
    assert Token.objects.for_key(token.key) is None
    editor = SimpleNamespace(connection=SimpleNamespace(alias="default"))
    wait(migration.note_epochs(apps, editor))
    assert Token.objects.for_key(token.key).user == people.ann.user
