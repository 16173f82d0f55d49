"""The watch itself: each kind of thing that a file may leave behind is seen, and forgotten once it is gone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from manoir import i18n, timezone
from manoir.checks import registry
from manoir.conf import settings
from manoir.db import connections, make_connection
from manoir.signals import request_started
from tests.leaks import TESTS, Watch

FILE, NEIGHBOUR, STRANGER = TESTS / "urls" / "test_a.py", TESTS / "urls" / "test_b.py", TESTS / "http" / "test_c.py"


def hear(sender: Any, **named: Any) -> None:
    """Receive a signal, or check nothing."""


def check(app_configs: Any, **named: Any) -> list[Any]:
    return []


@contextmanager
def receiver() -> Iterator[None]:
    request_started.connect(hear)
    yield
    request_started.disconnect(hear)


@contextmanager
def registered_check() -> Iterator[None]:
    registry.register(check)
    yield
    registry.unregister(check)


@contextmanager
def thread() -> Iterator[None]:
    end = threading.Event()
    running = threading.Thread(target=end.wait, name="left behind")
    running.start()
    yield
    end.set()
    running.join()


@contextmanager
def variable() -> Iterator[None]:
    os.environ["LEFT_BEHIND"] = "1"
    yield
    del os.environ["LEFT_BEHIND"]


def other_connection() -> AbstractContextManager[None]:
    return connections.using("default", make_connection("default", {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}))


LEAKS: dict[str, tuple[Any, str]] = {
    "setting": (lambda: settings.override(APPEND_SLASH=False), "settings.APPEND_SLASH: True → False"),
    "apps": (lambda: settings.override(INSTALLED_APPS=["tests.library"]), "settings.INSTALLED_APPS: "),
    "receiver": (receiver, "receiver hear of request_started: nothing → True"),
    "check": (registered_check, "check tests.test_leaks.check: nothing → "),
    "connection": (other_connection, "connections['default']: "),
    "thread": (thread, "thread left behind: nothing → True"),
    "variable": (variable, "os.environ['LEFT_BEHIND']: nothing → 1"),
    "language": (lambda: i18n.override("fr"), "the language: en-us → fr"),
    "time zone": (lambda: timezone.override("Asia/Tokyo"), "the time zone: UTC → Asia/Tokyo"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_what_a_file_leaves_behind_is_named_when_its_room_ends(name: str) -> None:
    leak, told = LEAKS[name]
    watch = Watch()
    watch.before()
    with leak():
        assert watch.after(FILE, FILE) == []
        assert watch.after(FILE, NEIGHBOUR) == []  # a fixture of the room may still be there
        watch.before()
        left = watch.after(NEIGHBOUR, STRANGER)
    assert [line for line in left if line.startswith(f"urls/test_a.py: {told}")] != [], left


@pytest.mark.parametrize("name", LEAKS)
def test_what_is_gone_at_the_end_of_the_room_is_no_leak(name: str) -> None:
    watch = Watch()
    watch.before()
    with LEAKS[name][0]():
        watch.after(FILE, NEIGHBOUR)
    watch.before()
    assert watch.after(NEIGHBOUR, None) == []
