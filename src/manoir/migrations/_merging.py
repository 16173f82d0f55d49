"""Joins the ends of a history that two branches of work have made."""

from __future__ import annotations

from manoir.migrations._loader import MigrationLoader
from manoir.migrations._migration import Migration

MAX_NAME_LENGTH = 60


def merge_migration(
    loader: MigrationLoader, app_label: str, names: list[str], name: str | None
) -> tuple[Migration, list[list[Migration]]]:
    """A migration after all ends of an app, and the migrations of each branch.

    Args:
        loader: the migrations.
        app_label: the app.
        names: names of its last migrations.
        name: name of the new one, without its number; None makes one.
    """
    graph = loader.graph
    plans = [[key for key in graph.forwards_plan((app_label, end)) if key[0] == app_label] for end in names]
    common = set(plans[0]).intersection(*plans[1:])
    branches = [[graph.nodes[key] for key in plan if key not in common] for plan in plans]
    number = 1 + max(int(end[:4]) if end[:4].isdigit() else len(plan) for end, plan in zip(names, plans, strict=True))
    words = "_".join(["merge", *names])
    migration = Migration(f"{number:04d}_{name or (words if len(words) <= MAX_NAME_LENGTH else 'merge')}", app_label)
    migration.dependencies = [(app_label, end) for end in names]
    return migration, branches
