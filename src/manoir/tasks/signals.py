"""Signals of tasks. The sender is the class of the backend."""

from __future__ import annotations

from manoir.signals import Signal

__all__ = ["task_enqueued", "task_finished", "task_started"]

task_enqueued = Signal()
"""A task was enqueued (its transaction may still be rolled back): `task_result`."""
task_started = Signal()
"""A worker begins an attempt: `task_result`."""
task_finished = Signal()
"""A task has ended for good, well or not: `task_result`."""
