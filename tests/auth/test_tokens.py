from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

import manoir

manoir.setup()

from manoir.auth import PasswordResetTokenGenerator, User, default_token_generator  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.timezone import now  # noqa: E402


class Later(PasswordResetTokenGenerator):
    def __init__(self, seconds: int) -> None:
        self.later = seconds

    def seconds(self, moment):
        return super().seconds(moment) + self.later


class Other(PasswordResetTokenGenerator):
    purpose = "other"


@pytest.fixture
def ada() -> User:
    return User(pk=7, username="ada", email="ada@example.com", password="hash", last_login=now())


def test_a_token_fits_its_user(ada):
    token = default_token_generator.make_token(ada)
    assert default_token_generator.check_token(ada, token) is True
    assert len(token) < 60


@pytest.mark.parametrize(
    "change",
    [{"pk": 8}, {"password": "new"}, {"last_login": None}, {"last_login": now() + dt.timedelta(seconds=5)}, {"email": "eve@example.com"}],
)  # fmt: skip
def test_a_token_is_worth_nothing_after_a_change(ada, change):
    """H34: used once, or never when somebody signed in or took over the address meanwhile."""
    token = default_token_generator.make_token(ada)
    for name, value in change.items():
        setattr(ada, name, value)
    assert default_token_generator.check_token(ada, token) is False


def test_a_token_grows_old(ada):
    token = default_token_generator.make_token(ada)
    assert Later(settings.PASSWORD_RESET_TIMEOUT - 5).check_token(ada, token) is True
    assert Later(settings.PASSWORD_RESET_TIMEOUT + 5).check_token(ada, token) is False
    assert Later(-100).check_token(ada, token) is False


def test_purposes_never_cross(ada):
    """H06"""
    assert default_token_generator.check_token(ada, Other().make_token(ada)) is False


def test_a_token_by_the_secret_of_before_still_fits(ada):
    token = default_token_generator.make_token(ada)
    new = "another-secret-" + "9876543210fedcba" * 3
    with settings.override(SECRET_KEY=new, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert default_token_generator.check_token(ada, token) is True
    with settings.override(SECRET_KEY=new):
        assert default_token_generator.check_token(ada, token) is False


@given(st.text(max_size=200))
def test_no_text_is_a_token(text):
    ada = User(pk=7, username="ada", email="ada@example.com", password="hash")
    assert default_token_generator.check_token(ada, text) is False


@pytest.mark.parametrize("token", [None, "", "-", "z" * 1_000_000 + "-" + "a" * 40, "1" * 11 + "-a", "0-" + "0" * 40])
def test_long_and_broken_tokens_cost_nothing(ada, token):
    """M09"""
    assert default_token_generator.check_token(ada, token) is False
    assert default_token_generator.check_token(None, token) is False
