from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from manoir.checks import run_checks
from manoir.conf import settings
from manoir.tasks import TaskRegistry, cron, registry, task
from manoir.tasks import _checks as checks
from tests.tasks import effects
from tests.tasks.conftest import tasks_settings


def ids(tasks, **more):
    with settings.override(TASKS=tasks):
        return {message.id: str(message) for message in run_checks(tags=["tasks"], **more)}


@pytest.fixture
def own_registry(monkeypatch):
    """A registry of the test's own, in place of the process's."""
    made = TaskRegistry()
    for module in ("_decorators", "_planned", "_checks"):
        monkeypatch.setattr(f"manoir.tasks.{module}.registry", made)
    return made


def test_good_settings_have_no_messages():
    assert ids(tasks_settings()) == {}


def test_two_tasks_of_one_name(own_registry):
    for func in (effects.write, effects.numbers):
        task(name="shop.same")(func)
    assert "write" in checks.check_names(None)[0].msg
    assert [one.id for one in checks.check_names(None)] == ["tasks.E001"]
    assert own_registry["shop.same"].func is effects.write


def test_a_function_that_is_defined_anew_takes_its_own_place(own_registry):
    first, second = task(name="shop.again")(effects.write), task(name="shop.again")(effects.write)
    assert (own_registry["shop.again"] is second, first is second, own_registry.conflicts) == (True, False, [])


def test_a_backend_that_cannot_be_imported():
    found = ids({"default": {"BACKEND": "manoir.tasks.DatabaseBackent"}})
    assert list(found) == ["tasks.E002"]
    assert "DatabaseBackend" in found["tasks.E002"]


def test_unknown_keys_name_the_near_ones():
    found = ids({"default": {"BACKEND": "manoir.tasks.DatabaseBackend", "QUEUE": ["default"], "OPTIONS": {"LEESE": 1}}})
    assert "'LEASE'" in found["tasks.E005"]


def test_an_unknown_database():
    options = {"DATABASE": "replica"}
    assert "tasks.E004" in ids({"default": {"BACKEND": "manoir.tasks.DatabaseBackend", "OPTIONS": options}})


def test_tasks_name_backends_and_queues_that_are_there(own_registry):
    task(name="shop.lost", backend="reports")(effects.write)
    task(name="shop.queue", queue_name="mial")(effects.numbers)
    found = ids(tasks_settings())
    assert "reports" in found["tasks.E006"]
    assert "'mail'" in found["tasks.E007"]


def test_schedules_are_understood(own_registry):
    task(name="shop.needs", schedule=cron("0 3 * * *"))(effects.write)
    task(name="shop.noop")(effects.numbers)
    assert "missing a required argument" in ids(tasks_settings())["tasks.E009"]
    for wrong, word in (
        ({"task": "shop.noob", "every": 5}, "shop.noop"),
        ({"task": "shop.noop"}, "either"),
        ("daily", "dict"),
        ({"task": "shop.noop", "cron": "61 * * * *"}, "61"),
        ({"task": "shop.noop", "every": 5, "when": 1}, "when"),
        ({"task": "shop.noop", "cron": "0 3 * * *", "tz": "Europe/Pariss"}, "Pariss"),
    ):
        found = ids({"default": tasks_settings()["default"] | {"SCHEDULES": {"plan": wrong}}})
        assert word in found["tasks.E008"]


def test_tasks_in_the_foreground_are_named_for_production():
    tasks = {"default": {"BACKEND": "manoir.tasks.ImmediateBackend", "QUEUES": []}}
    assert "tasks.W001" in ids(tasks, include_deployment_checks=True)
    assert len(registry) > 0


WITHOUT_THE_APP = """
import manoir
from manoir.conf import settings

settings.configure(
    SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyzABCDEF",
    INSTALLED_APPS=[],
    DATABASES={"default": {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}},
)
manoir.setup()
from manoir.checks import run_checks
from manoir.exceptions import InvalidTaskBackend
from tests.tasks.compat import send

assert [message.id for message in run_checks(tags=["tasks"])] == ["tasks.E003"]
try:
    send.delay(1)
except InvalidTaskBackend as error:
    assert "add 'manoir.tasks' to INSTALLED_APPS" in str(error)
else:
    raise AssertionError("It was enqueued.")
"""


def test_without_the_app_the_backend_says_what_to_install():
    environment = {name: value for name, value in os.environ.items() if name != "MANOIR_SETTINGS_MODULE"}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_APP], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
