from __future__ import annotations

import gzip

import pytest

import manoir

manoir.setup()

from manoir.auth import (  # noqa: E402
    CommonPasswordValidator,
    MinimumLengthValidator,
    NumericPasswordValidator,
    User,
    UserAttributeSimilarityValidator,
    password_changed,
    password_validators_help_text_html,
    validate_password,
)
from manoir.conf import settings  # noqa: E402
from manoir.exceptions import ImproperlyConfigured, ValidationError  # noqa: E402

ALL = [
    {"NAME": "manoir.auth.UserAttributeSimilarityValidator"},
    {"NAME": "manoir.auth.MinimumLengthValidator", "OPTIONS": {"min_length": 9}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "manoir.auth.NumericPasswordValidator"},
]


@pytest.fixture(autouse=True)
def _rules():
    with settings.override(AUTH_PASSWORD_VALIDATORS=ALL):
        yield


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("correct horse battery", []),
        ("short", ["password_too_short"]),
        ("1234", ["password_too_short", "password_too_common", "password_entirely_numeric"]),
        ("93715028461", ["password_entirely_numeric"]),
        ("Password123!", ["password_too_common"]),
        ("qwertyuiop", ["password_too_common"]),
        ("abababababab", ["password_too_common"]),
        ("ada.lovelace", ["password_too_similar"]),
        ("lovelace1", ["password_too_similar"]),
        ("a" * 1_000_000, []),
    ],
)
def test_rules(password, codes):
    user = User(username="ada", first_name="Ada", last_name="Lovelace", email="ada.lovelace@example.com")
    try:
        validate_password(password, user)
        found = []
    except ValidationError as error:
        found = [one.code for one in error.error_list]
    assert found == codes


def test_without_a_user_nothing_is_compared():
    validate_password("ada.lovelace")
    with pytest.raises(ValueError, match=r"at least 0\.1"):
        UserAttributeSimilarityValidator(max_similarity=0)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_list_of_ones_own(tmp_path, pack):
    (tmp_path / "list").write_bytes(pack(b"Tr0ub4dor&3\n\nxyzzy-plugh\n"))
    validator = CommonPasswordValidator(tmp_path / "list")
    for password in ("tr0ub4dor&3", "xyzzy-plugh", "password"):
        with pytest.raises(ValidationError):
            validator.validate(password)


def test_the_rules_in_words():
    html = password_validators_help_text_html()
    assert html.count("<li>") == 4
    assert "At least 9 characters." in html
    assert password_validators_help_text_html([]) == ""
    assert [rule().get_help_text() for rule in (MinimumLengthValidator, NumericPasswordValidator)] == [
        "At least 8 characters.",
        "More than digits.",
    ]


def test_a_rule_that_does_not_exist_is_named():
    for entry in ({"NAME": "manoir.auth.Nothing"}, {"NAME": "manoir.auth.MinimumLengthValidator", "OPTIONS": {"x": 1}}):
        with (
            settings.override(AUTH_PASSWORD_VALIDATORS=[entry]),
            pytest.raises(ImproperlyConfigured, match="cannot be used"),
        ):
            validate_password("x")


def test_those_who_want_to_know_are_told():
    told = []

    class Listener:
        def validate(self, password, user=None): ...

        def password_changed(self, password, user=None):
            told.append(user)

    password_changed("x", "ada", [Listener(), MinimumLengthValidator()])
    assert told == ["ada"]
