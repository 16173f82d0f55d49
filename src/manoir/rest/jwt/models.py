"""The table of sign-ins by token: which refresh token is the newest of each, and which sign-ins have ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from manoir import models
from manoir.bridge import blocking
from manoir.conf import settings
from manoir.models import DB_CASCADE, Exists, OuterRef
from manoir.timezone import now

__all__ = ["BlacklistedToken", "OutstandingToken"]


class OutstandingTokenManager(models.Manager["OutstandingToken"]):
    """Finds sign-ins, and exchanges their tokens."""

    async def aof_family(self, family: str) -> OutstandingToken | None:
        """Return the row of a family, which knows whether it has `ended`; None for no such row."""
        blacklisted = Exists(BlacklistedToken.objects.filter(token=OuterRef("pk")))
        return await self.filter(family=family).annotate(ended=blacklisted).afirst()

    async def aexchange(self, family: str, old: str, new: str, expires_at: datetime) -> bool:
        """Put a new token in the place of the newest one of a family, by one statement.

        Args:
            family: the sign-in.
            old: identifier of the token that is exchanged.
            new: identifier of the one that takes its place.
            expires_at: when that one ends.

        Returns:
            Whether `old` was the newest token of a sign-in that has not ended. Of many who exchange one token at a
            time, one is told so: the database checks `jti` again when it has waited for another's change of the row.
        """
        blacklisted = Exists(BlacklistedToken.objects.filter(token=OuterRef("pk")))
        row = self.filter(~blacklisted, family=family, jti=old)
        return bool(await row.aupdate(jti=new, expires_at=expires_at))

    async def aflush_expired(self) -> int:
        """Remove the rows of tokens that have expired; return how many there were."""
        removed, _by_model = await self.filter(expires_at__lte=now()).adelete()
        return removed

    flush_expired = blocking(aflush_expired)


class OutstandingToken(models.Model):
    """A sign-in by token: a family of refresh tokens, of which the newest counts.

    The row holds no token, so a leaked table is no set of keys.
    """

    id: Any = models.BigAutoField(primary_key=True)
    user: Any = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=DB_CASCADE, null=True)
    family: Any = models.CharField(max_length=255, unique=True, help_text="the sign-in, through all its exchanges")
    jti: Any = models.CharField(max_length=255, unique=True, help_text="identifier of the newest token")
    created_at: Any = models.DateTimeField()
    expires_at: Any = models.DateTimeField(db_index=True)

    objects: Any = OutstandingTokenManager()

    ended: bool
    """Whether it was blacklisted; only on rows of `aof_family()`."""

    class Meta:
        """Newest first."""

        ordering = ["-pk"]
        verbose_name = "outstanding token"
        verbose_name_plural = "outstanding tokens"

    def __str__(self) -> str:
        return f"sign-in {self.pk}"

    async def ablacklist(self) -> tuple[BlacklistedToken, bool]:
        """End the sign-in.

        Returns:
            The row that says so, and whether it is new.
        """
        return await BlacklistedToken.objects.aget_or_create(token=self)

    blacklist = blocking(ablacklist)


class BlacklistedToken(models.Model):
    """A sign-in that has ended: none of its refresh tokens is worth anything any more."""

    id: Any = models.BigAutoField(primary_key=True)
    token: Any = models.OneToOneField(OutstandingToken, on_delete=DB_CASCADE)
    blacklisted_at: Any = models.DateTimeField(auto_now_add=True)

    objects: Any = models.Manager["BlacklistedToken"]()

    class Meta:
        """Newest first."""

        ordering = ["-pk"]
        verbose_name = "blacklisted token"
        verbose_name_plural = "blacklisted tokens"

    def __str__(self) -> str:
        return f"end {self.pk} of a sign-in"
