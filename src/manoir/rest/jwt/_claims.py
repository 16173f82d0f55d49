"""What a token has to say to be worth something: required claims, their types, times, audience, issuer, kind (H36)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from manoir.rest.jwt.exceptions import ExpiredTokenError, TokenError
from manoir.rest.jwt.settings import jwt_settings

FAMILY: Final = "family"
"""The claim that names the sign-in from which a refresh token comes, through all its exchanges."""
LONGEST_CLAIM: Final = 255
"""Characters of a claim that is looked up or compared."""
MOST_AUDIENCES: Final = 100
LAST_MOMENT: Final = 253_402_300_799
"""The end of the year 9999, in seconds."""


def check_claims(claims: Mapping[str, Any], token_type: str | None, moment: datetime) -> None:
    """Refuse claims that are not right.

    Args:
        claims: the claims of a token whose signature is right.
        token_type: what kind it has to be; None takes any kind.
        moment: now.

    Raises:
        ExpiredTokenError: its time is over.
        TokenError: anything else.
    """
    check_presence(claims)
    check_types(claims)
    check_times(claims, moment)
    check_audience(claims)
    check_issuer(claims)
    kind = claims[jwt_settings.TOKEN_TYPE_CLAIM]
    if token_type is not None and kind != token_type:
        raise TokenError(f"This is a token of the kind {kind!r:.40}, where {token_type!r} is needed.")


def check_presence(claims: Mapping[str, Any]) -> None:
    for name in (*jwt_settings.REQUIRED_CLAIMS, "exp", "iat", jwt_settings.JTI_CLAIM, jwt_settings.TOKEN_TYPE_CLAIM):
        if claims.get(name) is None:
            raise TokenError(f"This token has no claim {name!r}.")


def check_types(claims: Mapping[str, Any]) -> None:
    """Refuse claims whose values are not what such claims are (RFC 7519, 4.1)."""
    for name in ("exp", "iat", "nbf", jwt_settings.SLIDING_TOKEN_REFRESH_EXP_CLAIM):
        if name in claims and not is_moment(claims[name]):
            raise TokenError(f"The claim {name!r} is no number of seconds.")
    own = (jwt_settings.JTI_CLAIM, jwt_settings.TOKEN_TYPE_CLAIM, jwt_settings.REVOKE_TOKEN_CLAIM, FAMILY)
    for name in ("iss", "sub", *own):
        if name in claims and not is_text(claims[name]):
            raise TokenError(f"The claim {name!r} is no text of 1 to {LONGEST_CLAIM} characters.")
    user = claims.get(jwt_settings.USER_ID_CLAIM, "")
    if user != "" and not is_text(user) and type(user) is not int:
        raise TokenError(f"The claim {jwt_settings.USER_ID_CLAIM!r} names no user.")
    if "aud" in claims and not is_text(claims["aud"]) and not is_texts(claims["aud"]):
        raise TokenError("The claim 'aud' is neither a text nor a list of texts.")


def is_moment(value: Any) -> bool:
    # `type`, because true is an int; what is no number of seconds at all (NaN, infinity) is outside of the bounds.
    return type(value) in (int, float) and 0 <= value <= LAST_MOMENT


def is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_CLAIM and "\x00" not in value


def is_texts(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_AUDIENCES and all(is_text(one) for one in value)


def check_times(claims: Mapping[str, Any], moment: datetime) -> None:
    leeway = seconds(jwt_settings.LEEWAY)
    check_expiry(claims, "exp", moment)
    for name in ("iat", "nbf"):
        if name in claims and claims[name] > moment.timestamp() + leeway:
            raise TokenError(f"This token is not yet worth anything: {name!r} is in the future.")
    if claims["exp"] - claims["iat"] > jwt_settings.MAX_LIFETIME.total_seconds():
        raise TokenError("This token lives longer than SIMPLE_JWT['MAX_LIFETIME'] allows.")


def check_expiry(claims: Mapping[str, Any], name: str, moment: datetime) -> None:
    """Refuse a token after the moment that a claim says.

    Raises:
        ExpiredTokenError: it is over.
        TokenError: the claim is missing, or says no moment.
    """
    if not is_moment(claims.get(name)):
        raise TokenError(f"The claim {name!r} is missing, or no number of seconds.")
    if claims[name] <= moment.timestamp() - seconds(jwt_settings.LEEWAY):
        raise ExpiredTokenError(
            f"This token has expired: {name!r} was at {moment_of(claims[name]):%Y-%m-%d %H:%M:%S} UTC."
        )


def check_audience(claims: Mapping[str, Any]) -> None:
    """Refuse a token for others: one that names an audience needs a reader who knows to be it (RFC 7519, 4.1.3)."""
    wanted, said = listed(jwt_settings.AUDIENCE), listed(claims.get("aud"))
    if bool(wanted) != bool(said) or (wanted and not set(wanted) & set(said)):
        raise TokenError(f"This token is for {said!r:.80}; SIMPLE_JWT['AUDIENCE'] is {jwt_settings.AUDIENCE!r:.80}.")


def check_issuer(claims: Mapping[str, Any]) -> None:
    wanted = listed(jwt_settings.ISSUER)
    if wanted and claims.get("iss") not in wanted:
        raise TokenError(f"This token is from {claims.get('iss')!r:.80}, not from SIMPLE_JWT['ISSUER'].")


def listed(value: Any) -> list[Any]:
    """Return one value or several as a list; None is none."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def seconds(span: float | timedelta) -> float:
    return span.total_seconds() if isinstance(span, timedelta) else float(span)


def moment_of(number: float) -> datetime:
    return datetime.fromtimestamp(number, UTC)
