"""The people of this project: who signs in with an email address, and what each of them keeps."""

from __future__ import annotations

from typing import Any

from manoir import models
from manoir.auth import AbstractUser, UserManager
from manoir.bridge import blocking


class PeopleManager(UserManager):
    """Makes users by their email address."""

    async def acreate_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make and save a user who signs in with `email`; None as password lets nobody sign in."""
        user = self.model(email=self.normalize_email(email), **{"is_staff": False, "is_superuser": False, **fields})
        await user.aset_password(password)
        await user.asave(using=self._db)
        return user

    create_user = blocking(acreate_user)

    async def acreate_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make and save a user who may do everything."""
        return await self.acreate_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    create_superuser = blocking(acreate_superuser)


class User(AbstractUser):
    username = None
    email = models.EmailField("email address", unique=True)

    objects = PeopleManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = "user"
        ordering = ["email"]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class FavouriteQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Any:
        """Everybody sees their own; the API asks this before it shows or changes anything."""
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()


class Favourite(models.Model):
    """A city that somebody wants to find again; nobody else sees it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="favourites")
    city = models.ForeignKey("world.City", on_delete=models.CASCADE, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = FavouriteQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-id"]
        constraints = [models.UniqueConstraint(fields=["user", "city"], name="favourite_once_per_city")]

    def __str__(self) -> str:
        return f"{self.city} for {self.user}"
