from __future__ import annotations

import pytest

from manoir import checks
from manoir.conf import settings
from tests.checks.strict import LAYERS, found, without

CACHED = [
    "manoir.middleware.UpdateCacheMiddleware",
    "manoir.middleware.SecurityMiddleware",
    "manoir.middleware.GZipMiddleware",
    "manoir.middleware.ConditionalGetMiddleware",
    "manoir.sessions.SessionMiddleware",
    "manoir.middleware.LocaleMiddleware",
    "manoir.middleware.CommonMiddleware",
    "manoir.security.CsrfViewMiddleware",
    "manoir.auth.AuthenticationMiddleware",
    "manoir.auth.LoginRequiredMiddleware",
    "manoir.messages.MessageMiddleware",
    "manoir.middleware.XFrameOptionsMiddleware",
    "manoir.middleware.ContentSecurityPolicyMiddleware",
    "manoir.middleware.FetchFromCacheMiddleware",
]


def ids(*layers: str, **changes: object) -> list[str]:
    return found(deploy=False, tags=["middleware"], MIDDLEWARE=list(layers), **changes)


def moved(name: str, *, above: str) -> list[str]:
    [path] = [path for path in CACHED if path.endswith(f".{name}")]
    rest = [layer for layer in CACHED if layer != path]
    [place] = [at for at, layer in enumerate(rest) if layer.endswith(f".{above}")]
    return [*rest[:place], path, *rest[place:]]


def test_documented_orders_have_no_finding() -> None:
    assert ids(*LAYERS) == []
    assert ids(*CACHED) == []
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "above", "expected"),
    [
        ("AuthenticationMiddleware", "SessionMiddleware", ["E002"]),
        ("LoginRequiredMiddleware", "AuthenticationMiddleware", ["E003"]),
        ("MessageMiddleware", "SessionMiddleware", ["W001"]),
        ("SessionMiddleware", "UpdateCacheMiddleware", ["W003", "W008"]),
        ("GZipMiddleware", "UpdateCacheMiddleware", ["W003"]),
        ("FetchFromCacheMiddleware", "SessionMiddleware", ["W004", "W004"]),
        ("ConditionalGetMiddleware", "GZipMiddleware", ["W005"]),
        ("CommonMiddleware", "LocaleMiddleware", ["W006"]),
        ("CommonMiddleware", "SecurityMiddleware", ["W006", "W008"]),
        ("CsrfViewMiddleware", "SecurityMiddleware", ["W008"]),
    ],
)
def test_a_wrong_order_is_named(name: str, above: str, expected: list[str]) -> None:
    assert ids(*moved(name, above=above)) == [f"manoir.middleware.{number}" for number in expected]


def test_users_need_sessions() -> None:
    assert ids(*without("SessionMiddleware")) == ["manoir.middleware.E002"]


def test_a_secret_in_the_session_needs_sessions_outside() -> None:
    [csrf, sessions] = [path for path in LAYERS if path.endswith(("CsrfViewMiddleware", "SessionMiddleware"))][::-1]
    assert ids(csrf, sessions, CSRF_USE_SESSIONS=True) == ["manoir.middleware.E005"]
    assert ids(sessions, csrf, CSRF_USE_SESSIONS=True) == []
    assert ids(csrf, CSRF_USE_SESSIONS=True) == ["manoir.middleware.E005"]


def test_what_cannot_be_imported_or_stands_twice() -> None:
    assert ids("shop.middleware.gone", LAYERS[0]) == ["manoir.middleware.E001"]
    assert ids(LAYERS[0], LAYERS[0]) == ["manoir.middleware.W007"]


def test_the_hint_says_which_goes_above_which() -> None:
    with settings.override(MIDDLEWARE=["manoir.auth.AuthenticationMiddleware", "manoir.sessions.SessionMiddleware"]):
        [message] = checks.run_checks(tags=["middleware"])
    assert message.hint == "Put 'manoir.sessions.SessionMiddleware' above 'manoir.auth.AuthenticationMiddleware'."
