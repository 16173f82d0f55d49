"""Views to change one's own password."""

from __future__ import annotations

from typing import Any

from manoir.auth._access import LoginRequiredMixin
from manoir.auth._sign_in import aupdate_session_auth_hash
from manoir.auth.forms import PasswordChangeForm
from manoir.auth.views._base import TitleMixin
from manoir.http import HttpResponseBase, HttpResponseRedirect
from manoir.i18n import gettext_lazy as _
from manoir.shortcuts import resolve_url
from manoir.views.decorators import method_decorator, never_cache
from manoir.views.generic import FormView, TemplateView


@method_decorator(never_cache, name="dispatch")
class PasswordChangeView(LoginRequiredMixin, TitleMixin, FormView):
    """Changes the password of who is signed in; all other browsers of the user are signed out by it."""

    form_class = PasswordChangeForm
    template_name = "registration/password_change_form.html"
    title = _("Change password")
    success_url = "password_change_done"

    async def aget_form_kwargs(self) -> dict[str, Any]:
        """Give the form the user."""
        return {**await super().aget_form_kwargs(), "user": await self.request.auser()}

    async def aform_valid(self, form: Any) -> HttpResponseBase:
        """Save the password, keep this browser signed in, and go on."""
        await form.asave()
        await aupdate_session_auth_hash(self.request, form.user)
        return HttpResponseRedirect(resolve_url(self.success_url))


class PasswordChangeDoneView(LoginRequiredMixin, TitleMixin, TemplateView):
    """Says that the password was changed."""

    template_name = "registration/password_change_done.html"
    title = _("Password changed")
