"""What the views of people share."""

from __future__ import annotations

import functools
from typing import Any

from manoir.auth._access import login_not_required
from manoir.auth._links import site_of
from manoir.auth._lockout import amay_mail
from manoir.auth.views._style import style_url
from manoir.bridge import hook, twin
from manoir.conf import settings
from manoir.http import HttpResponseBase, HttpResponseRedirect, url_has_allowed_host_and_scheme
from manoir.i18n import get_language, override
from manoir.shortcuts import resolve_url
from manoir.views.decorators import method_decorator, never_cache
from manoir.views.generic import ContextMixin

open_to_all = method_decorator([never_cache, login_not_required], name="dispatch")
"""Decorates views that nobody keeps a copy of, and that people need who are not signed in."""


def private(response: HttpResponseBase) -> HttpResponseBase:
    """Have a page with a token in its address tell no other page about itself."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


class RedirectURLMixin:
    """Where to go afterwards: the parameter `next`, if it leads to this site, else `next_page`, else the settings.

    Attributes:
        next_page: URL or name of a URL pattern.
        redirect_field_name: name of the parameter.
        success_url_allowed_hosts: further hosts that `next` may lead to.
    """

    next_page: str | None = None
    redirect_field_name: str = "next"
    success_url_allowed_hosts: frozenset[str] | set[str] = frozenset()
    request: Any

    def get_success_url(self) -> str:
        """Return where to go."""
        return self.get_redirect_url() or self.get_default_redirect_url()

    def get_success_url_allowed_hosts(self) -> set[str]:
        """Return the hosts that `next` may lead to: this one, and those that were added."""
        return {self.request.get_host(), *self.success_url_allowed_hosts}

    def get_redirect_url(self) -> str:
        """Return what `next` says, if that is a page of this site; else nothing (H13: no open redirect)."""
        request = self.request
        url = request.POST.get(self.redirect_field_name) or request.GET.get(self.redirect_field_name, "")
        hosts = self.get_success_url_allowed_hosts()
        return url if url_has_allowed_host_and_scheme(url, hosts, require_https=request.is_secure()) else ""

    def get_default_redirect_url(self) -> str:
        """Return where to go without `next`."""
        return resolve_url(self.next_page or settings.LOGIN_REDIRECT_URL)


class MailingFormMixin:
    """Sends a mail once the answer has left, so that neither its words nor its time tell whether there is an account."""

    success_url: Any
    request: Any

    async def aform_valid(self, form: Any) -> HttpResponseBase:
        """Go on, and send the mail once the answer left."""
        protocol, domain = site_of(self.request)  # a site that lacks a setting says so, whoever asks
        response = HttpResponseRedirect(resolve_url(self.success_url))
        response.add_follow_up(functools.partial(self.afollow, form, protocol, domain, get_language()))
        return response

    async def afollow(self, form: Any, protocol: str, domain: str, language: str | None) -> None:
        """Send the mail in the language of the page, unless the address or the client had many lately."""
        if not await amay_mail(self.request, form.cleaned_data["email"]):
            return
        with override(language):
            await form.asave(**self.mail_options(protocol, domain))

    def mail_options(self, protocol: str, domain: str) -> dict[str, Any]:
        """Return what the form is told about the mail.

        Args:
            protocol: `"https"` or `"http"`, of its link.
            domain: the host of its link.
        """
        raise TypeError(f"{type(self).__name__} does not define mail_options().")


class TitleMixin(ContextMixin):
    """Gives templates what each page of people shows: `title`, `site_name`, `style_url`.

    Attributes:
        title: what the page is about.
    """

    title: Any = ""
    request: Any

    @hook
    async def aget_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's variables."""
        shared = {"title": self.title, "site_name": self.request.get_host(), "style_url": style_url()}
        return await super().aget_context_data(**{**shared, **kwargs})

    get_context_data = twin(aget_context_data)
