"""Makes the content types of an app's models after `migrate`."""

from __future__ import annotations

from typing import Any

from manoir.bridge import blocking_function
from manoir.contenttypes.models import ContentType
from manoir.db import DEFAULT_DB_ALIAS, connections, router


async def acreate_contenttypes(
    app_config: Any, verbosity: int = 1, using: str = DEFAULT_DB_ALIAS, stdout: Any = None, **kwargs: Any
) -> None:
    """Make the rows of an app's models that are missing; a receiver of `post_migrate`.

    Args:
        app_config: the app.
        verbosity: 2 and more tells of each row.
        using: alias of the database.
        stdout: where to tell; None tells nothing.
        **kwargs: what else the signal says.
    """
    if not router.allow_migrate_model(using, ContentType):
        return
    if ContentType._meta.db_table not in await connections[using].table_names():
        return
    label: str = app_config.label
    rows = ContentType.objects.using(using)
    present = {model: key async for key, model in rows.filter(app_label=label).values_list("pk", "model")}
    ContentType.objects.forget_changed(using, label, present)
    missing = [model._meta.model_name for model in app_config.get_models() if model._meta.model_name not in present]
    await rows.abulk_create([ContentType(app_label=label, model=name) for name in missing], ignore_conflicts=True)
    if missing and verbosity >= 2 and stdout is not None:
        stdout.write(f"Content types made for {label}: {', '.join(missing)}")


create_contenttypes = blocking_function(acreate_contenttypes)
