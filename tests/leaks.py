"""What a file of tests leaves behind for the next one: settings, registries, receivers, connections, threads.

A leak shows elsewhere, and only in some order of the files. So what all tests share is looked at before and after each
file, and whoever left something is named.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from manoir import checks, i18n, signals, timezone
from manoir.apps import apps
from manoir.conf import settings
from manoir.db import connections

TESTS = Path(__file__).parent
KEPT_THREADS = ("MainThread", "manoir-home-loop", "manoir-worker", "manoir-transaction", "asyncio_")
"""How the names of threads begin that serve whoever comes, as long as their process lives."""


class Found(NamedTuple):
    """Something that tests share.

    Attributes:
        value: compared before and after.
        module: where it was made; what the import of a module registers is no leak of the test that came first.
    """

    value: Any
    module: str | None = None


NOTHING = Found("nothing")
State = dict[str, Found]
"""What was found, by a name for people."""


def state() -> State:
    """Return everything that a file of tests has to leave as it was."""
    return {"modules": Found(frozenset(sys.modules)), **dict(project()), **dict(registered()), **dict(process())}


def project() -> Iterator[tuple[str, Found]]:
    for name in settings:
        yield f"settings.{name}", Found(getattr(settings, name))
    yield "installed apps", Found([config.name for config in apps.get_app_configs()])
    for alias, connection in connections._made.items():
        yield f"connections[{alias!r}]", Found(connection)
    yield "the language", Found(i18n.get_language())
    yield "the time zone", Found(timezone.get_current_timezone_name())


def registered() -> Iterator[tuple[str, Found]]:
    for label, models in list(apps.all_models.items()):
        for model in models.values():
            yield f"model {label}.{model.__name__}", Found(model, model.__module__)
    tasks = sys.modules.get("manoir.tasks._registry")
    for task in tasks.registry if tasks else ():
        yield f"task {task.full_name}", Found(task, task.func.__module__)
    for check in checks.registry.checks:
        module = check.function.__module__
        if not module.startswith("manoir."):  # manoir's own come with their app, once, and say nothing without it
            yield f"check {module}.{check.function.__qualname__}", Found(check.function, module)
    for name, signal in all_signals():
        for connection in signal.receivers:
            receiver = connection.receiver()
            if receiver is not None:
                spelled = getattr(receiver, "__qualname__", type(receiver).__qualname__)
                yield f"receiver {spelled} of {name}", Found(True, receiver.__module__)


def all_signals() -> Iterator[tuple[str, signals.Signal]]:
    for name, module in list(sys.modules.items()):
        if name.startswith("manoir.") and name.endswith(("signals", "._own", "._template")):
            for attribute, value in list(vars(module).items()):
                if isinstance(value, signals.Signal):
                    yield attribute, value


def process() -> Iterator[tuple[str, Found]]:
    for thread in threading.enumerate():
        if not thread.name.startswith(KEPT_THREADS):
            yield f"thread {re.sub('[0-9]+', 'N', thread.name)}", Found(True)
    for name, value in os.environ.items():
        if name != "PYTEST_CURRENT_TEST":
            yield f"os.environ[{name!r}]", Found(value)
    yield "the working directory", Found(os.getcwd())  # noqa: PTH109
    yield "handlers of the root logger", Found(list(logging.root.handlers))


def changes(before: State, after: State) -> dict[str, str]:
    """Say by name what is not as it was."""
    told = {}
    for name in {**before, **after}.keys() - {"modules"}:
        old, new = before.get(name, NOTHING), after.get(name, NOTHING)
        comes_with_module = old is NOTHING and new.module is not None and new.module not in before["modules"].value
        if old.value is not new.value and old.value != new.value and not comes_with_module:
            told[name] = f"{name}: {str(old.value)[:200]} → {str(new.value)[:200]}"
    return told


class Watch:
    """Looks before and after each file; says so when a room of tests is left.

    Inside of a room, fixtures of its package may last from one file to the next, so what a file changed counts when it
    is still changed at the end of the room. The file that changed it first is named.
    """

    def __init__(self) -> None:
        self.room: State | None = None
        self.file: State | None = None
        self.suspects: dict[str, Path] = {}

    def before(self) -> None:
        """Note the state before a test, if it is the first of its file."""
        if self.file is None:
            self.file = state()
            self.room = self.room or self.file

    def after(self, path: Path, following: Path | None) -> list[str]:
        """Return what is left behind at the end of a room; `following` is the file of the next test."""
        if path == following or self.file is None or self.room is None:
            return []
        now = state()
        for name in changes(self.file, now):
            self.suspects.setdefault(name, path)
        self.file = None
        if following is not None and room_of(path) == room_of(following):
            return []
        left = changes(self.room, now)
        told = [
            f"{self.suspects[name].relative_to(TESTS)}: {left[name]}" for name in sorted(left.keys() & self.suspects)
        ]
        self.room, self.suspects = None, {}
        return told


def room_of(path: Path) -> str:
    return path.relative_to(TESTS).parts[0]


WATCH = Watch()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Look before the first test of a file, and its fixtures."""
    WATCH.before()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Look after the last test of a file, and the end of its fixtures; a leak is an error of the last test of a room."""
    result = yield
    left = WATCH.after(item.path, None if nextitem is None else nextitem.path)
    if left:
        pytest.fail("These tests changed what others use, and left it so:\n" + "\n".join(left), pytrace=False)
    return result
