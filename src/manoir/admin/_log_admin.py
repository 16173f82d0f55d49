"""The history of all objects, to look at and to filter, never to write."""

from __future__ import annotations

from typing import Any

from manoir.admin._decorators import display
from manoir.admin._field_filters import RelatedOnlyFieldListFilter
from manoir.admin._model_admin import ModelAdmin
from manoir.bridge import hook
from manoir.http import HttpRequest
from manoir.i18n import gettext_lazy as _


class LogEntryAdmin(ModelAdmin):
    """Shows who did what. Nobody adds, changes or deletes an entry; entries go with the user they are about."""

    list_display: Any = ("action_time", "user", "what", "content_type", "named", "message")
    list_filter: Any = (
        "action_flag",
        ("user", RelatedOnlyFieldListFilter),
        ("content_type", RelatedOnlyFieldListFilter),
    )
    search_fields: Any = ("object_repr", "change_message")
    date_hierarchy = "action_time"
    fields: Any = ("action_time", "user", "what", "content_type", "object_id", "named", "message")
    readonly_fields: Any = fields
    actions: Any = None
    deleted_with_others = True
    """Deleting a user takes these rows along without a permission for each."""

    @display(description=_("Action"), ordering="action_flag")
    def what(self, obj: Any) -> Any:
        """What was done."""
        return obj.get_action_flag_display()

    @display(description=_("Object"), ordering="object_repr")
    def named(self, obj: Any) -> str:
        """What the object was called at that moment."""
        return obj.object_repr

    @display(description=_("Changes"))
    def message(self, obj: Any) -> str:
        """What was changed, in words."""
        return obj.get_change_message()

    @hook
    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes history by hand."""
        return False

    @hook
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes history."""
        return False

    @hook
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes history."""
        return False
