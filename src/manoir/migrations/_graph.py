"""The graph of migrations: who comes before whom, which are the ends, and where it contradicts itself."""

from __future__ import annotations

from collections.abc import Iterable

from manoir.exceptions import CircularDependencyError, NodeNotFoundError, nearest
from manoir.migrations._migration import Migration, MigrationKey


class MigrationGraph:
    """Migrations as nodes, dependencies as edges.

    Attributes:
        nodes: migrations by key.
        parents: for each key the keys that come before it.
        children: for each key the keys that come after it.
    """

    def __init__(self) -> None:
        self.nodes: dict[MigrationKey, Migration] = {}
        self.parents: dict[MigrationKey, set[MigrationKey]] = {}
        self.children: dict[MigrationKey, set[MigrationKey]] = {}

    def add_node(self, migration: Migration) -> None:
        """Add a migration."""
        self.nodes[migration.key] = migration
        self.parents[migration.key] = set()
        self.children[migration.key] = set()

    def add_dependency(self, migration: Migration | MigrationKey, child: MigrationKey, parent: MigrationKey) -> None:
        """Say that `parent` comes before `child`.

        Args:
            migration: whose file says so, for messages.
            child: key of the later one.
            parent: key of the earlier one.

        Raises:
            NodeNotFoundError: one of them does not exist; the message names the nearest.
        """
        for key in (child, parent):
            if key not in self.nodes:
                known = [name for app_label, name in self.nodes if app_label == key[0]]
                hint = nearest(key[1], known) if known else f" There is no app {key[0]!r} with migrations."
                where = migration if isinstance(migration, Migration) else ".".join(migration)
                raise NodeNotFoundError(f"{where} depends on {key[0]}.{key[1]}, which does not exist.{hint}")
        self.parents[child].add(parent)
        self.children[parent].add(child)

    def forwards_plan(self, target: MigrationKey) -> list[MigrationKey]:
        """What has to be applied for `target`, in order, itself included."""
        return self.ordered([target], self.parents)

    def backwards_plan(self, target: MigrationKey) -> list[MigrationKey]:
        """What has to be undone with `target`, in order, itself last."""
        return self.ordered([target], self.children)

    def full_plan(self) -> list[MigrationKey]:
        """All migrations, in order."""
        return self.ordered(self.leaf_nodes(), self.parents)

    def root_nodes(self, app_label: str | None = None) -> list[MigrationKey]:
        """Migrations that no other of their app comes before."""
        return self._ends(self.parents, app_label)

    def leaf_nodes(self, app_label: str | None = None) -> list[MigrationKey]:
        """Migrations that no other of their app comes after."""
        return self._ends(self.children, app_label)

    def _ends(self, neighbours: dict[MigrationKey, set[MigrationKey]], app_label: str | None) -> list[MigrationKey]:
        return sorted(
            key
            for key in self.nodes
            if app_label in (None, key[0]) and all(other[0] != key[0] for other in neighbours[key])
        )

    def ordered(
        self, targets: Iterable[MigrationKey], before: dict[MigrationKey, set[MigrationKey]]
    ) -> list[MigrationKey]:
        """Targets with everything before them, each after what it needs; no recursion, histories are long."""
        done: dict[MigrationKey, None] = {}
        for target in targets:
            if target not in self.nodes:
                raise NodeNotFoundError(f"There is no migration {target[0]}.{target[1]}.")
            path: list[tuple[MigrationKey, list[MigrationKey]]] = [(target, sorted(before[target], reverse=True))]
            open_keys = {target}
            while path:
                key, waiting = path[-1]
                if key in done or not waiting:
                    done[key] = None
                    open_keys.discard(key)
                    path.pop()
                    continue
                following = waiting.pop()
                if following in open_keys:
                    raise circle([one for one, _rest in path], following)
                if following not in done:
                    open_keys.add(following)
                    path.append((following, sorted(before[following], reverse=True)))
        return list(done)

    def ensure_not_cyclic(self) -> None:
        """Raise when migrations depend on each other in a circle.

        Raises:
            CircularDependencyError: names the circle.
        """
        self.ordered(sorted(self.nodes), self.parents)


def circle(path: list[MigrationKey], again: MigrationKey) -> CircularDependencyError:
    members = [*path[path.index(again) :], again]
    return CircularDependencyError(
        f"Migrations depend on each other in a circle: {' -> '.join('.'.join(key) for key in members)}."
    )
