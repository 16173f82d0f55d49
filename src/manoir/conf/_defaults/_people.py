"""Settings of people: users, passwords, sessions, messages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

TWO_WEEKS = 60 * 60 * 24 * 7 * 2
THREE_DAYS = 60 * 60 * 24 * 3
NINETY_DAYS = 60 * 60 * 24 * 90


class PeopleDefaults:
    AUTH_USER_MODEL: str = "auth.User"
    """The user model as "app_label.Model"; decide before the first migration."""
    AUTHENTICATION_BACKENDS: Sequence[str] = ["manoir.auth.ModelBackend"]
    """Dotted paths of the classes that check credentials, asked in order."""
    AUTH_PASSWORD_VALIDATORS: Sequence[dict[str, Any]] = []
    """Password rules: NAME (dotted path) and OPTIONS each."""
    PASSWORD_HASHERS: Sequence[str] = [
        "manoir.auth.Argon2PasswordHasher",
        "manoir.auth.PBKDF2PasswordHasher",
        "manoir.auth.PBKDF2SHA1PasswordHasher",
        "manoir.auth.BCryptSHA256PasswordHasher",
        "manoir.auth.ScryptPasswordHasher",
    ]
    """Dotted paths of hashers; the first makes new hashes, all are read."""
    PASSWORD_HASHING_CONCURRENCY: int | None = None
    """Most passwords that a process hashes at once; None: one for each processor."""
    PASSWORD_RESET_TIMEOUT: int = THREE_DAYS
    """Seconds for which a link to reset a password works."""
    LOGIN_URL: str = "/accounts/login/"
    """URL or URL name to which people who must log in are sent."""
    LOGIN_REDIRECT_URL: str = "/accounts/profile/"
    """URL or URL name after login when no `next` is given."""
    LOGOUT_REDIRECT_URL: str | None = None
    """URL or URL name after logout; None shows the logged-out page."""

    # -- lockout --
    LOGIN_FAILURE_LIMIT: int | None = 10
    """Failed sign-ins that an account bears, in one place, before it is locked there; None counts nothing at all."""
    LOGIN_FAILURE_LIMIT_PER_ADDRESS: int = 100
    """Failed sign-ins that a client address bears, whatever the accounts."""
    LOGIN_LOCKOUT_SECONDS: int = 60
    """Length of the first lock; each further failure doubles it."""
    LOGIN_LOCKOUT_LONGEST_SECONDS: int = 3_600
    """Longest lock."""
    LOGIN_FAILURE_MEMORY_SECONDS: int = 86_400
    """Seconds after the last failure at which a count is forgotten."""
    LOGIN_FAMILIAR_SECONDS: int = NINETY_DAYS
    """Seconds for which the browser and the address of a sign-in are familiar places of the account: guesses made
    there are counted by themselves, so that strangers cannot lock the owner out."""
    LOGIN_DEVICE_COOKIE_NAME: str | None = "known_device"
    """Cookie by which a browser is a familiar place; None sets none."""

    # -- sessions --
    SESSION_ENGINE: str = "manoir.sessions.DatabaseStore"
    """Dotted path of the session store."""
    SESSION_SERIALIZER: str = "manoir.sessions.JSONSerializer"
    """Dotted path of the class that turns session data into bytes."""
    SESSION_ABSOLUTE_AGE: int | None = None
    """Seconds after which a session ends however busy it is, counted from sign-in; None: never."""
    SESSION_CACHE_ALIAS: str = "default"
    """Cache used by `manoir.sessions.CacheStore`."""
    SESSION_COOKIE_AGE: int = TWO_WEEKS
    """Seconds a session lives after it was saved last."""
    SESSION_COOKIE_DOMAIN: str | None = None
    """Domain of the session cookie; None: this host only."""
    SESSION_COOKIE_HTTPONLY: bool = True
    """Hide the session cookie from scripts."""
    SESSION_COOKIE_NAME: str = "sessionid"
    """Name of the session cookie."""
    SESSION_COOKIE_PATH: str = "/"
    """Path of the session cookie."""
    SESSION_COOKIE_SAMESITE: Literal["Lax", "Strict", "None", False] = "Lax"
    """SameSite of the session cookie; False sends none."""
    SESSION_COOKIE_SECURE: bool = False
    """Send the session cookie over HTTPS only."""
    SESSION_EXPIRE_AT_BROWSER_CLOSE: bool = False
    """Forget the session when the browser closes."""
    SESSION_FILE_PATH: str | Path | None = None
    """Directory of `manoir.sessions.FileStore`; None: one of its own in the system's temporary directory."""
    SESSION_SAVE_EVERY_REQUEST: bool = False
    """Save the session on each request, so that its age starts again."""

    # -- messages --
    MESSAGE_LEVEL: int = 20
    """Lowest level of messages that are kept (10 debug, 20 info, 25 success, 30 warning, 40 error)."""
    MESSAGE_STORAGE: str = "manoir.messages.FallbackStorage"
    """Dotted path of the class that keeps messages between requests."""
    MESSAGE_TAGS: dict[int, str] = {}
    """CSS classes by level, over the default ones."""
