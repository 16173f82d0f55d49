"""Checks of SIMPLE_JWT: what `manoir check` names before anybody signs in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.conf import settings as project
from manoir.exceptions import ImproperlyConfigured, nearest
from manoir.rest.jwt._keys import HMAC, key_ring
from manoir.rest.jwt.settings import CLASSES, DEFAULTS, jwt_settings

LIFETIMES = (
    "ACCESS_TOKEN_LIFETIME",
    "REFRESH_TOKEN_LIFETIME",
    "SLIDING_TOKEN_LIFETIME",
    "SLIDING_TOKEN_REFRESH_LIFETIME",
    "MAX_LIFETIME",
)
TEXTS = ("TOKEN_TYPE_CLAIM", "JTI_CLAIM", "USER_ID_FIELD", "USER_ID_CLAIM", "REVOKE_TOKEN_CLAIM", "AUTH_HEADER_NAME")
SAME_SITES = ("Strict", "Lax", "None")


@register(Tags.security)
def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name what is wrong with SIMPLE_JWT (C12, H36)."""
    unknown = [name for name in project.SIMPLE_JWT if name not in DEFAULTS]
    if unknown:  # no option can be read before that is settled
        return [
            Error(
                f"SIMPLE_JWT has no option {name!r}.{nearest(name, DEFAULTS)}",
                hint="The options stand in the topic on JSON Web Tokens.",
                id="manoir.rest.jwt.E001",
            )
            for name in unknown
        ]
    return [*check_keys(), *check_imports(), *check_values(), *check_lifetimes(), *check_risks()]


def check_keys() -> Iterator[CheckMessage]:
    """Name keys that are missing, weak, of another algorithm, and algorithms that are none."""
    try:
        key_ring()
    except ImproperlyConfigured as error:
        yield Error(str(error), id="manoir.rest.jwt.E002")


def check_imports() -> Iterator[CheckMessage]:
    """Name classes and functions that are not where SIMPLE_JWT says."""
    for name in sorted(CLASSES):
        try:
            getattr(jwt_settings, name)
        except ImproperlyConfigured as error:
            yield Error(str(error), id="manoir.rest.jwt.E003")


def check_values() -> Iterator[CheckMessage]:
    """Name values that are not what their options take."""
    for name in TEXTS:
        if not isinstance(value := getattr(jwt_settings, name), str) or not value:
            yield wrong(name, value, "the name as a text")
    types = jwt_settings.AUTH_HEADER_TYPES
    if isinstance(types, str) or not types or any(not one or " " in one for one in types):
        yield wrong("AUTH_HEADER_TYPES", types, 'a list or tuple of words, such as ("Bearer",)')
    leeway = jwt_settings.LEEWAY
    if isinstance(leeway, bool) or not isinstance(leeway, (int, float, timedelta)) or as_span(leeway) < timedelta(0):
        yield wrong("LEEWAY", leeway, "a number of seconds or a timedelta, not below 0")
    if jwt_settings.REFRESH_COOKIE_SAMESITE not in SAME_SITES:
        yield wrong("REFRESH_COOKIE_SAMESITE", jwt_settings.REFRESH_COOKIE_SAMESITE, '"Strict", "Lax" or "None"')
    if isinstance(jwt_settings.REQUIRED_CLAIMS, str):
        yield wrong("REQUIRED_CLAIMS", jwt_settings.REQUIRED_CLAIMS, "a list of names")


def as_span(value: float | timedelta) -> timedelta:
    return value if isinstance(value, timedelta) else timedelta(seconds=value)


def check_lifetimes() -> Iterator[CheckMessage]:
    """Name lifetimes that are none, or longer than any token may live."""
    spans = {name: getattr(jwt_settings, name) for name in LIFETIMES}
    bad = {name: span for name, span in spans.items() if not isinstance(span, timedelta) or span <= timedelta(0)}
    for name, span in bad.items():
        yield wrong(name, span, "a timedelta above 0")
    longest = spans["MAX_LIFETIME"]
    for name in ("ACCESS_TOKEN_LIFETIME", "REFRESH_TOKEN_LIFETIME", "SLIDING_TOKEN_LIFETIME"):
        if not bad and spans[name] > longest:
            yield wrong(name, spans[name], f"at most MAX_LIFETIME, {longest}")


def wrong(name: str, value: Any, wanted: str) -> CheckMessage:
    return Error(f"SIMPLE_JWT[{name!r}] is {value!r:.60}.", hint=f"It is {wanted}.", id="manoir.rest.jwt.E004")


def check_risks() -> Iterator[CheckMessage]:
    """Name what works as documented and is weaker than it could be."""
    if jwt_settings.ALGORITHM in tuple(HMAC) and jwt_settings.SIGNING_KEY == project.SECRET_KEY:
        yield Warning(
            "SIMPLE_JWT['SIGNING_KEY'] is SECRET_KEY, which signs other things, too (C12).",
            hint="Leave SIGNING_KEY out: a key for tokens alone is then derived from SECRET_KEY.",
            id="manoir.rest.jwt.W001",
        )
    if jwt_settings.ROTATE_REFRESH_TOKENS and not jwt_settings.BLACKLIST_AFTER_ROTATION:
        yield Warning(
            "Refresh tokens are exchanged, and the old ones stay good: a copied one is never noticed.",
            hint="Set SIMPLE_JWT['BLACKLIST_AFTER_ROTATION'] = True.",
            id="manoir.rest.jwt.W002",
        )
    if not jwt_settings.CHECK_REVOKE_TOKEN or not jwt_settings.CHECK_USER_IS_ACTIVE:
        yield Warning(
            "Tokens outlive a new password, or an account that was made inactive (H35).",
            hint="Set CHECK_REVOKE_TOKEN and CHECK_USER_IS_ACTIVE in SIMPLE_JWT to True.",
            id="manoir.rest.jwt.W003",
        )
