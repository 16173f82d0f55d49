"""`{% load admin_tasks %}`: what the pages of tasks show."""

from __future__ import annotations

from typing import Any, Final

from manoir.i18n import gettext_lazy
from manoir.templates import Library

register = Library()

STATUS_NAMES: Final[dict[str, Any]] = {
    "READY": gettext_lazy("ready"),
    "SCHEDULED": gettext_lazy("scheduled"),
    "RUNNING": gettext_lazy("running"),
    "SUCCESSFUL": gettext_lazy("successful"),
    "FAILED": gettext_lazy("failed"),
    "CANCELLED": gettext_lazy("cancelled"),
    "OUTBOX": gettext_lazy("outbox"),
    "PUBLISHED": gettext_lazy("published"),
    "TAKEN": gettext_lazy("taken"),
}


@register.filter
def status_name(value: str) -> Any:
    """The status of a task, for people."""
    return STATUS_NAMES.get(value, value.lower())
