"""The garbage collector of a worker does not look through what was loaded once, again and again.

A full collection visits every object there is, and most of them are modules, classes and compiled plans, which stay as
long as the worker: a tenth of a second, which one request waits for and many pay. So what is there when a worker starts is
set aside for good, and once more what the first requests have loaded. Objects that go away by their count of references go
away as ever; only circles among them stay, as many as there are at these two moments.
"""

from __future__ import annotations

import gc
import threading
from typing import Any


class Settling:
    """Whether this process has been through it: a second application in it does not begin anew."""

    has_begun = False


def set_aside_what_is_loaded() -> None:
    """Take what a worker has loaded out of the collector's sight, and what its first requests load.

    A server in a thread, beside tests for example, leaves the process as it is: it belongs to somebody else.
    """
    if Settling.has_begun or threading.current_thread() is not threading.main_thread():
        return
    Settling.has_begun = True
    gc.collect()
    gc.freeze()
    gc.callbacks.append(set_aside_after_requests)


def set_aside_after_requests(phase: str, info: dict[str, Any]) -> None:
    """Do it again when the first full collection is over, which has just sorted the garbage out."""
    if phase == "stop" and info["generation"] == 2:
        gc.callbacks.remove(set_aside_after_requests)
        gc.freeze()
