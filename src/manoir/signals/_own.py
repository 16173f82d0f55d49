"""manoir's own signals below the models."""

from __future__ import annotations

from typing import Any

from manoir.conf import Settings, on_change
from manoir.signals._signal import Signal

request_started = Signal()
"""A request begins. Sender: the handler's class; `scope` with ASGI and RSGI."""

request_finished = Signal()
"""An answer has been sent. Sender: the handler's class."""

got_request_exception = Signal()
"""A view or middleware raised. Sender: the handler's class; `request`."""

setting_changed = Signal()
"""A setting was changed for a test, or restored. Sender: the settings' class; `setting`, `value`, `enter`."""


@on_change
def announce_setting(name: str, value: Any, enter: bool) -> None:
    """Turn a change of the settings into the signal."""
    if setting_changed.receivers:
        setting_changed.send(Settings, setting=name, value=value, enter=enter)
