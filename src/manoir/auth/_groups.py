"""Permissions, and groups of people who share them."""

from __future__ import annotations

from typing import Any

from manoir import models
from manoir.bridge import blocking
from manoir.contenttypes import ContentType


class PermissionManager(models.Manager[Any]):
    """Finds permissions."""

    async def aget_by_natural_key(self, codename: str, app_label: str, model: str) -> Permission:
        """Return the permission of a codename for a model."""
        kind = await ContentType.objects.aget_by_natural_key(app_label, model)
        return await self.aget(codename=codename, content_type=kind)

    get_by_natural_key = blocking(aget_by_natural_key)


class Permission(models.Model):
    """That something may be done with a model; its full name is `app_label.codename`."""

    name = models.CharField(max_length=255)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, verbose_name="content type")
    codename = models.CharField(max_length=100)
    objects = PermissionManager()

    class Meta:
        """The table."""

        app_label = "auth"
        verbose_name = "permission"
        verbose_name_plural = "permissions"
        ordering = ["content_type__app_label", "content_type__model", "codename"]
        constraints = [
            models.UniqueConstraint(fields=["content_type", "codename"], name="auth_permission_type_codename_uniq")
        ]

    def __str__(self) -> str:
        return self.name

    async def anatural_key(self) -> tuple[str, str, str]:
        """Return codename, label and model, which are the same in every database."""
        kind = await ContentType.objects.aget_for_id(self.__dict__["content_type_id"])
        return (self.codename, *kind.natural_key())

    natural_key = blocking(anatural_key)


class GroupManager(models.Manager[Any]):
    """Finds groups."""

    async def aget_by_natural_key(self, name: str) -> Group:
        """Return the group of a name."""
        return await self.aget(name=name)

    get_by_natural_key = blocking(aget_by_natural_key)


class Group(models.Model):
    """People who have the same permissions."""

    name = models.CharField(max_length=150, unique=True)
    permissions = models.ManyToManyField(Permission, blank=True, verbose_name="permissions")
    objects = GroupManager()

    class Meta:
        """The table."""

        app_label = "auth"
        verbose_name = "group"
        verbose_name_plural = "groups"

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        """Return the name."""
        return (self.name,)
