"""What a session is at rest: signed text, under the hash of its key."""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass, field
from typing import Any, Final

from manoir.conf import import_string, settings
from manoir.exceptions import BadSignature
from manoir.signing import dumps, loads

SALT: Final = "manoir.sessions"
COOKIE_SALT: Final = "manoir.sessions.cookie"
LONGEST_COOKIE: Final = 4096
logger = logging.getLogger("manoir.security.SuspiciousSession")


@dataclass(slots=True)
class Content:
    """What a store keeps.

    Attributes:
        data: what the site put in.
        created: when the session began, in seconds since 1970; its absolute age counts from here.
    """

    data: dict[str, Any] = field(default_factory=dict[str, Any])
    created: float = field(default_factory=time.time)


def hashed_session_key(session_key: str) -> str:
    """Return what stores keep instead of a key: 40 hexadecimal digits."""
    return hashlib.sha256(session_key.encode("utf-8", "replace")).hexdigest()[:40]


def encode(content: Content, salt: str = SALT) -> str:
    """Return content as signed text.

    Raises:
        TypeError: the serializer cannot write a value of the session.
    """
    serializer = import_string(settings.SESSION_SERIALIZER)
    return dumps([content.created, content.data], salt=salt, serializer=serializer, compress=True)


def decode(text: str, salt: str = SALT, max_age: float | None = None) -> Content:
    """Return the content of signed text; a new, empty one when the signature is wrong or too old."""
    serializer = import_string(settings.SESSION_SERIALIZER)
    try:
        value = loads(text, salt=salt, serializer=serializer, max_age=max_age)
    except BadSignature:
        logger.warning("A session was not signed by this site, or is too old; it counts as empty.")
        return Content()
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[1], dict):
        return Content()
    return Content(value[1], float(value[0]))
