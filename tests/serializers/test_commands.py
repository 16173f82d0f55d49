"""`dumpdata` and `loaddata`, as they are typed, on both databases."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from manoir.bridge import wait
from manoir.commands import acall_command, call_command
from manoir.conf import settings
from manoir.db import Connection, connections
from manoir.exceptions import CommandError, ImproperlyConfigured
from manoir.models.signals import post_save, pre_save
from manoir.testing import CaptureQueriesContext
from tests import databases
from tests.library.models import Room, Shelf
from tests.serializers import conftest
from tests.serializers.archive.models import Country, Paper, Person

FRANCE = {"model": "archive.country", "pk": 7, "fields": {"code": "fr", "name": "France"}}


def run(command: str, *arguments: str, **options: Any) -> str:
    """Run a command as it is typed; return what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *arguments, stdout=out, stderr=err, **options)
    return out.getvalue() + err.getvalue()


@pytest.fixture
def world(database: Connection) -> Connection:
    france = Country.objects.create(code="fr", name="France")
    ann = Person.objects.create(name="Ann", country=france)
    bob = Person.objects.create(name="Bob", country=france, teacher=ann)
    bob.friends.set([ann])
    Paper.objects.create(title="Open", pin="1905").authors.set([ann, bob])
    Paper._base_manager.create(title="Closed", is_open=False)
    return database


def rows() -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for model in (Country, Person, Paper, Person.friends.through, Person.visited.through, Paper.authors.through):
        names = [
            field.attname for field in model._meta.concrete_fields if not (field.primary_key and field.column_type.auto)
        ]
        found[model._meta.label] = sorted(model._base_manager.values_list(*names), key=repr)
    return found


def empty() -> None:
    for model in (Paper, Person, Country):
        model._base_manager.all().delete()


@pytest.mark.parametrize("suffix", ["json", "jsonl", "xml", "yaml", "json.gz", "xml.bz2", "jsonl.xz", "yaml.lzma"])
def test_a_dump_brings_everything_back(world: Connection, tmp_path: Path, suffix: str) -> None:
    before = rows()
    path = tmp_path / f"dump.{suffix}"
    assert run("dumpdata", "archive", "--all", "-o", str(path)) == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    empty()
    assert run("loaddata", str(path)) == "Installed 5 object(s) from 1 fixture(s)\n"
    assert rows() == before
    assert run("loaddata", str(path)) == "Installed 5 object(s) from 1 fixture(s)\n"
    assert rows() == before


