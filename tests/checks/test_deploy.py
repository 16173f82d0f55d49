"""What `check --deploy` names: each weak setting by its own id, and nothing in strict settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from manoir import checks
from manoir.conf import settings
from manoir.middleware import CSP, SecurityMiddleware
from tests.checks.strict import LAYERS, STRICT, TAGS, found, without


class OwnSecurity(SecurityMiddleware):
    """A project's own subclass counts as the layer it derives from."""


def test_strict_settings_have_no_finding() -> None:
    assert found() == []


KEY = "insecure-" + "abcdefghij" * 6

WEAK: list[tuple[dict[str, Any], list[str]]] = [
    ({"MIDDLEWARE": without("SecurityMiddleware")}, ["security.W001"]),
    ({"MIDDLEWARE": without("XFrameOptionsMiddleware")}, ["security.W002"]),
    ({"MIDDLEWARE": without("CsrfViewMiddleware")}, ["security.W003"]),
    ({"SECURE_HSTS_SECONDS": 0}, ["security.W004"]),
    ({"SECURE_HSTS_INCLUDE_SUBDOMAINS": False}, ["security.W005"]),
    ({"SECURE_CONTENT_TYPE_NOSNIFF": False}, ["security.W006"]),
    ({"SECURE_SSL_REDIRECT": False}, ["security.W008"]),
    ({"SECRET_KEY": "short"}, ["security.W009"]),
    ({"SECRET_KEY": "a" * 60}, ["security.W009"]),
    ({"SECRET_KEY": KEY}, ["security.W009"]),
    ({"SESSION_COOKIE_SECURE": False, "MIDDLEWARE": without("SessionMiddleware", "AuthenticationMiddleware", "MessageMiddleware")}, ["security.W010"]),
    ({"SESSION_COOKIE_SECURE": False, "INSTALLED_APPS": []}, ["security.W011"]),
    ({"SESSION_COOKIE_SECURE": False}, ["security.W012"]),
    ({"SESSION_COOKIE_HTTPONLY": False, "MIDDLEWARE": without("SessionMiddleware", "AuthenticationMiddleware", "MessageMiddleware")}, ["security.W013"]),
    ({"SESSION_COOKIE_HTTPONLY": False, "INSTALLED_APPS": []}, ["security.W014"]),
    ({"SESSION_COOKIE_HTTPONLY": False}, ["security.W015"]),
    ({"CSRF_COOKIE_SECURE": False}, ["security.W016"]),
    ({"CSRF_COOKIE_SECURE": False, "CSRF_USE_SESSIONS": True}, []),
    ({"DEBUG": True}, ["security.W018"]),
    ({"X_FRAME_OPTIONS": "SAMEORIGIN"}, ["security.W019"]),
    ({"ALLOWED_HOSTS": []}, ["security.W020"]),
    ({"SECURE_HSTS_PRELOAD": False}, ["security.W021"]),
    ({"SECURE_REFERRER_POLICY": None}, ["security.W022"]),
    ({"SECRET_KEY_FALLBACKS": [STRICT["SECRET_KEY"], KEY]}, ["security.W025"]),
    ({"DEBUG_PROPAGATE_EXCEPTIONS": True}, ["security.W101"]),
    ({"ALLOWED_HOSTS": ["*"]}, ["security.W102"]),
    ({"DATA_UPLOAD_MAX_BODY_SIZE": None}, ["security.W103"]),
    ({"CSRF_TRUSTED_ORIGINS": ["http://a.example"]}, ["security.W104"]),
    ({"SECURE_REFERRER_POLICY": "unsafe-url"}, ["security.W105"]),
    ({"SECURE_REFERRER_POLICY": "no-referrer, strict-origin-when-cross-origin"}, []),
    ({"SECURE_CROSS_ORIGIN_OPENER_POLICY": None}, ["security.W106"]),
    ({"SECURE_CSP": {}}, ["security.W107"]),
    ({"MIDDLEWARE": without("ContentSecurityPolicyMiddleware")}, ["security.W108"]),
    ({"SECURE_CSP": {"script-src": [CSP.SELF, CSP.UNSAFE_INLINE]}}, ["security.W109"]),
    ({"SECURE_CSP": {"script-src": [CSP.SELF, CSP.UNSAFE_INLINE, CSP.NONCE]}}, []),
    ({"SECURE_CSP": {"img-src": [CSP.SELF]}}, ["security.W109"]),
    ({"SESSION_COOKIE_SAMESITE": "None"}, ["security.W110"]),
    ({"CSRF_COOKIE_SAMESITE": False}, ["security.W110"]),
    ({"INSTALLED_APPS": ["manoir.sessions", "manoir.auth"], "AUTH_PASSWORD_VALIDATORS": []}, ["security.W111"]),
    ({"INSTALLED_APPS": ["manoir.sessions", "manoir.auth"], "PASSWORD_HASHERS": ["manoir.auth.MD5PasswordHasher"]}, ["security.W112"]),
    ({"CACHES": {"default": {"BACKEND": "manoir.cache.DummyCache"}}}, ["cache.W001"]),
    ({"SESSION_ENGINE": "manoir.sessions.CacheStore"}, ["sessions.W001"]),
    ({"SESSION_ENGINE": "manoir.sessions.CacheStore", "SESSION_CACHE_ALIAS": "gone"}, ["sessions.E001"]),
    ({"EMAIL_BACKEND": "manoir.mail.ConsoleBackend"}, ["mail.W001"]),
    ({"EMAIL_HOST": "smtp.example"}, ["mail.W002"]),
    ({"EMAIL_HOST": "smtp.example", "EMAIL_USE_TLS": True}, []),
    ({"MAILERS": {"default": {"BACKEND": "manoir.mail.SMTPBackend", "OPTIONS": {"host": "smtp.example"}}}}, ["mail.W002"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"), WEAK, ids=[f"{ids or 'fine'} {sorted(change)}" for change, ids in WEAK]
)
def test_a_weak_setting_is_found_by_its_id(change: dict[str, Any], expected: list[str]) -> None:
    assert found(**change) == [f"manoir.{number}" for number in expected]


@pytest.mark.parametrize(
    ("change", "expected"), WEAK, ids=[f"{ids or 'fine'} {sorted(change)}" for change, ids in WEAK]
)
def test_each_finding_says_what_to_do(change: dict[str, Any], expected: list[str]) -> None:
    with settings.override(**{**STRICT, **change}):
        for message in checks.run_checks(tags=TAGS, include_deployment_checks=True):
            assert message.hint
            assert message.obj == "settings"


def test_production_settings_are_checked_with_deploy_only() -> None:
    loose = {"SECRET_KEY": "short", "SECURE_CSP": {}, "MIDDLEWARE": [], "EMAIL_BACKEND": "manoir.mail.ConsoleBackend"}
    assert found(deploy=False, **loose) == []


def test_a_subclass_counts_as_its_layer() -> None:
    layers = [f"{__name__}.OwnSecurity", *LAYERS[1:]]
    assert found(MIDDLEWARE=layers) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"SECURE_REFERRER_POLICY": "same-origin, sameorigin"}, ["security.E023"]),
        ({"SECURE_REFERRER_POLICY": ["no-referrer", "origin"]}, []),
        ({"SECURE_CROSS_ORIGIN_OPENER_POLICY": "same"}, ["security.E024"]),
        ({"SESSION_COOKIE_SAMESITE": "None", "SESSION_COOKIE_SECURE": False}, ["security.E103"]),
        ({"CSRF_COOKIE_NAME": "__Host-csrf", "CSRF_COOKIE_SECURE": False}, ["security.E104"]),
        ({"SESSION_COOKIE_NAME": "__Host-id", "SESSION_COOKIE_DOMAIN": "example.com"}, ["security.E104"]),
        ({"SESSION_COOKIE_NAME": "__Host-id", "SESSION_COOKIE_PATH": "/shop/"}, ["security.E104"]),
        ({"SESSION_COOKIE_NAME": "__Host-id"}, []),
        ({"SESSION_COOKIE_NAME": "__Secure-id", "SESSION_COOKIE_DOMAIN": "example.com"}, []),
    ],
)
def test_what_browsers_would_refuse_is_an_error_at_once(change: dict[str, Any], expected: list[str]) -> None:
    """M01, M03"""
    assert found(deploy=False, **change) == [f"manoir.{number}" for number in expected]


