"""Operations on the indexes and constraints of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from manoir.exceptions import ImproperlyConfigured
from manoir.migrations._operations._base import ModelOperation, StateOnly
from manoir.migrations._state import ProjectState
from manoir.models import BaseConstraint, CheckConstraint
from manoir.models import Index as IndexOption


class MemberOperation(ModelOperation):
    """An operation on the option `indexes` or `constraints`."""

    option: ClassVar[str]
    model_name: str

    @property
    def name_lower(self) -> str:
        return self.model_name.lower()


class AddIndex(MemberOperation):
    """Add an index.

    Args:
        model_name: the model's name.
        index: the index, which must have a name.
    """

    option: ClassVar[str] = "indexes"

    def __init__(self, model_name: str, index: IndexOption) -> None:
        if not index.name:
            raise ValueError(f"An index in a migration needs a name: {index!r}.")
        self.model_name = model_name
        self.index = index

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.add_member(app_label, self.model_name, self.option, self.index.clone())

    def describe(self) -> str:
        what = "on field(s) " + ", ".join(self.index.fields) if self.index.fields else "on expressions"
        return f"Create index {self.index.name} {what} of model {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.name_lower}_{self.index.name.lower()}"

    def cost(self, vendor: str) -> str:
        return "reads the whole table; writes wait meanwhile"


class RemoveIndex(MemberOperation):
    """Remove an index.

    Args:
        model_name: the model's name.
        name: the index's name.
    """

    option: ClassVar[str] = "indexes"

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name = model_name
        self.name = name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.remove_member(app_label, self.model_name, self.option, self.name)

    def describe(self) -> str:
        return f"Remove index {self.name} from {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_{self.name_lower}_{self.name.lower()}"

    def cost(self, vendor: str) -> str:
        return "locks the table for a moment"


class RenameIndex(MemberOperation):
    """Rename an index.

    Args:
        model_name: the model's name.
        new_name: name it gets.
        old_name: name it has; or else `old_fields`.
        old_fields: names of the fields of an index that has no known name.
    """

    option: ClassVar[str] = "indexes"

    def __init__(
        self, model_name: str, new_name: str, old_name: str | None = None, old_fields: Sequence[str] | None = None
    ) -> None:
        if (old_name is None) == (old_fields is None):
            raise ValueError("RenameIndex needs either old_name or old_fields.")
        self.model_name = model_name
        self.new_name = new_name
        self.old_name = old_name
        self.old_fields = None if old_fields is None else list(old_fields)

    @property
    def reversible(self) -> bool:  # type: ignore[override]
        """Whether the old name is known."""
        return self.old_name is not None

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        old_name = self.old_name or self.found_name(app_label, state)

        def renamed(index: Any) -> Any:
            twin = index.clone()
            twin.name = self.new_name
            return twin

        state.replace_member(app_label, self.model_name, self.option, old_name, renamed)

    def found_name(self, app_label: str, state: ProjectState) -> str:
        model = state.get(app_label, self.model_name)
        for index in model.options[self.option]:
            if list(index.fields) == self.old_fields:
                return index.name
        raise ValueError(f"{model.label} has no index on {self.old_fields} at this point.")

    def describe(self) -> str:
        if self.old_name is None:
            return f"Rename unnamed index for {self.old_fields} on {self.model_name} to {self.new_name}"
        return f"Rename index {self.old_name} on {self.model_name} to {self.new_name}"

    @property
    def migration_name_fragment(self) -> str:
        old = self.old_name.lower() if self.old_name else "_".join([self.name_lower, *(self.old_fields or ())])
        return f"rename_{old}_{self.new_name.lower()}"

    def cost(self, vendor: str) -> str:
        return "builds the index anew" if vendor == "sqlite" else "locks the table for a moment"


class AddConstraint(MemberOperation):
    """Add a constraint; rows that violate it make the migration fail.

    Args:
        model_name: the model's name.
        constraint: the constraint.
    """

    option: ClassVar[str] = "constraints"

    def __init__(self, model_name: str, constraint: BaseConstraint) -> None:
        self.model_name = model_name
        self.constraint = constraint

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.add_member(app_label, self.model_name, self.option, self.constraint.clone())

    def describe(self) -> str:
        return f"Create constraint {self.constraint.name} on model {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.name_lower}_{self.constraint.name.lower()}"

    def cost(self, vendor: str) -> str:
        if vendor == "sqlite":
            return "rewrites the table" if isinstance(self.constraint, CheckConstraint) else "reads the whole table"
        return "reads the whole table; reads and writes wait meanwhile"


class RemoveConstraint(MemberOperation):
    """Remove a constraint.

    Args:
        model_name: the model's name.
        name: the constraint's name.
    """

    option: ClassVar[str] = "constraints"

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name = model_name
        self.name = name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.remove_member(app_label, self.model_name, self.option, self.name)

    def describe(self) -> str:
        return f"Remove constraint {self.name} from model {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_{self.name_lower}_{self.name.lower()}"

    def cost(self, vendor: str) -> str:
        return "may rewrite the table" if vendor == "sqlite" else "locks the table for a moment"


class AlterConstraint(StateOnly):
    """Change what a constraint says when it is violated; the database keeps it as it is.

    Args:
        model_name: the model's name.
        name: the constraint's name.
        constraint: the constraint as it is now.
    """

    def __init__(self, model_name: str, name: str, constraint: BaseConstraint) -> None:
        if constraint.name != name:
            raise ImproperlyConfigured(
                f"AlterConstraint cannot rename {name!r} to {constraint.name!r}: remove one and add the other."
            )
        self.model_name = model_name
        self.name = name
        self.constraint = constraint

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.replace_member(app_label, self.model_name, "constraints", self.name, lambda _old: self.constraint.clone())

    def describe(self) -> str:
        return f"Alter constraint {self.name} on {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.model_name.lower()}_{self.name.lower()}"
