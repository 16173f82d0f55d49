"""Databases whose tables were made by the migrations of tasks: partial indexes are part of what is tested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import manoir

manoir.setup()

from manoir.bridge import wait  # noqa: E402
from manoir.commands import call_command  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.db import Connection, connections, make_connection, transaction  # noqa: E402
from manoir.tasks import DatabaseBackend, task_backends  # noqa: E402
from tests import databases  # noqa: E402
from tests.tasks import effects  # noqa: E402

TABLES = ("manoir_task", "manoir_task_worker", "manoir_task_schedule", "manoir_task_leader", "task_effect")
made: dict[str, Connection] = {}


@pytest.fixture(scope="session", autouse=True)
def _drop() -> Iterator[None]:
    yield
    while made:
        wait(databases.drop(made.popitem()[1]))


def queue_connection(vendor: str) -> Connection:
    """Return the connection to a vendor's database of tasks, which is made at first."""
    if vendor not in made:
        # Tests need no protection from power cuts, and run several times faster without.
        options = {"server_settings": {"synchronous_commit": "off"}} if vendor == "postgresql" else {}
        connection = make_connection("default", databases.entry(vendor, databases.session_name("tasks"), **options))
        wait(connection.create_database(connection.settings_dict["NAME"]))
        with connections.using("default", connection):
            call_command("migrate", "manoir_tasks", verbosity=0)
            wait(connection.execute(effects.TABLE))
        made[vendor] = connection
    return made[vendor]


@pytest.fixture
def queue_database(vendor: str) -> Iterator[Connection]:
    """`connections["default"]` on a database with the tables of tasks, empty; nothing is rolled back."""
    connection = queue_connection(vendor)
    with connections.using("default", connection):
        with transaction.atomic():
            for table in TABLES:
                wait(connection.execute(f"DELETE FROM {table}"))
        yield connection


@pytest.fixture
def backend(queue_database: Connection) -> Iterator[DatabaseBackend]:
    """`task_backends["default"]`, a DatabaseBackend with short leases and looks."""
    with settings.override(TASKS=tasks_settings()):
        yield task_backends["default"]


def tasks_settings(**options: Any) -> dict[str, Any]:
    return {
        "default": {
            "BACKEND": "manoir.tasks.DatabaseBackend",
            "QUEUES": ["default", "mail"],
            "OPTIONS": {"POLL": 0.05, "LEASE": 2, **options},
        }
    }
