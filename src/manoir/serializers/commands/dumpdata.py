"""`dumpdata`: the rows of a database as a fixture."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from manoir.apps import apps
from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS, connections, router
from manoir.exceptions import (
    CommandError,
    DatabaseError,
    FieldError,
    SerializerDoesNotExist,
    ValidationError,
    nearest,
)
from manoir.serializers._fixtures import COMPRESSIONS, open_output
from manoir.serializers._formats import get_public_serializer_formats, get_serializer
from manoir.serializers._loading import excluded, models_of
from manoir.serializers._ordering import sort_dependencies
from manoir.serializers._rows import CHUNK

DEFAULT_FORMAT = "json"


class Command(BaseCommand):
    """Writes rows as a fixture."""

    help = (
        "Writes the rows of a database (of all apps, or of those that are named) as a fixture, which loaddata reads."
        " It holds everything, also what is secret: keep it like the database."
    )

    def add_arguments(self, parser: Any) -> None:
        """Take what to dump, and how."""
        parser.add_argument("args", metavar="app_label[.ModelName]", nargs="*", help="apps or models; without any: all")
        parser.add_argument(
            "--format", help="format of the output: json, jsonl, xml, yaml; else that of --output's suffix, else json"
        )
        parser.add_argument("--indent", type=int, help="number of spaces by which each level is set in")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")
        parser.add_argument(
            "-e", "--exclude", action="append", default=[], help="an app or a model to leave out (may be repeated)"
        )
        parser.add_argument(
            "--natural-foreign", action="store_true", help="refer to rows by their natural keys, where they have them"
        )
        parser.add_argument(
            "--natural-primary", action="store_true", help="leave out primary keys of rows with natural keys"
        )
        parser.add_argument(
            "-a", "--all", action="store_true", help="all rows, also those that a model's default manager leaves out"
        )
        parser.add_argument("--pks", help="only rows with these primary keys, joined by commas; of one model only")
        parser.add_argument("-o", "--output", help="file to write; .gz, .bz2, .xz and .lzma compress it")

    async def handle(self, *labels: str, **options: Any) -> None:
        """Find the models, and stream their rows."""
        alias: str = options["database"]
        if alias not in connections:
            raise CommandError(f"There is no database {alias!r} in DATABASES.{nearest(alias, connections)}")
        format = options["format"] or format_of(options["output"])
        try:
            if format not in get_public_serializer_formats():
                raise SerializerDoesNotExist(
                    f"There is no serialization format {format!r}.{nearest(format, get_public_serializer_formats())}"
                    f" Formats: {', '.join(sorted(get_public_serializer_formats()))}."
                )
            serializer = get_serializer(format)()
        except SerializerDoesNotExist as error:
            raise CommandError(str(error)) from error
        models = self.models(labels, options["exclude"], alias, allow_cycles=not options["natural_foreign"])
        keys = self.keys(options["pks"], labels, models)
        querysets = [self.queryset(model, alias, keys, whole=options["all"]) for model in models]
        try:
            await self.awrite(serializer, querysets, options)
        except DatabaseError as error:
            raise CommandError(f"The database {alias!r} cannot be dumped: {error}") from error

    def models(self, labels: Sequence[str], left_out: Sequence[str], alias: str, *, allow_cycles: bool) -> list[Any]:
        """The models that are dumped, in order."""
        without = excluded(left_out)
        chosen: dict[Any, None] = {}
        for label in labels or [config.label for config in apps.get_app_configs()]:
            for model in models_of(label):
                if model._meta.proxy:
                    if "." in label:
                        self.stderr.write(
                            f"{model._meta.label} is a proxy, which has no rows of its own: name"
                            f" {model._meta.concrete_model._meta.label}."
                        )
                elif model not in without and router.allow_migrate_model(alias, model):
                    chosen[model] = None
        groups: dict[str, list[Any]] = {}
        for model in chosen:
            groups.setdefault(model._meta.app_label, []).append(model)
        pairs = [(apps.get_app_config(label), some) for label, some in groups.items()]
        return sort_dependencies(pairs, allow_cycles=allow_cycles)

    def keys(self, given: str | None, labels: Sequence[str], models: Sequence[Any]) -> list[Any] | None:
        """The keys of `--pks`, in the model's type."""
        if not given:
            return None
        if len(labels) != 1 or len(models) != 1:
            raise CommandError("--pks takes the keys of one model: name it, such as shop.Book.")
        pk = models[0]._meta.pk
        try:
            return [pk.to_python(key.strip()) for key in given.split(",")]
        except (ValidationError, ValueError) as error:
            reason = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            raise CommandError(f"--pks={given} has what is no key of {models[0]._meta.label}: {reason}") from error

    def queryset(self, model: Any, alias: str, keys: list[Any] | None, *, whole: bool) -> Any:
        """The rows of a model, by their keys."""
        manager = model._base_manager if whole else model._default_manager
        queryset = manager.using(alias).order_by(model._meta.pk.name)
        try:
            return queryset if keys is None else queryset.filter(pk__in=keys)
        except FieldError as error:
            raise CommandError(str(error)) from error

    async def awrite(self, serializer: Any, querysets: Sequence[Any], options: dict[str, Any]) -> None:
        """Write to the file, or to stdout."""
        chosen = {
            "use_natural_foreign_keys": options["natural_foreign"],
            "use_natural_primary_keys": options["natural_primary"],
            "include_secrets": True,
        }
        if options["indent"] is not None:
            chosen["indent"] = options["indent"]
        if options["output"] is None:
            self.stdout.ending = ""
            async with aclosing(rows_of(querysets)) as rows:
                await serializer.aserialize(rows, stream=self.stdout, **chosen)
            return
        path = Path(options["output"])
        if not path.parent.is_dir():
            raise CommandError(f"The directory {path.parent} does not exist. Create it, or correct --output.")
        with open_output(path) as stream:
            async with aclosing(rows_of(querysets)) as rows:
                await serializer.aserialize(rows, stream=stream, **chosen)


async def rows_of(querysets: Sequence[Any]) -> AsyncGenerator[Any]:
    """The rows of all querysets, streamed."""
    for queryset in querysets:
        async for row in queryset.aiterator(CHUNK):
            yield row


def format_of(output: str | None) -> str:
    """The format that a file's name says."""
    suffixes = [suffix.removeprefix(".") for suffix in Path(output or "").suffixes]
    if suffixes and suffixes[-1] in COMPRESSIONS:
        suffixes.pop()
    return suffixes[-1] if suffixes and suffixes[-1] in get_public_serializer_formats() else DEFAULT_FORMAT
