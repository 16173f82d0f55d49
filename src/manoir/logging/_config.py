"""manoir's own logging, and LOGGING over it."""

from __future__ import annotations

import logging.config
from collections.abc import Mapping
from typing import Any

from manoir.conf import import_string

DEFAULT_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "require_debug_true": {"()": "manoir.logging.RequireDebugTrue"},
        "require_debug_false": {"()": "manoir.logging.RequireDebugFalse"},
        "redact_secrets": {"()": "manoir.logging.RedactSecrets"},
    },
    "formatters": {
        "manoir": {"()": "manoir.logging.LineFormatter"},
        "manoir.server": {"()": "manoir.logging.RequestFormatter"},
    },
    "handlers": {
        "console": {
            "class": "manoir.logging.ConsoleHandler",
            "level": "INFO",
            "formatter": "manoir",
            "filters": ["require_debug_true"],
        },
        "errors": {
            "class": "manoir.logging.ConsoleHandler",
            "level": "WARNING",
            "formatter": "manoir",
            "filters": ["require_debug_false"],
        },
        "manoir.server": {"class": "manoir.logging.ConsoleHandler", "level": "INFO", "formatter": "manoir.server"},
    },
    "loggers": {
        "manoir": {"handlers": ["console", "errors"], "level": "INFO"},
        "manoir.server": {"handlers": ["manoir.server"], "level": "INFO", "propagate": False},
    },
}
"""Applied first; a LOGGING with `disable_existing_loggers: True` (dictConfig's own default) silences what it does not name."""


def configure_logging(config_function: str | None, config: Mapping[str, Any]) -> None:
    """Apply manoir's logging, then the project's.

    Args:
        config_function: LOGGING_CONFIG, the dotted path of a callable that gets `config`; None leaves logging alone.
        config: LOGGING; empty applies manoir's own only.

    Raises:
        ImportError: `config_function` does not exist.
        ValueError: `config` is not what `dictConfig` accepts.
    """
    if not config_function:
        return
    function = import_string(config_function)
    logging.config.dictConfig(DEFAULT_LOGGING)
    if config:
        function(config)
