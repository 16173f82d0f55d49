"""`remove_stale_contenttypes`: deletes content types whose models are gone."""

from __future__ import annotations

from typing import Any

from manoir.apps import apps
from manoir.bridge import to_thread
from manoir.commands import BaseCommand
from manoir.contenttypes.models import ContentType
from manoir.db import DEFAULT_DB_ALIAS


class Command(BaseCommand):
    """Deletes content types whose models are gone, with all rows that point to them."""

    help = "Deletes content types whose models are gone, with all rows that point to them. Asks before it does."

    def add_arguments(self, parser: Any) -> None:
        """Take the database, and whether to ask."""
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help="do not ask")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")
        parser.add_argument(
            "--include-stale-apps", action="store_true", help="also those of apps that are not installed any more"
        )

    async def handle(self, *args: Any, **options: Any) -> None:
        """Find them, tell what goes with them, ask, delete."""
        alias: str = options.get("database") or DEFAULT_DB_ALIAS
        stale = await self.stale(alias, everywhere=bool(options.get("include_stale_apps")))
        if not stale:
            self.stdout.write("No content type is stale.")
            return
        for kind in stale:
            self.stdout.write(f"{kind.app_label}.{kind.model}{await self.what_goes_along(kind, alias)}")
        if options.get("interactive", True):
            question = f"Delete {len(stale)} content type{'' if len(stale) == 1 else 's'} and these rows? [yes/no] "
            if (await to_thread(input, question)).strip().lower() != "yes":
                self.stdout.write("Nothing was deleted.")
                return
        for kind in stale:
            await kind.adelete(using=alias)
        ContentType.objects.clear_cache()
        self.stdout.write(f"Deleted {len(stale)} content type{'' if len(stale) == 1 else 's'}.")

    async def stale(self, alias: str, *, everywhere: bool) -> list[ContentType]:
        """Return content types without a model, in order."""
        labels = {config.label for config in apps.get_app_configs()}
        rows = ContentType.objects.using(alias).order_by("app_label", "model")
        return [kind async for kind in rows if (everywhere or kind.app_label in labels) and kind.model_class() is None]

    async def what_goes_along(self, kind: ContentType, alias: str) -> str:
        """Return which rows point to a content type, for people."""
        counts: list[str] = []
        for rel in ContentType._meta.all_rels:
            model = rel.related_model
            if rel.many_to_many or model._meta.proxy or not model._meta.managed:
                continue
            count = await model._base_manager.using(alias).filter(**{rel.field.attname: kind.pk}).acount()
            if count:
                counts.append(f"{count} of {model._meta.label}")
        return f", with {', '.join(counts)}" if counts else ""
