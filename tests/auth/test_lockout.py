from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import manoir

manoir.setup()

from manoir.auth import (  # noqa: E402
    ModelBackend,
    Permission,
    SignInFailure,
    User,
    aauthenticate,
    aclear_failures,
    authenticate,
    clear_failures,
    locked_until,
    user_login_failed,
)
from manoir.auth import _lockout as lockout  # noqa: E402
from manoir.auth._failures import acount_try, agive_back, failure_key  # noqa: E402
from manoir.auth._places import account_key, address_of  # noqa: E402
from manoir.bridge import run, wait  # noqa: E402
from manoir.commands import call_command  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.exceptions import CommandError  # noqa: E402
from manoir.testing import AsyncClient, Client, RequestFactory  # noqa: E402
from manoir.urls import include, path  # noqa: E402
from tests.models.tables import create_tables  # noqa: E402

urlpatterns = [path("accounts/", include("manoir.auth.urls"))]
LOGIN = "/accounts/login/"
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
ELSEWHERE = "203.0.113."


@pytest.fixture(autouse=True)
def _site():
    with settings.override(
        ROOT_URLCONF="tests.auth.test_lockout",
        MIDDLEWARE=[
            "manoir.sessions.SessionMiddleware",
            "manoir.security.CsrfViewMiddleware",
            "manoir.auth.AuthenticationMiddleware",
        ],
        TEMPLATES=[{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True}],
        LOGIN_FAILURE_LIMIT=5,
        LOGIN_FAILURE_LIMIT_PER_ADDRESS=20,
    ):
        yield


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        moment = NOON

        def later(self, **amount):
            self.moment += timedelta(**amount)

    clock = Clock()
    monkeypatch.setattr(lockout, "now", lambda: clock.moment)
    monkeypatch.setattr("manoir.auth.forms._sign_in.now", lambda: clock.moment)
    monkeypatch.setattr("manoir.auth.views._sign_in.now", lambda: clock.moment)
    return clock


@pytest.fixture
def ada(database):
    return User.objects.create_user("ada", "ada@example.com", "secret")


@pytest.fixture(params=["sync", "async"])
def guess(request, ada):
    """Calls authenticate() in one colour, from an address; the request of the last guess is `guess.request`."""

    def attempt(name="ada", password="wrong", address=ELSEWHERE + "1", **headers):
        attempt.request = RequestFactory(REMOTE_ADDR=address).post("/", headers=headers)
        if request.param == "sync":
            return authenticate(attempt.request, username=name, password=password)
        return run(aauthenticate(attempt.request, username=name, password=password))

    return attempt


def sign_in(client, password="secret", name="ada", address=ELSEWHERE + "1"):
    return client.post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address)


# -- accounts ---------------------------------------------------------------------------------------------------------


def test_an_account_bears_so_many_guesses(guess, clock):
    """H31"""
    for number in range(5):
        assert guess(address=f"{ELSEWHERE}{number}") is None
        assert locked_until(guess.request) is None
    assert guess(password="secret", address=f"{ELSEWHERE}9") is None
    assert locked_until(guess.request) == NOON + timedelta(minutes=1)


def test_a_hundred_spellings_are_one_account(guess, clock):
    """H31"""
    letters = ["a", "A", "á", "Á", "à", "ä", "ａ", "Ａ", "\u0430", "\u03b1", "ａ\u0301", " a"]
    spellings = [f"{first}d{last}" for first in letters for last in letters][:100]
    assert len(set(spellings)) == 100
    checked = 0
    for number, name in enumerate(spellings):
        guess(name, address=f"198.51.100.{number}")
        checked += locked_until(guess.request) is None
    assert checked == 5


@given(st.text(max_size=400))
def test_any_name_has_one_form(name):
    form = account_key(name)
    assert len(form) <= 320
    assert account_key(form.upper()) == account_key(form.upper().lower())


def test_names_that_nobody_has_are_locked_as_well(guess, clock):
    """H33: a lock tells nothing of the account."""
    told = []
    for name in ("ada", "nobody"):
        for number in range(6):
            guess(name, address=f"{ELSEWHERE}{number}")
        told.append(locked_until(guess.request))
    assert told[0] == told[1] != None  # noqa: E711


