"""Lockout: how many guesses an account and an address bear, shared by everything that asks `authenticate()`.

Three things are counted, before a password is looked at:

- the *address* (an IPv6 network of 64 bits counts as one), whatever accounts it tries;
- the *account*, by the name that was typed in one normal form, whether it exists or not;
- the account *in a familiar place* instead, where the browser has a cookie of an earlier sign-in, or the address is one
  that the account was used from. So strangers who lock an account do not lock its owner out, and nobody gets more
  guesses by pretending: each place bears as few.

In unfamiliar places an attempt is counted before it is made, so that of many at a time no more than the limit are let
through. In familiar ones it is counted when it has failed, so that a client that signs each of its many requests by a
password is never taken for a guesser; what is right counts for nothing if a lock began meanwhile.

A lock lasts a minute, then two, four, up to an hour. A guess during a lock is refused without a look at the password
and does not prolong it. What was right clears the count of its place; the address only gets back that one attempt, or
an attacker with an account of his own could start anew at will. A lock of the address does not hold for a browser with
the cookie: the colleague of a guesser may sign in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from manoir.apps import apps
from manoir.auth._failures import SignInFailure, acount_try, aforget, agive_back, failure_key
from manoir.auth._places import PLACE, account_key, account_of, address_of, device_of
from manoir.bridge import blocking_function
from manoir.conf import settings
from manoir.http import network_of
from manoir.timezone import now

ACCOUNT: Final = "account"
ADDRESS: Final = "address"
FAMILIAR: Final = "familiar"
MAIL: Final = "mail"
CLAIM: Final = "claim"
CONFIRM: Final = "confirm"
MAIL_FROM: Final = "mail from"
MOST_STEPS: Final = 12
REFRESHED_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to sign in.

    Attributes:
        kind: what `place` is a row of.
        place: key of the row of the account, or of the account in a familiar place; None when nothing is counted.
        address: key of the row of the address; None without one.
        familiar: key of the row that makes this address a familiar one of the account; None without an address.
        counted: it is counted already.
        has_failures: there is a row at `place`.
        refresh: `familiar` has to be written.
        locked_until: when the next attempt may be made; None when this one may.
    """

    kind: str = ACCOUNT
    place: str | None = None
    address: str | None = None
    familiar: str | None = None
    counted: bool = True
    has_failures: bool = True
    refresh: bool = True
    locked_until: datetime | None = None


def delays() -> list[timedelta]:
    """Return how long the first lock lasts, the second, and so on."""
    found: list[timedelta] = []
    seconds, longest = settings.LOGIN_LOCKOUT_SECONDS, settings.LOGIN_LOCKOUT_LONGEST_SECONDS
    while seconds < longest and len(found) < MOST_STEPS:
        found.append(timedelta(seconds=seconds))
        seconds *= 2
    return [*found, timedelta(seconds=longest)]


def memory() -> timedelta:
    """Return how long after the last failure a count is forgotten."""
    return timedelta(seconds=settings.LOGIN_FAILURE_MEMORY_SECONDS)


# -- around authenticate() --------------------------------------------------------------------------------------------


async def abegin(request: Any, credentials: dict[str, Any], username_field: str) -> Attempt:
    """Tell whether an attempt may be made.

    Args:
        request: the request; None without one.
        credentials: what was given.
        username_field: the name's field of the user model.
    """
    if settings.LOGIN_FAILURE_LIMIT is None or not apps.is_installed("manoir.auth"):
        return Attempt()
    if set(credentials) == {"remote_user"}:  # a trusted peer has checked who that is: it is no guess
        return Attempt()
    account, address = account_of(credentials, username_field), address_of(request)
    if account is not None:
        attempt = await afamiliar(request, account, address)
        if attempt is not None:
            return attempt
    return await aunfamiliar(account, address)


async def afamiliar(request: Any, account: str, address: str | None) -> Attempt | None:
    """Look at an attempt in a familiar place, by one query; None for one elsewhere."""
    device = device_of(request, account)
    if device is None and address is None:
        return None
    moment = now()
    place = failure_key(PLACE, account, device or address or "")
    familiar = None if address is None else failure_key(FAMILIAR, account, address)
    of_address = None if address is None else failure_key(ADDRESS, address)
    wanted = [key for key in (place, familiar, of_address) if key is not None]
    rows = {row.key: row async for row in SignInFailure.objects.filter(key__in=wanted, expires__gt=moment)}
    if device is None and familiar not in rows:
        return None
    locks = [rows.get(place), None if device else rows.get(of_address or "")]
    known = rows.get(familiar or "")
    return Attempt(
        kind=PLACE,
        place=place,
        address=of_address,
        familiar=familiar,
        counted=False,
        has_failures=place in rows,
        refresh=known is None or known.expires < moment + familiar_age() - REFRESHED_AFTER,
        locked_until=max((row.locked_until for row in locks if row and is_locked(row, moment)), default=None),
    )


def is_locked(row: SignInFailure, moment: datetime) -> bool:
    return row.locked_until is not None and row.locked_until > moment


async def aunfamiliar(account: str | None, address: str | None) -> Attempt:
    """Count an attempt elsewhere: of the address, then, unless that is locked, of the account."""
    of_address = None if address is None else failure_key(ADDRESS, address)
    until = None if of_address is None else await acount(ADDRESS, of_address)
    if until is not None or account is None:
        return Attempt(address=of_address, locked_until=until)
    of_account = failure_key(ACCOUNT, account)
    familiar = None if address is None else failure_key(FAMILIAR, account, address)
    until = await acount(ACCOUNT, of_account)
    return Attempt(place=of_account, address=of_address, familiar=familiar, locked_until=until)


