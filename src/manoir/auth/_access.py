"""Who may see a view: decorators for views of either colour, and mixins for classes of views."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

from manoir import bridge
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, PermissionDenied
from manoir.http import HttpRequest, HttpResponseRedirect, QueryDict
from manoir.shortcuts import resolve_url

REDIRECT_FIELD_NAME = "next"
View = TypeVar("View", bound=Callable[..., Any])


def redirect_to_login(
    next: str, login_url: str | None = None, redirect_field_name: str | None = REDIRECT_FIELD_NAME
) -> HttpResponseRedirect:
    """Return a redirect to the page to sign in at, which brings people back to `next`.

    Args:
        next: path of the page that asked.
        login_url: URL or name of the page to sign in at; None: LOGIN_URL.
        redirect_field_name: the parameter that carries `next`; None leaves it out.
    """
    parts = list(urlsplit(resolve_url(login_url or settings.LOGIN_URL)))
    if redirect_field_name:
        query = QueryDict(parts[3], mutable=True)
        query[redirect_field_name] = next
        parts[3] = query.urlencode(safe="/")
    return HttpResponseRedirect(urlunsplit(parts))


def back_to(request: HttpRequest, login_url: str) -> str:
    """Return the address to come back to: the path, or the whole URL where the sign-in is on another host."""
    target, here = urlsplit(login_url), urlsplit(request.build_absolute_uri())
    same = (not target.scheme or target.scheme == here.scheme) and (not target.netloc or target.netloc == here.netloc)
    return request.get_full_path() if same else request.build_absolute_uri()


def user_passes_test(
    test_func: Callable[[Any], Any], login_url: str | None = None, redirect_field_name: str | None = REDIRECT_FIELD_NAME
) -> Callable[[View], View]:
    """Let a view be called only for users who pass a test; others are sent to sign in.

    Args:
        test_func: gets the user; `def` or `async def`.
        login_url: URL or name of the page to sign in at; None: LOGIN_URL.
        redirect_field_name: the parameter that brings people back; None leaves it out.
    """

    async def refusal(request: HttpRequest) -> HttpResponseRedirect | None:
        user = await request.auser()
        passes = test_func(user) if inspect.iscoroutinefunction(test_func) else bridge.run_sync(test_func, user)
        if await passes:
            return None
        url = resolve_url(login_url or settings.LOGIN_URL)
        return redirect_to_login(back_to(request, url), url, redirect_field_name)

    def decorate(view: View) -> View:
        @functools.wraps(view)
        async def wrapped_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            refused = await refusal(request)
            if refused is not None:
                return refused
            response = view(request, *args, **kwargs)
            return await response if inspect.isawaitable(response) else response

        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not bridge.can_wait():  # a view of either colour, called in a coroutine
                return wrapped_async(request, *args, **kwargs)
            refused = bridge.wait(refusal(request))
            return view(request, *args, **kwargs) if refused is None else refused

        return cast(View, wrapped_async if inspect.iscoroutinefunction(view) else wrapped)

    return decorate


async def asigned_in(user: Any) -> bool:
    return bool(user.is_authenticated)


def login_required(
    function: Any = None, redirect_field_name: str | None = REDIRECT_FIELD_NAME, login_url: str | None = None
) -> Any:
    """Let a view be called only for who is signed in; others are sent to sign in.

    Example:
        >>> @login_required
        ... async def profile(request): ...
    """
    decorate = user_passes_test(asigned_in, login_url, redirect_field_name)
    return decorate if function is None else decorate(function)


def login_not_required(view_func: View) -> View:
    """Leave a view out of LoginRequiredMiddleware."""
    view_func.login_required = False  # pyright: ignore[reportFunctionMemberAccess]
    return view_func


def permission_required(
    perm: str | Iterable[str], login_url: str | None = None, raise_exception: bool = False
) -> Callable[[View], View]:
    """Let a view be called only for who has a permission, or all of several.

    Args:
        perm: `app_label.codename`, or several.
        login_url: where others are sent; None: LOGIN_URL.
        raise_exception: answer 403 instead of sending them there.
    """
    perms = (perm,) if isinstance(perm, str) else tuple(perm)

    async def has_them(user: Any) -> bool:
        if await user.ahas_perms(perms):
            return True
        if raise_exception:
            raise PermissionDenied
        return False

    return user_passes_test(has_them, login_url)


# -- for classes of views ---------------------------------------------------------------------------------------------


class AccessMixin:
    """Base of mixins that look at the user before a class of views answers."""

    login_url: str | None = None
    permission_denied_message: str = ""
    raise_exception: bool = False
    redirect_field_name: str | None = REDIRECT_FIELD_NAME
    request: Any

    def get_login_url(self) -> str:
        """Return where to sign in.

        Raises:
            ImproperlyConfigured: neither `login_url` nor LOGIN_URL says it.
        """
        url = self.login_url or settings.LOGIN_URL
        if not url:
            raise ImproperlyConfigured(f"{type(self).__name__} has no login_url, and LOGIN_URL is empty.")
        return str(url)

    def get_permission_denied_message(self) -> str:
        """Return what a 403 says."""
        return self.permission_denied_message

    def get_redirect_field_name(self) -> str | None:
        """Return the parameter that brings people back."""
        return self.redirect_field_name

    def handle_no_permission(self) -> Any:
        """Answer who may not: 403 for who is signed in, or where `raise_exception` says so; else a redirect."""
        if self.raise_exception or self.request.user.is_authenticated:
            raise PermissionDenied(self.get_permission_denied_message())
        url = resolve_url(self.get_login_url())
        return redirect_to_login(back_to(self.request, url), url, self.get_redirect_field_name())

    async def _amay(self) -> bool:
        raise NotImplementedError

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Look at the user, then go on; in the colour of the caller."""
        if bridge.can_wait():
            bridge.wait(request.auser())
            if not bridge.wait(self._amay()):
                return self.handle_no_permission()
            return cast(Any, super()).dispatch(request, *args, **kwargs)
        return self._adispatch(cast(Any, super()).dispatch, request, *args, **kwargs)

    async def _adispatch(self, go_on: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        await request.auser()
        if not await self._amay():
            return self.handle_no_permission()
        response = go_on(request, *args, **kwargs)
        return await response if inspect.isawaitable(response) else response


class LoginRequiredMixin(AccessMixin):
    """Lets only those in who are signed in."""

    async def _amay(self) -> bool:
        return bool(self.request.user.is_authenticated)


class PermissionRequiredMixin(AccessMixin):
    """Lets only those in who have `permission_required`, one permission or several."""

    permission_required: str | Iterable[str] | None = None

    def get_permission_required(self) -> Iterable[str]:
        """Return the permissions.

        Raises:
            ImproperlyConfigured: the class names none.
        """
        if self.permission_required is None:
            raise ImproperlyConfigured(
                f"{type(self).__name__} says nothing about permissions: set permission_required = 'app_label.codename'."
            )
        return (self.permission_required,) if isinstance(self.permission_required, str) else self.permission_required

    def has_permission(self) -> bool:
        """Tell whether the user may; a place for subclasses."""
        return bool(self.request.user.has_perms(self.get_permission_required()))

    async def _amay(self) -> bool:
        if type(self).has_permission is not PermissionRequiredMixin.has_permission:
            return await bridge.run_sync(self.has_permission)
        return await self.request.user.ahas_perms(self.get_permission_required())


class UserPassesTestMixin(AccessMixin):
    """Lets only those in who pass `test_func`."""

    def test_func(self) -> Any:
        """Tell whether the user may; `def` or `async def`."""
        raise NotImplementedError(f"{type(self).__name__} must define test_func().")

    def get_test_func(self) -> Callable[[], Any]:
        """Return the test."""
        return self.test_func

    async def _amay(self) -> bool:
        test = self.get_test_func()
        return bool(await (test() if inspect.iscoroutinefunction(test) else bridge.run_sync(test)))
