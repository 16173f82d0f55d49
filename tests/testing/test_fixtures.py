"""`fixtures` of test cases, in a project of its own, on both databases."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests import databases
from tests.testing.projects import SETTINGS, Project

pytestmark = pytest.mark.slow

MODELS = """
from manoir import models

class Note(models.Model):
    text = models.CharField(max_length=40)
"""

KEPT = """
from manoir import models

class Kept(models.Model):
    text = models.CharField(max_length=40)
"""

MIGRATION = """
from manoir import migrations, models

def fill(apps, schema_editor):
    apps.get_model("kept", "Kept").objects.create(pk=5, text="by a migration")

class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Kept", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("text", models.CharField(max_length=40)),
        ]),
        migrations.RunPython(fill),
    ]
"""

TESTS = """
import pytest
from manoir.exceptions import CommandError
from manoir.testing import TestCase, TransactionTestCase
from kept.models import Kept
from notes.models import Note

class Together(TestCase):
    fixtures = ["two_notes"]

    @classmethod
    def setUpTestData(cls):
        cls.count = Note.objects.count()
        Note.objects.create(text="third")

    def test_a_they_are_there_before_the_data_of_the_class(self):
        assert self.count == 2
        Note.objects.all().delete()

    async def test_b_each_test_finds_them(self):
        assert [note.text async for note in Note.objects.order_by("pk")] == ["first", "second", "third"]

class Committing(TransactionTestCase):
    fixtures = ["two_notes.json", "more.jsonl"]

    def test_c_they_are_committed(self):
        assert Note.objects.count() == 3
        Note.objects.filter(pk=1).delete()

    async def test_d_and_loaded_anew(self):
        assert await Note.objects.acount() == 3
        assert (await Note.objects.acreate(text="next")).pk == 8

class AfterMigrations(TransactionTestCase):
    serialized_rollback = True

    def test_h_rows_of_migrations_are_there(self):
        assert [row.text for row in Kept.objects.all()] == ["by a migration"]
        Kept.objects.all().delete()

    async def test_i_in_each_test(self):
        assert [row.text async for row in Kept.objects.all()] == ["by a migration"]
        assert (await Kept.objects.acreate(text="next")).pk == 6

class Without(TestCase):
    def test_e_nothing_is_left(self):
        assert Note.objects.count() == 0

class Wrong(TransactionTestCase):
    fixtures = ["two_note"]

    def test_f_is_an_error(self):
        pass

class AsText(TestCase):
    fixtures = "two_notes"

    def test_g_is_an_error(self):
        pass
"""


@pytest.fixture
def project(tmp_path: Path, vendor: str) -> Project:
    if vendor == "sqlite":
        path = tmp_path / "own.sqlite3"
        sqlite3.connect(path).close()
        url = f"sqlite:///{path}"
    else:
        given = databases.entry(vendor, databases.session_name("fixtures"))
        url = (
            f"postgresql://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"
        )
    made = Project(tmp_path, url)
    made.write(**{"shop_settings.py": SETTINGS.replace("INSTALLED_APPS = []", 'INSTALLED_APPS = ["notes", "kept"]')})
    made.write(**{"notes/__init__.py": "", "notes/models.py": MODELS, "test_notes.py": TESTS})
    made.write(**{"kept/__init__.py": "", "kept/models.py": KEPT, "kept/migrations/__init__.py": ""})
    made.write(**{"kept/migrations/0001_initial.py": MIGRATION})
    made.write(
        **{
            "notes/fixtures/two_notes.json": '[{"model": "notes.note", "pk": 1, "fields": {"text": "first"}},'
            ' {"model": "notes.note", "pk": 2, "fields": {"text": "second"}}]',
            "notes/fixtures/more.jsonl": '{"model": "notes.note", "pk": 7, "fields": {"text": "seventh"}}',
        }
    )
    return made


def test_fixtures_are_loaded_as_their_case_needs_them(project: Project) -> None:
    result = project.run()
    passed = [name for name, outcome in result.outcomes.items() if outcome == "passed"]
    assert sorted(name.partition("test_")[2][0] for name in passed) == ["a", "b", "c", "d", "e", "h", "i"], (
        result.output
    )
    assert "There is no fixture 'two_note'. Did you mean 'two_notes'" in result.output
    assert "fixtures of AsText is a list of names; write fixtures = ['two_notes']" in result.output
