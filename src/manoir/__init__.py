"""manoir: everything a web application needs, under one roof.

Each room has one door: `manoir.models`, `manoir.http`, `manoir.urls`, `manoir.templates` … Importing this package
loads none of them.
"""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__", "setup"]


def setup() -> None:
    """Configure logging and load the apps of INSTALLED_APPS, once.

    Commands, the servers and the pytest plug-in call it for you; a plain script calls it before it touches a model.

    Raises:
        ImproperlyConfigured: every configuration error found, in one message.
    """
    from manoir._setup import setup as set_up  # the package itself stays free to import

    set_up()
