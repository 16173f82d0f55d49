from __future__ import annotations

import asyncio
import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir.auth import (
    Argon2PasswordHasher,
    BasePasswordHasher,
    BCryptPasswordHasher,
    BCryptSHA256PasswordHasher,
    MD5PasswordHasher,
    PBKDF2PasswordHasher,
    PBKDF2SHA1PasswordHasher,
    ScryptPasswordHasher,
    acheck_password,
    amake_password,
    check_password,
    identify_hasher,
    is_password_usable,
    make_password,
)
from manoir.conf import settings

ALL = [
    "manoir.auth.Argon2PasswordHasher",
    "manoir.auth.PBKDF2PasswordHasher",
    "manoir.auth.PBKDF2SHA1PasswordHasher",
    "manoir.auth.BCryptSHA256PasswordHasher",
    "manoir.auth.BCryptPasswordHasher",
    "manoir.auth.ScryptPasswordHasher",
    "manoir.auth.MD5PasswordHasher",
]


class QuickPBKDF2(PBKDF2PasswordHasher):
    iterations = 10


class QuickSHA1(PBKDF2SHA1PasswordHasher):
    iterations = 10


class QuickBCrypt(BCryptSHA256PasswordHasher):
    rounds = 4


class QuickPlainBCrypt(BCryptPasswordHasher):
    rounds = 4


class QuickScrypt(ScryptPasswordHasher):
    work_factor = 16


