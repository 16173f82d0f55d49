from __future__ import annotations

from collections.abc import Iterator

import pytest

from manoir.conf import settings


@pytest.fixture(autouse=True)
def _hosts() -> Iterator[None]:
    with settings.override(ALLOWED_HOSTS=["testserver", "www.testserver"], DEBUG=False):
        yield
