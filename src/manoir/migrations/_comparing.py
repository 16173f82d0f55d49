"""What differs between two descriptions of a table's members, and which of them were merely renamed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from manoir.migrations._tables import Check, ForeignKey, Index, Table, TableKey
from manoir.models import Identifier

T = TypeVar("T", ForeignKey, Check, Index)


@dataclass(frozen=True, slots=True)
class Difference(Generic[T]):
    """How the members of one kind change.

    Attributes:
        gone: members to drop.
        come: members to make.
        renamed: pairs of the old and the new member that differ in their name only.
    """

    gone: list[T]
    come: list[T]
    renamed: list[tuple[T, T]]


def difference(old: Iterable[T], new: Iterable[T]) -> Difference[T]:
    """Compare members of one kind: equal ones stay, equal but for the name are renamed, the rest goes and comes."""
    known, wanted = list(old), list(new)
    gone = [member for member in known if member not in wanted]
    come = [member for member in wanted if member not in known]
    renamed: list[tuple[Any, Any]] = []
    for member in list(gone):
        twin = next((other for other in come if replace(other, name=member.name) == member), None)
        if twin is not None:
            renamed.append((member, twin))
            gone.remove(member)
            come.remove(twin)
    return Difference(gone, come, renamed)


@dataclass(slots=True)
class Change:
    """Everything one operation changes: tables before and after, and what was renamed on the way.

    Attributes:
        before: tables before, by key.
        after: tables after, by key.
        moved: for keys of `after` that had another one before, that one.
        renamed: for keys of `after`, new names of columns by their old ones.
        fills: for keys of `after`, SQL text by column for rows that have no value yet.
    """

    before: Mapping[TableKey, Table]
    after: Mapping[TableKey, Table]
    moved: Mapping[TableKey, TableKey] = field(default_factory=dict)
    renamed: Mapping[TableKey, Mapping[str, Identifier]] = field(default_factory=dict)
    fills: Mapping[TableKey, Mapping[str, str]] = field(default_factory=dict)

    def pairs(self) -> list[tuple[TableKey, Table, Table]]:
        """Tables that stay: key, before, after."""
        found: list[tuple[TableKey, Table, Table]] = []
        for key, new in self.after.items():
            old = self.before.get(self.moved.get(key, key))
            if old is not None:
                found.append((key, old, new))
        return found

    def created(self) -> list[Table]:
        """Tables that were not there."""
        return [table for key, table in self.after.items() if self.moved.get(key, key) not in self.before]

    def dropped(self) -> list[Table]:
        """Tables that are gone."""
        stayed = {self.moved.get(key, key) for key in self.after}
        return [table for key, table in self.before.items() if key not in stayed]

    def renamed_tables(self) -> list[tuple[Table, Table]]:
        """Tables whose name changes."""
        return [(old, new) for _key, old, new in self.pairs() if old.name != new.name]

    def after_renaming(self) -> list[tuple[TableKey, Table, Table]]:
        """The pairs as they are once tables and columns have their new names."""
        tables: dict[str, Identifier] = {old.name: new.name for old, new in self.renamed_tables()}
        columns: dict[str, Mapping[str, Identifier]] = {
            old.name: self.renamed[key] for key, old, _new in self.pairs() if key in self.renamed
        }
        found: list[tuple[TableKey, Table, Table]] = []
        for key, old, new in self.pairs():
            moved = old.with_targets_renamed(tables, columns).with_columns_renamed(self.renamed.get(key, {}))
            found.append((key, replace(moved, name=new.name), new))
        return found
