"""Loading fixtures: everything in one transaction, foreign keys checked at its end, counters set behind what was loaded."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from manoir.apps import apps
from manoir.bridge import blocking_function
from manoir.db import connections, router, transaction
from manoir.exceptions import (
    CommandError,
    DatabaseError,
    DeserializationError,
    IntegrityError,
    ValidationError,
    nearest,
)
from manoir.serializers._batching import Batch
from manoir.serializers._deserialized import DeserializedObject
from manoir.serializers._fixtures import Finder, Fixture
from manoir.serializers._formats import adeserialize, get_deserializer
from manoir.serializers._reader import Deserializer

Say = Callable[[str], object]
UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError)


@dataclass
class LoadedFixtures:
    """What was loaded.

    Attributes:
        fixtures: how many files.
        objects: how many rows they hold.
        loaded: how many of these were written: not those for other databases, or excluded.
        models: the models of which rows were written.
        empty: files without rows.
    """

    fixtures: int = 0
    objects: int = 0
    loaded: int = 0
    models: set[Any] = field(default_factory=set[Any])
    empty: list[str] = field(default_factory=list[str])


async def aload_fixtures(
    *labels: str,
    using: str = "default",
    app_label: str | None = None,
    format: str | None = None,
    exclude: Iterable[str] = (),
    ignorenonexistent: bool = False,
    stdin: Any = None,
    say: Say | None = None,
) -> LoadedFixtures:
    """Write the rows of fixtures into a database: all of them, or none.

    Args:
        *labels: names of fixtures, with or without suffixes; `-` is standard input.
        using: alias of the database.
        app_label: look only in the folder of this app.
        format: the only format to look for, and that of standard input.
        exclude: labels of apps or of models whose rows are left out.
        ignorenonexistent: leave out models and fields that there are no more.
        stdin: the stream that `-` means.
        say: is told what is loaded.

    Returns:
        How much was loaded.

    Raises:
        CommandError: a fixture is not there (the nearest is named), or cannot be loaded; says which row, and why.
    """
    if using not in connections:
        raise CommandError(f"There is no database {using!r} in DATABASES.{nearest(using, connections)}")
    loader = Loader(using, excluded(exclude), ignorenonexistent, stdin, say or (lambda text: None))
    finder = Finder(using, app_label, format)
    fixtures = list(dict.fromkeys(one for label in labels for one in finder.find(label)))
    async with transaction.atomic(using=using):
        await loader.aload(fixtures)
    return loader.done


load_fixtures = blocking_function(aload_fixtures)


async def aload_records(records: Sequence[Mapping[str, Any]], using: str = "default") -> LoadedFixtures:
    """Write rows that are given as dicts (as the format "python" has them) as those of a fixture: all of them, or none.

    Args:
        records: dicts of `model`, `pk` and `fields`.
        using: alias of the database.

    Returns:
        How much was loaded.

    Raises:
        CommandError: a row cannot be loaded; says which, and why.
    """
    loader = Loader(using, frozenset(), False, records, lambda text: None)
    async with transaction.atomic(using=using):
        await loader.aload([Fixture(None, "python")])
    return loader.done


load_records = blocking_function(aload_records)


class Loader:
    """Writes rows inside a transaction."""

    def __init__(self, using: str, left_out: frozenset[Any], ignorenonexistent: bool, stdin: Any, say: Say) -> None:
        self.using = using
        self.connection = connections[using]
        self.left_out = left_out
        self.ignorenonexistent = ignorenonexistent
        self.stdin = stdin
        self.say = say
        self.done = LoadedFixtures()
        self.put_off: list[tuple[Fixture, DeserializedObject]] = []
        self.batch = Batch(using)
        self.fixture: Fixture | None = None

    async def aload(self, fixtures: Iterable[Fixture]) -> None:
        """Write the rows of all files, then what pointed forward, then check and count."""
        await self.connection.defer_constraints()
        for fixture in fixtures:
            await self.aload_one(fixture)
        await self.acatch_up()
        if not self.done.loaded:
            return
        tables = [model._meta.db_table for model in self.done.models]
        try:
            await self.connection.check_constraints(sorted({*tables, *tables_between(self.done.models)}))
        except IntegrityError as error:
            raise CommandError(f"Nothing was loaded. {error}") from error
        for statement in self.connection.sequence_reset_sql(counted_columns(self.done.models, self.connection)):
            await self.connection.fetch(statement)

    async def acatch_up(self) -> None:
        """Store forward references; a row that was put off may itself be what another one waits for."""
        while self.put_off:
            waiting, self.put_off = self.put_off, []
            found_some = False
            missing: Exception | None = None
            for fixture, found in waiting:
                before = len(found.deferred_fields or ())
                missing = await found.afind_deferred(self.using) or missing
                if len(found.deferred_fields or ()) < before:
                    found_some = True
                    await self.astore(fixture, found)
                if found.deferred_fields:
                    self.put_off.append((fixture, found))
            if self.put_off and not found_some:
                fixture, found = self.put_off[0]
                names = ", ".join(f"{field.name}={key!r:.80}" for field, key in (found.deferred_fields or {}).items())
                raise CommandError(
                    f"{fixture}: {described(found)} refers to a row that neither the fixtures nor the database have"
                    f" ({names}). Load its fixture as well."
                ) from missing

    async def aload_one(self, fixture: Fixture) -> None:
        """Write the rows of one file."""
        self.say(f"Loading {fixture.format} fixture {fixture}")
        before = self.done.objects
        self.fixture = fixture
        own = issubclass(get_deserializer(fixture.format), Deserializer)
        options: dict[str, Any] = {"before_lookup": self.aflush} if own else {}
        try:
            with fixture.open(self.stdin) as stream:
                objects = adeserialize(
                    fixture.format,
                    stream,
                    using=self.using,
                    ignorenonexistent=self.ignorenonexistent,
                    handle_forward_references=True,
                    **options,
                )
                async for found in objects:
                    self.done.objects += 1
                    await self.awrite(fixture, found)
                await self.aflush()
        except DeserializationError as error:
            raise CommandError(f"{fixture} cannot be loaded: {error}") from error
        except UNREADABLE as error:
            raise CommandError(f"{fixture} cannot be read: {error}") from error
        if self.done.objects == before:
            self.done.empty.append(str(fixture))
        self.done.fixtures += 1

    async def awrite(self, fixture: Fixture, found: DeserializedObject) -> None:
        """Write one row, unless it is left out or belongs into another database."""
        model = type(found.object)
        if model._meta.concrete_model in self.left_out or not router.allow_migrate_model(self.using, model):
            return
        self.done.loaded += 1
        self.done.models.add(model._meta.concrete_model)
        if found.deferred_fields:
            self.put_off.append((fixture, found))
        if not self.batch.takes(found):
            await self.aflush()
            await self.astore(fixture, found)
            return
        if not self.batch.fits(found):
            await self.aflush()
        self.batch.add(found)

    async def aflush(self) -> None:
        """Write the rows that wait; what is refused together is tried one by one, and named."""
        for found in await self.batch.awrite():
            assert self.fixture is not None
            await self.astore(self.fixture, found)

    async def astore(self, fixture: Fixture, found: DeserializedObject) -> None:
        """Write one row, if it can be: references that must not be empty are known."""
        if not is_storable(found):
            return
        try:
            await found.asave(using=self.using)
        except (DatabaseError, ValueError, ValidationError) as error:
            raise CommandError(f"{fixture}: {described(found)} cannot be stored: {error}") from error


def is_storable(found: DeserializedObject) -> bool:
    """Whether a row can be written before the rows that it refers to: where a reference may be empty meanwhile."""
    return all(field.many_to_many or field.null for field in found.deferred_fields or ())


def described(found: DeserializedObject) -> str:
    return f"{found.object._meta.label}(pk={found.object.pk})"


def excluded(labels: Iterable[str]) -> frozenset[Any]:
    """The models that labels of apps and of models name.

    Raises:
        CommandError: a label is unknown; names the nearest.
    """
    models: set[Any] = set()
    for label in labels:
        models.update(model._meta.concrete_model for model in models_of(label))
    return frozenset(models)


def models_of(label: str) -> list[Any]:
    """The models that `app` or `app.Model` names.

    Raises:
        CommandError: there is no such app or model; names the nearest.
    """
    app_label, dot, name = label.partition(".")
    try:
        config = apps.get_app_config(app_label)
        return [apps.get_model(app_label, name)] if dot else list(config.get_models())
    except LookupError as error:
        raise CommandError(str(error)) from error


def tables_between(models: Iterable[Any]) -> set[str]:
    """The tables between, of the many-to-many fields of models."""
    return {
        field.remote_field.through._meta.db_table
        for model in models
        for field in model._meta.many_to_many
        if field.remote_field.through._meta.auto_created
    }


def counted_columns(models: Iterable[Any], connection: Any) -> list[tuple[str, str]]:
    """The columns of models that the database counts, with their tables."""
    found: list[tuple[str, str]] = []
    for model in models:
        for column in model._meta.concrete_fields:
            column_type = column.column_type
            if column_type is not None and column_type.auto:
                found.append((model._meta.db_table, column.column))
    return sorted(found)
