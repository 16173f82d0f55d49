"""Foundations: reading a setting, sending a signal, writing a request line.

Run: python benchmarks/foundations.py
Settings and silent signals are compared with reading an attribute of a plain object, the limit in Python; the request
line with the same text through the standard library's formatter, which escapes nothing.
"""

from __future__ import annotations

import io
import logging
import platform
import sys
from collections.abc import Callable
from timeit import repeat
from typing import Any

from manoir.conf import Settings, settings
from manoir.logging import configure_logging, log_request
from manoir.signals import Signal


class Plain:
    DEBUG = False

    def __init__(self) -> None:
        self.APPEND_SLASH = True


def nanoseconds(action: Callable[[], Any], number: int = 200_000) -> float:
    """Best of five rounds, in nanoseconds a call, less the call of an empty lambda."""
    best = min(repeat(action, number=number, repeat=5))
    empty = min(repeat(lambda: None, number=number, repeat=5))
    return (best - empty) / number * 1e9


def heard(**kwargs: Any) -> None: ...


def main() -> None:
    print(f"Python {platform.python_version()} on {platform.machine()}")
    own, plain = Settings(), Plain()
    own.configure(DEBUG=True)
    silent, loud = Signal(use_caching=True), Signal(use_caching=True)
    loud.connect(heard, sender=Plain)
    rows = {
        "attribute of a plain object": nanoseconds(lambda: plain.APPEND_SLASH),
        "settings.APPEND_SLASH": nanoseconds(lambda: own.APPEND_SLASH),
        "signal.receivers (nobody listens)": nanoseconds(lambda: silent.receivers),
        "signal.has_listeners(sender), nobody": nanoseconds(lambda: silent.has_listeners(Plain)),
        "signal.has_listeners(sender), somebody": nanoseconds(lambda: loud.has_listeners(Plain)),
        "signal.send(sender), one receiver": nanoseconds(lambda: loud.send(Plain, value=1), 50_000),
    }
    rows |= request_lines()
    for name, value in rows.items():
        print(f"{name:45} {value:10,.0f} ns")


def request_lines() -> dict[str, float]:
    settings.configure(SECRET_KEY="only for benchmarks, not for any site")
    configure_logging("logging.config.dictConfig", {})
    bare = logging.getLogger("benchmark")
    bare.propagate, handler = False, logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    bare.addHandler(handler)
    bare.setLevel(logging.INFO)
    before, sys.stderr = sys.stderr, io.StringIO()
    try:
        return {
            "request line, manoir": nanoseconds(
                lambda: log_request("GET", "/cities/?q=1", 200, 4.2, queries=3), 10_000
            ),
            "request line, standard library": nanoseconds(
                lambda: bare.info("%s %s %s", "GET", "/cities/?q=1", 200), 10_000
            ),
        }
    finally:
        sys.stderr = before


if __name__ == "__main__":
    main()
