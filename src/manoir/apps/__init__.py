"""Installed apps and their models: who is part of this project.

- `apps` is the registry of this process, filled once by `manoir.setup()` out of INSTALLED_APPS.
- `AppConfig` describes one app; a subclass in the app's `apps.py` changes names or runs code when all is loaded.

Map: `_config` (AppConfig and how it is chosen), `_registry` (the registry), `_pending` (work that waits for models),
`_classes` (classes that apps define).
"""

from __future__ import annotations

from manoir.apps._classes import classes_below, classes_of_apps
from manoir.apps._config import AppConfig, find_app_configs
from manoir.apps._registry import Apps, apps
from manoir.exceptions import AppRegistryNotReady

__all__ = ["AppConfig", "AppRegistryNotReady", "Apps", "apps", "classes_below", "classes_of_apps", "find_app_configs"]