def test_each_further_failure_doubles_the_lock_up_to_an_hour(guess, clock):
    for _ in range(5):
        guess()
    minutes = []
    for _ in range(8):
        guess()
        until = locked_until(guess.request)
        minutes.append((until - clock.moment).total_seconds() / 60)
        clock.moment = until
        guess()
        assert locked_until(guess.request) is None
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]


def test_guesses_during_a_lock_do_not_prolong_it(guess, clock):
    for _ in range(5):
        guess()
    for _ in range(10):
        clock.later(seconds=5)
        guess()
        assert locked_until(guess.request) == NOON + timedelta(minutes=1)
    clock.later(seconds=11)
    assert guess(password="secret") is not None


def test_a_sign_in_clears_the_count(guess, clock):
    for _ in range(3):
        for _ in range(4):
            guess()
        assert guess(password="secret") is not None
    assert not SignInFailure.objects.filter(kind__in=["account", "place"]).exists()


def test_a_count_is_forgotten_after_a_day(guess, clock):
    for _ in range(3):
        for _ in range(4):
            guess()
        clock.later(days=1, seconds=1)
    assert guess(password="secret") is not None


def test_nothing_is_counted_where_the_settings_say_so(guess, clock):
    with settings.override(LOGIN_FAILURE_LIMIT=None):
        for _ in range(30):
            guess()
        assert guess(password="secret") is not None
    assert not SignInFailure.objects.exists()


def test_without_a_request_accounts_are_counted(ada, clock):
    for _ in range(5):
        assert authenticate(username="ada", password="wrong") is None
    assert authenticate(username="ada", password="secret") is None
    assert authenticate(username="bob", password="secret") is None
    assert clear_failures(account="ADA") == 1
    assert authenticate(username="ada", password="secret") == ada


def test_whoever_listens_hears_of_locks(guess, clock):
    heard = []

    def listen(sender, credentials, request, locked_until, **kwargs):
        heard.append((credentials["password"], locked_until))

    user_login_failed.connect(listen)
    try:
        for _ in range(6):
            guess()
    finally:
        user_login_failed.disconnect(listen)
    assert heard == [("********", None)] * 5 + [("********", NOON + timedelta(minutes=1))]


def test_the_table_tells_nobody_who_tried_what(guess, clock):
    """M11: people type passwords where names belong."""
    guess("my secret password")
    told = "".join(f"{row.key}{row.kind}{row}" for row in SignInFailure.objects.all())
    assert "secret" not in told
    assert ELSEWHERE not in told
    with settings.override(SECRET_KEY="another-" + "0123456789abcdef" * 3):
        assert failure_key("account", "ada") != told[:64]


# -- addresses --------------------------------------------------------------------------------------------------------


def test_an_address_bears_so_many_guesses_whatever_the_accounts(guess, clock):
    """H31: one password, many accounts."""
    for number in range(20):
        guess(f"somebody{number}")
        assert locked_until(guess.request) is None
    guess("ada", "secret")
    assert locked_until(guess.request) is not None
    assert guess("ada", "secret", address="198.51.100.1") is not None


def test_an_attacker_with_an_account_does_not_start_anew(guess, clock):
    """H31: signing in gives the address back one attempt, not all."""
    User.objects.create_user("mallory", password="own")
    tried = 0
    for number in range(40):
        guess(f"somebody{number}")
        tried += locked_until(guess.request) is None
        guess("mallory", "own")
    assert tried == 20


def test_a_locked_address_does_not_lock_accounts(guess, clock):
    for number in range(20):
        guess(f"somebody{number}")
    for _ in range(10):
        guess("ada")
    assert guess("ada", "secret", address="198.51.100.1") is not None


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("203.0.113.1", "203.0.113.2", False),
    ],
)
def test_what_one_client_has_is_one_address(first, second, same):
    addresses = [address_of(RequestFactory(REMOTE_ADDR=address).get("/")) for address in (first, second)]
    assert (addresses[0] == addresses[1]) is same


