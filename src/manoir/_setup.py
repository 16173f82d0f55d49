"""Setting a process up: settings, logging and apps, in this order, once."""

from __future__ import annotations


def setup() -> None:
    """Load the settings, configure logging and populate the app registry."""
