"""Tokens: one key for a program to act as a user. A key is shown once, when it is made; the table holds its hash."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from manoir import models
from manoir.bridge import blocking
from manoir.conf import settings
from manoir.models import CASCADE

KEY_BYTES = 32
MAX_KEY = 200


def digest_of(key: str) -> str:
    """Return what the table holds of a key: SHA-256, in hex. A key is random, so no slow hash is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


class TokenManager(models.Manager["Token"]):
    """Finds tokens by their keys."""

    async def afor_key(self, key: str) -> Token | None:
        """Return the token of a key with its user; None when there is none."""
        if not key or len(key) > MAX_KEY:
            return None
        return await self.select_related("user").filter(digest=digest_of(key)).afirst()

    for_key = blocking(afor_key)

    async def atrim(self, user: Any, most: int) -> None:
        """Remove the oldest tokens of a user, so that `most` are left."""
        oldest = [pk async for pk in self.filter(user=user).order_by("-pk").values_list("pk", flat=True)[most:]]
        if oldest:
            await self.filter(pk__in=oldest).adelete()

    trim = blocking(atrim)


class Token(models.Model):
    """A key with which a program acts as a user.

    `key` is there on the instance that was just made, and nowhere else; keep it then. A user may have several, one for
    each program, and each may be deleted by itself.

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
