"""Puts changes into migrations: in an order that their dependencies allow, split where apps need each other in turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from manoir.exceptions import CircularDependencyError
from manoir.migrations._migration import Migration, MigrationKey, SwappableTuple
from manoir.migrations._operations import Operation

Token: TypeAlias = tuple[str, ...]
"""What a change provides or needs: ("model", app, name), ("field", app, name, field), ("gone", app, name, field)."""


@dataclass(eq=False)
class Step:
    """One operation that the comparison found.

    Attributes:
        app_label: the app whose migration it belongs to.
        operation: the operation.
        phase: its place among the others of the app; smaller comes first.
        gives: what is there (or gone) once it has run.
        needs: what has to be there (or gone) before.
        apps: other apps whose migrations have to come before, and the model that is needed.
        swappable: names of settings whose models it refers to.
    """

    app_label: str
    operation: Operation
    phase: int
    gives: set[Token] = field(default_factory=set[Token])
    needs: set[Token] = field(default_factory=set[Token])
    apps: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    swappable: dict[str, str] = field(default_factory=dict[str, str])


def sorted_steps(steps: Iterable[Step]) -> list[Step]:
    """All steps, by phase, each after what it needs."""
    waiting = sorted(steps, key=lambda step: step.phase)
    given: set[Token] = set().union(*[step.gives for step in waiting]) if waiting else set()
    done: set[Token] = set()
    ordered: list[Step] = []
    while waiting:
        ready = next((step for step in waiting if not (step.needs & given) - done - step.gives), None)
        if ready is None:
            names = "; ".join(f"{step.app_label}: {step.operation.describe()}" for step in waiting[:5])
            raise CircularDependencyError(f"These changes need each other in a circle: {names}.")
        waiting.remove(ready)
        ordered.append(ready)
        done |= ready.gives
    return ordered


def arranged(steps: Iterable[Step], leaves: Mapping[str, str]) -> dict[str, list[Migration]]:
    """The migrations of each app, not yet numbered.

    Args:
        steps: all changes.
        leaves: name of the last migration of each app that has one.
    """
    by_app: dict[str, list[Step]] = {}
    for step in sorted_steps(steps):
        by_app.setdefault(step.app_label, []).append(step)
    provider = {token: step for found in by_app.values() for step in found for token in step.gives}
    home: dict[Step, Migration] = {}
    made: dict[str, list[Migration]] = {}
    while by_app:
        app_label, count = next_part(by_app, provider, home)
        part, rest = by_app[app_label][:count], by_app[app_label][count:]
        if rest:
            by_app[app_label] = rest
        else:
            del by_app[app_label]
        migration = migration_of(app_label, part, made.setdefault(app_label, []), leaves, provider, home)
        made[app_label].append(migration)
        home.update(dict.fromkeys(part, migration))
    return made


def next_part(
    by_app: Mapping[str, list[Step]], provider: Mapping[Token, Step], home: Mapping[Step, Migration]
) -> tuple[str, int]:
    """The next app and how many of its steps fit into one migration: an app that fits whole goes first."""
    partial: tuple[str, int] | None = None
    for app_label in sorted(by_app):
        count = 0
        for step in by_app[app_label]:
            others = [provider[token] for token in step.needs if token in provider]
            if any(other.app_label != app_label and other not in home for other in others):
                break
            count += 1
        if count == len(by_app[app_label]):
            return app_label, count
        if count and partial is None:
            partial = (app_label, count)
    if partial is None:
        raise CircularDependencyError(f"The changes of {', '.join(sorted(by_app))} need each other in a circle.")
    return partial


def migration_of(
    app_label: str,
    part: list[Step],
    before: list[Migration],
    leaves: Mapping[str, str],
    provider: Mapping[Token, Step],
    home: Mapping[Step, Migration],
) -> Migration:
    """A migration of some steps, with its dependencies; its name is given later."""
    migration = Migration("", app_label)
    migration.operations = [step.operation for step in part]
    dependencies: dict[Any, None] = {}
    for step in part:
        for setting, label in step.swappable.items():
            dependencies[SwappableTuple((label.split(".")[0], "__first__"), setting)] = None
        for token in step.needs:
            other = provider.get(token)
            if other is not None and other.app_label != app_label:
                dependencies[Pending(home[other])] = None
        for other_app, _model in step.apps:
            if other_app in leaves:
                dependencies[other_app, leaves[other_app]] = None
            elif not any(isinstance(one, Pending) and one.migration.app_label == other_app for one in dependencies):
                dependencies[other_app, "__first__"] = None
    if before:
        dependencies[Pending(before[-1])] = None
    elif app_label in leaves:
        dependencies[app_label, leaves[app_label]] = None
    migration.dependencies = list(dependencies)
    migration.__dict__["initial"] = True if not before and app_label not in leaves else None
    return migration


class Pending:
    """A dependency on a migration that has no name yet."""

    def __init__(self, migration: Migration) -> None:
        self.migration = migration

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pending) and self.migration is other.migration

    def __hash__(self) -> int:
        return id(self.migration)


def settle_dependencies(changes: Mapping[str, list[Migration]]) -> None:
    """Put names into dependencies, now that all migrations have one."""
    for migrations in changes.values():
        for migration in migrations:
            found: dict[MigrationKey, None] = {}
            for one in migration.dependencies:
                found[one.migration.key if isinstance(one, Pending) else one] = None
            migration.dependencies = sorted(found, key=lambda key: (not isinstance(key, SwappableTuple), key))
