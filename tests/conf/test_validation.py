from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from manoir.conf import Settings, near_misses
from manoir.conf._defaults import SUBJECTS, default_values, setting_types
from manoir.conf._validation import edits

KEY = "0123456789abcdefghijklmnopqrstuvwxyz"


def problems(**values: Any) -> list[str]:
    settings = Settings()
    settings.configure(**{"SECRET_KEY": KEY, **values})
    return [problem.message for problem in settings.load()]


def test_defaults_with_a_key_have_no_problem() -> None:
    assert problems() == []


def test_every_default_is_declared_and_fits_its_type() -> None:
    assert set(default_values()) == set(setting_types())
    assert problems(**{name: value for name, value in default_values().items() if name != "SECRET_KEY"}) == []


def test_every_setting_says_what_it_means() -> None:
    import ast
    import inspect

    for subject in SUBJECTS:
        module = inspect.getmodule(subject)
        assert module is not None
        body = next(node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef)).body
        for node, following in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.AnnAssign):
                assert isinstance(following, ast.Expr), ast.unparse(node.target)


def test_all_problems_are_found_at_once() -> None:
    found = problems(DEBUG="yes", ALLOWED_HOSTS="example.com", MIDDLEWARE=[1], TIME_ZONE="Europe/Pariss")
    assert len(found) == 4
    assert "DEBUG must be True or False, not the string 'yes'" in "\n".join(found)
    assert "ALLOWED_HOSTS must be a list of strings, not the string 'example.com'" in "\n".join(found)
    assert "MIDDLEWARE[0] must be a string, not the int 1" in "\n".join(found)
    assert "unknown zone 'Europe/Pariss'. Did you mean 'Europe/Paris'" in "\n".join(found)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is too weak"),
        ({"SECRET_KEY": 12}, "SECRET_KEY must be a string, not the int **********"),
        ({"DATABASES": {"main": {}}}, "DATABASES has no 'default'"),
        ({"DATABASES": {"default": {"NAME": "x"}}}, "DATABASES['default'] has no 'ENGINE'"),
        ({"DATABASES": {"default": {"ENGINE": "manoir.db.sqlit", "NAME": "x"}}}, "Did you mean 'manoir.db.sqlite'"),
        (
            {"DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "x"}}},
            "manoir's counterpart is 'manoir.db.postgresql'",
        ),
        ({"DATABASES": {"default": {"ENGINE": "manoir.db.sqlite"}}}, "has no 'NAME'"),
        (
            {"DATABASES": {"default": {"ENGINE": "manoir.db.sqlite", "NAME": "x", "PASWORD": "secret"}}},
            "has 'PASWORD', which means nothing. Did you mean 'PASSWORD'",
        ),
        ({"DATABASES": "sqlite:///x"}, "DATABASES must be a dict of dicts, not the string **********"),
        ({"DATABASES": {"default": "sqlite:///x"}}, "DATABASES['default'] must be a dict"),
        ({"CACHES": {}}, "CACHES has no 'default'"),
        ({"CACHES": {"default": {"BACKED": "x.y"}}}, "CACHES['default'] has no 'BACKEND' (found 'BACKED')"),
        ({"TEMPLATES": [{"APP_DIRS": True}]}, "TEMPLATES[0] has no 'BACKEND'"),
        (
            {"TEMPLATES": [{"BACKEND": "manoir.templates.Engine", "DIR": []}]},
            "TEMPLATES[0] has the unknown key 'DIR'. Did you mean 'DIRS'",
        ),
        ({"TEMPLATES": [{"BACKEND": "manoir.templates.Engine"}] * 2}, "second engine called 'Engine'"),
        ({"INSTALLED_APPS": ["shop", "shop"]}, "INSTALLED_APPS names 'shop' twice"),
        ({"MIDDLEWARE": ["django.middleware.common.CommonMiddleware"]}, "'manoir.middleware.CommonMiddleware'"),
        ({"ALLOWED_HOSTS": ["https://example.com"]}, "write the host name alone"),
        ({"CSRF_TRUSTED_ORIGINS": ["example.com"]}, "write scheme and host"),
        ({"SITE_URL": "example.com"}, "write scheme and host only"),
        ({"SITE_URL": "https://user@example.com"}, "write scheme and host only"),
        ({"SITE_URL": "https://example.com/shop/"}, "write scheme and host only"),
        ({"TRUSTED_PROXIES": ["10.0.0.0/33"]}, "no address or network"),
        ({"STATIC_URL": "/static"}, "STATIC_URL must end with a slash: '/static/'"),
        ({"AUTH_USER_MODEL": "User"}, "AUTH_USER_MODEL must be 'app_label.Model'"),
        ({"EMAIL_USE_TLS": True, "EMAIL_USE_SSL": True}, "exclude each other"),
        ({"SESSION_COOKIE_NAME": "a b"}, "a cookie's name"),
        ({"SYNC_VIEWS": "threads"}, "SYNC_VIEWS must be 'thread' or 'loop', not the string 'threads'"),
        ({"SESSION_COOKIE_SAMESITE": True}, "SESSION_COOKIE_SAMESITE must be 'Lax', 'Strict', 'None' or False"),
        ({"SECURE_PROXY_SSL_HEADER": ("HTTP_X",)}, "SECURE_PROXY_SSL_HEADER must be a pair of strings or None"),
        ({"DB_POOL_TIMEOUT": -1}, "DB_POOL_TIMEOUT must not be negative"),
        ({"DATA_UPLOAD_MAX_NUMBER_FIELDS": True}, "must be a whole number or None"),
        ({"DEFAULT_FILE_STORAGE": "x.Y"}, "Say it in STORAGES['default']"),
    ],
)
def test_a_wrong_setting_says_what_and_what_to_do(values: dict[str, Any], expected: str) -> None:
    found = problems(**values)
    assert len(found) == 1, found
    assert expected in found[0]
    assert "secret" not in found[0].lower() or "SECRET" in found[0]


