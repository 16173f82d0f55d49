"""Compares the models with the recorded history and makes the migrations between them.

The old state follows every rename that is found, so that what comes later compares things under one name. Each
difference becomes a `Step`: an operation with its phase and with what it needs and gives; `_ordering` makes migrations
of the steps.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from manoir.i18n import override
from manoir.migrations import _operations as operations
from manoir.migrations._fields_changed import frozen, frozen_field, frozen_member, same_in_database, same_members
from manoir.migrations._graph import MigrationGraph
from manoir.migrations._matching import renamed_fields, renamed_models
from manoir.migrations._migration import Migration
from manoir.migrations._operations._models import ALTERABLE_OPTIONS
from manoir.migrations._ordering import Step, Token, arranged, settle_dependencies
from manoir.migrations._questioner import Questioner
from manoir.migrations._references import ModelKey, computed_from, detached, key_of, references, target_key, through_key
from manoir.migrations._state import ModelState, ProjectState
from manoir.models import NOT_PROVIDED, Expr, Model, Q

NUMBER = re.compile(r"([0-9]+)")


class Phase(enum.IntEnum):
    """The order of operations inside one app."""

    RENAME_MODEL = 0
    RENAME_FIELD = 1
    TABLE = 2
    REMOVE_MEMBER = 3
    REMOVE_FIELD = 4
    CREATE_MODEL = 5
    ADD_FIELD = 6
    ALTER_FIELD = 7
    ADD_MEMBER = 8
    DELETE_MODEL = 9
    OPTIONS = 10


def model_token(key: ModelKey) -> Token:
    return ("model", *key)


def field_token(key: ModelKey, name: str) -> Token:
    return ("field", *key, name)


def gone_token(key: ModelKey, name: str) -> Token:
    return ("gone", *key, name)


class MigrationAutodetector:
    """Finds what has changed.

    Args:
        from_state: the state that the recorded migrations lead to.
        to_state: the state of the models.
        questioner: asks the user; None assumes nothing.
    """

    def __init__(self, from_state: ProjectState, to_state: ProjectState, questioner: Questioner | None = None) -> None:
        self.old = from_state.clone()
        self.new = to_state
        self.questioner = questioner or Questioner()
        self.steps: list[Step] = []

    def changes(
        self,
        graph: MigrationGraph,
        app_labels: Iterable[str],
        migration_name: str | None = None,
        only: set[str] | None = None,
    ) -> dict[str, list[Migration]]:
        """The migrations to be written, by app.

        Args:
            graph: the recorded migrations.
            app_labels: apps that have migrations.
            migration_name: name of the files; None makes one of what they do.
            only: apps asked for (and what they need); None: all.
        """
        self.labels = set(app_labels)
        with override(None):
            self.detect()
        leaves = dict(graph.leaf_nodes())
        found = arranged(self.steps, leaves)
        number(found, leaves, migration_name)
        settle_dependencies(found)
        return found if only is None else trimmed(found, only)

    # -- finding ---------------------------------------------------------------------------------------------------

    def detect(self) -> None:
        """Compare everything; fill `steps`."""
        self.detect_renamed_models()
        kept = [key for key in self.new.models if key in self.old.models and key[0] in self.labels]
        kept = [key for key in kept if not self.was_replaced(key)]
        for key in kept:
            self.detect_renamed_fields(key)
        created = [key for key in self.new.models if key[0] in self.labels and key not in kept]
        deleted = [key for key in self.old.models if key[0] in self.labels and key not in kept]
        self.create_models(created)
        for key in kept:
            self.compare_table(key)
            self.compare_fields(key)
            self.compare_members(key)
            self.compare_options(key)
        self.delete_models(deleted)

    def was_replaced(self, key: ModelKey) -> bool:
        """Whether a model became a proxy, or the other way round: it is deleted and created."""
        old, new = self.old.models[key].options, self.new.models[key].options
        return bool(old.get("proxy")) != bool(new.get("proxy"))

    def add(self, key: ModelKey, operation: operations.Operation, phase: Phase, **facts: Any) -> Step:
        """Keep a step."""
        step = Step(key[0], operation, phase, **facts)
        self.steps.append(step)
        return step

    def detect_renamed_models(self) -> None:
        names = {key: model.name for key, model in self.old.models.items()}
        for gone, model in renamed_models(self.old, self.new, self.labels, self.questioner):
            operation = operations.RenameModel(names[gone], model.name)
            self.add(model.key, operation, Phase.RENAME_MODEL, gives={model_token(model.key)})

    def detect_renamed_fields(self, key: ModelKey) -> None:
        model = self.new.models[key]
        for old_name, new_name in renamed_fields(self.old, self.new, key, self.questioner):
            operation = operations.RenameField(model.name_lower, old_name, new_name)
            self.add(key, operation, Phase.RENAME_FIELD, gives={field_token(key, new_name)})

    # -- models ----------------------------------------------------------------------------------------------------

    def create_models(self, keys: list[ModelKey]) -> None:
        """Create models in an order in which most relations find their target; the others are added afterwards."""
        waiting, made = list(keys), set[ModelKey]()
        while waiting:
            key = min(waiting, key=lambda one: (self.blockers(one, waiting, made), waiting.index(one)))
            waiting.remove(key)
            self.create_model(key, {*waiting})
            made.add(key)

    def blockers(self, key: ModelKey, waiting: list[ModelKey], made: set[ModelKey]) -> tuple[int, int, int]:
        """How much of a model has to wait for others: bases and keys, other foreign keys, many-to-many fields."""
        model = self.new.models[key]
        hard = sum(base in waiting and base != key for base in base_keys(model))
        plain = many = 0
        for field in model.fields.values():
            if any(one in waiting and one != key for one in references(field, key)):
                if field.primary_key:
                    hard += 1
                elif field.many_to_many:
                    many += 1
                else:
                    plain += 1
        return hard, plain, many

    def create_model(self, key: ModelKey, later: set[ModelKey]) -> None:
        model = self.new.models[key]
        ready: list[tuple[str, Any]] = []
        postponed: list[tuple[str, Any]] = []
        for name, field in model.fields.items():
            wait = not field.primary_key and any(one in later for one in references(field, key))
            (postponed if wait else ready).append((name, field))
        missing = {name for name, _field in postponed}
        options, members = split_options(model, missing)
        needs, apps, swappable = self.facts_of([field for _name, field in ready], key)
        for base in base_keys(model):
            needs.add(model_token(base))
            if base[0] != key[0]:
                apps.add((base[0], base[1]))
        operation = operations.CreateModel(
            model.name,
            ready,
            **without_empty(options=options, bases=model.bases, managers=model.managers),
        )
        gives = {model_token(key), *(field_token(key, name) for name, _field in ready)}
        self.add(key, operation, Phase.CREATE_MODEL, gives=gives, needs=needs, apps=apps, swappable=swappable)
        for name, field in postponed:
            self.add_field(key, name, field, new_model=True)
        for operation, names in members:
            needed = {field_token(key, name) for name in names if name in missing}
            self.add(key, operation, Phase.ADD_MEMBER, needs={model_token(key), *needed})

    def delete_models(self, keys: list[ModelKey]) -> None:
        """Delete models, those first that others do not point to; relations in a circle are removed before."""
        waiting = list(keys)
        while waiting:
            key = min(waiting, key=lambda one: (len(self.pointing(one, waiting)), waiting.index(one)))
            for other, name in self.pointing(key, waiting):
                operation = operations.RemoveField(self.old.models[other].name_lower, name)
                self.add(other, operation, Phase.REMOVE_FIELD, gives={gone_token(other, name)})
                self.old.remove_field(other[0], other[1], name)
            waiting.remove(key)
            model = self.old.models[key]
            needs = {("deleted", *other) for other in self.deleted_before(key, keys, waiting)}
            needs |= {gone_token(other, name) for other, name in self.all_pointing(key) if other not in keys}
            gives: set[Token] = {("deleted", *key)}
            self.add(key, operations.DeleteModel(model.name), Phase.DELETE_MODEL, gives=gives, needs=needs)

    def pointing(self, key: ModelKey, others: Iterable[ModelKey]) -> list[tuple[ModelKey, str]]:
        """Relations of other models to this one."""
        return [
            (other, name)
            for other in others
            if other != key
            for name, field in self.old.models[other].fields.items()
            if key in references(field, other)
        ]

    def all_pointing(self, key: ModelKey) -> list[tuple[ModelKey, str]]:
        return self.pointing(key, list(self.old.models))

    def deleted_before(self, key: ModelKey, keys: list[ModelKey], waiting: list[ModelKey]) -> Iterator[ModelKey]:
        for other in keys:
            if (
                other != key
                and other not in waiting
                and any(key in references(field, other) for field in self.old.models[other].fields.values())
            ):
                yield other

    # -- fields ----------------------------------------------------------------------------------------------------

    def compare_fields(self, key: ModelKey) -> None:
        old, new = self.old.models[key].fields, self.new.models[key].fields
        for name in [one for one in old if one not in new]:
            self.remove_field(key, name)
        for name, field in new.items():
            if name not in old:
                self.add_field(key, name, field)
            elif frozen_field(old[name]) != frozen_field(field):
                if self.must_be_made_anew(key, old[name], field):
                    self.remove_field(key, name)
                    self.add_field(key, name, field)
                else:
                    self.alter_field(key, name, old[name], field)

    def must_be_made_anew(self, key: ModelKey, old: Any, new: Any) -> bool:
        """Whether a column becomes a table or the reverse, gets another table between, or is now computed."""
        if old.many_to_many != new.many_to_many or (new.generated and not old.generated):
            return True
        return old.many_to_many and through_key(old, key) != through_key(new, key)

    def remove_field(self, key: ModelKey, name: str) -> None:
        operation = operations.RemoveField(self.new.models[key].name_lower, name)
        needs: set[Token] = set()
        for other, field in self.old.models[key].fields.items():
            if name in computed_from(field):
                needs |= {gone_token(key, other), field_token(key, other)}
        self.add(key, operation, Phase.REMOVE_FIELD, gives={gone_token(key, name)}, needs=needs)

    def add_field(self, key: ModelKey, name: str, field: Any, new_model: bool = False) -> None:
        model = self.new.models[key]
        needs, apps, swappable = self.facts_of([field], key)
        needs.add(model_token(key))
        if name in self.old.models.get(key, model).fields and not new_model:
            needs.add(gone_token(key, name))
        made, preserve = (field, True) if new_model else self.with_value(model, name, field)
        extra = {} if preserve else {"preserve_default": False}
        operation = operations.AddField(model.name_lower, name, made, **extra)
        gives = {field_token(key, name)}
        self.add(key, operation, Phase.ADD_FIELD, gives=gives, needs=needs, apps=apps, swappable=swappable)

    def with_value(self, model: ModelState, name: str, field: Any) -> tuple[Any, bool]:
        """The field with a value for rows that are there, and whether that is its own default."""
        automatic = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        empty_text = field.blank and field.empty_strings_allowed
        if (
            field.null
            or field.generated
            or field.has_default()
            or field.has_db_default
            or field.many_to_many
            or (empty_text and not automatic)
        ):
            return field, True
        if automatic:
            value = self.questioner.ask_auto_now_add_addition(name, model.name)
        else:
            value = self.questioner.ask_not_null_addition(name, model.name)
        return detached(field, name, default=value), False

    def alter_field(self, key: ModelKey, name: str, old: Any, field: Any) -> None:
        model = self.new.models[key]
        extra: dict[str, Any] = {}
        if (
            old.null
            and not field.null
            and not field.generated
            and not field.many_to_many
            and not field.has_default()
            and not field.has_db_default
        ):
            value = self.questioner.ask_not_null_alteration(name, model.name)
            if value is not NOT_PROVIDED:
                field, extra = detached(field, name, default=value), {"preserve_default": False}
        needs, apps, swappable = self.facts_of([field], key)
        operation = operations.AlterField(model.name_lower, name, field, **extra)
        gives = {field_token(key, name)}
        if field.is_relation and target_key(old, key) != target_key(field, key):
            gives.add(gone_token(key, name))
        self.add(key, operation, Phase.ALTER_FIELD, gives=gives, needs=needs, apps=apps, swappable=swappable)

    def facts_of(self, fields: Iterable[Any], key: ModelKey) -> tuple[set[Token], set[tuple[str, str]], dict[str, str]]:
        """What fields need: models, apps of others, settings."""
        needs: set[Token] = set()
        apps: set[tuple[str, str]] = set()
        swappable: dict[str, str] = {}
        for field in fields:
            setting = field.swappable_setting if field.is_relation else None
            target = target_key(field, key)
            for one in references(field, key):
                if one == key:
                    continue
                needs.add(model_token(one))
                if setting is not None and one == target and one[0] != key[0]:
                    swappable[setting] = ".".join(one)
                elif one[0] != key[0]:
                    apps.add(one)
            needs |= {field_token(key, name) for name in computed_from(field)}
            to_field = getattr(field, "to_field", None)
            if to_field and target is not None and target != key:
                needs.add(field_token(target, to_field))
        return needs, {one for one in apps if self.is_migrated(one)}, swappable

    def is_migrated(self, key: ModelKey) -> bool:
        return key[0] in self.labels

    # -- options, indexes, constraints -----------------------------------------------------------------------------

    def compare_table(self, key: ModelKey) -> None:
        model, old, new = self.new.models[key], self.old.models[key].options, self.new.models[key].options
        if not new.get("proxy") and (old.get("db_table") or None) != (new.get("db_table") or None):
            self.add(key, operations.AlterModelTable(model.name_lower, new.get("db_table") or None), Phase.TABLE)
        if (old.get("db_table_comment") or "") != (new.get("db_table_comment") or ""):
            comment = new.get("db_table_comment") or None
            self.add(key, operations.AlterModelTableComment(model.name_lower, comment), Phase.TABLE)

    def compare_options(self, key: ModelKey) -> None:
        model = self.new.models[key]
        old, new = (chosen(state.options) for state in (self.old.models[key], model))
        if frozen(dict(sorted(old.items()))) != frozen(dict(sorted(new.items()))):
            self.add(key, operations.AlterModelOptions(model.name_lower, new), Phase.OPTIONS)
        if frozen(self.old.models[key].managers) != frozen(model.managers):
            self.add(key, operations.AlterModelManagers(model.name_lower, model.managers), Phase.OPTIONS)

    def compare_members(self, key: ModelKey) -> None:
        old, new = self.old.models[key].options, self.new.models[key].options
        self.compare_together(key, old, new)
        self.compare_indexes(key, old["indexes"], new["indexes"])
        self.compare_constraints(key, old["constraints"], new["constraints"])

    def compare_together(self, key: ModelKey, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        before = {tuple(group) for group in old.get("unique_together") or ()}
        after = {tuple(group) for group in new.get("unique_together") or ()}
        if before == after:
            return
        name = self.new.models[key].name_lower
        if before - after and before & after != after:
            # Old groups go before their fields do; new groups come after theirs.
            self.add(key, operations.AlterUniqueTogether(name, before & after), Phase.REMOVE_MEMBER)
            self.add(key, operations.AlterUniqueTogether(name, after), Phase.ADD_MEMBER)
        else:
            self.add(
                key,
                operations.AlterUniqueTogether(name, after),
                Phase.REMOVE_MEMBER if before - after else Phase.ADD_MEMBER,
            )

    def compare_indexes(self, key: ModelKey, old: list[Any], new: list[Any]) -> None:
        name = self.new.models[key].name_lower
        gone = [one for one in old if frozen_member(one) not in [frozen_member(other) for other in new]]
        come = [one for one in new if frozen_member(one) not in [frozen_member(other) for other in old]]
        for index in list(gone):
            twin = next((other for other in come if same_members(index, other)), None)
            if twin is not None:
                gone.remove(index)
                come.remove(twin)
                operation = operations.RenameIndex(name, new_name=twin.name, old_name=index.name)
                self.add(key, operation, Phase.REMOVE_MEMBER)
        for index in gone:
            self.add(key, operations.RemoveIndex(name, index.name), Phase.REMOVE_MEMBER)
        for index in come:
            self.add(key, operations.AddIndex(name, index), Phase.ADD_MEMBER)

    def compare_constraints(self, key: ModelKey, old: list[Any], new: list[Any]) -> None:
        name = self.new.models[key].name_lower
        before, after = {one.name: one for one in old}, {one.name: one for one in new}
        for constraint in old:
            twin = after.get(constraint.name)
            if twin is not None and frozen_member(twin) == frozen_member(constraint):
                continue
            if twin is not None and same_in_database(constraint, twin):
                self.add(key, operations.AlterConstraint(name, twin.name, twin), Phase.ADD_MEMBER)
            else:
                self.add(key, operations.RemoveConstraint(name, constraint.name), Phase.REMOVE_MEMBER)
        for constraint in new:
            twin = before.get(constraint.name)
            if twin is None or not (
                frozen_member(twin) == frozen_member(constraint) or same_in_database(twin, constraint)
            ):
                self.add(key, operations.AddConstraint(name, constraint), Phase.ADD_MEMBER)


def chosen(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in ALTERABLE_OPTIONS if name in options}


def base_keys(model: ModelState) -> list[ModelKey]:
    return [key_of(base) for base in model.bases if isinstance(base, str)]


def split_options(
    model: ModelState, missing: set[str]
) -> tuple[dict[str, Any], list[tuple[operations.Operation, set[str]]]]:
    """Options for CreateModel, and operations for what names fields that are added later."""
    options = {name: value for name, value in model.options.items() if name not in ("indexes", "constraints")}
    later: list[tuple[operations.Operation, set[str]]] = []
    groups = {tuple(group) for group in options.pop("unique_together", None) or ()}
    if groups and any(missing & set(group) for group in groups):
        names = {name for group in groups for name in group}
        later.append((operations.AlterUniqueTogether(model.name_lower, groups), names))
    elif groups:
        options["unique_together"] = groups
    for option, make in (("indexes", operations.AddIndex), ("constraints", operations.AddConstraint)):
        kept: list[Any] = []
        for member in model.options[option]:
            names = named_in(member)
            if names & missing:
                later.append((make(model.name_lower, member), names))
            else:
                kept.append(member)
        if kept:
            options[option] = kept
    return options, later


def named_in(member: Any) -> set[str]:
    """Names of fields that an index or constraint mentions."""
    found: set[str] = set()

    def visit(value: Any) -> None:
        if isinstance(value, str):
            found.add(value.removeprefix("-").split("__")[0])
            found.add(value.removeprefix("-").split("__")[0].removesuffix("_id"))
        elif isinstance(value, Q):
            for child in value.children:
                visit(child[0] if isinstance(child, tuple) else child)
                visit(child[1] if isinstance(child, tuple) and hasattr(child[1], "bind") else ())
        elif isinstance(value, (list, tuple)):
            for part in value:
                visit(part)
        elif isinstance(value, Expr) or hasattr(value, "bind"):
            for part in vars(value).values():
                visit(part)

    _path, args, kwargs = member.deconstruct()
    visit([*args, *(kwargs.get(name, ()) for name in ("fields", "include", "condition"))])
    return found


def without_empty(**options: Any) -> dict[str, Any]:
    """Arguments of CreateModel that say something."""
    return {name: value for name, value in options.items() if value and value != (Model,)}


def number(changes: Mapping[str, list[Migration]], leaves: Mapping[str, str], name: str | None) -> None:
    """Give migrations their numbers and names."""
    for app_label, migrations in changes.items():
        found = NUMBER.match(leaves.get(app_label, ""))
        following = int(found[1]) + 1 if found else 1
        for offset, migration in enumerate(migrations):
            initial = migration.initial
            words = name or ("initial" if initial else migration.suggest_name())
            migration.name = f"{following + offset:04d}_{words}"


def trimmed(changes: dict[str, list[Migration]], only: set[str]) -> dict[str, list[Migration]]:
    """The migrations of some apps, and of those that they depend on."""
    wanted = set(only)
    while True:
        needed = {
            dependency[0]
            for app_label in wanted & set(changes)
            for migration in changes[app_label]
            for dependency in migration.dependencies
            if dependency[1] in [one.name for one in changes.get(dependency[0], ())]
        }
        if needed <= wanted:
            return {app_label: migrations for app_label, migrations in changes.items() if app_label in wanted}
        wanted |= needed
