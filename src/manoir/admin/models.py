"""The history of what people did in the admin, `django_admin_log`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from manoir import models
from manoir.admin import _keys as keys
from manoir.admin._messages import as_text, read_message
from manoir.bridge import blocking
from manoir.conf import settings
from manoir.contenttypes import ContentType
from manoir.i18n import gettext as _
from manoir.i18n import gettext_lazy
from manoir.timezone import now
from manoir.urls import NoReverseMatch, reverse

__all__ = ["ADDITION", "CHANGE", "DELETION", "LogEntry", "LogEntryManager"]

ADDITION: Final = 1
CHANGE: Final = 2
DELETION: Final = 3

ACTION_FLAG_CHOICES: Final = [
    (ADDITION, gettext_lazy("Addition")),
    (CHANGE, gettext_lazy("Change")),
    (DELETION, gettext_lazy("Deletion")),
]

LONGEST_REPR: Final = 200
"""Characters of an object's name that are kept."""


class LogEntryManager(models.Manager[Any]):
    """Writes what somebody did."""

    async def alog_actions(
        self,
        user_id: Any,
        queryset: Iterable[Any],
        action_flag: int,
        change_message: Any = "",
        *,
        single_object: bool = False,
    ) -> Any:
        """Note that somebody did something with some objects.

        Args:
            user_id: key of the user.
            queryset: the objects: rows, in any iterable.
            action_flag: ADDITION, CHANGE or DELETION.
            change_message: what was changed: a text, or the list that `construct_change_message` makes.
            single_object: return the one entry instead of the list.

        Returns:
            The entries. A single one is saved with its signals, several by one statement.

        Example:
            >>> await LogEntry.objects.alog_actions(user.pk, [book], CHANGE, "Title")  # doctest: +SKIP
        """
        message = change_message if isinstance(change_message, str) else json.dumps(change_message)
        objects = [one async for one in queryset] if isinstance(queryset, models.QuerySet) else list(queryset)
        entries: list[Any] = []
        for one in objects:
            kind = await ContentType.objects.db_manager(self._db).aget_for_model(one, for_concrete_model=False)
            entries.append(
                self.model(
                    user_id=user_id,
                    content_type_id=kind.pk,
                    object_id=str(one.pk),
                    object_repr=str(one)[:LONGEST_REPR],
                    action_flag=action_flag,
                    change_message=message,
                )
            )
        if len(entries) == 1:
            await entries[0].asave(using=self._db)
        elif entries:
            await self.abulk_create(entries)
        return entries[0] if single_object and entries else entries

    log_actions = blocking(alog_actions)


class LogEntry(models.Model):
    """That somebody added, changed or deleted something.

    Attributes:
        action_time: when.
        user: who.
        content_type: the model; empty once the model is gone.
        object_id: key of the object, as text.
        object_repr: name of the object at that time.
        action_flag: ADDITION, CHANGE or DELETION.
        change_message: what was changed: JSON (see `get_change_message`), or a text.
    """

    action_time = models.DateTimeField(gettext_lazy("action time"), default=now, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, verbose_name=gettext_lazy("user"))
    content_type = models.ForeignKey(
        ContentType, on_delete=models.SET_NULL, verbose_name=gettext_lazy("content type"), blank=True, null=True
    )
    object_id = models.TextField(gettext_lazy("object id"), blank=True, null=True)
    object_repr = models.CharField(gettext_lazy("object repr"), max_length=LONGEST_REPR)
    action_flag = models.PositiveSmallIntegerField(gettext_lazy("action flag"), choices=ACTION_FLAG_CHOICES)
    change_message = models.TextField(gettext_lazy("change message"), blank=True)
    objects = LogEntryManager()

    class Meta:
        """The table."""

        app_label = "admin"
        db_table = "django_admin_log"
        verbose_name = gettext_lazy("log entry")
        verbose_name_plural = gettext_lazy("log entries")
        ordering = ["-action_time", "-id"]

    def __str__(self) -> str:
        if self.is_addition():
            return _("Added “%(object)s”.") % {"object": self.object_repr}
        if self.is_change():
            return _("Changed “%(object)s” — %(changes)s") % {
                "object": self.object_repr,
                "changes": self.get_change_message(),
            }
        if self.is_deletion():
            return _("Deleted “%(object)s.”") % {"object": self.object_repr}
        return _("LogEntry Object")

    def __repr__(self) -> str:
        return str(self.action_time)

    def is_addition(self) -> bool:
        """Tell whether something was added."""
        return self.action_flag == ADDITION

    def is_change(self) -> bool:
        """Tell whether something was changed."""
        return self.action_flag == CHANGE

    def is_deletion(self) -> bool:
        """Tell whether something was deleted."""
        return self.action_flag == DELETION

    def get_change_message(self) -> str:
        """Return what was changed, in words of the language in use; a message that is plain text as it is."""
        steps = read_message(self.change_message)
        return self.change_message if steps is None else as_text(steps)

    async def aget_edited_object(self) -> Any:
        """Return the object.

        Raises:
            DoesNotExist: of its model; it is there no more.
        """
        kind = await ContentType.objects.aget_for_id(self._kind_id())
        return await kind.aget_object_for_this_type(pk=self.object_id)

    get_edited_object = blocking(aget_edited_object)

    def get_admin_url(self) -> str | None:
        """Return the address where the object can be changed; None where the admin has none."""
        if not (self._kind_id() and self.object_id):
            return None
        kind = ContentType.objects.get_for_id(self._kind_id())
        try:
            return reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[keys.quote(self.object_id)])
        except NoReverseMatch:
            return None

    def _kind_id(self) -> Any:
        return self.__dict__.get("content_type_id")
