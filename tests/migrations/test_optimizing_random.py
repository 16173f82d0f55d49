"""Long sequences of operations at random: what the optimizer makes of them leads to the same models, and the same tables."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from manoir import migrations as m
from manoir import models
from manoir.db import Connection
from manoir.exceptions import FieldDoesNotExist
from manoir.migrations._operations import Operation
from manoir.migrations._optimizing import optimized
from manoir.migrations._references import references
from manoir.migrations._state import ModelState, ProjectState
from tests.migrations.history import APP, History
from tests.migrations.test_squashing import comparable, schema

NAMES = ["A", "B", "C", "D"]
FIELDS = ["x", "y", "z"]
LENGTH = 25


def plain(rng: random.Random) -> Any:
    return rng.choice(
        [
            lambda: models.CharField(max_length=rng.choice([10, 20]), null=True),
            lambda: models.IntegerField(null=True, db_index=rng.random() < 0.3),
            lambda: models.TextField(null=True),
            lambda: models.CharField(max_length=9, null=True, unique=True),
        ]
    )()


class Writer:
    """Makes operations that are possible one after the other."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.state = ProjectState()
        self.operations: list[Operation] = []
        self.count = 0

    def write(self) -> list[Operation]:
        while len(self.operations) < LENGTH:
            operation = self.rng.choice(self.ways())()
            if operation is None:
                continue
            state = self.state.clone()
            try:
                operation.state_forwards(APP, state)
                _ = state.apps  # the models can be made
            except (FieldDoesNotExist, ValueError, LookupError):
                continue
            self.state = state
            self.operations.append(operation)
        return self.operations

    def ways(self) -> list[Callable[[], Operation | None]]:
        return [
            self.create, self.create, self.delete, self.rename, self.add, self.add, self.add, self.alter, self.remove,
            self.rename_field, self.relate, self.relate, self.many, self.options, self.table, self.together, self.index,
            self.unindex,
        ]  # fmt: skip

    def model(self) -> ModelState | None:
        return self.rng.choice(list(self.state.models.values())) if self.state.models else None

    def named(self) -> tuple[str, str] | None:
        """A model and one of its plain fields that nothing else names."""
        model = self.model()
        if model is None:
            return None
        used = {name.removeprefix("-") for index in model.options["indexes"] for name in index.fields}
        used |= {name for group in model.options.get("unique_together") or () for name in group}
        free = [
            name for name, field in model.fields.items() if name != "id" and name not in used and not field.is_relation
        ]
        return (model.name, self.rng.choice(free)) if free else None

    def create(self) -> Operation | None:
        name = self.rng.choice(NAMES)
        if (APP, name.lower()) in self.state.models:
            return None
        return m.CreateModel(name, [("id", models.BigAutoField(primary_key=True)), ("x", plain(self.rng))])

    def delete(self) -> Operation | None:
        model = self.model()
        if model is None or self.rng.random() < 0.5 or self.is_referred_to(model):
            return None
        return m.DeleteModel(model.name)

    def is_referred_to(self, model: ModelState) -> bool:
        return any(
            model.key in references(field, other.key)
            for other in self.state.models.values()
            if other is not model
            for field in other.fields.values()
        )

    def rename(self) -> Operation | None:
        model, name = self.model(), self.rng.choice(NAMES)
        if model is None or (APP, name.lower()) in self.state.models:
            return None
        return m.RenameModel(model.name, name)

    def add(self) -> Operation | None:
        model, name = self.model(), self.rng.choice(FIELDS)
        return None if model is None or name in model.fields else m.AddField(model.name, name, plain(self.rng))

    def alter(self) -> Operation | None:
        found = self.named()
        return None if found is None else m.AlterField(*found, plain(self.rng))

    def remove(self) -> Operation | None:
        found = self.named()
        return None if found is None else m.RemoveField(*found)

    def rename_field(self) -> Operation | None:
        found, name = self.named(), self.rng.choice(FIELDS)
        if found is None or name in self.state.models[APP, found[0].lower()].fields:
            return None
        return m.RenameField(found[0], found[1], name)

    def relate(self) -> Operation | None:
        model, other, name = self.model(), self.model(), self.rng.choice(["r", "s"])
        if model is None or other is None or name in model.fields:
            return None
        key = models.ForeignKey(f"{APP}.{other.name}", on_delete=models.CASCADE, null=True, related_name="+")
        return m.AddField(model.name, name, key)

    def many(self) -> Operation | None:
        model, other = self.model(), self.model()
        if model is None or other is None or "m" in model.fields or model is other:
            return None
        return m.AddField(model.name, "m", models.ManyToManyField(f"{APP}.{other.name}", related_name="+"))

    def options(self) -> Operation | None:
        model = self.model()
        return model and m.AlterModelOptions(model.name, {"verbose_name": self.rng.choice(["one", "two"])})

    def table(self) -> Operation | None:
        model = self.model()
        self.count += 1
        return model and m.AlterModelTable(model.name, self.rng.choice([None, f"table_{self.count}"]))

    def together(self) -> Operation | None:
        model = self.model()
        names = [name for name in FIELDS if model and name in model.fields]
        return m.AlterUniqueTogether(model.name, [tuple(names[:2])]) if model and len(names) > 1 else None

    def index(self) -> Operation | None:
        model = self.model()
        names = [name for name in FIELDS if model and name in model.fields]
        if model is None or not names:
            return None
        self.count += 1
        return m.AddIndex(model.name, models.Index(fields=[self.rng.choice(names)], name=f"index_{self.count}"))

    def unindex(self) -> Operation | None:
        model = self.model()
        if model is None or not model.options["indexes"]:
            return None
        return m.RemoveIndex(model.name, self.rng.choice(model.options["indexes"]).name)


def result(operations: list[Operation]) -> ProjectState:
    state = ProjectState()
    for operation in operations:
        operation.state_forwards(APP, state)
        _ = state.apps  # nothing refers to what is not there yet
    return state


def test_the_models_are_the_same() -> None:
    before = after = 0
    for seed in range(60):
        operations = Writer(seed).write()
        shorter = optimized(operations, APP)
        before, after = before + len(operations), after + len(shorter)
        assert comparable(result(shorter)) == comparable(result(operations)), f"seed {seed}"
    assert after < before * 0.6


@pytest.mark.parametrize("seed", range(1000, 1005))
async def test_the_tables_are_the_same(empty_database: Connection, seed: int) -> None:
    operations = Writer(seed).write()
    history = History(empty_database)
    await history.apply(*operations)
    expected = await schema(empty_database)
    await history.undo()
    await history.apply(*optimized(operations, APP))
    assert await schema(empty_database) == expected
