"""The test databases of a process: created and migrated once, emptied after tests that commit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from manoir.commands import call_command
from manoir.db import connections, create_test_database, destroy_test_database, flush, transaction

MEMORY = ":memory:"


@contextmanager
def test_databases(*, keep: bool = False, anew: bool = False) -> Generator[None]:
    """Create and migrate a test database for each entry of DATABASES; drop them at the end.

    An SQLite database in memory belongs to one loop, and a live server has a loop of its own, so tests get a file in a
    temporary directory instead.

    Args:
        keep: use databases of the last run, migrate them forward, and keep them for the next run.
        anew: make them anew all the same.
    """
    suffix = os.environ.get("PYTEST_XDIST_WORKER", "")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="manoir-test-")))
        entries: dict[str, dict[str, Any]] = {}
        for alias in connections:
            entry = create_test_database(alias, suffix=suffix, keep=keep and not anew)
            if str(entry["NAME"]) == MEMORY:
                entry["NAME"] = str(folder / f"{alias}.sqlite3")
            entries[alias] = entry
        with connections.override(entries):
            for alias in entries:
                call_command("migrate", database=alias, verbosity=0, interactive=False)
            yield
        for alias, entry in entries.items():
            if not keep and not str(entry["NAME"]).startswith(str(folder)):
                destroy_test_database(entry, alias)


def flush_all() -> None:
    """Empty every table, except for the record of migrations."""
    for alias in connections:
        flush(alias)


def rolled_back(alias: str) -> transaction.Atomic:
    """Return a transaction for one test, in which `durable` blocks may stand; the caller rolls it back."""
    return transaction.Atomic(alias, savepoint=True, durable=False, fixture=True)


@contextmanager
def inside_transactions(aliases: Collection[str] | None = None) -> Generator[None]:
    """Run a block in a transaction of each database, and roll them back."""
    entered: list[tuple[str, transaction.Atomic]] = []
    for alias in connections if aliases is None else aliases:
        block = rolled_back(alias)
        block.__enter__()
        entered.append((alias, block))
    try:
        yield
    finally:
        for alias, block in reversed(entered):
            transaction.set_rollback(True, using=alias)
            block.__exit__(None, None, None)
