"""Tokens as text: three parts in Base64, of which nothing is believed before the signature is right (C12, C13)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, Final

import msgspec

from manoir.rest.jwt._keys import key_ring
from manoir.rest.jwt.exceptions import TokenError
from manoir.rest.jwt.settings import jwt_settings

MAX_TOKEN: Final = 4_000
"""Characters of the longest token; an Authorization header may have 4,096."""

_FORM: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_TYPES: Final = frozenset({"jwt", "at+jwt"})


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a header may have. `crit`, `jku`, `jwk`, `x5u`, `x5c`, `zip`, `b64` and all else are refused unread.

    Attributes:
        alg: has to be the algorithm of the settings; it chooses nothing.
        typ: JWT, or nothing.
        kid: ignored: the settings say which keys there are.
    """

    alg: str
    typ: str = "JWT"
    kid: str = ""


def encode(claims: dict[str, Any]) -> str:
    """Sign claims.

    Raises:
        ImproperlyConfigured: there is no key to sign with.
        TokenError: the token would be too long for a header.
    """
    ring = key_ring()
    if ring.signing is None:
        raise TokenError("This project only checks tokens: SIMPLE_JWT['SIGNING_KEY'] is not set.")
    header = msgspec.json.encode({"alg": ring.algorithm, "typ": "JWT"})
    message = b".".join([encoded_part(header), encoded_part(written(claims))])
    text = b".".join([message, encoded_part(ring.sign(message))]).decode()
    if len(text) > MAX_TOKEN:
        raise TokenError(f"A token of {len(text):,} characters is too long for a header: give it fewer claims.")
    return text


def written(claims: dict[str, Any]) -> bytes:
    """Return claims as JSON."""
    encoder: Any = jwt_settings.JSON_ENCODER
    if encoder is not None:
        return json.dumps(claims, cls=encoder, separators=(",", ":")).encode()
    return msgspec.json.encode(claims)


def decode(token: Any) -> dict[str, Any]:
    """Return the claims of a token whose signature is right; nothing was asked about the claims themselves yet.

    Args:
        token: its text, or the same in bytes.

    Raises:
        TokenError: it is too long, malformed, of another algorithm, or nobody here has signed it.
    """
    text = text_of(token)
    ring = key_ring()
    parts = _FORM.fullmatch(text)
    if parts is None:
        raise TokenError("A token is three parts in Base64 for addresses, joined by dots.")
    check_header(decoded_part(parts[1]), ring.algorithm)
    payload, signature = decoded_part(parts[2]), decoded_part(parts[3])
    if not ring.verify(text[: parts.end(2)].encode(), signature):
        raise TokenError("The signature of this token is not right.")
    try:
        return msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise TokenError("The claims of this token are no JSON object.") from error


def text_of(token: Any) -> str:
    """Return a token as text, if it is short enough to be one."""
    if not isinstance(token, (str, bytes)) or not 0 < len(token) <= MAX_TOKEN:
        raise TokenError(f"A token is a text of at most {MAX_TOKEN:,} characters.")
    return token if isinstance(token, str) else token.decode("latin-1")


def decoded_part(part: str) -> bytes:
    """Return the bytes of a part; only one spelling of them is accepted, so that a token has one text."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise TokenError("A part of this token is not Base64.") from error
    if encoded_part(raw) != part.encode():
        raise TokenError("A part of this token has bits where none may be.")
    return raw


def encoded_part(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def check_header(raw: bytes, algorithm: str) -> None:
    """Refuse a header that is anything but the one that this site writes."""
    try:
        header = msgspec.json.decode(raw, type=Header)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise TokenError("The header of this token has more than alg, typ and kid, or is no JSON object.") from error
    if header.alg != algorithm:
        raise TokenError(f"This token is signed by {header.alg!r:.40}; SIMPLE_JWT['ALGORITHM'] is {algorithm!r}.")
    if header.typ.lower() not in _TYPES:
        raise TokenError(f"The type of this token is {header.typ!r:.40}, not JWT.")
