"""Configuration, start, commands, and sync code in a coroutine."""

from __future__ import annotations

from manoir.exceptions._root import ManoirError


class ImproperlyConfigured(ManoirError):
    """A setting is missing, has a value that cannot be used, or names something that does not exist."""


class SettingNotFound(ImproperlyConfigured, AttributeError):
    """`settings.NAME` was read, but neither the project nor manoir defines NAME."""


class InvalidCacheBackendError(ImproperlyConfigured):
    """CACHES has no such alias, or the BACKEND of an alias cannot be used."""


class InvalidStorageError(ImproperlyConfigured):
    """STORAGES has no such alias, or the BACKEND of an alias cannot be used."""


class AppRegistryNotReady(ManoirError):
    """Apps or models were asked for before `manoir.setup()` had loaded them."""


class MessageFailure(ManoirError):
    """A message was added, and there is no MessageMiddleware to keep it."""


class MiddlewareNotUsed(ManoirError):
    """A middleware says, when it is made, that it has nothing to do; it is left out."""


class CommandError(ManoirError):
    """A command was called wrongly or could not do its work; shown without a traceback.

    Args:
        message: what was wrong and what to do.
        returncode: exit status of the process, 1 unless told.
    """

    def __init__(self, *args: object, returncode: int = 1) -> None:
        self.returncode = returncode
        super().__init__(*args)


class SystemCheckError(CommandError):
    """System checks found errors that must be corrected before the command can run; the message lists them."""


class SynchronousOnlyOperation(ManoirError):
    """A sync call that has to wait was made directly inside a coroutine; the message names the awaitable twin."""
