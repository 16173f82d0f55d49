from __future__ import annotations

import asyncio
from typing import Any

import pytest

from manoir.tasks import Worker
from manoir.tasks.compliance import TaskBackendCompliance


class TestDatabaseBackend(TaskBackendCompliance):
    @pytest.fixture
    def backend(self, backend: Any) -> Any:
        return backend

    async def finish(self, *results: Any) -> None:
        worker = Worker(results[0]._backend, schedules=False)
        async with asyncio.timeout(60):
            while True:
                await worker.run_until_idle()
                states = [await worker.backend.aread(one.id) for one in results]
                if all(state.finished_at is not None for state in states):
                    return
                await asyncio.sleep(0.02)
