"""Makes the permissions of an app's models after `migrate`."""

from __future__ import annotations

from typing import Any

from manoir.auth.models import Permission
from manoir.bridge import blocking_function
from manoir.contenttypes import ContentType, acreate_contenttypes
from manoir.db import DEFAULT_DB_ALIAS, connections, router


def wanted_permissions(options: Any) -> list[tuple[str, str]]:
    """Return codename and name of each permission of a model."""
    usual = [
        (f"{action}_{options.model_name}", f"Can {action} {options.verbose_name}")
        for action in options.default_permissions
    ]
    return [*usual, *((codename, str(name)) for codename, name in options.permissions)]


async def acreate_permissions(
    app_config: Any, verbosity: int = 1, using: str = DEFAULT_DB_ALIAS, stdout: Any = None, **kwargs: Any
) -> None:
    """Make the permissions of an app's models that are missing; a receiver of `post_migrate`.

    Args:
        app_config: the app.
        verbosity: 2 and more tells how many were made.
        using: alias of the database.
        stdout: where to tell; None tells nothing.
        **kwargs: what else the signal says.
    """
    if not router.allow_migrate_model(using, Permission):
        return
    if Permission._meta.db_table not in await connections[using].table_names():
        return
    await acreate_contenttypes(app_config, 0, using)
    models = [model for model in app_config.get_models() if not model._meta.swapped]
    if not models:
        return
    kinds = await ContentType.objects.db_manager(using).aget_for_models(*models, for_concrete_models=False)
    rows = Permission.objects.using(using)
    present = {
        pair
        async for pair in rows.filter(content_type__in=list(kinds.values())).values_list("content_type_id", "codename")
    }
    missing = [
        Permission(content_type=kinds[model], codename=codename, name=name[:255])
        for model in models
        for codename, name in wanted_permissions(model._meta)
        if (kinds[model].pk, codename) not in present
    ]
    await rows.abulk_create(missing, ignore_conflicts=True)
    if missing and verbosity >= 2 and stdout is not None:
        stdout.write(f"Permissions made for {app_config.label}: {len(missing)}")


create_permissions = blocking_function(acreate_permissions)
