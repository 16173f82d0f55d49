"""Files of migrations: everything an argument may be is written, read back equal, and laid out as a formatter would."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import functools
import pathlib
import re
import subprocess
import sys
import uuid
import zoneinfo
from pathlib import Path
from typing import Any

import pytest

import manoir.migrations
from manoir import migrations, models, timezone
from manoir.apps import apps
from manoir.i18n import gettext_lazy
from manoir.migrations import Migration, MigrationGraph, ProjectState
from manoir.migrations._autodetector import MigrationAutodetector
from manoir.migrations._fields_changed import frozen
from manoir.migrations._layout import flat
from manoir.migrations._serializer import Serializer
from manoir.migrations._writer import MigrationWriter
from manoir.models import F, Q, Value
from manoir.models.functions import Lower, Upper
from manoir.validators import MaxLengthValidator, RegexValidator, deconstructible
from tests.library.models import Status


class Colour(enum.Enum):
    RED = 1


@deconstructible
class Even:
    def __init__(self, message: str = "odd") -> None:
        self.message = message


class Shelf:
    class Kind:
        @classmethod
        def first(cls) -> int:
            return 1


class OwnField(models.CharField):
    pass


class BookQuerySet(models.QuerySet[Any, Any]):
    pass


def seven() -> int:
    return 7


ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""Left out of the names of tests: it differs from process to process."""

VALUES: list[Any] = [
    None,
    True,
    -7,
    1.5,
    float("inf"),
    "plain",
    "it's",
    'say "x"',
    "both ' and \"",
    "line\nend \\ \x00 é €",
    b"\x00'\"",
    decimal.Decimal("1.50"),
    uuid.UUID(int=7),
    dt.date(2026, 1, 2),
    dt.time(1, 2, 3),
    dt.datetime(2026, 1, 2, 3, 4, 5, 6),
    dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC),
    dt.timedelta(days=1, microseconds=3),
    zoneinfo.ZoneInfo("Europe/Paris"),
    [1, [2, ()], (3,), {"a": {1, 2}}],
    frozenset([1]),
    set(),
    range(3),
    re.compile("a+", re.IGNORECASE | re.MULTILINE),
    pathlib.PurePosixPath("/tmp/x"),
    Colour.RED,
    Colour,
    seven,
    int,
    dict,
    uuid.uuid4,
    timezone.now,
    Shelf.Kind,
    Shelf.Kind.first,
    functools.partial(seven, 1, x=[2]),
    Even(message="no"),
    MaxLengthValidator(5),
    RegexValidator("^a", flags=re.IGNORECASE),
    Q(a=1) | ~Q(b__in=[1, 2]) & Q(F("a") > 3),
    F("a") * 2 + Value(1),
    Lower("title"),
    F("a").desc(nulls_last=True),
    models.Case(models.When(a=1, then=Value("x")), default=F("b")),
    models.SET_NULL,
    models.SET(seven),
    models.NOT_PROVIDED,
    models.Index(Upper("title"), name="i", condition=Q(a=1)),
    models.UniqueConstraint(fields=["a"], name="u", deferrable=models.Deferrable.DEFERRED),
    models.CharField(max_length=5, validators=[Even()], choices=[("a", "A")]),
    OwnField(max_length=5),
    models.ForeignKey("shop.Book", models.PROTECT, related_name="x", to_field="isbn"),
]


def read_back(value: Any) -> Any:
    """Write a value and evaluate what was written."""
    serializer = Serializer()
    text = flat(serializer.node(value))
    names: dict[str, Any] = {}
    exec("\n".join(sorted(serializer.imports)), names)
    return eval(text, names)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ADDRESS.sub("", repr(value))[:40])
def test_value_is_read_back_equal(value: Any) -> None:
    assert frozen(read_back(value)) == frozen(value)
    assert type(read_back(value)) is type(value)


def test_lazy_text_and_choices_become_what_they_hold() -> None:
    assert read_back(gettext_lazy("Name")) == "Name"
    assert read_back(Status.LIVE) == "live"
    assert type(read_back(Status.LIVE)) is str


def test_manager_of_a_queryset() -> None:
    manager = BookQuerySet.as_manager()
    assert flat(Serializer().node(manager)) == f"{__name__}.BookQuerySet.as_manager()"


