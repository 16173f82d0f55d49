"""Which database a model is read from and written to: with one database, always the default one."""

from __future__ import annotations

from typing import Any

from manoir.db._handler import DEFAULT_DB_ALIAS


class Router:
    """Answers for every model; `DATABASE_ROUTERS` will be asked here."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """Return the alias of the database that rows of `model` are read from."""
        return hinted(hints)

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """Return the alias of the database that rows of `model` are written to."""
        return hinted(hints)

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        """Say whether two objects may refer to each other: only inside one database."""
        return alias_of(obj1) == alias_of(obj2)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Say whether migrations of an app touch a database."""
        return True

    def allow_migrate_model(self, db: str, model: Any) -> bool:
        """Say whether the table of a model belongs into a database."""
        options = model._meta
        return self.allow_migrate(db, options.app_label, model_name=options.model_name, model=model)


def hinted(hints: dict[str, Any]) -> str:
    """Stay on the database that a related object came from."""
    instance = hints.get("instance")
    return alias_of(instance) if instance is not None else DEFAULT_DB_ALIAS


def alias_of(instance: Any) -> str:
    state = getattr(instance, "_state", None)
    return getattr(state, "db", None) or DEFAULT_DB_ALIAS


router = Router()
