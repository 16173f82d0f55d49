"""What may differ from request to request: the URLconf and the prefix of scripts, in context variables."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

_prefix: ContextVar[str] = ContextVar("manoir_script_prefix", default="/")
_urlconf: ContextVar[Any] = ContextVar("manoir_urlconf", default=None)


def set_urlconf(urlconf_name: Any) -> None:
    """Use another URLconf for the rest of this context; None goes back to settings.ROOT_URLCONF."""
    _urlconf.set(urlconf_name or None)


def get_urlconf(default: Any = None) -> Any:
    """Return the URLconf set for this context, `default` without one."""
    return _urlconf.get() or default


def set_script_prefix(prefix: str) -> None:
    """Set the prefix that `reverse()` puts before every path; a slash is added at its end."""
    _prefix.set(prefix if prefix.endswith("/") else f"{prefix}/")


def get_script_prefix() -> str:
    """Return the prefix that `reverse()` puts before every path, with a slash at its end."""
    return _prefix.get()


def clear_script_prefix() -> None:
    """Go back to the prefix `/`."""
    _prefix.set("/")
