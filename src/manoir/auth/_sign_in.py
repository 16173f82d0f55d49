"""Signing in and out, and who the user of a request is."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any, Final

from manoir.auth import signals
from manoir.auth._backends_of import named_backends
from manoir.auth._lockout import abegin, afail, alocked_meanwhile, asucceed, note_lock
from manoir.auth.models import AnonymousUser, get_user_model
from manoir.bridge import blocking_function, run_sync
from manoir.conf import settings
from manoir.exceptions import PermissionDenied
from manoir.security import rotate_token
from manoir.signing import constant_time_compare
from manoir.timezone import now

SESSION_KEY: Final = "_auth_user_id"
BACKEND_SESSION_KEY: Final = "_auth_user_backend"
HASH_SESSION_KEY: Final = "_auth_user_hash"
SECRETS: Final = ("api", "key", "pass", "secret", "signature", "token")


async def aauthenticate(request: Any = None, **credentials: Any) -> Any:
    """Return the user whose credentials these are, or None; None, too, after too many failures (`locked_until()`).

    Args:
        request: the request that brought them; None without one.
        **credentials: what the backends take, such as `username` and `password`. A backend that does not take these
            is not asked.
    """
    attempt = await abegin(request, credentials, get_user_model().USERNAME_FIELD)
    note_lock(request, attempt.locked_until)
    user = None if attempt.locked_until else await aask_backends(request, credentials)
    if user is not None:
        until = await alocked_meanwhile(attempt)
        if until is None:
            await asucceed(attempt)
            return user
        attempt = replace(attempt, locked_until=until)
        note_lock(request, until)
    if attempt.locked_until is None:
        await afail(attempt)
    await signals.user_login_failed.asend(
        sender="manoir.auth",
        credentials=without_secrets(credentials),
        request=request,
        locked_until=attempt.locked_until,
    )
    return None


async def aask_backends(request: Any, credentials: dict[str, Any]) -> Any:
    """Return the user of the first backend that knows these credentials, or None."""
    for path, backend in named_backends():
        method, is_async = method_of(backend, "authenticate")
        try:
            inspect.signature(method).bind(request, **credentials)
        except TypeError:
            continue
        try:
            user = await (method(request, **credentials) if is_async else run_sync(method, request, **credentials))
        except PermissionDenied:
            return None
        if user is not None:
            user.backend = path
            return user
    return None


authenticate = blocking_function(aauthenticate)


def method_of(backend: Any, name: str) -> tuple[Any, bool]:
    """Return a backend's method, the async one where it has both colours."""
    method = getattr(backend, f"a{name}", None)
    return (method, True) if method is not None else (getattr(backend, name), False)


def without_secrets(credentials: dict[str, Any]) -> dict[str, Any]:
    """Return credentials that may be logged."""
    return {
        name: "********" if any(part in name.lower() for part in SECRETS) else value
        for name, value in credentials.items()
    }


async def alogin(request: Any, user: Any, backend: str | None = None) -> None:
    """Sign somebody in: from now on requests of this browser are theirs.

    The session gets a new key (what an attacker planted before is worth nothing), and is emptied when it was somebody
    else's; the CSRF secret changes, too.

    Args:
        request: the request, with a session.
        user: who it is; from `authenticate()`, or with `backend`.
        backend: dotted path of the backend that knows the user; None takes `user.backend`, or the only backend.

    Raises:
        ValueError: there are several backends, and nothing says which.
        TypeError: the user is nobody who can sign in.
    """
    if user is None or not hasattr(user, "get_session_auth_hash"):
        raise TypeError(f"login() needs a user from authenticate(), not {user!r:.80}.")
    path = backend_of(user, backend)
    session = request.session
    auth_hash, key = user.get_session_auth_hash(), str(user._meta.pk.value_to_string(user))
    known = await session.aget(SESSION_KEY)
    if known is not None and (known != key or not same(await session.aget(HASH_SESSION_KEY, ""), auth_hash)):
        await session.aflush()
    await session.aupdate({SESSION_KEY: key, BACKEND_SESSION_KEY: path, HASH_SESSION_KEY: auth_hash})
    await session.acycle_key()
    request.user = user
    rotate_token(request)
    await signals.user_logged_in.asend(sender=type(user), request=request, user=user)


