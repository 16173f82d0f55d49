"""`router`: which database a model is read from and written to, as the project's DATABASE_ROUTERS say.

Where there are none, rows stay in the database that they came from, and new ones go into the default one.
"""

from __future__ import annotations

import inspect
from typing import Any

from manoir.conf import import_string, on_change, settings
from manoir.db._handler import DEFAULT_DB_ALIAS, connections, on_databases_change
from manoir.exceptions import ImproperlyConfigured, nearest

METHODS = ("db_for_read", "db_for_write", "allow_relation", "allow_migrate")
QUESTIONS = {"db_for_read": "is read from", "db_for_write": "is written to"}


class Router:
    """Asks the routers of DATABASE_ROUTERS in their order; the first one that does not answer None decides.

    Attributes:
        routers: the objects that are asked; made when something is asked for the first time.
        is_single: there are no routers and not several databases, so that no row can belong elsewhere.

    Example:
        >>> router.db_for_write(Book)  # doctest: +SKIP
        'default'
    """

    # hot path: benchmarks/orm_query.py (without routers, `routers` is read like any attribute, and nothing is called)

    routers: tuple[Any, ...]
    is_single: bool

    def __getattr__(self, name: str) -> Any:
        if name not in ("routers", "is_single"):
            raise AttributeError(f"The router has no {name!r}.{nearest(name, dir(self))}")
        own = self.__dict__
        own["routers"] = tuple(made(given, index) for index, given in enumerate(settings.DATABASE_ROUTERS))
        own["is_single"] = not own["routers"] and len(connections.settings) <= 1
        return own[name]

    def forget(self) -> None:
        """Make the routers anew at the next question."""
        self.__dict__.clear()

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """Return the alias of the database that rows of `model` are read from.

        Args:
            model: the model.
            **hints: what is known besides, such as `instance`, a row that the others belong to.

        Raises:
            ImproperlyConfigured: a router names a database that there is not.
        """
        alias = self.chosen("db_for_read", model, hints) if self.routers else None
        return alias or hinted(hints)

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """Return the alias of the database that rows of `model` are written to; see `db_for_read`."""
        alias = self.chosen("db_for_write", model, hints) if self.routers else None
        return alias or hinted(hints)

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        """Say whether two objects may refer to each other: inside one database, unless a router says otherwise."""
        answer = self.first_answer("allow_relation", (obj1, obj2), hints) if self.routers else None
        return alias_of(obj1) == alias_of(obj2) if answer is None else bool(answer)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Say whether migrations of an app touch a database: all of them, unless a router says otherwise.

        Args:
            db: alias of the database.
            app_label: label of the app.
            **hints: `model_name` (in lower case) and `model` (whose `_meta` counts), or the hints of RunPython and RunSQL.
        """
        answer = self.first_answer("allow_migrate", (db, app_label), hints) if self.routers else None
        return True if answer is None else bool(answer)

    def allow_migrate_model(self, db: str, model: Any) -> bool:
        """Say whether the table of a model belongs into a database."""
        options = model._meta
        return self.allow_migrate(db, options.app_label, model_name=options.model_name, model=model)

    def chosen(self, method: str, model: Any, hints: dict[str, Any]) -> str | None:
        """The alias that a router chooses; None when none of them does."""
        for one in self.routers:
            ask = getattr(one, method, None)
            alias = None if ask is None else ask(model, **hints)
            if alias:
                if alias not in connections.settings:
                    raise ImproperlyConfigured(
                        f"{described(one)}.{method}() says that {model._meta.label} {QUESTIONS[method]} {alias!r}, but"
                        f" DATABASES has no {alias!r}.{nearest(str(alias), connections.settings)}"
                    )
                return alias
        return None

    def first_answer(self, method: str, args: tuple[Any, ...], hints: dict[str, Any]) -> Any:
        """The first answer that is not None."""
        for one in self.routers:
            ask = getattr(one, method, None)
            answer = None if ask is None else ask(*args, **hints)
            if answer is not None:
                return answer
        return None


def made(given: Any, index: int) -> Any:
    """The router that an entry of DATABASE_ROUTERS means.

    Raises:
        ImproperlyConfigured: it cannot be imported, has no method that is asked, or one that cannot be.
    """
    where = f"DATABASE_ROUTERS[{index}]"
    if isinstance(given, str):
        try:
            given = import_string(given)
        except ImportError as error:
            raise ImproperlyConfigured(f"{where}: {error}") from error
    one = given() if isinstance(given, type) else given
    names = [name for name in dir(one) if not name.startswith("_")]
    if not set(METHODS).intersection(names):
        hint = next((found for name in names if (found := nearest(name, METHODS))), "")
        raise ImproperlyConfigured(
            f"{where} is {described(one)}, which has no method of a router.{hint} Routers have some of"
            f" {', '.join(METHODS)}."
        )
    for name in METHODS:
        if inspect.iscoroutinefunction(getattr(one, name, None)):
            raise ImproperlyConfigured(
                f"{described(one)}.{name}() is `async def`, but routers are asked while a query is built: write `def`."
            )
    return one


def described(one: Any) -> str:
    return type(one).__qualname__


def hinted(hints: dict[str, Any]) -> str:
    """Stay on the database that a related object came from."""
    instance = hints.get("instance")
    return alias_of(instance) if instance is not None else DEFAULT_DB_ALIAS


def alias_of(instance: Any) -> str:
    state = getattr(instance, "_state", None)
    return getattr(state, "db", None) or DEFAULT_DB_ALIAS


router = Router()


def follow_setting(name: str, value: Any, enter: bool) -> None:
    """Ask other routers from now on."""
    if name in ("DATABASE_ROUTERS", "DATABASES"):
        router.forget()


on_change(follow_setting)
on_databases_change(router.forget)