class QuickArgon2(Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 1, 8, 1


QUICK = [QuickArgon2, QuickPBKDF2, QuickSHA1, QuickBCrypt, QuickPlainBCrypt, QuickScrypt, MD5PasswordHasher]


@pytest.fixture(autouse=True)
def _hashers():
    with settings.override(PASSWORD_HASHERS=ALL):
        yield


@pytest.mark.parametrize("hasher", QUICK)
@pytest.mark.parametrize("password", ["lètmein", "", "a" * 1024, "with \x00 nul", "😀"])
def test_a_password_fits_its_own_hash_and_no_other(hasher, password):
    made = hasher()
    encoded = make_password(password, hasher=made)
    assert encoded.startswith(f"{made.algorithm}$")
    assert len(encoded) <= 128
    assert check_password(password, encoded) is True
    assert check_password(password[:-1] + "?", encoded) is (password == "a" * 1024 and hasher is QuickPlainBCrypt)
    assert encoded != make_password(password, hasher=made)


def test_hashes_made_elsewhere_are_read():
    """The documented formats, worked out by the standard library alone."""
    digest = base64.b64encode(hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", 1000)).decode()
    assert check_password("secret", f"pbkdf2_sha256$1000$salt${digest}")
    digest = base64.b64encode(hashlib.pbkdf2_hmac("sha1", b"secret", b"salt", 1000)).decode()
    assert check_password("secret", f"pbkdf2_sha1$1000$salt${digest}")
    digest = base64.b64encode(hashlib.scrypt(b"secret", salt=b"salt", n=1024, r=8, p=1, dklen=64)).decode()
    assert check_password("secret", f"scrypt$1024$salt$8$1${digest}")


def test_the_dotted_names_of_other_settings_are_understood():
    with settings.override(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"]):
        assert isinstance(identify_hasher("pbkdf2_sha256$1$a$b"), PBKDF2PasswordHasher)


@pytest.mark.parametrize("hasher", [QuickPBKDF2, QuickScrypt, QuickBCrypt])
def test_an_older_hash_is_made_anew_when_it_fits(hasher):
    seen: list[str] = []
    encoded = make_password("secret", hasher=hasher())
    assert check_password("wrong", encoded, seen.append) is False
    assert check_password("secret", encoded, seen.append, preferred="md5") is True
    assert seen == ["secret"]


def test_todays_hash_stays():
    seen: list[str] = []
    assert check_password("secret", make_password("secret", hasher="argon2"), seen.append) is True
    assert seen == []


@pytest.mark.parametrize(
    "hostile",
    [
        "pbkdf2_sha256$999999999$salt$aaaa",
        "pbkdf2_sha256$-1$salt$aaaa",
        "scrypt$1073741824$salt$8$1$aaaa",
        "scrypt$16384$salt$99999$1$aaaa",
        "bcrypt_sha256$$2b$31$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuuabcdefghijklmnopq",
        "argon2$argon2id$v=19$m=2147483647,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
        "argon2$argon2id$v=19$m=8,t=999999999,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
        "argon2$", "pbkdf2_sha256", "scrypt$a$b$c$d$e", "$$$$$", "unknown$a", "", "\x00" * 100, "a" * 100_000,
    ],
)  # fmt: skip
def test_a_hostile_hash_fits_nothing_and_costs_little(hostile):
    """H28"""
    assert check_password("secret", hostile) is False


@given(st.text(max_size=80))
@hypothesis_settings(max_examples=60, deadline=None)
def test_no_text_is_a_hash_of_everything(text):
    with settings.override(PASSWORD_HASHERS=ALL[6:]):
        assert check_password("secret", text) is False


def test_a_password_has_a_longest_length():
    """H28: nobody sends ten megabytes to be hashed."""
    with pytest.raises(ValueError, match="1024"):
        make_password("a" * 1025)
    assert check_password("a" * 1025, make_password("a" * 1024, hasher="md5")) is False


def test_nothing_fits_an_unusable_password():
    encoded = make_password(None)
    assert is_password_usable(encoded) is False
    assert is_password_usable(make_password("", hasher="md5")) is True
    for password in (None, "", "!", encoded, encoded[1:]):
        assert check_password(password, encoded) is False


def test_a_password_is_text():
    with pytest.raises(TypeError, match="not int"):
        make_password(1)  # type: ignore[arg-type]


def test_an_unknown_algorithm_is_named():
    with pytest.raises(ValueError, match=r"'rot13'.*argon2, pbkdf2_sha256"):
        identify_hasher("rot13$abc")


@pytest.mark.parametrize("encoded", [None, make_password(None), "broken"], ids=["nothing", "unusable", "broken"])
async def test_one_hash_is_made_when_nothing_can_fit(encoded):
    """H32: it takes as long as when something could."""
    counted: list[str] = []

    class Counting(MD5PasswordHasher):
        def encode(self, password: str, salt: str) -> str:
            counted.append(password)
            return super().encode(password, salt)

    from manoir.auth._hashers import verify_password

    assert verify_password("secret", encoded, Counting()) == (False, False)
    assert counted == ["secret"]


def test_a_wrong_password_for_an_older_hash_takes_a_hash_of_today_as_well():
    """H32: else an account of former times answers sooner than a name that nobody has."""
    counted: list[str] = []

    class Counting(PBKDF2PasswordHasher):
        iterations = 3

        def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
            counted.append(password)
            return super().encode(password, salt, iterations)

    from manoir.auth._hashers import verify_password

    for older in (MD5PasswordHasher().encode("secret", "salt"), PBKDF2PasswordHasher().encode("secret", "salt", 2)):
        counted.clear()
        assert verify_password("wrong", older, Counting()) == (False, True)
        assert counted == ["wrong"]


async def test_hashing_leaves_the_loop_free():
    """M16"""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    encoded = await amake_password("secret")
    ticking.cancel()
    assert ticks >= 3
    assert await acheck_password("secret", encoded) is True


async def test_few_passwords_are_hashed_at_once():
    """H28: each takes a core and memory."""
    running = most = 0

    class Slow(BasePasswordHasher):
        algorithm = "slow"

        def encode(self, password: str, salt: str) -> str:
            nonlocal running, most
            import time

            running += 1
            most = max(most, running)
            time.sleep(0.01)
            running -= 1
            return f"slow${salt}$"

    await asyncio.gather(*(amake_password("a", hasher=Slow()) for _ in range(20)))
    import os

    assert 1 <= most <= (os.cpu_count() or 1)


@pytest.mark.parametrize("password", ["\ud800", "a\x00b", "\U0001f511 key"])
def test_any_text_is_a_password(password):
    """H28: half of a surrogate pair comes out of JSON, and is no reason for an error page."""
    with settings.override(PASSWORD_HASHERS=["manoir.auth.Argon2PasswordHasher"]):
        encoded = make_password(password)
        assert check_password(password, encoded)
        assert not check_password(password + "x", encoded)
