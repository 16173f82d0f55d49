"""Running the tasks that a test enqueued."""

from __future__ import annotations

from manoir.bridge import blocking_function
from manoir.tasks import DEFAULT_TASK_BACKEND_ALIAS, DatabaseBackend, task_backends


async def arun_tasks(backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> int:
    """Run the tasks that wait in a `DatabaseBackend` or `CeleryBackend`, and those that they enqueue, as a worker would.

    They run here, in the transaction of the test; scheduled ones run once their moment has come. A task's errors are
    kept in its result.

    Args:
        backend: alias in TASKS.

    Returns:
        How many tasks ended well.

    Raises:
        TypeError: the backend is no `DatabaseBackend`.

    Example:
        >>> send_receipt.delay(7)
        >>> run_tasks()
        1
    """
    found = task_backends[backend]
    if not isinstance(found, DatabaseBackend):
        raise TypeError(f"run_tasks() runs the tasks of a DatabaseBackend; {backend!r} is a {type(found).__name__}.")
    return await found.arun_waiting()


run_tasks = blocking_function(arun_tasks)
