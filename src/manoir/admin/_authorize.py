"""The one question before an object is shown or written: may this user do that?"""

from __future__ import annotations

from typing import Any, Final, Literal

from manoir.exceptions import PermissionDenied

Action = Literal["add", "change", "delete", "view"]

WORDS: Final[dict[str, str]] = {"add": "add", "change": "change", "delete": "delete", "view": "see"}


def may(model_admin: Any, request: Any, action: Action, obj: Any = None) -> bool:
    """Tell whether the user of a request may do something.

    Args:
        model_admin: the ModelAdmin.
        request: the request.
        action: what is to be done; "view" includes who may change.
        obj: the object; None for "add", or for any object at all.
    """
    if action == "add":
        return bool(model_admin.has_add_permission(request))
    if action == "view":
        return bool(model_admin.has_view_or_change_permission(request, obj))
    return bool(getattr(model_admin, f"has_{action}_permission")(request, obj))


def authorize(model_admin: Any, request: Any, action: Action, obj: Any = None) -> None:
    """Refuse what the user may not do; every page asks before it shows or writes an object.

    Raises:
        PermissionDenied: they may not.
    """
    if not may(model_admin, request, action, obj):
        raise PermissionDenied(f"This account may not {WORDS[action]} {model_admin.opts.verbose_name_plural}.")