REFUSED = [
    (lambda: 1, "A lambda .* cannot be written into a migration. Write a function with a name"),
    (object(), "cannot be written into a migration. Give its class a deconstruct"),
    (models.CharField(default=lambda: "x"), "The option 'default' of the field 'title': A lambda"),
    ([1, {"x": object()}], "cannot be written"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED, ids=["lambda", "object", "field", "nested"])
def test_what_cannot_be_written_says_why(value: Any, message: str) -> None:
    if isinstance(value, models.Field):
        value.set_attributes_from_name("title")
    with pytest.raises(ValueError, match=message):
        Serializer().node(value)


def test_local_function_is_refused() -> None:
    def local() -> None: ...

    with pytest.raises(ValueError, match="is local to a function, so no migration can import it"):
        Serializer().node(local)


def library() -> ProjectState:
    state = ProjectState.from_apps(apps, ["library"])
    for model in state.models.values():
        for field in model.fields.values():
            if getattr(field.default, "__name__", "") == "<lambda>":
                field.default = timezone.now
    return state


def written_library() -> str:
    migration = MigrationAutodetector(ProjectState(), library()).changes(MigrationGraph(), {"library"})["library"][0]
    return MigrationWriter(migration, include_header=False).as_string()


def loaded(text: str) -> Migration:
    names: dict[str, Any] = {}
    exec(text, names)
    return names["Migration"]("0001_initial", "library")


def test_models_written_and_read_lead_to_the_same_state() -> None:
    state = library()
    reached = loaded(written_library()).mutate_state(ProjectState())
    assert MigrationAutodetector(reached, state).changes(MigrationGraph(), {"library"}) == {}
    assert {key: list(model.fields) for key, model in reached.models.items() if key != ("library", "book")} == {
        key: list(model.fields) for key, model in state.models.items() if key != ("library", "book")
    }


def test_every_operation_is_written_and_read_back() -> None:
    index = models.Index(fields=["name"], name="i")
    check = models.CheckConstraint(condition=Q(n__gt=1), name="c")
    operations: list[Any] = [
        migrations.CreateModel(
            "A", [("id", models.BigAutoField(primary_key=True))], {"ordering": ["id"]}, ("x.b", models.Model)
        ),
        migrations.DeleteModel("A"),
        migrations.RenameModel("A", "B"),
        migrations.AlterModelTable("A", "b"),
        migrations.AlterModelTableComment("A", "b"),
        migrations.AlterModelOptions("A", {"permissions": [("a", "b")]}),
        migrations.AlterModelManagers("A", [("rows", BookQuerySet.as_manager())]),
        migrations.AlterUniqueTogether("A", {("a", "b"), ("c", "d")}),
        migrations.AddField("A", "n", models.IntegerField(), preserve_default=False),
        migrations.AlterField("A", "n", models.IntegerField(null=True)),
        migrations.RemoveField("A", "n"),
        migrations.RenameField("A", "n", "m"),
        migrations.AddIndex("A", index),
        migrations.RemoveIndex("A", "i"),
        migrations.RenameIndex("A", new_name="j", old_fields=["name"]),
        migrations.AddConstraint("A", check),
        migrations.RemoveConstraint("A", "c"),
        migrations.AlterConstraint("A", "c", check),
        migrations.RunSQL([("SELECT %s", [1])], migrations.RunSQL.noop),
        migrations.RunPython(seven_times, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState([migrations.DeleteModel("A")], []),
    ]
    assert {type(one).__name__ for one in operations} == {
        name for name in manoir.migrations.__all__ if isinstance(getattr(migrations, name), type) and is_operation(name)
    }
    migration = Migration("0002_all", "library")
    migration.operations = operations
    migration.dependencies = [("library", "0001_initial")]
    migration.run_before = [("other", "0001_initial")]
    migration.atomic = False
    again = loaded(MigrationWriter(migration).as_string())
    assert [str(frozen_operation(one)) for one in again.operations] == [
        str(frozen_operation(one)) for one in operations
    ]
    assert (again.dependencies, again.run_before, again.atomic) == (migration.dependencies, migration.run_before, False)


def is_operation(name: str) -> bool:
    kind: Any = getattr(migrations, name)
    return issubclass(kind, migrations.Operation) and kind is not migrations.Operation


def frozen_operation(operation: Any) -> Any:
    attributes = {name: value for name, value in vars(operation).items() if not name.startswith("_")}
    return type(operation).__name__, frozen({name: plain(value) for name, value in sorted(attributes.items())})


def plain(value: Any) -> Any:
    if isinstance(value, migrations.Operation):
        return str(frozen_operation(value))
    return [plain(one) for one in value] if isinstance(value, list) else value


def seven_times(apps: Any, schema_editor: Any) -> None:
    """For RunPython."""


def test_layout_is_that_of_a_formatter(tmp_path: Path) -> None:
    path = tmp_path / "0001_initial.py"
    path.write_text(written_library())
    (tmp_path / "ruff.toml").write_text('lint.isort.known-first-party = ["tests"]\nlint.select = ["F", "E", "I"]\n')
    before = path.read_text()
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed")
    subprocess.run([ruff, "format", "--quiet", path], check=True, timeout=30)
    assert path.read_text() == before
    subprocess.run([ruff, "check", "--quiet", path], check=True, timeout=30)


def test_header_says_what_made_the_file() -> None:
    text = MigrationWriter(Migration("0001_x", "library")).as_string()
    assert re.match(r"# Made by manoir on \d{4}-\d\d-\d\d \d\d:\d\d\n\nfrom manoir import migrations\n\n\nclass", text)