async def test_a_dump_with_natural_keys_brings_everything_back(world: Connection, tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    await acall_command("dumpdata", "archive", natural_foreign=True, natural_primary=True, indent=2, output=str(path))
    records = json.loads(path.read_text())
    assert [record["model"].partition(".")[2] for record in records] == ["country", "person", "person", "paper"]
    assert records[2]["fields"]["teacher"] == ["Ann", "fr"]
    assert "pk" not in records[2]
    assert "pk" in records[0] or records[0]["fields"]["code"] == "fr"
    for model in (Paper, Person, Country):
        await model._base_manager.all().adelete()
    out = io.StringIO()
    await acall_command("loaddata", str(path), stdout=out)
    assert out.getvalue() == "Installed 4 object(s) from 1 fixture(s)\n"
    bob = await Person.objects.select_related("teacher__country").aget(name="Bob")
    assert bob.teacher is not None
    assert (bob.teacher.name, bob.teacher.country.code) == ("Ann", "fr")


def test_dumpdata_writes_what_is_named(world: Connection) -> None:
    assert [one["model"] for one in json.loads(run("dumpdata", "archive.Country"))] == ["archive.country"]
    rest = json.loads(run("dumpdata", "archive", "--exclude", "archive.Person", "-e", "archive.Country"))
    assert [one["fields"]["title"] for one in rest] == ["Open"]
    assert rest[0]["fields"]["pin"] == "1905"
    whole = json.loads(run("dumpdata", "--exclude=auth", "--exclude=contenttypes"))
    assert {one["model"] for one in whole} == {"archive.country", "archive.person", "archive.paper"}
    bob = Person.objects.get(name="Bob")
    assert [one["pk"] for one in json.loads(run("dumpdata", "archive.person", f"--pks={bob.pk}"))] == [bob.pk]
    assert run("dumpdata", "archive.Country", "--format=jsonl").count("\n") == 1
    assert "archive.Paper" in run("dumpdata", "archive.OpenPaper")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["archiv"], r"No installed app has the label 'archiv'\. Did you mean 'archive'"),
        (["archive.Persn"], r"Persn.*[Pp]erson"),
        (["-e", "archive.Persn"], r"Persn.*[Pp]erson"),
        (["--format=jsn"], r"no serialization format 'jsn'\. Did you mean 'json'"),
        (["--format=python"], r"no serialization format 'python'"),
        (["--database=other"], r"There is no database 'other' in DATABASES"),
        (["archive", "--pks=1"], r"--pks takes the keys of one model"),
        (["archive.Person", "--pks=1,x"], r"--pks=1,x has what is no key of archive\.Person"),
        (["--output=/nowhere/x.json"], r"The directory /nowhere does not exist"),
    ],
)
def test_dumpdata_says_what_is_wrong(database: Connection, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run("dumpdata", *arguments)


def test_a_dump_that_fails_leaves_no_file(world: Connection, tmp_path: Path) -> None:
    Country.objects.update(name="a\x01b")
    with pytest.raises(ValueError, match="control characters"):
        run("dumpdata", "archive.Country", "-o", str(tmp_path / "dump.xml"))
    assert list(tmp_path.iterdir()) == []


def test_a_dump_takes_the_place_of_an_older_one_when_it_is_complete(world: Connection, tmp_path: Path) -> None:
    dump = tmp_path / "dump.xml"
    dump.write_text("the last good one")
    dump.chmod(0o644)
    Country.objects.update(name="a\x01b")
    with pytest.raises(ValueError, match="control characters"):
        run("dumpdata", "archive.Country", "-o", str(dump))
    assert dump.read_text() == "the last good one"
    Country.objects.update(name="Norway")
    run("dumpdata", "archive.Country", "-o", str(dump))
    assert "Norway" in dump.read_text()
    assert dump.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [dump]


# -- finding ------------------------------------------------------------------------------------------------------


def test_fixtures_are_found_in_folders(database: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("loaddata", "countries") == "Installed 2 object(s) from 1 fixture(s)\n"
    assert run("loaddata", "countries.json", "countries") == "Installed 2 object(s) from 1 fixture(s)\n"
    assert run("loaddata", "countries", "--app", "archive").startswith("Installed 2")
    with pytest.raises(CommandError, match=r"There is no fixture 'countries'"):
        run("loaddata", "countries", "--app", "library")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "countries.jsonl").write_text(
        json.dumps({**FRANCE, "pk": 8, "fields": {"code": "it", "name": "I"}})
    )
    with settings.override(FIXTURE_DIRS=[tmp_path / "more"]):
        assert run("loaddata", "countries") == "Installed 3 object(s) from 2 fixture(s)\n"
        assert run("loaddata", "countries", format="jsonl") == "Installed 1 object(s) from 1 fixture(s)\n"
    with settings.override(FIXTURE_DIRS=[tmp_path]):
        assert run("loaddata", "more/countries") == "Installed 1 object(s) from 1 fixture(s)\n"
    monkeypatch.chdir(tmp_path / "more")
    assert run("loaddata", "countries.jsonl") == "Installed 1 object(s) from 1 fixture(s)\n"
    assert "Loading jsonl fixture countries.jsonl" in run("loaddata", "countries.jsonl", verbosity=2)


def test_a_fixture_for_one_database_is_not_loaded_into_another(database: Connection, tmp_path: Path) -> None:
    (tmp_path / "land.json").write_text(json.dumps([FRANCE]))
    (tmp_path / "land.default.json").write_text(
        json.dumps([{**FRANCE, "pk": 8, "fields": {"code": "de", "name": "G"}}])
    )
    (tmp_path / "land.other.json").write_text("[]")
    assert run("loaddata", str(tmp_path / "land")) == "Installed 2 object(s) from 2 fixture(s)\n"


def test_compressed_fixtures_are_read(database: Connection, tmp_path: Path) -> None:
    text = json.dumps([FRANCE]).encode()
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(text))
    (tmp_path / "b.json.bz2").write_bytes(bz2.compress(text))
    (tmp_path / "c.json.xz").write_bytes(lzma.compress(text))
    (tmp_path / "d.json.lzma").write_bytes(lzma.compress(text, lzma.FORMAT_ALONE))
    with zipfile.ZipFile(tmp_path / "e.json.zip", "w") as archive:
        archive.writestr("e.json", text)
    names = [str(tmp_path / name) for name in "abcde"]
    assert run("loaddata", *names) == "Installed 5 object(s) from 5 fixture(s)\n"


