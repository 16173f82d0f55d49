"""The keys that sign and check tokens: each belongs to the one algorithm of the settings (C12).

What a token says about keys is never read: there is no look-up by `kid`, no file and no address (C13).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any, Final

from manoir.conf import settings as project
from manoir.exceptions import ImproperlyConfigured, nearest
from manoir.rest.jwt.settings import jwt_settings
from manoir.signing import derive_key

HMAC: Final = {"HS256": 32, "HS384": 48, "HS512": 64}
"""Algorithms with one secret, and the least number of its bytes (RFC 7518, 3.2)."""
RSA: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
CURVES: Final = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "Ed25519": "Ed25519"}
ALGORITHMS: Final = (*HMAC, *sorted(RSA), *CURVES)
LEAST_RSA_BITS: Final = 2_048


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of the settings.

    Attributes:
        algorithm: the one algorithm that they are used with.
        signing: what signs; None where this project only checks.
        verifying: what checks, the one in use first.
        scheme: how the algorithm signs and checks, of joserfc.
    """

    algorithm: str
    signing: Any = field(repr=False)
    verifying: tuple[Any, ...] = field(repr=False)
    scheme: Any = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        return self.scheme.sign(message, self.signing)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether one of the keys has signed a message."""
        return any(self.scheme.verify(message, signature, key) for key in self.verifying)


_kept: list[KeyRing] = []


def key_ring() -> KeyRing:
    """Return the keys of the settings.

    Raises:
        ImproperlyConfigured: they are missing, weak or unreadable, or joserfc is not installed.
    """
    if not _kept:
        _kept.append(make_key_ring())
    return _kept[0]


@project.on_change
def forget_keys(name: str, value: object, enter: bool) -> None:
    """Make the keys anew after a setting that they come from changed."""
    if name in ("SIMPLE_JWT", "SECRET_KEY", "SECRET_KEY_FALLBACKS"):
        _kept.clear()


def make_key_ring() -> KeyRing:
    """Read the keys of the settings."""
    algorithm: Any = jwt_settings.ALGORITHM
    if algorithm not in ALGORITHMS:
        told = " It is called Ed25519 now (RFC 9864)." if algorithm == "EdDSA" else nearest(str(algorithm), ALGORITHMS)
        raise ImproperlyConfigured(
            f"SIMPLE_JWT['ALGORITHM'] is {algorithm!r:.60}; it is one of {', '.join(ALGORITHMS)}.{told}"
        )
    if jwt_settings.JWK_URL is not None:
        raise ImproperlyConfigured(
            "SIMPLE_JWT['JWK_URL'] would have each process fetch the keys that it believes. Put the public key into "
            "SIMPLE_JWT['VERIFYING_KEY'] instead, and older ones into VERIFYING_KEY_FALLBACKS."
        )
    signing, verifying = secret_keys(algorithm) if algorithm in HMAC else key_pairs(algorithm)
    return KeyRing(algorithm, signing, verifying, jose("jws").JWSRegistry(algorithms=[algorithm]).get_alg(algorithm))


def secret_keys(algorithm: str) -> tuple[Any, tuple[Any, ...]]:
    """Make the keys of an algorithm with one secret."""
    given, length = jwt_settings.SIGNING_KEY, HMAC[algorithm]
    if given is None:
        purpose = f"manoir.rest.jwt|{algorithm}"
        secrets: list[Any] = [None, *project.SECRET_KEY_FALLBACKS]
        raw = [derive_key(purpose, secret=secret, length=length) for secret in secrets]
        keys = [jwk().OctKey.import_key(one) for one in raw]
    else:
        keys = [secret_key(given, "SIGNING_KEY", algorithm)]
    keys += [secret_key(one, "VERIFYING_KEY_FALLBACKS", algorithm) for one in jwt_settings.VERIFYING_KEY_FALLBACKS]
    return keys[0], tuple(keys)


def secret_key(given: Any, name: str, algorithm: str) -> Any:
    """Make a key of a secret of the settings."""
    secret = given.encode() if isinstance(given, str) else given
    if not isinstance(secret, bytes) or len(secret) < HMAC[algorithm]:
        raise ImproperlyConfigured(
            f"SIMPLE_JWT[{name!r}] has to be a secret of at least {HMAC[algorithm]} bytes for {algorithm}. Make one by "
            "`python -c 'import secrets; print(secrets.token_urlsafe(64))'`, or leave it out: then it is derived from "
            "SECRET_KEY."
        )
    try:
        return jwk().OctKey.import_key(secret)
    except ValueError:
        raise ImproperlyConfigured(
            f"SIMPLE_JWT[{name!r}] is one of a pair of keys, which others may know, but {algorithm} takes a secret. "
            "Set SIMPLE_JWT['ALGORITHM'] to RS256, ES256 or Ed25519."
        ) from None


def key_pairs(algorithm: str) -> tuple[Any, tuple[Any, ...]]:
    """Read the keys of an algorithm with a private and a public one."""
    private, public = jwt_settings.SIGNING_KEY, jwt_settings.VERIFYING_KEY
    signing = pem_key(private, "SIGNING_KEY", algorithm) if private else None
    if signing is not None and not signing.is_private:
        raise ImproperlyConfigured("SIMPLE_JWT['SIGNING_KEY'] is a public key, which cannot sign: put the private one.")
    if signing is None and not public:
        raise ImproperlyConfigured(
            f"{algorithm} needs keys: the private one in SIMPLE_JWT['SIGNING_KEY'], or, where tokens are only checked, "
            "the public one in SIMPLE_JWT['VERIFYING_KEY'], each as PEM."
        )
    first = pem_key(public, "VERIFYING_KEY", algorithm) if public else signing
    older = [pem_key(one, "VERIFYING_KEY_FALLBACKS", algorithm) for one in jwt_settings.VERIFYING_KEY_FALLBACKS]
    return signing, (first, *older)


def pem_key(pem: Any, name: str, algorithm: str) -> Any:
    """Read a key in PEM.

    Raises:
        ImproperlyConfigured: it is none, or one of another algorithm.
    """
    kinds = jwk()
    kind = kinds.RSAKey if algorithm in RSA else kinds.OKPKey if algorithm == "Ed25519" else kinds.ECKey
    wanted = (
        f"a key of at least {LEAST_RSA_BITS} bits" if algorithm in RSA else f"a key on the curve {CURVES[algorithm]}"
    )
    try:
        key = kind.import_key(pem)
        fits = key.public_key.key_size >= LEAST_RSA_BITS if algorithm in RSA else key.curve_name == CURVES[algorithm]
    except Exception as error:  # whatever the library says about what it cannot read; the text may hold the key itself
        raise ImproperlyConfigured(
            f"SIMPLE_JWT[{name!r}] cannot be read as a key for {algorithm} ({type(error).__name__}): it is PEM, "
            f"{wanted}."
        ) from None
    if not fits:
        raise ImproperlyConfigured(f"SIMPLE_JWT[{name!r}] does not fit {algorithm}, which needs {wanted}.")
    return key


def jwk() -> Any:
    """Return joserfc's kinds of keys."""
    return jose("jwk")


def jose(module: str) -> Any:
    """Return a module of joserfc.

    Raises:
        ImproperlyConfigured: joserfc is not installed.
    """
    try:
        return importlib.import_module(f"joserfc.{module}")
    except ImportError as error:
        raise ImproperlyConfigured("JSON Web Tokens need joserfc: pip install 'manoir[jwt]'.") from error
