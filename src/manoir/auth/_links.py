"""Links in mails: the site that they lead to, whose they are, and the mail itself."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.mail import EmailMultiAlternatives
from manoir.templates import arender_to_string

LONGEST_KEY: Final = 200


def site_of(request: Any, domain: str | None = None, https: bool = False) -> tuple[str, str]:
    """Return scheme and host of links in mails.

    The Host header is written by whoever asks, so a link may use it only where ALLOWED_HOSTS names that very host: a
    wildcard would let an attacker choose where the mails of others lead (H08, H34).

    Args:
        request: the request; None without one.
        domain: a host chosen by the caller, which wins.
        https: scheme, where neither SITE_URL nor the request says it.

    Returns:
        Scheme, and host with its port.

    Raises:
        ImproperlyConfigured: SITE_URL is no URL of a site, or it is missing and needed.
    """
    secure = https or (request is not None and request.is_secure())
    if domain is not None:
        return ("https" if secure else "http"), domain
    if settings.SITE_URL:
        parts = urlsplit(settings.SITE_URL)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or "@" in parts.netloc:
            raise ImproperlyConfigured(
                f"SITE_URL is {settings.SITE_URL!r}: write scheme and host only, such as 'https://example.com'."
            )
        return parts.scheme, parts.netloc
    if request is None:
        raise ImproperlyConfigured("SITE_URL is not set, and without a request nothing else says where links lead.")
    host = request.get_host()
    if not is_named(host):
        raise ImproperlyConfigured(
            f"SITE_URL is not set, and ALLOWED_HOSTS does not name {host!r} itself, so a link in a mail could lead to a "
            "host that an attacker wrote into the request. Set SITE_URL, such as 'https://example.com'."
        )
    return ("https" if secure else "http"), host


def is_named(host: str) -> bool:
    """Tell whether ALLOWED_HOSTS names a host itself, or, with DEBUG and an empty list, whether it is this machine."""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if not settings.ALLOWED_HOSTS:
        return settings.DEBUG
    return name.lower() in {allowed.lower() for allowed in settings.ALLOWED_HOSTS}


def encoded_key(user: Any) -> str:
    """Return the key of a user for a URL: base 64 of it."""
    return base64.urlsafe_b64encode(str(user._meta.pk.value_to_string(user)).encode()).decode().rstrip("=")


def decoded_key(text: str) -> str | None:
    """Return the key of a URL as text; None for what is none, or too long (M09)."""
    if not text or len(text) > LONGEST_KEY:
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None


async def amail(
    subject_template_name: str,
    email_template_name: str,
    context: Mapping[str, Any],
    from_email: str | None,
    to_email: str,
    html_email_template_name: str | None = None,
) -> None:
    """Render a mail and send it.

    Args:
        subject_template_name: template of the subject; its lines become one.
        email_template_name: template of the text.
        context: variables of the templates.
        from_email: who sends it; None is DEFAULT_FROM_EMAIL.
        to_email: the one address.
        html_email_template_name: template of the text as HTML, besides.
    """
    subject = " ".join((await arender_to_string(subject_template_name, dict(context))).split())
    body = await arender_to_string(email_template_name, dict(context))
    mail = EmailMultiAlternatives(subject, body, from_email, [to_email])
    if html_email_template_name is not None:
        mail.attach_alternative(await arender_to_string(html_email_template_name, dict(context)), "text/html")
    await mail.asend()
