"""Sessions: what a site remembers about a browser between requests.

The room's map:

- `_base`: `SessionBase`, the documented `request.session`, on the steps that a store defines.
- `_stores`: `DatabaseStore`, `CacheStore`, `CachedDatabaseStore`, `SignedCookieStore`; `_files`: `FileStore`.
- `_middleware`: `SessionMiddleware`, which opens a session when it is touched and saves it when it was changed.
- `_checks`: whether the store and the serializer of the settings can be used.
- `models`: the table `django_session`.
- `compliance`: the tests every store passes; run them for your own.
"""

from __future__ import annotations

from manoir.exceptions import SessionInterrupted
from manoir.sessions import _checks as _checks
from manoir.sessions._base import SessionBase, hashed_session_key
from manoir.sessions._files import FileStore
from manoir.sessions._middleware import SessionMiddleware
from manoir.sessions._stores import CachedDatabaseStore, CacheStore, DatabaseStore, SignedCookieStore
from manoir.sessions.models import Session, SessionManager
from manoir.signing import JSONSerializer

__all__ = [
    "CacheStore",
    "CachedDatabaseStore",
    "DatabaseStore",
    "FileStore",
    "JSONSerializer",
    "Session",
    "SessionBase",
    "SessionInterrupted",
    "SessionManager",
    "SessionMiddleware",
    "SignedCookieStore",
    "hashed_session_key",
]
