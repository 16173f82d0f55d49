"""The app of sessions."""

from __future__ import annotations

from manoir.apps import AppConfig


class SessionsConfig(AppConfig):
    """Brings the table and the command `clearsessions`."""

    name = "manoir.sessions"
    verbose_name = "Sessions"
