"""The epoch of a user: what a token carries, and what changes when the password does (H35).

It comes from the hash of sessions (`get_session_auth_hash`), so one new password ends sessions and tokens alike.
A token is in the hands of clients, so it carries a value derived from that hash.
"""

from __future__ import annotations

from typing import Any

from manoir.signing import constant_time_compare, derive_key


def epoch_of(user: Any) -> str:
    """Return the epoch of a user: 32 characters."""
    return derived_epoch(user.get_session_auth_hash())


def is_epoch_of(user: Any, epoch: Any) -> bool:
    """Tell whether an epoch that a token carries is still the user's, by SECRET_KEY or one of SECRET_KEY_FALLBACKS."""
    if not isinstance(epoch, str) or not epoch:
        return False
    if constant_time_compare(epoch, epoch_of(user)):
        return True
    older = user.get_session_auth_fallback_hash()
    return any(constant_time_compare(epoch, derived_epoch(one)) for one in older)


def derived_epoch(session_hash: str) -> str:
    return derive_key("manoir.rest.epoch", secret=session_hash, length=16).hex()
