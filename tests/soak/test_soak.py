"""Short forms of the soak runs of `scripts/soak.py`: a real server in a process of its own, a few seconds each."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.services import require_postgresql

SCRIPTS = Path(__file__).parents[2] / "scripts"
SECONDS = 1.5

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the server is told to end by a signal"),
]


def load_runs():
    specification = importlib.util.spec_from_file_location("soak_runs", SCRIPTS / "soak_runs.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


runs = load_runs()


@pytest.fixture
def database(vendor):
    """URL of a database with the tables of the soak runs, instead of the session's."""
    making = runs.sqlite_database() if vendor == "sqlite" else runs.postgresql_database(require_postgresql())
    with making as url:
        yield url


def test_256_connections_neither_mix_nor_leak(database):
    with runs.Server(database, 60) as server:
        figures = asyncio.run(runs.mixed_load(server, SECONDS, 256))
    assert figures["requests"] >= 256
    assert set(figures["by view"]) == set(runs.VIEWS)


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_writers_in_the_server_and_in_a_second_process_lose_nothing(database):
    with runs.Server(database) as server:
        figures = asyncio.run(runs.sqlite_writers(server, database, SECONDS))
    assert figures["lost"] == 0
    # Neither starves: before processes stood in line, one side came through a few times a second.
    mine, others = figures["writes in the server"], figures["writes of the second process"]
    assert min(mine, others) > 0.1 * max(mine, others)


def test_connections_of_clients_that_leave_come_back(database):
    with runs.Server(database) as server:
        figures = asyncio.run(runs.random_cancels(server, SECONDS))
    assert figures["clients that left"] > 20


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_statements_of_sqlite_run_off_the_loop(database):
    async def ask(server):
        async with runs.connected(server.port) as connection:
            return await connection.get("/threads/x/")

    with runs.Server(database) as server:
        status, body = asyncio.run(ask(server))
    threads = json.loads(body)
    assert status == 200
    assert len(threads["statements"]) == 5
    assert threads["loop"] not in threads["statements"]


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_lost_update_would_be_found(database):
    """The run itself works: a counter that somebody else sets back is a fault."""
    file = database.removeprefix("sqlite:///")

    async def run(server):
        running = asyncio.create_task(runs.sqlite_writers(server, database, SECONDS))
        await asyncio.sleep(SECONDS)
        with sqlite3.connect(file, timeout=5) as connection:
            connection.execute("UPDATE soak_counter SET value = 0")
        connection.close()
        await running

    with runs.Server(database) as server, pytest.raises(runs.Fault, match="Updates were lost"):
        asyncio.run(run(server))
