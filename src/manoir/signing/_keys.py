"""Keys that carry their algorithm and their purpose, derived from SECRET_KEY by HKDF (RFC 5869).

Every part of what a key is for goes into the derivation with its length before it, so that no two purposes can spell
the same bytes ("a" + "bc" and "ab" + "c").
"""

from __future__ import annotations

import hmac
import secrets
import string
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured

ALGORITHMS: Final = {"sha256": 32, "sha384": 48, "sha512": 64}
"""Hash functions a signature may use, with the length of their digest in bytes."""

EXTRACTION_SALT: Final = b"manoir.signing.v1"
MAX_EXPANSION: Final = 255


@dataclass(frozen=True, slots=True)
class Key:
    """A key for one purpose.

    Attributes:
        algorithm: the hash function it is used with; a name of ALGORITHMS.
        purpose: what it signs; part of its derivation.
        secret: its bytes, as many as the digest is long; never shown.
    """

    algorithm: str
    purpose: tuple[str, ...]
    secret: bytes = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the authentication code of `message`."""
        return hmac.digest(self.secret, message, self.algorithm)

    def verify(self, message: bytes, code: bytes) -> bool:
        """Tell in constant time whether `code` is the authentication code of `message`."""
        return hmac.compare_digest(self.sign(message), code)


def prefixed(*parts: str) -> bytes:
    """Join texts so that different lists never give the same bytes."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def expand(secret: bytes, info: bytes, length: int, algorithm: str) -> bytes:
    """Do HKDF: extract from `secret`, expand to `length` bytes for `info`."""
    blocks = -(-length // ALGORITHMS[algorithm])
    if not 0 < blocks <= MAX_EXPANSION:
        raise ValueError(f"HKDF with {algorithm} cannot make {length} bytes.")
    seed = hmac.digest(EXTRACTION_SALT, secret, algorithm)
    block, material = b"", b""
    for count in range(1, blocks + 1):
        block = hmac.digest(seed, block + info + bytes([count]), algorithm)
        material += block
    return material[:length]


# Bounded, and worth it: a request verifies several cookies with the same few keys.
@lru_cache(maxsize=256)
def make_key(secret: bytes, algorithm: str, purpose: tuple[str, ...]) -> Key:
    """Derive the key of `secret` for `purpose`."""
    length = ALGORITHMS[algorithm]
    return Key(algorithm, purpose, expand(secret, prefixed(algorithm, *purpose), length, algorithm))


def secret_bytes(secret: str | bytes | None) -> bytes:
    """Return a secret as bytes; None is SECRET_KEY.

    Raises:
        ImproperlyConfigured: it is empty.
    """
    found = settings.SECRET_KEY if secret is None else secret
    if not found:
        raise ImproperlyConfigured(
            "SECRET_KEY is empty, so nothing can be signed. Set it to at least 32 random characters, out of the "
            'environment: SECRET_KEY = env("SECRET_KEY").'
        )
    return found.encode() if isinstance(found, str) else bytes(found)


def derive_key(purpose: str, *, secret: str | bytes | None = None, length: int = 32) -> bytes:
    """Derive bytes that are secret and only for one purpose.

    Args:
        purpose: what they are for, such as `"manoir.sessions.cookie"`; another purpose gives unrelated bytes.
        secret: what to derive from; None is SECRET_KEY.
        length: how many bytes, up to 8,160.

    Raises:
        ImproperlyConfigured: SECRET_KEY is empty.

    Example:
        >>> len(derive_key("shop.receipts", secret="x" * 32))
        32
    """
    return expand(secret_bytes(secret), prefixed("derive", purpose), length, "sha256")


def constant_time_compare(a: str | bytes, b: str | bytes) -> bool:
    """Tell whether two texts are equal, in a time that says nothing about where they differ."""
    return hmac.compare_digest(bytes_of(a), bytes_of(b))


def bytes_of(value: str | bytes) -> bytes:
    """Return a text as bytes; half of a surrogate pair, which JSON may bring, is no error but unlike everything else."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def get_random_string(length: int, allowed_chars: str = string.ascii_letters + string.digits) -> str:
    """Make a text that nobody can guess.

    Args:
        length: how many characters; 22 of the default ones are 128 bits.
        allowed_chars: the characters to choose from.

    Example:
        >>> len(get_random_string(12))
        12
    """
    return "".join(secrets.choice(allowed_chars) for _ in range(length))
