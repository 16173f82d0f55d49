"""Short forms of the soak runs of tasks (`scripts/soak_tasks.py`): real processes, killed with -9."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tests.services import require_broker, require_postgresql

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by a signal")]


def load_soak():
    path = Path(__file__).parents[2] / "scripts" / "soak_tasks.py"
    specification = importlib.util.spec_from_file_location("soak_tasks", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


soak = load_soak()


def test_every_effect_happens_once_although_workers_are_killed(vendor):
    """Of 300 tasks that write in their own transaction (60 on SQLite); none of a rolled back transaction runs."""
    server = None if vendor == "sqlite" else require_postgresql()
    with soak.task_database(server) as url:
        figures = soak.chaos(url, tasks=60 if vendor == "sqlite" else 300, kills=2, pause=0.7, limit=120)
    assert figures["workers killed"] >= 1


def test_every_tick_has_one_task_although_schedulers_are_killed():
    with soak.task_database(require_postgresql()) as url:
        figures = soak.ticks(url, seconds=2, pause=0.7, rest=2.5, least=3)
    assert figures["schedulers killed"] >= 2
    assert figures["ticks, each with one task"] >= 3


def test_every_tick_has_one_task_although_relays_are_killed():
    """The same by Celery: the schedulers are three relays."""
    broker = require_broker("redis")
    with soak.task_database(require_postgresql()) as url:
        soak.BROKERS[url] = broker
        figures = soak.ticks(url, seconds=2, pause=0.7, rest=4.0, least=3)
    assert figures["schedulers killed"] >= 2
    assert figures["ticks, each with one task"] >= 3
    assert figures["with their effect"] >= 1
