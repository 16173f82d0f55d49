"""Content types and permissions, which `migrate` makes, are there again after a test that committed."""

import os

import pytest

from tests import databases
from tests.services import require_postgresql
from tests.testing.projects import Project

pytestmark = pytest.mark.slow

SETTINGS = """
from shop_settings import *

INSTALLED_APPS = ["manoir.contenttypes", "manoir.auth"]
"""

TESTS = """
from manoir.auth import Permission
from manoir.contenttypes import ContentType
from manoir.testing import TransactionTestCase


def everything():
    kinds = {kind.pk: kind.model for kind in ContentType.objects.all()}
    assert all(ContentType.objects.get_for_id(pk).model == model for pk, model in kinds.items())
    return sorted(kinds.values()), sorted(row.codename for row in Permission.objects.all())


def test_1_there_from_the_start(db):
    models, permissions = everything()
    assert {"user", "group", "permission", "contenttype"} <= set(models)
    assert {"add_user", "change_user", "delete_user", "view_user"} <= set(permissions)


def test_2_a_test_that_commits_and_deletes(transactional_db):
    before = everything()
    ContentType.objects.create(app_label="shop", model="own")
    ContentType.objects.filter(model="user").delete()
    assert everything() != before


def test_3_they_are_back(db):
    models, permissions = everything()
    assert {"user", "group", "permission", "contenttype"} <= set(models)
    assert "own" not in models
    assert {"add_user", "change_user", "delete_user", "view_user"} <= set(permissions)


class Case4(TransactionTestCase):
    def test_1(self):
        ContentType.objects.all().delete()

    def test_2(self):
        assert "add_group" in everything()[1]


async def test_5_for_coroutines_too(transactional_db):
    kind = await ContentType.objects.aget_for_model(Permission)
    assert await Permission.objects.filter(content_type=kind).acount() == 4
"""


@pytest.mark.parametrize("vendor", databases.VENDORS)
def test_rows_of_migrate_come_back(vendor, tmp_path):
    url = f"sqlite:///{tmp_path}/own.sqlite3"
    if vendor == "postgresql":
        require_postgresql()
        entry = databases.entry("postgresql", f"manoir_rows_{os.getpid()}")
        url = (
            f"postgresql://{entry['USER']}:{entry['PASSWORD']}@{entry['HOST']}:{entry['PORT'] or 5432}/{entry['NAME']}"
        )
    project = Project(tmp_path, url)
    project.write(**{"own_settings.py": SETTINGS, "test_rows.py": TESTS})
    result = project.run("--ms", "own_settings")
    assert result.status == 0, result.output
    assert "6 passed" in result.output