def test_forwarded_addresses_count_from_trusted_proxies_only(guess, clock):
    """H30: another X-Forwarded-For each time changes nothing."""
    public = "9.9.9.9"
    for number in range(20):
        guess(f"somebody{number}", address=public, **{"x-forwarded-for": f"198.51.100.{number}"})
    guess("ada", "secret", address=public)
    assert locked_until(guess.request) is not None
    with settings.override(TRUSTED_PROXIES=[public]):
        assert guess("ada", "secret", address=public, **{"x-forwarded-for": "198.51.100.77"}) is not None


def test_a_proxy_that_nobody_named_does_not_lock_the_site(guess, clock):
    for number in range(40):
        guess(f"somebody{number}", address="10.0.0.1", **{"x-forwarded-for": "198.51.100.1"})
    assert guess("ada", "secret", address="10.0.0.1", **{"x-forwarded-for": "198.51.100.2"}) is not None
    assert not SignInFailure.objects.filter(kind="address").exists()


# -- the owner --------------------------------------------------------------------------------------------------------


def test_strangers_do_not_lock_out_who_was_here_before(ada, clock):
    """H31: the browser of an earlier sign-in, at another address."""
    mine = Client()
    assert sign_in(mine).status_code == 302
    mine.post("/accounts/logout/")
    for number in range(30):
        sign_in(Client(), "wrong", address=f"198.51.100.{number}")
    assert sign_in(Client(), address="192.0.2.200").status_code == 429
    assert sign_in(mine, address="192.0.2.201").status_code == 302


def test_an_address_that_the_account_was_used_from_is_familiar(guess, clock):
    assert guess(password="secret") is not None
    for number in range(10, 20):
        guess(address=f"{ELSEWHERE}{number}")
    assert guess(password="secret", address="198.51.100.1") is None
    assert guess(password="secret") is not None
    clock.later(days=91)
    for number in range(10, 20):
        guess(address=f"{ELSEWHERE}{number}")
    assert guess(password="secret") is None


def test_a_familiar_place_bears_no_more_guesses(ada, clock):
    """H31: with the cookie of a sign-in, or at the address of one."""
    client = Client()
    sign_in(client)
    answers = [sign_in(client, "wrong").status_code for _ in range(10)]
    assert answers == [200] * 5 + [429] * 5
    assert sign_in(client).status_code == 429