async def acount(kind: str, key: str) -> datetime | None:
    """Count an attempt by the limits of the settings; return the end of the lock that forbids it."""
    by_client = kind in (ADDRESS, MAIL_FROM)
    limit = settings.LOGIN_FAILURE_LIMIT_PER_ADDRESS if by_client else settings.LOGIN_FAILURE_LIMIT
    if limit is None:
        return None
    return await acount_try(kind, key, limit=limit, delays=delays(), memory=memory(), moment=now())


async def afail(attempt: Attempt) -> None:
    """Count an attempt that failed, unless it is counted already."""
    if attempt.counted or attempt.place is None:
        return
    if attempt.address is not None:
        await acount(ADDRESS, attempt.address)
    await acount(attempt.kind, attempt.place)


async def alocked_meanwhile(attempt: Attempt) -> datetime | None:
    """Return the end of a lock that began after an attempt in a familiar place did; None for no such lock.

    Guesses there are counted when they have failed, so many at a time all begin: what is right among them counts only
    as long as no more have failed than a place bears.
    """
    if attempt.counted or attempt.place is None:
        return None
    locked = SignInFailure.objects.filter(key=attempt.place, locked_until__gt=now())
    return await locked.values_list("locked_until", flat=True).afirst()


async def asucceed(attempt: Attempt) -> None:
    """Clear what was counted at the place of an attempt that was right, and make its address a familiar one."""
    if attempt.counted and attempt.address is not None:
        await agive_back(attempt.address, settings.LOGIN_FAILURE_LIMIT_PER_ADDRESS, now())
    if attempt.place is None:
        return
    if attempt.has_failures:
        await aforget(attempt.place)
    if attempt.familiar is not None and attempt.refresh:
        await aremember(attempt.familiar)


async def aclear_failures(account: str | None = None, address: str | None = None) -> int:
    """Forget failed attempts, so that a lock ends at once.

    Args:
        account: the name that somebody signs in with, in any spelling; the locks of its familiar places stay.
        address: the address of a client; its whole network for IPv6.

    Returns:
        How many counts there were.

    Raises:
        ValueError: `address` is no address.
    """
    keys: list[str] = []
    if account is not None:
        keys.append(failure_key(ACCOUNT, account_key(account)))
    if address is not None:
        keys.append(failure_key(ADDRESS, network_of(address)))
    removed, _by_model = await SignInFailure.objects.filter(key__in=keys).adelete()
    return removed


clear_failures = blocking_function(aclear_failures)


async def amay_mail(request: Any, address: str) -> bool:
    """Count a mail that a page for everybody is about to send, and tell whether it may.

    The owner of an address is not flooded, and no client uses the site to write to thousands.

    Args:
        request: who asked for it.
        address: where it would go.
    """
    if settings.LOGIN_FAILURE_LIMIT is None:
        return True
    client = address_of(request)
    if client is not None and await acount(MAIL_FROM, failure_key(MAIL_FROM, client)) is not None:
        return False
    return await acount(MAIL, failure_key(MAIL, account_key(address))) is None


async def aconfirm(user: Any, password: str) -> bool:
    """Tell whether somebody who is signed in knows the password; False, too, after too many wrong ones."""
    key = failure_key(CONFIRM, str(user.pk))
    if await acount(CONFIRM, key) is not None or not await user.acheck_password(password):
        return False
    await aforget(key)
    return True


async def aclaim(address: str) -> bool:
    """Tell whether an account may be made for an address, or is just being made: of several at a time one may."""
    a_minute, key = timedelta(minutes=1), failure_key(CLAIM, account_key(address))
    return await acount_try(CLAIM, key, limit=1, delays=[a_minute], memory=a_minute, moment=now()) is None


async def arelease(address: str) -> None:
    """Let somebody try again: no account was made."""
    await aforget(failure_key(CLAIM, account_key(address)))


# -- familiar places --------------------------------------------------------------------------------------------------


def familiar_age() -> timedelta:
    """Return how long a place stays familiar."""
    return timedelta(seconds=settings.LOGIN_FAMILIAR_SECONDS)


async def aremember(key: str) -> None:
    """Make an address a familiar one of an account."""
    expires = now() + familiar_age()
    if not await SignInFailure.objects.filter(key=key).aupdate(expires=expires):
        row = SignInFailure(key=key, kind=FAMILIAR, expires=expires)
        await SignInFailure.objects.abulk_create([row], ignore_conflicts=True)


# -- what others ask --------------------------------------------------------------------------------------------------


def note_lock(request: Any, until: datetime | None) -> None:
    """Keep on a request until when no further attempt is allowed."""
    if request is not None:
        getattr(request, "_request", request).sign_in_locked_until = until


def locked_until(request: Any) -> datetime | None:
    """Return until when `authenticate()` looks at no further attempt like this request's; None for no lock.

    Args:
        request: the request that was given to `authenticate()`.

    Example:
        >>> user = await aauthenticate(request, username="ada", password=guess)  # doctest: +SKIP
        >>> if user is None and locked_until(request):  # doctest: +SKIP
        ...     return HttpResponse("Too many tries.", status=429)
    """
    return getattr(getattr(request, "_request", request), "__dict__", {}).get("sign_in_locked_until")
