"""The table of failed attempts, which all workers share, and the one statement that counts.

A row stands for what is counted: an account, an address, an account in a familiar place. Its key is a hash by a key of
the site, so that the table tells nobody who tried what (people type passwords where names belong).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from manoir import models
from manoir.models import Case, F, Q, Value, When
from manoir.signing import derive_key

PRUNED_BY: Final = "00"
"""A new row whose key begins so, one of 256, has the rows removed that are of no use any more."""


class SignInFailure(models.Model):
    """How often something failed lately.

    Attributes:
        key: what is counted, hashed.
        kind: what kind of thing that is.
        failures: how often, attempts that are under way included.
        locked_until: no further attempt is allowed before; None for no lock.
        expires: when all of this is forgotten.
    """

    key = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=20)
    failures = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    expires = models.DateTimeField(db_index=True)
    objects: ClassVar[Any] = models.Manager[Any]()

    class Meta:
        """The table."""

        app_label = "auth"
        default_permissions = ()
        verbose_name = "failed sign-in"
        verbose_name_plural = "failed sign-ins"

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:8]}: {self.failures}"


def failure_key(kind: str, *parts: str) -> str:
    """Return the key of a row.

    Args:
        kind: what kind of thing is counted.
        *parts: which one it is.
    """
    told = "".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "backslashreplace").decode()
    return derive_key(f"manoir.auth.failures|{kind}|{told}").hex()[:64]


async def acount_try(
    kind: str, key: str, *, limit: int, delays: Sequence[timedelta], memory: timedelta, moment: datetime
) -> datetime | None:
    """Count an attempt before it is made, and tell whether it may be made.

    One UPDATE decides, so that of many at a time, in any number of workers, no more than `limit` are let through.

    Args:
        kind: what kind of thing is counted.
        key: which one, by `failure_key`.
        limit: how many failures are borne; the last of them begins a lock.
        delays: how long the first lock lasts, the second, and so on; the last one from then on.
        memory: how long after the last failure all is forgotten.
        moment: now.

    Returns:
        None when the attempt may be made, else the moment until which it may not.
    """
    rows = SignInFailure.objects.filter(key=key)
    free = Q(failures__lt=limit, locked_until=None) | Q(locked_until__lte=moment) | Q(expires__lte=moment)
    forgotten = Q(expires__lte=moment)
    steps = [When(failures=limit - 1 + step, then=Value(moment + delay)) for step, delay in enumerate(delays[:-1])]
    first = Value(moment + delays[0]) if limit == 1 else Value(None)
    changes: dict[str, Any] = {
        "failures": Case(When(forgotten, then=Value(1)), default=F("failures") + 1),
        "locked_until": Case(
            When(forgotten, then=first),
            When(failures__lt=limit - 1, then=Value(None)),
            *steps,
            default=Value(moment + delays[-1]),
            output_field=models.DateTimeField(null=True),
        ),
        "expires": moment + memory,
    }
    if await rows.filter(free).aupdate(**changes):
        return None
    await SignInFailure.objects.abulk_create(
        [SignInFailure(key=key, kind=kind, failures=0, expires=moment + memory)], ignore_conflicts=True
    )
    if key.startswith(PRUNED_BY):
        await aprune(moment)
    if await rows.filter(free).aupdate(**changes):
        return None
    until = await rows.values_list("locked_until", flat=True).afirst()
    return until or moment + delays[0]


async def aforget(key: str) -> None:
    """Forget the failures of one thing."""
    await SignInFailure.objects.filter(key=key).adelete()


async def agive_back(key: str, limit: int, moment: datetime) -> None:
    """Take back one attempt that was counted and did not fail, and the lock that it began.

    Beyond the limit the lock ends at this moment: the next attempt may be made, and begins the same lock if it fails.
    """
    ended = Case(
        When(failures__lte=limit, then=Value(None)),
        default=Value(moment),
        output_field=models.DateTimeField(null=True),
    )
    await SignInFailure.objects.filter(key=key, failures__gt=0).aupdate(failures=F("failures") - 1, locked_until=ended)


async def aprune(moment: datetime) -> int:
    """Remove what is forgotten; return how many rows that were."""
    removed, _by_model = await SignInFailure.objects.filter(expires__lte=moment).adelete()
    return removed