login = blocking_function(alogin)


def backend_of(user: Any, backend: str | None) -> str:
    """Return the path of the backend that a user belongs to."""
    path = backend or getattr(user, "backend", None)
    if path is not None:
        if not isinstance(path, str):
            raise TypeError(f"`backend` is the dotted path of a backend, not {path!r:.80}.")
        return path
    known = [path for path, _backend in named_backends()]
    if len(known) > 1:
        raise ValueError(
            "AUTHENTICATION_BACKENDS has several backends: say which one knows this user, "
            f"login(request, user, backend={known[0]!r}), or get the user from authenticate()."
        )
    return known[0]


async def alogout(request: Any) -> None:
    """Sign out: the session is emptied, here and in its store."""
    user = await request.auser() if hasattr(request, "auser") else getattr(request, "user", None)
    who = user if user is not None and user.is_authenticated else None
    await signals.user_logged_out.asend(sender=type(who), request=request, user=who)
    await request.session.aflush()
    request.user = AnonymousUser()


logout = blocking_function(alogout)


async def aget_user(request: Any) -> Any:
    """Return the user of a request's session, or an AnonymousUser.

    Everything is checked each time: the backend is still one of the settings, the user still there and active, the
    password still the same.
    """
    session = request.session
    key, path = await session.aget(SESSION_KEY), await session.aget(BACKEND_SESSION_KEY)
    if key is None or path not in settings.AUTHENTICATION_BACKENDS:
        return AnonymousUser()
    backend = dict(named_backends())[path]
    try:
        value = get_user_model()._meta.pk.to_python(key)
    except Exception:  # a key that another user model wrote
        return AnonymousUser()
    method, is_async = method_of(backend, "get_user")
    user = await (method(value) if is_async else run_sync(method, value))
    if user is None:
        return AnonymousUser()
    stored = await session.aget(HASH_SESSION_KEY, "")
    if same(stored, user.get_session_auth_hash()):
        return user
    if any(same(stored, older) for older in user.get_session_auth_fallback_hash()):
        await session.acycle_key()
        await session.aset(HASH_SESSION_KEY, user.get_session_auth_hash())
        return user
    await session.aflush()
    return AnonymousUser()


get_user = blocking_function(aget_user)


async def aupdate_session_auth_hash(request: Any, user: Any) -> None:
    """Keep this browser signed in after its user's password was changed; all others are signed out by the change.

    Args:
        request: the request, with a session.
        user: whose password was changed. Nothing is done unless it is who is signed in: a member of the staff who sets
            somebody's password keeps a session of their own.

    Example:
        >>> async def change(request):
        ...     user = await request.auser()
        ...     await user.aset_password("correct horse battery")
        ...     await user.asave()
        ...     await aupdate_session_auth_hash(request, user)
    """
    signed_in = await request.auser() if hasattr(request, "auser") else getattr(request, "user", None)
    if signed_in is None or signed_in != user:
        return
    await request.session.acycle_key()
    await request.session.aset(HASH_SESSION_KEY, user.get_session_auth_hash())


update_session_auth_hash = blocking_function(aupdate_session_auth_hash)


def same(stored: Any, wanted: str) -> bool:
    return isinstance(stored, str) and constant_time_compare(stored, wanted)


async def aupdate_last_login(sender: Any, user: Any, **kwargs: Any) -> None:
    """Note the moment of a sign-in; a receiver of `user_logged_in`."""
    user.last_login = now()
    await user.asave(update_fields=["last_login"])
