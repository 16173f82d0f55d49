"""The project of this folder, and a table in the databases of the session."""

from pathlib import Path

import pytest

from tests.databases import on_create

TEMPLATES = [{"BACKEND": "manoir.templates.Engine", "DIRS": [Path(__file__).parent / "templates"]}]


@on_create
async def make_tables(connection):
    await connection.execute("CREATE TABLE note (name varchar(40))")


@pytest.fixture
def project(settings):
    """The settings with the URLs and templates of this folder, and no middleware."""
    settings.ROOT_URLCONF = "tests.testing.urls"
    settings.MIDDLEWARE = []
    settings.TEMPLATES = TEMPLATES
    return settings