def test_the_cookie_is_for_one_account_and_nobody_invents_it(ada, clock):
    User.objects.create_user("bob", password="secret")
    client = Client()
    sign_in(client, name="bob")
    cookie = client.cookies["known_device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert "bob" not in cookie.value
    for number in range(6):
        sign_in(Client(), "wrong", address=f"198.51.100.{number}")
    assert sign_in(client, address="192.0.2.200").status_code == 429
    for invented in ("x", "a.b:c", cookie.value[:-1], "z" * 5_000):
        client.cookies["known_device"] = invented
        assert sign_in(client, address="192.0.2.200").status_code == 429


def test_a_familiar_client_may_sign_many_requests_at_once(committed, clock):
    """Basic authentication: thirty requests at a time, each with the right password."""
    request = RequestFactory(REMOTE_ADDR=ELSEWHERE + "1").get("/")

    async def burst():
        assert await aauthenticate(request, username="ada", password="secret") is not None
        return await asyncio.gather(*(aauthenticate(request, username="ada", password="secret") for _ in range(30)))

    assert None not in run(burst())


class Patient(ModelBackend):
    """Takes long over what is right, as a hash of a password does."""

    begun, go_on = asyncio.Event(), asyncio.Event()

    async def aauthenticate(self, request, username=None, password=None, **kwargs):
        if password == "secret":
            self.begun.set()
            await self.go_on.wait()
        return await super().aauthenticate(request, username=username, password=password, **kwargs)


@pytest.mark.parametrize("wrong", [4, 5, 12])
def test_guesses_at_once_in_a_familiar_place_are_no_more_guesses(committed, clock, monkeypatch, wrong):
    """H31, H47: what is right counts for nothing when too many have failed since it began."""
    monkeypatch.setattr(Patient, "begun", asyncio.Event())
    monkeypatch.setattr(Patient, "go_on", asyncio.Event())
    request, right = (RequestFactory(REMOTE_ADDR=ELSEWHERE + "1").get("/") for _ in range(2))

    async def burst():
        assert await aauthenticate(right, username="ada", password="secret") is not None
        with settings.override(AUTHENTICATION_BACKENDS=["tests.auth.test_lockout.Patient"]):
            waiting = asyncio.ensure_future(aauthenticate(right, username="ada", password="secret"))
            await Patient.begun.wait()
            for number in range(wrong):
                await aauthenticate(request, username="ada", password=f"wrong {number}")
            Patient.go_on.set()
            return await waiting

    found = run(burst())
    assert (found is None, locked_until(right) is None) == ((False, True) if wrong < 5 else (True, False))


async def test_a_sign_in_at_a_familiar_place_costs_two_queries_more(database, clock):
    await User.objects.acreate_user("ada", password="secret")
    request = RequestFactory(REMOTE_ADDR=ELSEWHERE + "1").get("/")
    await aauthenticate(request, username="ada", password="secret")
    statements = []
    with database.observe(lambda event: statements.append(event.sql)):
        await aauthenticate(request, username="ada", password="secret")
    assert len(statements) == 3


# -- pages, commands --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client_class", [Client, AsyncClient])
def test_the_page_says_how_long_to_wait(ada, clock, client_class):
    client = client_class()

    def post(password):
        answer = client.post(LOGIN, {"username": "ada", "password": password})
        return answer if client_class is Client else run(answer)

    for _ in range(5):
        assert post("wrong").status_code == 200
    answer = post("secret")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert "Wait a minute" in answer.content.decode()


def test_a_reset_password_ends_the_lock(ada, clock):
    for number in range(6):
        sign_in(Client(), "wrong", address=f"198.51.100.{number}")
    from manoir.auth import default_token_generator
    from manoir.auth._links import encoded_key

    client = Client()
    link = f"/accounts/reset/{encoded_key(ada)}/{default_token_generator.make_token(ada)}/"
    hidden = client.get(link)["Location"]
    client.post(hidden, {"new_password1": "secret", "new_password2": "secret"})
    assert sign_in(Client(), address="192.0.2.200").status_code == 302


def test_who_took_over_a_session_does_not_guess_the_old_password(ada, clock):
    """H31"""
    client = Client()
    client.force_login(ada)
    new = {"new_password1": "new secret", "new_password2": "new secret"}
    for _ in range(5):
        assert client.post("/accounts/password_change/", {**new, "old_password": "guess"}).status_code == 200
    assert client.post("/accounts/password_change/", {**new, "old_password": "secret"}).status_code == 200
    clock.later(minutes=1)
    assert client.post("/accounts/password_change/", {**new, "old_password": "secret"}).status_code == 302
    assert sign_in(Client(), "new secret").status_code == 302


def test_a_command_ends_locks(guess, clock, capsys):
    for _ in range(5):
        guess()
    call_command("clearlockouts", account="Ada")
    assert guess(password="secret") is not None
    for number in range(20):
        guess(f"somebody{number}", address="2001:db8::1")
    call_command("clearlockouts", address="2001:db8::2")
    guess("ada", "wrong", address="2001:db8::1")
    assert locked_until(guess.request) is None
    with pytest.raises(CommandError, match="no-address"):
        call_command("clearlockouts", address="no-address")
    call_command("clearlockouts", all=True)
    assert not SignInFailure.objects.exists()


def test_a_command_removes_what_is_forgotten(guess, clock):
    guess()
    SignInFailure.objects.create(key="0", kind="account", expires=datetime(2020, 1, 1, tzinfo=UTC))
    call_command("clearlockouts")
    assert SignInFailure.objects.filter(key="0").count() == 0
    assert SignInFailure.objects.exists()


def test_the_table_has_no_permissions(permissions, database):
    assert not Permission.objects.filter(codename__contains="signinfailure").exists()


def test_a_request_of_another_framework_layer_is_looked_through():
    inner = RequestFactory(REMOTE_ADDR=ELSEWHERE + "7").get("/")
    assert address_of(SimpleNamespace(_request=inner)) == ELSEWHERE + "7"
    assert address_of(None) is None


# -- concurrency ------------------------------------------------------------------------------------------------------


@pytest.fixture
def committed(committing_database):
    from manoir.apps import apps

    with settings.override(LOGIN_FAILURE_LIMIT=5):
        for label in ("contenttypes", "auth", "sessions"):
            wait(create_tables(committing_database, apps.get_app_config(label).get_models()))
        User.objects.create_user("ada", "ada@example.com", "secret")
        yield committing_database


def test_twenty_at_a_time_are_no_more_than_the_limit(committed, clock):
    """H31, H47: all workers agree."""
    requests = [RequestFactory(REMOTE_ADDR=f"198.51.100.{number}").get("/") for number in range(20)]

    async def storm():
        await asyncio.gather(*(aauthenticate(request, username="ada", password="wrong") for request in requests))

    run(storm())
    assert sum(locked_until(request) is None for request in requests) == 5
    assert SignInFailure.objects.get(kind="account").failures == 5


def test_twenty_at_a_time_from_one_address(committed, clock):
    """H31, H47"""
    requests = [RequestFactory(REMOTE_ADDR=ELSEWHERE + "1").get("/") for number in range(20)]

    async def storm():
        await asyncio.gather(
            *(
                aauthenticate(request, username=f"n{number}", password="wrong")
                for number, request in enumerate(requests)
            )
        )

    with settings.override(LOGIN_FAILURE_LIMIT_PER_ADDRESS=7):
        run(storm())
    assert sum(locked_until(request) is None for request in requests) == 7


async def test_one_statement_decides(database):
    async def attempt(moment):
        return await acount_try(
            "test", "k", limit=1, delays=[timedelta(minutes=1)], memory=timedelta(days=1), moment=moment
        )

    assert await attempt(NOON) is None
    assert await attempt(NOON) == NOON + timedelta(minutes=1)
    await agive_back("k", 1, NOON)
    assert await attempt(NOON) is None
    assert await attempt(NOON + timedelta(minutes=1)) is None
    row = await SignInFailure.objects.aget(key="k")
    assert (row.failures, row.locked_until) == (2, NOON + timedelta(minutes=2))
    assert await aclear_failures() == 0


async def test_what_was_right_after_a_lock_begins_no_other(database):
    """The address of somebody who signs in when its lock is over is open to others, and one more guess locks it again."""
    options = {"limit": 1, "delays": [timedelta(minutes=1), timedelta(minutes=2)], "memory": timedelta(days=1)}
    later = NOON + timedelta(minutes=1)
    assert await acount_try("test", "k", moment=NOON, **options) is None
    assert await acount_try("test", "k", moment=later, **options) is None
    assert await acount_try("test", "k", moment=later, **options) == later + timedelta(minutes=2)
    await agive_back("k", 1, later)
    assert await acount_try("test", "k", moment=later, **options) is None
    assert await acount_try("test", "k", moment=later, **options) == later + timedelta(minutes=2)


async def test_a_table_that_grows_is_pruned(database):
    """H50: names and addresses that were tried once do not stay for ever."""
    old = [SignInFailure(key=f"old{number}", kind="account", expires=NOON - timedelta(1)) for number in range(10)]
    await SignInFailure.objects.abulk_create(old)
    options = {"limit": 5, "delays": [timedelta(minutes=1)], "memory": timedelta(days=1), "moment": NOON}
    await acount_try("account", "ab", **options)
    assert await SignInFailure.objects.acount() == 11
    await acount_try("account", "00ab", **options)
    assert await SignInFailure.objects.acount() == 2


@pytest.mark.parametrize("name", ["\ud800", "a\x00b", "", " ", "\u202eada", "é" * 500, "ﷺ" * 400])
def test_odd_names_are_counted_like_any_other(guess, clock, name):
    for _ in range(6):
        assert guess(name) is None
    assert locked_until(guess.request) is not None


def test_without_the_cookie_addresses_are_familiar(ada, clock):
    with settings.override(LOGIN_DEVICE_COOKIE_NAME=None):
        client = Client()
        assert sign_in(client).status_code == 302
        assert "known_device" not in client.cookies
        for number in range(6):
            sign_in(Client(), "wrong", address=f"198.51.100.{number}")
        assert sign_in(client, address="192.0.2.1").status_code == 429
        assert sign_in(client).status_code == 302
