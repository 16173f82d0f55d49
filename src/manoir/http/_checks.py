"""Checks of settings that decide whom a request is believed."""

from __future__ import annotations

from typing import Any

from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.http._upload_handlers import handler_classes

_FORWARDED = ("USE_X_FORWARDED_HOST", "USE_X_FORWARDED_PORT", "SECURE_PROXY_SSL_HEADER")


@register(Tags.security)
def check_proxy_header(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find a SECURE_PROXY_SSL_HEADER that can never match."""
    header: Any = settings.SECURE_PROXY_SSL_HEADER
    if header is None:
        return []
    if isinstance(header, (tuple, list)) and len(header) == 2 and all(isinstance(part, str) for part in header):  # type: ignore[arg-type]
        return []
    return [
        Error(
            f"SECURE_PROXY_SSL_HEADER is {header!r}, not a tuple of a header's name and its value.",
            hint="Write ('HTTP_X_FORWARDED_PROTO', 'https').",
            id="manoir.http.E001",
        )
    ]


@register(Tags.security, deploy=True)
def check_trusted_proxies(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of forwarded headers that are believed from anybody."""
    believed = [name for name in _FORWARDED if getattr(settings, name)]
    if not believed or settings.TRUSTED_PROXIES:
        return []
    return [
        Warning(
            f"{', '.join(believed)} believe{'s' if len(believed) == 1 else ''} forwarded headers of every client, "
            "because TRUSTED_PROXIES is empty.",
            hint="Name the addresses of your proxies in TRUSTED_PROXIES ('10.0.0.0/8', or 'unix' for a Unix socket).",
            id="manoir.http.W001",
        )
    ]


@register(Tags.files)
def check_upload_handlers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find upload handlers that cannot be imported; without this the first form with a file would say so."""
    try:
        handler_classes()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="Name classes by their dotted paths.", id="manoir.http.E002")]
    return []
