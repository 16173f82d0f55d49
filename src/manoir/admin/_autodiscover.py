"""Finding the `admin` modules of the installed apps."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from manoir.apps import apps

OWN = {
    "manoir.auth": "manoir.admin._people",
    "manoir.rest.jwt": "manoir.admin._token_admin",
    "manoir.tasks": "manoir.admin._task_pages",
}
"""Apps of manoir whose admin classes live in this room: an app below the admin does not import it."""


def autodiscover() -> None:
    """Import the module `admin` of each installed app, in the order of INSTALLED_APPS.

    A module is imported once; what it raises is not hidden. The page of caches, which belong to no app, comes first.
    """
    import_module("manoir.admin._cache_page")
    for config in apps.get_app_configs():
        name = OWN.get(config.name, f"{config.name}.admin")
        if config.name != "manoir.admin" and find_spec(name) is not None:
            import_module(name)
