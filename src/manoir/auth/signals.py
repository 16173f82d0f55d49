"""Signals of signing in and out."""

from __future__ import annotations

from manoir.signals import Signal

__all__ = ["user_logged_in", "user_logged_out", "user_login_failed"]

user_logged_in = Signal()
"""Somebody signed in: `sender` (class of the user), `request`, `user`."""
user_logged_out = Signal()
"""Somebody signed out: `sender`, `request`, `user` (None for nobody)."""
user_login_failed = Signal()
"""Credentials were refused: `credentials` (without secrets), `request`, `locked_until` (a moment, when nobody looked at
them because of earlier failures; else None)."""
