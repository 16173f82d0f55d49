"""Celery's application of this project: `celery -A manoir.tasks.celery worker` is an ordinary Celery worker.

`manoir worker --backend NAME` starts such a worker, and beside it the relay, of which each project needs at least one.
"""

from __future__ import annotations

import manoir

manoir.setup()

from manoir.tasks._celery._worker import celery_backend, worker_app  # noqa: E402 - models need the registry of apps

app = worker_app(celery_backend())
