"""Signals: telling whoever wants to know that something happened.

- `Signal` and `receiver` make and connect signals; receivers may be `def` or `async def`.
- `request_started`, `request_finished`, `got_request_exception` are sent by the server, `setting_changed` by
  `settings.override()`. Signals of models live in `manoir.models.signals`.

Map: `_signal` (Signal), `_receivers` (weak references to receivers and senders), `_own` (manoir's own signals).
"""

from __future__ import annotations

from manoir.signals._own import got_request_exception, request_finished, request_started, setting_changed
from manoir.signals._receivers import accepts_keywords, is_async_callable
from manoir.signals._signal import Signal, receiver

__all__ = [
    "Signal",
    "accepts_keywords",
    "got_request_exception",
    "is_async_callable",
    "receiver",
    "request_finished",
    "request_started",
    "setting_changed",
]
