"""Sign-ins by JSON Web Token in the admin: who has which, and how to end one.

It is registered on `admin.site` when `manoir.rest.jwt` is installed.
"""

from __future__ import annotations

from typing import Any

from manoir import messages
from manoir.admin._decorators import action, display
from manoir.admin._model_admin import ModelAdmin
from manoir.admin._registry import default_site
from manoir.bridge import hook
from manoir.http import HttpRequest
from manoir.i18n import gettext_lazy as _
from manoir.i18n import ngettext
from manoir.models import Exists, OuterRef
from manoir.rest.jwt.models import BlacklistedToken, OutstandingToken
from manoir.timezone import now


class OutstandingTokenAdmin(ModelAdmin):
    """Shows sign-ins by token and ends them. Nobody makes or changes one by hand: the table holds no token."""

    list_display: Any = ("__str__", "user", "created_at", "expires_at", "is_worth_something")
    list_filter: Any = ("created_at", "expires_at")
    search_fields: Any = ("jti", "family")
    list_select_related: Any = ("user",)
    fields: Any = ("user", "jti", "family", "created_at", "expires_at", "is_worth_something")
    readonly_fields: Any = fields
    actions: Any = ("end_sign_ins",)
    deleted_with_others = True
    """Deleting a user takes these rows along without a permission for each."""

    @hook
    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the rows with whether each has ended."""
        ended = Exists(BlacklistedToken.objects.filter(token=OuterRef("pk")))
        return super().get_queryset(request).annotate(ended=ended)

    @display(description=_("In use"), boolean=True)
    def is_worth_something(self, obj: Any) -> bool:
        """Whether its newest token still gives access tokens."""
        return not obj.ended and obj.expires_at > now()

    @action(description=_("End the chosen sign-ins"), permissions=["delete"])
    async def end_sign_ins(self, request: HttpRequest, queryset: Any) -> None:
        """Blacklist sign-ins: none of their refresh tokens is worth anything any more."""
        made = [(await row.ablacklist())[1] async for row in queryset]
        count = sum(made)
        text = ngettext("%(count)d sign-in was ended.", "%(count)d sign-ins were ended.", count) % {"count": count}
        messages.success(request, text)

    @hook
    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody makes a sign-in by hand."""
        return False

    @hook
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a sign-in."""
        return False


class BlacklistedTokenAdmin(ModelAdmin):
    """Shows sign-ins that have ended; adding one ends a sign-in."""

    list_display: Any = ("__str__", "token", "blacklisted_at")
    list_filter: Any = ("blacklisted_at",)
    raw_id_fields: Any = ("token",)
    fields: Any = ("token",)

    @hook
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes what has ended."""
        return False


default_site.register(OutstandingToken, OutstandingTokenAdmin)
default_site.register(BlacklistedToken, BlacklistedTokenAdmin)
