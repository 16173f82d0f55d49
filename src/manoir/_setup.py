"""Setting a process up: settings, logging and apps, in this order, once."""

from __future__ import annotations

import threading
import warnings

from manoir.apps import AppConfig, apps, find_app_configs
from manoir.bridge import set_sync_mode
from manoir.conf import Problem, near_misses, report, settings
from manoir.logging import configure_logging

_lock = threading.RLock()


class SettingsWarning(UserWarning):
    """A setting of the project looks like a misspelt setting of manoir."""


def setup() -> None:
    """Load the settings, configure logging and populate the app registry.

    Further calls do nothing; other threads wait for the first one.

    Raises:
        ImproperlyConfigured: everything that is wrong with settings, logging and entries of INSTALLED_APPS, in one message.
    """
    if apps.ready:
        return
    with _lock:
        if apps.ready:
            return
        by_module = not settings.configured
        problems = settings.load()
        warn_of_near_misses()
        wrong = {problem.name for problem in problems}
        if not wrong & {"LOGGING", "LOGGING_CONFIG"}:
            problems += logging_problems()
        configs: list[AppConfig] = []
        if "INSTALLED_APPS" not in wrong:
            configs, app_problems = find_app_configs(settings.INSTALLED_APPS)
            problems += app_problems
        if problems:
            error = report(problems, settings.where)
            if by_module:
                settings.unload()  # values out of a faulty environment are placeholders; nobody may read them
            raise error
        set_sync_mode(lambda: settings.SYNC_VIEWS)
        apps.populate(configs)


def logging_problems() -> list[Problem]:
    """Configure logging and return what is wrong with LOGGING."""
    try:
        configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    except Exception as error:
        cause = error.__cause__ if error.__cause__ is not None else error
        message = f"LOGGING cannot be used: {error}" + (f" ({cause})." if cause is not error else ".")
        return [Problem("LOGGING", message, error)]
    return []


def warn_of_near_misses() -> None:
    """Warn of settings that are within two edits of a known one, and so probably misspelt."""
    for name, known in near_misses(settings.explicit_names):
        warnings.warn(f"{settings.where} sets {name}. Did you mean {known}?", SettingsWarning, stacklevel=3)
