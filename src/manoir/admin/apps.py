"""The app of the admin."""

from __future__ import annotations

from typing import Any

from manoir.admin import _checks as _checks  # registers the checks of this room
from manoir.admin._autodiscover import autodiscover
from manoir.admin._vendor import static_files
from manoir.apps import AppConfig
from manoir.i18n import gettext_lazy


class SimpleAdminConfig(AppConfig):
    """The admin without looking for `admin` modules; a project imports its own.

    Attributes:
        default_site: dotted path of the class of `admin.site`.
        static_files: files that come out of other packages, by their path below STATIC_URL.
    """

    name = "manoir.admin"
    label = "admin"
    verbose_name: Any = gettext_lazy("Administration")
    default = False
    default_site = "manoir.admin.AdminSite"
    static_files = static_files()


class AdminConfig(SimpleAdminConfig):
    """The admin, which imports the module `admin` of every installed app."""

    default = True

    def ready(self) -> None:
        """Register what the apps have."""
        autodiscover()
