"""The app of messages."""

from __future__ import annotations

from manoir.apps import AppConfig


class MessagesConfig(AppConfig):
    """Has a name in INSTALLED_APPS."""

    name = "manoir.messages"
    verbose_name = "Messages"
