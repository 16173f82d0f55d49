"""Exchanging refresh tokens: many at a time, and what one statement decides (A7, N16)."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

import pytest

from manoir.apps import apps
from manoir.auth import User
from manoir.bridge import run, to_thread, wait
from manoir.commands import call_command
from manoir.conf import settings
from manoir.db import connections
from manoir.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from manoir.rest import jwt
from manoir.rest.jwt.models import BlacklistedToken, OutstandingToken
from manoir.testing import AsyncAPIClient, CaptureQueriesContext
from manoir.timezone import now
from tests.models.tables import create_tables
from tests.rest.conftest import MIDDLEWARE
from tests.rest.jwt.conftest import ROTATING, simple_jwt, urlpatterns

ROOM = ("contenttypes", "auth", "rest_jwt")


@pytest.fixture
def ann(committing_database):
    for label in ROOM:
        wait(create_tables(committing_database, apps.get_app_config(label).get_models()))
    return User.objects.create_user("ann", password="ann-secret")


async def exchange(token):
    try:
        return await (await jwt.RefreshToken.aread(token)).arotate()
    except jwt.TokenError as error:
        return error


@pytest.mark.parametrize("times", [2, 8])
def test_of_many_who_exchange_one_token_at_a_time_one_succeeds_and_the_family_ends(ann, times):
    """N16: one success, one family that has ended, on each database."""

    async def race():
        text = str(await jwt.RefreshToken.afor_user(ann))
        return await asyncio.gather(*[exchange(text) for _ in range(times)])

    answers = run(race())
    assert [type(one) for one in answers].count(jwt.RefreshToken) == 1
    assert BlacklistedToken.objects.count() == 1
    winner = next(one for one in answers if isinstance(one, jwt.RefreshToken))
    with pytest.raises(jwt.TokenError, match="blacklisted"):
        jwt.RefreshToken(str(winner))


def test_two_statements_that_pass_the_check_together_are_told_apart(ann):
    """Both have read the token as the newest one before either exchanges it."""

    async def race():
        text = str(await jwt.RefreshToken.afor_user(ann))
        both = [await jwt.RefreshToken.aread(text) for _ in range(2)]
        return await asyncio.gather(*[one.arotate() for one in both], return_exceptions=True)

    answers = run(race())
    assert sorted(type(one).__name__ for one in answers) == ["RefreshToken", "ReusedTokenError"]
    assert BlacklistedToken.objects.count() == 1


def test_two_clients_at_a_time(ann):
    """N16: by HTTP, as a thief and the owner do it."""

    async def race():
        text = str(await jwt.RefreshToken.afor_user(ann))
        client = AsyncAPIClient()
        asked = [client.post("/token/refresh/", {"refresh": text}, format="json") for _ in range(2)]
        first = await asyncio.gather(*asked)
        kept = next(answer.json()["refresh"] for answer in first if answer.status_code == 200)
        second = await client.post("/token/refresh/", {"refresh": kept}, format="json")
        return sorted(answer.status_code for answer in first), second.status_code

    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=MIDDLEWARE), simple_jwt(**ROTATING):
        assert run(race()) == ([200, 401], 401)


def test_the_end_of_a_family_stays_though_the_answer_is_an_error(ann):
    """With ATOMIC_REQUESTS a refusal rolls back; what it found out must not be rolled back with it."""
    token = str(jwt.RefreshToken.for_user(ann))
    newest = str(run(exchange(token)))

    async def reuse():
        client = AsyncAPIClient()
        return [await client.post("/token/refresh/", {"refresh": one}, format="json") for one in (token, newest)]

    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=MIDDLEWARE), atomic_requests():
        assert [answer.status_code for answer in run(reuse())] == [401, 401]
    assert BlacklistedToken.objects.count() == 1


def test_guesses_are_counted_though_the_answer_is_an_error(ann):
    """H31: the same for failed sign-ins."""

    async def guess():
        client = AsyncAPIClient()
        sent = {"username": "ann", "password": "guess"}
        return [(await client.post("/token/", sent, format="json")).status_code for _ in range(3)]

    options = {"ROOT_URLCONF": urlpatterns, "MIDDLEWARE": MIDDLEWARE, "LOGIN_FAILURE_LIMIT": 2}
    with settings.override(**options), atomic_requests():
        assert run(guess()) == [401, 401, 429]


@contextmanager
def atomic_requests():
    """ATOMIC_REQUESTS on the database of the test."""
    connection = connections["default"]
    databases = {"default": {**settings.DATABASES["default"], "ATOMIC_REQUESTS": True}}
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        with settings.override(DATABASES=databases), connections.using("default", connection):
            yield
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False


def test_an_exchange_is_one_statement(people):
    with simple_jwt(**ROTATING):
        token = jwt.RefreshToken.for_user(people.ann.user)
        with CaptureQueriesContext(connections["default"]) as queries:
            token.rotate()
    assert [query["sql"].split()[0] for query in queries.captured_queries] == ["UPDATE"]


def test_a_family_keeps_one_row(people):
    token = jwt.RefreshToken.for_user(people.ann.user)
    for _ in range(3):
        token = token.rotate()
    row = OutstandingToken.objects.get()
    assert (row.jti, row.family, row.user_id) == (token["jti"], token["family"], people.ann.user.pk)
    assert int(row.expires_at.timestamp()) == token["exp"]


def test_a_token_that_was_blacklisted_after_it_was_read_is_not_exchanged(people):
    """H35: signing out and refreshing at the same time."""
    token = jwt.RefreshToken.for_user(people.ann.user)
    jwt.RefreshToken(str(token)).blacklist()
    with pytest.raises(jwt.TokenError, match="blacklisted"):
        token.rotate()
    assert OutstandingToken.objects.get().jti == token["jti"]


def test_the_table_holds_no_token(people):
    text = str(jwt.RefreshToken.for_user(people.ann.user))
    row = OutstandingToken.objects.values().get()
    assert not any(text in str(value) or text.split(".")[2] in str(value) for value in row.values())


def test_a_token_of_nobody_is_written_when_it_is_blacklisted(database):
    token = jwt.RefreshToken()
    row, made = token.blacklist()
    assert (made, row.token.user_id, token.blacklist()[1]) == (True, None, False)
    with pytest.raises(jwt.TokenError):
        token.check_blacklist()


def test_outstand_finds_the_user(people):
    token = jwt.RefreshToken()
    token["user_id"] = str(people.ann.user.pk)
    row, made = token.outstand()
    assert (made, row.user_id) == (True, people.ann.user.pk)
    assert token.outstand() == (row, False)
    jwt.RefreshToken(str(token))


def test_in_a_coroutine_the_error_names_what_to_await(people):
    text = str(jwt.RefreshToken.for_user(people.ann.user))

    async def view():
        with pytest.raises(SynchronousOnlyOperation, match=r"await RefreshToken\.aread"):
            jwt.RefreshToken(text)
        token = await jwt.RefreshToken.aread(text)
        await token.acheck_blacklist()
        await token.ablacklist()
        with pytest.raises(jwt.TokenError):
            await jwt.RefreshToken.aread(text)

    run(view())


def test_rows_go_with_their_user(people):
    jwt.RefreshToken.for_user(people.ann.user).blacklist()
    User.objects.filter(pk=people.ann.user.pk).delete()
    assert (OutstandingToken.objects.count(), BlacklistedToken.objects.count()) == (0, 0)


def test_expired_tokens_are_flushed(people, capsys):
    old, new = (jwt.RefreshToken.for_user(people.ann.user) for _ in range(2))
    old.blacklist()
    OutstandingToken.objects.filter(jti=old["jti"]).update(expires_at=now())
    call_command("flushexpiredtokens")
    assert capsys.readouterr().out == "Removed 1 expired token.\n"
    assert OutstandingToken.objects.get().jti == new["jti"]
    assert not BlacklistedToken.objects.exists()


@pytest.fixture
def unrecorded(monkeypatch):
    """A project without the table."""
    known = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda name: name != "manoir.rest.jwt" and known(name))


def test_without_the_table_tokens_just_expire(unrecorded, people):
    token = jwt.RefreshToken.for_user(people.ann.user)
    assert not OutstandingToken.objects.exists()
    again = jwt.RefreshToken(str(token)).rotate()
    assert again["jti"] != token["jti"]
    assert "family" not in again
    jwt.RefreshToken(str(token)).check_blacklist()
    for ask in (token.blacklist, token.outstand):
        with pytest.raises(ImproperlyConfigured, match="to INSTALLED_APPS"):
            ask()


def test_threads_exchange_as_coroutines_do(ann):
    """The sync twins race as well."""
    text = str(jwt.RefreshToken.for_user(ann))
    barrier = threading.Barrier(2, timeout=20)

    def swap():
        token = jwt.RefreshToken(text)
        barrier.wait()
        try:
            return token.rotate()
        except jwt.TokenError as error:
            return error

    async def both():
        return await asyncio.gather(to_thread(swap), to_thread(swap))

    assert sorted(type(one).__name__ for one in run(both())) == ["RefreshToken", "ReusedTokenError"]