def test_a_cache_in_files_that_visitors_reach(tmp_path: Path) -> None:
    caches = {"default": {"BACKEND": "manoir.cache.FileBasedCache", "LOCATION": str(tmp_path / "media" / "cache")}}
    assert found(CACHES=caches, MEDIA_ROOT=tmp_path / "media") == ["manoir.cache.W002"]
    assert found(CACHES=caches, MEDIA_ROOT=tmp_path / "uploads") == []
    assert found(CACHES=caches, STATICFILES_DIRS=[("x", tmp_path)]) == ["manoir.cache.W002"]
    relative = {"default": {"BACKEND": "manoir.cache.FileBasedCache", "LOCATION": "cache"}}
    assert found(CACHES=relative, MEDIA_ROOT=tmp_path / "media") == ["manoir.cache.W003"]


def test_templates_that_do_not_escape() -> None:
    engine = {"BACKEND": "manoir.templates.Engine", "OPTIONS": {"autoescape": False, "debug": True}}
    assert [id for id in found(tags=["templates"], TEMPLATES=[engine]) if id.endswith(("W002", "W003"))] == [
        "manoir.templates.W002",
        "manoir.templates.W003",
    ]


def failure(request: Any, reason: str = "") -> None:
    """Fits CSRF_FAILURE_VIEW."""


def not_a_failure(request: Any) -> None:
    """Does not take a reason."""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"CSRF_FAILURE_VIEW": f"{__name__}.failure"}, []),
        ({"CSRF_FAILURE_VIEW": f"{__name__}.not_a_failure"}, ["security.E101"]),
        ({"CSRF_FAILURE_VIEW": f"{__name__}.gone"}, ["security.E102"]),
        ({"SECURE_CSP": {"default-src": ["'self'; script-src *"]}}, ["security.E026"]),
        ({"SECURE_CSP": {"default-src": ["self"]}}, ["security.E026"]),
        ({"SECURE_CSP_REPORT_ONLY": {"default-src": ["a,b"]}}, ["security.E026"]),
        ({"SECURE_CSP_REPORT_ONLY": {"default-src": "'self'", "upgrade-insecure-requests": True}}, []),
    ],
)
def test_what_would_fail_at_each_request_is_an_error_at_once(change: dict[str, Any], expected: list[str]) -> None:
    assert found(deploy=False, **change) == [f"manoir.{number}" for number in expected]
