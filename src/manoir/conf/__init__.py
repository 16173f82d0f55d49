"""Settings: what a project says about itself, checked once, then read at the price of a dict look-up.

- `settings` is loaded from the module that MANOIR_SETTINGS_MODULE names, or by `settings.configure()`.
- `env` reads the environment and `.env` files with casts; `parse_database_url` reads a DATABASE_URL.
- `Secret` is a string that hides itself in reprs and logs.
- `import_string` imports what a setting names.

Map: `_defaults/` (every setting with its type, default and meaning), `_settings` (the object), `_validation`, `_types` and
`_rules` (what may be wrong), `_problems` (how it is reported), `_environment`, `_dotenv`, `_database_url`, `_imports`,
`_counterparts` (what Django's dotted paths are called here), `_secret`.
"""

from __future__ import annotations

from manoir.conf._counterparts import counterpart_hint
from manoir.conf._database_url import parse_database_url
from manoir.conf._defaults import default_values
from manoir.conf._dotenv import parse_dotenv
from manoir.conf._environment import Env, env
from manoir.conf._imports import import_module, import_string, is_about, missing_module_message
from manoir.conf._problems import Problem, report
from manoir.conf._secret import REDACTED, Secret
from manoir.conf._settings import ENVIRONMENT_VARIABLE, Override, Settings, settings
from manoir.conf._validation import near_misses
from manoir.exceptions import ImproperlyConfigured, SettingNotFound

on_change = settings.on_change

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "REDACTED",
    "Env",
    "ImproperlyConfigured",
    "Override",
    "Problem",
    "Secret",
    "SettingNotFound",
    "Settings",
    "counterpart_hint",
    "default_values",
    "env",
    "import_module",
    "import_string",
    "is_about",
    "missing_module_message",
    "near_misses",
    "on_change",
    "parse_database_url",
    "parse_dotenv",
    "report",
    "settings",
]
