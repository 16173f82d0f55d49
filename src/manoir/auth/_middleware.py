"""Middleware: `request.user`, and a sign-in for every view."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from manoir.auth._access import redirect_to_login
from manoir.auth._sign_in import aget_user
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.middleware import MakesLate, MiddlewareMixin, PureMiddleware

if TYPE_CHECKING:
    from manoir.http import HttpRequest, HttpResponseBase


async def aload_user(request: HttpRequest) -> Any:
    """Return the user of a request, read once; `request.user` is the same from then on."""
    try:
        return object.__getattribute__(request, "user")
    except AttributeError:
        user = request.user = await aget_user(request)
        return user


def loader_of(request: HttpRequest) -> Callable[[], Awaitable[Any]]:
    """Return `request.auser`; the request does not keep it, or it would be part of itself."""
    return partial(aload_user, request)


class AuthenticationMiddleware(PureMiddleware):
    """Gives each request its user: `request.user` in sync code and templates, `await request.auser()` in coroutines.

    The user is read at the first touch; a request that touches it nowhere costs no query.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Put the loader in."""
        if not request.has("session"):
            raise ImproperlyConfigured(
                "manoir.auth.AuthenticationMiddleware needs sessions: put manoir.sessions.SessionMiddleware before it in "
                "MIDDLEWARE."
            )
        request.make_late("auser", loader_of)

    def active_hooks(self) -> tuple[Any, Any]:
        """Put the loader in together with the session, where there is one."""
        before, after = super().active_hooks()
        if self.is_own(AuthenticationMiddleware, "process_request"):
            before = MakesLate({"auser": loader_of}, needs="session", otherwise=self.process_request)
        return before, after


class LoginRequiredMiddleware(MiddlewareMixin):
    """Asks for a sign-in before every view, but those marked by `login_not_required`."""

    redirect_field_name = "next"

    async def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        """Redirect who is not signed in."""
        if not getattr(view_func, "login_required", True):
            return None
        user = await request.auser()
        return None if user.is_authenticated else self.handle_no_permission(request, view_func)

    def get_login_url(self, view_func: Any) -> str:
        """Return where to sign in: the view's `login_url`, else LOGIN_URL."""
        return str(getattr(view_func, "login_url", None) or settings.LOGIN_URL)

    def get_redirect_field_name(self, view_func: Any) -> str:
        """Return the name of the parameter that brings people back."""
        return getattr(view_func, "redirect_field_name", self.redirect_field_name)

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:
        """Return the redirect."""
        return redirect_to_login(
            request.get_full_path(), self.get_login_url(view_func), self.get_redirect_field_name(view_func)
        )
