"""Filters: by DEBUG, by a callback, and the one that takes secrets out of records."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from manoir.conf import REDACTED, Secret, settings

MIN_SECRET = 6  # shorter passwords are replaced in arguments only: as parts of a text they would match anything


class RequireDebugTrue(logging.Filter):
    """Lets records pass while DEBUG is True."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record passes."""
        return settings.DEBUG


class RequireDebugFalse(logging.Filter):
    """Lets records pass while DEBUG is False."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record passes."""
        return not settings.DEBUG


class CallbackFilter(logging.Filter):
    """Lets those records pass for which `callback(record)` is true.

    Args:
        callback: called with each record.
    """

    def __init__(self, callback: Callable[[logging.LogRecord], object]) -> None:
        super().__init__()
        self.callback = callback

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record passes."""
        return bool(self.callback(record))


class RedactSecrets(logging.Filter):
    """Replaces every `Secret` in a record's arguments and extra attributes; all records pass.

    For handlers with formatters that are not manoir's own; those redact by themselves.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record."""
        record.__dict__.update({name: redacted(value) for name, value in record.__dict__.items()})
        return True


def redacted(value: Any) -> Any:
    """Return the value with every Secret replaced, inside tuples, lists and mappings too."""
    if isinstance(value, Secret):
        return REDACTED
    kind: type = type(value)
    if kind is tuple or kind is list:
        return kind(redacted(part) for part in value)
    if kind is dict:
        return {key: redacted(part) for key, part in value.items()}
    return value


def redact_text(text: str) -> str:
    """Return text in which the project's keys and passwords are replaced."""
    for secret in known_secrets():
        if secret in text:
            text = text.replace(secret, REDACTED)
    return text


def known_secrets() -> Iterator[str]:
    """Yield the keys and passwords that the settings hold, long enough to be found in a text."""
    if not settings.configured:
        return
    for value in (
        settings.SECRET_KEY,
        settings.EMAIL_HOST_PASSWORD,
        *settings.SECRET_KEY_FALLBACKS,
        *(passwords_of(settings.DATABASES)),
    ):
        if isinstance(value, str) and len(value) >= MIN_SECRET:
            yield value


def passwords_of(databases: Mapping[str, Mapping[str, Any]]) -> Iterator[Any]:
    return (database.get("PASSWORD") for database in databases.values())
