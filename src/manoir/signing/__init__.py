"""Signing: values that leave the application and come back unchanged, or not at all.

The room's map:

- `_keys`: keys by HKDF from SECRET_KEY, one for each algorithm and purpose; `derive_key` for other rooms.
- `_signers`: `Signer`, `TimestampSigner`, `dumps`, `loads`, `get_cookie_signer`.
"""

from __future__ import annotations

from manoir.exceptions import BadSignature, SignatureExpired
from manoir.signing._keys import constant_time_compare, derive_key, get_random_string
from manoir.signing._signers import (
    JSONSerializer,
    Serializer,
    Signer,
    TimestampSigner,
    dumps,
    get_cookie_signer,
    loads,
)

__all__ = [
    "BadSignature",
    "JSONSerializer",
    "Serializer",
    "SignatureExpired",
    "Signer",
    "TimestampSigner",
    "constant_time_compare",
    "derive_key",
    "dumps",
    "get_cookie_signer",
    "get_random_string",
    "loads",
]
