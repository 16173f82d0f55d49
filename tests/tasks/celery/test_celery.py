from __future__ import annotations

import asyncio
from typing import Any

import pytest

from manoir.tasks.compliance import TaskBackendCompliance
from tests.tasks.celery.conftest import PATIENCE

pytestmark = pytest.mark.slow


class TestCeleryBackend(TaskBackendCompliance):
    @pytest.fixture
    def backend(self, celery_backend: Any, celery_worker: Any) -> Any:
        return celery_backend

    async def finish(self, *results: Any) -> None:
        backend = results[0]._backend
        async with asyncio.timeout(PATIENCE):
            while True:
                states = [await backend.aread(one.id) for one in results]
                if all(state.finished_at is not None for state in states):
                    return
                await asyncio.sleep(0.02)