def test_fixtures_come_out_of_standard_input(database: Connection) -> None:
    given = io.BytesIO(json.dumps([FRANCE]).encode())
    assert run("loaddata", "-", "--format=json", stdin=given) == "Installed 1 object(s) from 1 fixture(s)\n"
    with pytest.raises(CommandError, match=r"standard input need their format: --format=json"):
        run("loaddata", "-", stdin=given)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("countrys", None, r"There is no fixture 'countrys'\. Did you mean 'countries'.*Looked in: .*fixtures"),
        ("{}/a.csv", b"", r"no serialization format 'csv'"),
        ("{}/a.json", b"[{", r"a\.json cannot be loaded: This is no JSON list of objects"),
        ("{}/a.json.gz", b"[]", r"a\.json\.gz cannot be read: Not a gzipped file"),
        ("{}/a.json.zip", b"[]", r"a\.json\.zip is no ZIP archive"),
        ("{}/a.json.xz", b"[]", r"a\.json\.xz cannot be read"),
        ("{}/a.json", b'[{"model": "archive.person", "pk": 1, "fields": {"name": "A", "country": 99}}]', r"Nothing was loaded\..*archive_person"),
        ("{}/a.json", b'[{"model": "archive.person", "pk": 1, "fields": {"name": "A", "country": ["zz"]}}]', r"archive\.Person\(pk=1\) refers to a row that neither.*country=\['zz'\]"),
        ("{}/a.json", b'[{"model": "archive.country", "pk": 1, "fields": {"code": null}}]', r"archive\.Country\(pk=1\) cannot be stored"),
    ],
)  # fmt: skip
def test_loaddata_says_what_is_wrong_and_loads_nothing(
    committing: Connection, tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    path = name.format(tmp_path)
    if content is not None:
        Path(path).write_bytes(content)
    with pytest.raises(CommandError, match=message):
        run("loaddata", "countries", path)
    assert Country.objects.count() == 0


@pytest.fixture
def committing(committing_database: Connection) -> Connection:
    """A database with the tables of the archive, in which commands commit."""
    for prepare in databases._prepare:
        if prepare.__module__ == "tests.serializers.conftest":
            databases.run_prepare(prepare, committing_database)
    return committing_database


def test_two_files_of_one_name_are_ambiguous(database: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[]")
    (tmp_path / "a.xml").write_text("")
    with pytest.raises(CommandError, match=r"several fixtures .*a\.json, a\.xml\. Name one with its suffix"):
        run("loaddata", str(tmp_path / "a"))


def test_fixture_dirs_are_checked(database: Connection, tmp_path: Path) -> None:
    own = Path(__file__).parent / "archive" / "fixtures"
    with settings.override(FIXTURE_DIRS=[own]), pytest.raises(ImproperlyConfigured, match="the folder of an app"):
        run("loaddata", "countries")
    with settings.override(FIXTURE_DIRS=[tmp_path, tmp_path]), pytest.raises(ImproperlyConfigured, match="twice"):
        run("loaddata", "countries")


def test_loaddata_needs_a_name() -> None:
    with pytest.raises(CommandError, match="Name at least one fixture"):
        call_command("loaddata")


# -- loading ------------------------------------------------------------------------------------------------------


def test_rows_may_refer_to_rows_that_come_later(database: Connection, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        json.dumps(
            [
                {"model": "library.shelf", "pk": 1, "fields": {"room": 5, "code": "A"}},
                {"model": "library.room", "pk": 5, "fields": {"name": "Cellar"}},
                {
                    "model": "archive.paper",
                    "pk": "6a5b1a5e-3d8d-4b8f-9f5e-0d6a2d8f8d11",
                    "fields": {"title": "T", "changed": "2026-01-01T00:00:00Z", "authors": [["Zoe", "fr"]]},
                },
                {"model": "archive.person", "fields": {"name": "Eve", "country": ["fr"], "teacher": ["Zoe", "fr"]}},
                {"model": "archive.person", "fields": {"name": "Zoe", "country": ["fr"], "friends": [["Eve", "fr"]]}},
                FRANCE,
            ]
        )
    )
    assert run("loaddata", str(path)) == "Installed 6 object(s) from 1 fixture(s)\n"
    assert Shelf.objects.get().room == Room.objects.get()
    eve = Person.objects.get(name="Eve")
    assert eve.teacher is not None
    assert eve.teacher.name == "Zoe"
    assert [friend.name for friend in eve.teacher.friends.all()] == ["Eve"]
    assert [person.name for person in Paper.objects.get().authors.all()] == ["Zoe"]


def test_counters_go_on_behind_what_was_loaded(committing: Connection) -> None:
    run("loaddata", "countries")
    assert Country.objects.create(code="it", name="Italy").pk == 10


def test_rows_and_models_can_be_left_out(database: Connection, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    records = [
        FRANCE,
        {"model": "library.room", "pk": 5, "fields": {"name": "Cellar", "gone": 1}},
        {"model": "x.y", "fields": {}},
    ]
    path.write_text(json.dumps(records))
    with pytest.raises(CommandError, match=r"a\.json cannot be loaded: library\.room:pk=5 has a field 'gone'"):
        run("loaddata", str(path))
    told = run("loaddata", str(path), "--ignorenonexistent", "-e", "library")
    assert told == "Installed 1 object(s) (of 2) from 1 fixture(s)\n"
    assert (Country.objects.count(), Room.objects.count()) == (1, 0)


def test_a_fixture_without_rows_is_told(database: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[]")
    assert run("loaddata", str(tmp_path / "a.json")) == (
        f"Installed 0 object(s) from 1 fixture(s)\n{tmp_path / 'a.json'} holds no rows. Is it the right file, and the right format?\n"
    )


def test_signals_know_that_rows_are_raw(database: Connection) -> None:
    told: list[tuple[Any, ...]] = []

    def listen(sender: Any, instance: Any, raw: bool, **kwargs: Any) -> None:
        told.append((sender, instance.pk, raw, kwargs.get("created")))

    pre_save.connect(listen, sender=Country)
    post_save.connect(listen, sender=Country)
    try:
        run("loaddata", "countries")
    finally:
        pre_save.disconnect(listen, sender=Country)
        post_save.disconnect(listen, sender=Country)
    assert told == [
        (Country, 7, True, None),
        (Country, 7, True, True),
        (Country, 9, True, None),
        (Country, 9, True, True),
    ]


def rooms(count: int, **wrong: Any) -> list[dict[str, Any]]:
    records = [{"model": "library.room", "pk": pk, "fields": {"name": f"Room {pk}"}} for pk in range(1, count + 1)]
    if wrong:
        records[count // 2]["fields"] = wrong
    return records


def test_many_rows_are_written_by_few_statements(database: Connection, tmp_path: Path) -> None:
    Room.objects.create(pk=7, name="was there")
    (tmp_path / "a.json").write_text(json.dumps([*rooms(1200), *rooms(3)]))
    with CaptureQueriesContext(database) as captured:
        run("loaddata", str(tmp_path / "a.json"))
    assert len(captured) < 30
    assert list(Room.objects.order_by("pk").values_list("pk", "name")) == [(pk, f"Room {pk}") for pk in range(1, 1201)]


def test_the_one_row_of_many_that_is_wrong_is_named(database: Connection, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(rooms(700, name=None)))
    with pytest.raises(CommandError, match=r"a\.json: library\.Room\(pk=351\) cannot be stored"):
        run("loaddata", str(tmp_path / "a.json"))
    assert Room.objects.count() == 0


def test_rows_go_into_the_database_that_is_named(database: Connection, vendor: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([FRANCE]))
    with connections.override({"other": databases.entry("sqlite", f"other_{vendor}")}):
        with connections.using("default", connections["other"]):
            wait(conftest._tables(connections["other"]))
        assert run("loaddata", str(tmp_path / "a.json"), "--database", "other").startswith("Installed 1")
        assert (Country.objects.count(), Country.objects.using("other").count()) == (0, 1)
        dumped = json.loads(run("dumpdata", "archive", "--database=other"))
        assert dumped == [FRANCE]
