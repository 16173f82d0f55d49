"""The library on both databases, a template, a few URLs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import manoir
from manoir.apps import apps
from manoir.conf import settings
from tests import databases

manoir.setup()

from tests.models.tables import create_tables  # noqa: E402  # models need apps


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, apps.get_app_config("library").get_models())


@pytest.fixture(autouse=True)
def site(tmp_path: Path) -> Iterator[None]:
    """The settings of the site."""
    (tmp_path / "books.html").write_text(
        "{% for book in books %}{{ book }}:{{ book.author }};{% endfor %}{{ request.path }}"
    )
    engine = {
        "BACKEND": "manoir.templates.Engine",
        "DIRS": [tmp_path],
        "OPTIONS": {"context_processors": ["manoir.templates.context_processors.request"]},
    }
    with settings.override(ROOT_URLCONF="tests.shortcuts.urls", MIDDLEWARE=[], TEMPLATES=[engine]):
        yield
