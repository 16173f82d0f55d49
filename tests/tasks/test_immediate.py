from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from manoir.conf import settings
from manoir.tasks import ImmediateBackend, task_backends
from manoir.tasks.compliance import TaskBackendCompliance


class TestImmediateBackend(TaskBackendCompliance):
    transactional = False

    @pytest.fixture
    def backend(self, database: Any) -> Iterator[Any]:
        with settings.override(TASKS={"default": {"BACKEND": "manoir.tasks.ImmediateBackend"}}):
            assert isinstance(task_backends["default"], ImmediateBackend)
            yield task_backends["default"]

    async def finish(self, *results: Any) -> None:
        """Everything has run already."""
