"""The storages of the settings, by alias."""

from __future__ import annotations

from typing import Any, Final, Self, cast

from manoir.conf import import_string, settings
from manoir.exceptions import InvalidStorageError, nearest
from manoir.storage._base import Storage
from manoir.storage._private import PrivateFileSystemStorage

DEFAULT_STORAGE_ALIAS: Final = "default"
STATICFILES_STORAGE_ALIAS: Final = "staticfiles"
PRIVATE_STORAGE_ALIAS: Final = "private"


class StorageHandler:
    """The storages of STORAGES: `storages["default"]`. Each is made at its first use, one for the process."""

    def __init__(self) -> None:
        self.made: dict[str, Storage] = {}

    @property
    def backends(self) -> dict[str, dict[str, Any]]:
        """The setting STORAGES."""
        return settings.STORAGES

    def __getitem__(self, alias: str) -> Storage:
        storage = self.made.get(alias)
        if storage is None:
            storage = self.made.setdefault(alias, self.create(alias))
        return storage

    def __contains__(self, alias: object) -> bool:
        return alias in self.backends

    def create(self, alias: str) -> Storage:
        """Make the storage of an alias.

        Raises:
            InvalidStorageError: STORAGES has no such alias, or its BACKEND cannot be used.
        """
        if alias == PRIVATE_STORAGE_ALIAS and alias not in self.backends:
            return PrivateFileSystemStorage()
        if alias not in self.backends:
            known = ", ".join(map(repr, self.backends)) or "none"
            raise InvalidStorageError(
                f"STORAGES has no {alias!r}.{nearest(alias, self.backends)} There are: {known}. Since STORAGES replaces "
                "the default as a whole, repeat the aliases you keep."
            )
        return self.create_storage(self.backends[alias], f"STORAGES[{alias!r}]")

    def create_storage(self, params: dict[str, Any], where: str = "storage") -> Storage:
        """Make a storage out of BACKEND and OPTIONS.

        Args:
            params: an entry as in STORAGES.
            where: what to call it in an error.

        Raises:
            InvalidStorageError: BACKEND cannot be imported, or does not take the OPTIONS.
        """
        try:
            factory = import_string(params.get("BACKEND", ""))
        except ImportError as error:
            raise InvalidStorageError(f"{where}: the BACKEND cannot be imported. {error}") from error
        try:
            return factory(**params.get("OPTIONS", {}))
        except TypeError as error:
            raise InvalidStorageError(f"{where}: the OPTIONS do not fit {params['BACKEND']}: {error}.") from error

    def forget(self, name: str, value: Any = None, enter: bool = True) -> None:
        """Make the storages anew after STORAGES changed, and that of static files after the settings it was made of did."""
        if name == "STORAGES":
            self.made.clear()
        elif name in ("STATIC_ROOT", "STATIC_URL", "FORCE_SCRIPT_NAME"):
            self.made.pop(STATICFILES_STORAGE_ALIAS, None)


storages: Final = StorageHandler()
"""The storages of the setting STORAGES, by alias."""

settings.on_change(storages.forget)


class AliasedStorage:
    """Stands for a storage of STORAGES, whatever that is at the moment. It is asked like the storage itself.

    Args:
        alias: its name in STORAGES.

    Example:
        >>> isinstance(AliasedStorage("default"), Storage), AliasedStorage("default") == default_storage
        (True, True)
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias

    @property
    def __class__(self) -> type[Any]:  # type: ignore[override]
        """`isinstance` takes it for a Storage, without making the storage."""
        return Storage

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(storages[self.alias], name)

    def __eq__(self, other: object) -> bool:
        if issubclass(type(other), AliasedStorage):  # `isinstance` would ask what it stands for
            return self.alias == cast(AliasedStorage, other).alias
        return storages[self.alias] == other

    def __hash__(self) -> int:
        return hash(self.alias)

    def __repr__(self) -> str:
        return f"<AliasedStorage {self.alias!r}: {storages[self.alias]!r}>"

    def __reduce__(self) -> Any:
        return AliasedStorage, (self.alias,)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """What a migration writes: the alias, not what it means today."""
        return "manoir.storage.AliasedStorage", (self.alias,), {}


class DefaultStorage(AliasedStorage):
    """Stands for the storage `"default"` of STORAGES, as `default_storage` does.

    Example:
        >>> DefaultStorage() == default_storage
        True
    """

    def __init__(self) -> None:
        super().__init__(DEFAULT_STORAGE_ALIAS)


default_storage: Final = cast(Storage, AliasedStorage(DEFAULT_STORAGE_ALIAS))
"""The storage `"default"` of the setting STORAGES."""

private_storage: Final = cast(Storage, AliasedStorage(PRIVATE_STORAGE_ALIAS))
"""The storage `"private"` of the setting STORAGES; without one, a PrivateFileSystemStorage."""
