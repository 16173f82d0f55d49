"""Who visits the admin, in every folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import manoir

manoir.setup()

from manoir.auth import get_user_model  # noqa: E402
from manoir.contenttypes import ContentType  # noqa: E402
from manoir.testing import Client  # noqa: E402


@pytest.fixture(autouse=True)
def _no_content_types() -> Iterator[None]:
    ContentType.objects.clear_cache()
    yield
    ContentType.objects.clear_cache()


@pytest.fixture
def boss(people: None) -> Any:
    """A superuser; `people` of the folder makes permissions."""
    return get_user_model().objects.create_superuser("boss", "boss@example.com", "secret")


@pytest.fixture
def client(boss: Any) -> Client:
    """A client that the superuser is signed in with."""
    made = Client()
    made.force_login(boss)
    return made
