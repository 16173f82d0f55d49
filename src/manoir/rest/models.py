"""Tokens: one key for a program to act as a user. A key is shown once, when it is made; the table holds its hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from manoir import models
from manoir.auth import get_user_model
from manoir.bridge import blocking, hook, twin
from manoir.conf import settings
from manoir.models import CASCADE
from manoir.rest._epoch import epoch_of, is_epoch_of

KEY_BYTES = 32
MAX_KEY = 200


def digest_of(key: str) -> str:
    """Return what the table holds of a key: SHA-256, in hex. A key is random, so no slow hash is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


class TokenManager(models.Manager["Token"]):
    """Finds tokens by their keys."""

    async def afor_key(self, key: str) -> Token | None:
        """Return the token of a key with its user; None when there is none, or a new password has ended it."""
        if not key or len(key) > MAX_KEY:
            return None
        token = await self.select_related("user").filter(digest=digest_of(key)).afirst()
        return token if token is not None and is_epoch_of(token.user, token.epoch) else None

    for_key = blocking(afor_key)

    async def atrim(self, user: Any, most: int) -> None:
        """Remove the oldest tokens of a user, so that `most` are left."""
        oldest = [pk async for pk in self.filter(user=user).order_by("-pk").values_list("pk", flat=True)[most:]]
        if oldest:
            await self.filter(pk__in=oldest).adelete()

    trim = blocking(atrim)

    async def aget_or_create(self, defaults: Any = None, **kwargs: Any) -> tuple[Token, bool]:
        """Refuse: a token that is there already has no key to give.

        Raises:
            TypeError: always.
        """
        raise TypeError(
            "Token.objects.get_or_create() has no key to give of a token that is there: the table has hashes. Make one "
            "for each sign-in, Token.objects.create(user=user); its `key` is there this once."
        )

    get_or_create = blocking(aget_or_create)

    async def arevoke(self, key: str) -> None:
        """Remove the token of a key, so that nobody can use it any more.

        Raises:
            Token.DoesNotExist: there is none.
        """
        removed, _by_model = await self.filter(digest=digest_of(key)).adelete()
        refuse_nothing(removed)

    revoke = blocking(arevoke)


def refuse_nothing(removed: int) -> None:
    """Raise where a token was to be removed and none was: whoever asked believes that it has ended (H35)."""
    if not removed:
        raise Token.DoesNotExist(
            "There is no such token, so none was removed. Is it a key, or one of another database?"
        )


class Token(models.Model):
    """A key with which a program acts as a user.

    `key` is there on the instance that was just made, and nowhere else; keep it then. A user may have several, one for
    each program, and each may be revoked by itself. A new password ends them all, as it ends the user's sessions.

    Example:
        >>> token = Token(user_id=7)
        >>> len(token.key), token.digest == digest_of(token.key)
        (43, True)
    """

    id: Any = models.BigAutoField(primary_key=True)
    digest: Any = models.CharField(max_length=64, unique=True, editable=False)
    user: Any = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=CASCADE, related_name="auth_tokens")
    name: Any = models.CharField(max_length=100, blank=True, help_text="which program uses it")
    created: Any = models.DateTimeField(auto_now_add=True)
    epoch: Any = models.CharField(
        max_length=32, editable=False, default="", help_text="changes with the password; `save()` sets it"
    )

    objects: Any = TokenManager()

    class Meta:
        """The table has a name of its own: it holds hashes, which `authtoken_token` does not."""

        db_table = "rest_token"
        verbose_name = "token"
        verbose_name_plural = "tokens"
        ordering = ["-created"]

    key: str | None = None

    def __init__(self, *args: Any, key: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.digest:
            self.key = key or self.generate_key()
            self.digest = digest_of(self.key)

    @classmethod
    def generate_key(cls) -> str:
        """Return a new key: 256 random bits."""
        return secrets.token_urlsafe(KEY_BYTES)

    def __str__(self) -> str:
        # Never the key: names of objects stand in logs and pages.
        return self.name or f"token {self.pk}"

    @hook
    async def asave(
        self,
        *,
        force_insert: bool | tuple[type[models.Model], ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Write the token; a new one notes the epoch of its user."""
        if self._state.adding and not self.epoch:
            users = get_user_model()._base_manager.using(using or self._state.db)
            self.epoch = epoch_of(await users.aget(pk=self.__dict__["user_id"]))
        await super().asave(
            force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields
        )

    save = twin(asave)

    async def arevoke(self) -> None:
        """Remove this token, so that nobody can use it any more.

        Raises:
            Token.DoesNotExist: it was gone before.
        """
        removed, _by_model = await type(self)._base_manager.using(self._state.db).filter(pk=self.pk).adelete()
        refuse_nothing(removed)

    revoke = blocking(arevoke)
