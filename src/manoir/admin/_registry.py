"""The default site, made when it is first used, and all sites of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from manoir.apps import apps
from manoir.conf import import_string

if TYPE_CHECKING:
    from manoir.admin._sites import AdminSite

FALLBACK = "manoir.admin.AdminSite"

all_sites: WeakSet[AdminSite] = WeakSet()
"""Every AdminSite of this process; the checks look at them."""


class DefaultSite:
    """`admin.site`: the AdminSite of the class that the app's `default_site` names.

    It is made when something first reads an attribute of it, after the apps are loaded, so that a project can choose
    its own class in an AppConfig.
    """

    def __init__(self) -> None:
        self.__dict__["_site"] = None

    def _made(self) -> Any:
        if self._site is None:
            configs = [config for config in apps.get_app_configs() if config.name == "manoir.admin"]
            path = getattr(configs[0], "default_site", FALLBACK) if configs else FALLBACK
            self.__dict__["_site"] = import_string(path)()
        return self._site

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._made(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._made(), name)

    def __repr__(self) -> str:
        return repr(self._site) if self._site is not None else "<admin.site, not made yet>"

    def __eq__(self, other: object) -> bool:
        return other is self or other is self._made()

    def __hash__(self) -> int:
        return hash(self._made())


default_site: Any = DefaultSite()
