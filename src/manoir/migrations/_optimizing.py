"""Makes fewer operations of many that have the same effect, for `squashmigrations` and `optimizemigration`.

Two operations become one where those between them can stand before or after. What a model is after operations on it is not
worked out here: it is read off the state that the operations lead to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from manoir.exceptions import FieldDoesNotExist
from manoir.migrations._operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterConstraint,
    AlterField,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterUniqueTogether,
    CreateModel,
    DeleteModel,
    Operation,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameField,
    RenameIndex,
    RenameModel,
)
from manoir.migrations._references import ModelKey, computed_from, detached, key_of, references, target_key
from manoir.migrations._state import ProjectState

FIELD_OPERATIONS = (AddField, AlterField, RemoveField, RenameField)
ALTER_OPERATIONS = (AlterModelOptions, AlterModelTable, AlterModelTableComment, AlterUniqueTogether, AlterModelManagers)
"""Each of them says all about its part of a model, so that the last one counts."""
MEMBER_OPERATIONS = (AddIndex, RemoveIndex, RenameIndex, AddConstraint, RemoveConstraint, AlterConstraint)
ON_ONE_MODEL = (*FIELD_OPERATIONS, *ALTER_OPERATIONS, *MEMBER_OPERATIONS)


def optimized(operations: Sequence[Operation], app_label: str) -> list[Operation]:
    """Operations with the same effect, as few as are found.

    Args:
        operations: those of one app's migrations, in order.
        app_label: label of the app.
    """
    result = list(operations)
    while True:
        shorter = shortened_once(result, app_label)
        if shorter is None:
            return result
        result = shorter


def without_elidable(operations: Sequence[Operation]) -> list[Operation]:
    """The operations without those that a squashed migration may leave out."""
    return [operation for operation in operations if not operation.elidable]


def shortened_once(operations: list[Operation], app_label: str) -> list[Operation] | None:
    """The operations with two of them put together; None where no two can be."""
    reaches = [reach_of(operation, app_label) for operation in operations]
    for index, first in enumerate(operations):
        if reaches[index] is None:
            continue
        later = True  # the first one can stand after all that were passed
        for place in range(index + 1, len(operations)):
            second = operations[place]
            if reaches[place] is None:
                break  # nobody knows what it does
            together = reduced(first, second, app_label)
            if together is not None:
                between = operations[index + 1 : place]
                passed = reaches[index + 1 : place]
                if later:
                    return [*operations[:index], *between, *together, *operations[place + 1 :]]
                if all(are_apart(one, reaches[place]) for one in passed):
                    return [*operations[:index], *together, *between, *operations[place + 1 :]]
            if not are_apart(reaches[index], reaches[place]):
                later = False
    return None


# -- what may change places -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reach:
    """What an operation is about.

    Attributes:
        owners: the models that it changes.
        refers: the models that it refers to.
        parts: the fields and options that it is about; None: the whole model.
        matters: to those that refer to its model, too: it makes, removes or renames it, or changes its key.
        targets: fields of other models that it refers to by `to_field`.
    """

    owners: frozenset[ModelKey]
    refers: frozenset[ModelKey] = frozenset()
    parts: frozenset[str] | None = None
    matters: bool = False
    targets: frozenset[tuple[ModelKey, str]] = frozenset()


def reach_of(operation: Operation, app_label: str) -> Reach | None:
    """What an operation is about; None where nobody knows, as for code and SQL."""
    if isinstance(operation, RenameModel):
        return Reach(frozenset(operation.keys(app_label)), matters=True)
    if not isinstance(operation, (CreateModel, DeleteModel, *ON_ONE_MODEL)):
        return None
    key = (app_label, model_name(operation))
    owners = frozenset([key])
    if isinstance(operation, CreateModel):
        refers = {other for _name, field in operation.fields for other in references(field, key)}
        refers |= {key_of(base, app_label) for base in operation.bases or () if isinstance(base, str)}
        targets = frozenset(one for _name, field in operation.fields for one in targets_of(field, key))
        return Reach(owners, frozenset(refers - {key}), matters=True, targets=targets)
    if isinstance(operation, (AddField, AlterField)):
        field = operation.field
        parts = frozenset([operation.name, *computed_from(field)])
        refers = frozenset(references(field, key)) - owners
        return Reach(owners, refers, parts, field.primary_key, frozenset(targets_of(field, key)))
    return Reach(owners, parts=parts_of(operation), matters=isinstance(operation, (DeleteModel, RenameField)))


def targets_of(field: Any, owner: ModelKey) -> list[tuple[ModelKey, str]]:
    """The field of another model that a relation names."""
    key = target_key(field, owner)
    return [(key, field.to_field)] if key is not None and getattr(field, "to_field", None) else []


def parts_of(operation: Any) -> frozenset[str] | None:
    """The fields and options that an operation is about; None: perhaps all of them."""
    if isinstance(operation, RemoveField):
        return frozenset([operation.name])
    if isinstance(operation, (AlterModelOptions, AlterModelManagers, AlterModelTableComment)):
        return frozenset([f"option {type(operation).__name__}"])
    if isinstance(operation, (AddIndex, AddConstraint)):
        member: Any = operation.index if isinstance(operation, AddIndex) else operation.constraint
        names = getattr(member, "fields", ())
        if names and getattr(member, "condition", None) is None and not getattr(member, "expressions", ()):
            return frozenset(
                [
                    f"member {member.name}",
                    *(name.removeprefix("-") for name in names),
                    *(getattr(member, "include", None) or ()),
                ]
            )
    return None


def model_name(operation: Any) -> str:
    name: str = (
        operation.name if isinstance(operation, AlterModelOptions | AlterModelManagers) else operation.name_lower
    )
    return name.lower()


def are_apart(first: Reach | None, second: Reach | None) -> bool:
    """Whether two operations may change places."""
    if first is None or second is None:
        return False
    if (first.matters and first.owners & second.refers) or (second.matters and second.owners & first.refers):
        return False
    if touches(first, second.targets) or touches(second, first.targets):
        return False
    if not first.owners & second.owners:
        return True
    return first.parts is not None and second.parts is not None and not first.parts & second.parts


def touches(reach: Reach, targets: frozenset[tuple[ModelKey, str]]) -> bool:
    """Whether an operation is about a field that another one refers to."""
    return any(key in reach.owners and (reach.parts is None or name in reach.parts) for key, name in targets)


# -- what becomes one -------------------------------------------------------------------------------------------------


def reduced(first: Any, second: Any, app_label: str) -> list[Operation] | None:
    """What two operations become together; None: nothing else."""
    if isinstance(first, RenameModel) and isinstance(second, RenameModel):
        if first.new_name.lower() != second.old_name.lower():
            return None
        return renamed_model(first.old_name, second.new_name)
    if isinstance(second, RenameModel):
        if isinstance(first, CreateModel) and first.name_lower == second.old_name.lower():
            return created_then(first, second, app_label)
        return None
    if isinstance(first, (CreateModel, *ON_ONE_MODEL)) and isinstance(second, (DeleteModel, *ON_ONE_MODEL)):
        if model_name(first) != model_name(second):
            return None
        if isinstance(second, DeleteModel):
            return deleted(first, second)
        if isinstance(first, CreateModel):
            return created_then(first, second, app_label)
        return on_one_model(first, second)
    return None


def renamed_model(old_name: str, new_name: str) -> list[Operation]:
    return [] if old_name == new_name else [RenameModel(old_name, new_name)]


def deleted(first: Any, second: DeleteModel) -> list[Operation]:
    """A model that is deleted need not be made or changed before."""
    return [] if isinstance(first, CreateModel) else [second]


def created_then(first: CreateModel, second: Any, app_label: str) -> list[Operation] | None:
    """The model as it is after the second operation, as the state has it."""
    state = ProjectState()
    try:
        first.state_forwards(app_label, state)
        second.state_forwards(app_label, state)
    except (FieldDoesNotExist, LookupError, ValueError):
        return None  # it needs to know other models
    [model] = state.models.values()
    options = {name: value for name, value in model.options.items() if value or name not in ("indexes", "constraints")}
    options = {name: value for name, value in options.items() if value is not None or name in first.options}
    made = CreateModel(
        model.name,
        list(model.fields.items()),
        **changed_only(options=options, bases=first.bases, managers=model.managers),
    )
    return [made]


def changed_only(**arguments: Any) -> dict[str, Any]:
    """Arguments without those that say nothing."""
    return {name: value for name, value in arguments.items() if value}


def on_one_model(first: Any, second: Any) -> list[Operation] | None:
    """Two operations on one model that is there already."""
    if isinstance(first, ALTER_OPERATIONS):
        return [second] if type(first) is type(second) else None
    if isinstance(first, FIELD_OPERATIONS) and isinstance(second, FIELD_OPERATIONS):
        return on_one_field(first, second)
    if isinstance(first, AddIndex):
        return index_added_then(first, second)
    if isinstance(first, AddConstraint) and getattr(second, "name", None) == first.constraint.name:
        if isinstance(second, RemoveConstraint):
            return []
        return [AddConstraint(first.model_name, second.constraint)] if isinstance(second, AlterConstraint) else None
    return None


def index_added_then(first: AddIndex, second: Any) -> list[Operation] | None:
    if isinstance(second, RemoveIndex) and second.name == first.index.name:
        return []
    if isinstance(second, RenameIndex) and second.old_name == first.index.name:
        index = first.index.clone()
        index.name = second.new_name
        return [AddIndex(first.model_name, index)]
    return None


def on_one_field(first: Any, second: Any) -> list[Operation] | None:
    """Two operations on one field."""
    if isinstance(first, RenameField):
        if not isinstance(second, RenameField) or first.new_name != second.old_name:
            return None
        same = first.old_name == second.new_name
        return [] if same else [RenameField(first.model_name, first.old_name, second.new_name)]
    if first.name != second.name:
        return None
    if isinstance(second, RemoveField):
        return [] if isinstance(first, AddField) else [second] if isinstance(first, AlterField) else None
    if isinstance(first, AlterField) and isinstance(second, AlterField):
        return [second]
    if not isinstance(first, AddField):
        return None
    if isinstance(second, RenameField):
        field = detached(first.field, second.new_name)
        return [AddField(first.model_name, second.new_name, field, **preserved(first))]
    if isinstance(second, AlterField) and fills_rows(first, second):
        return [AddField(first.model_name, first.name, second.field, **preserved(second))]
    return None


def fills_rows(first: AddField, second: AlterField) -> bool:
    """Whether rows that are there get a value all the same when the field is added in its later form."""
    return not first.field.has_default() or second.field.has_default() or second.field.null


def preserved(operation: Any) -> dict[str, Any]:
    return {} if operation.preserve_default else {"preserve_default": False}