def test_debug_allows_a_missing_key() -> None:
    assert problems(SECRET_KEY="", DEBUG=True) == []


def test_lazy_texts_count_as_strings() -> None:
    class Lazy:
        def __str__(self) -> str:
            return "/login/"

    assert problems(LOGIN_URL=Lazy(), LANGUAGES=[("en", Lazy())]) == []


def test_an_engine_of_another_package_must_exist() -> None:
    assert problems(DATABASES={"default": {"ENGINE": "json.decoder"}}) == []


@pytest.mark.parametrize("name", ["DEBG", "DEUBG", "DEBUGG", "ALOWED_HOST", "INSTALED_APPS", "MIDLEWARE", "SECRETKEY"])
def test_names_within_two_edits_are_near_misses(name: str) -> None:
    assert [name] == [wrong for wrong, _ in near_misses([name])]


@pytest.mark.parametrize("name", ["BASE_DIR", "STRIPE_KEY", "SITE_NAME", "DEBUG", "ENV", "X", "BASE_URL", "PAGE_SIZE"])
def test_other_names_are_left_alone(name: str) -> None:
    assert near_misses([name]) == []


def test_a_near_miss_is_found_beside_the_right_name() -> None:
    assert near_misses(["DEBUG", "DEBUGG"]) == [("DEBUGG", "DEBUG")]


def slow_edits(left: str, right: str) -> int:
    """Optimal string alignment, by the textbook's recursion."""
    if not left or not right:
        return len(left) + len(right)
    best = min(
        slow_edits(left[1:], right) + 1,
        slow_edits(left, right[1:]) + 1,
        slow_edits(left[1:], right[1:]) + (left[0] != right[0]),
    )
    if len(left) > 1 and len(right) > 1 and left[0] == right[1] and left[1] == right[0]:
        best = min(best, slow_edits(left[2:], right[2:]) + 1)
    return best


@profile(derandomize=True, max_examples=150, deadline=None)
@given(st.text("AB_", max_size=6), st.text("AB_", max_size=6))
def test_edits_agree_with_the_definition(left: str, right: str) -> None:
    assert min(3, slow_edits(left, right)) == min(3, edits(left, right))
