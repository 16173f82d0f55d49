"""The table of sessions, `django_session`."""

from __future__ import annotations

from typing import Any

from manoir import models
from manoir.sessions._encoding import decode, hashed_session_key

__all__ = ["Session", "SessionManager"]


class SessionManager(models.Manager[Any]):
    """Finds sessions by what stands in the cookie."""

    def for_key(self, session_key: str) -> Any:
        """Return a queryset of the session whose cookie has this value; the table holds its hash only."""
        return self.filter(pk=hashed_session_key(session_key))


class Session(models.Model):
    """A session at rest.

    Attributes:
        session_key: hash of what stands in the cookie, so that who reads the table cannot take a session over.
        session_data: the data, signed.
        expire_date: when the session ends.
    """

    session_key = models.CharField(max_length=40, primary_key=True)
    session_data = models.TextField()
    expire_date = models.DateTimeField(db_index=True)
    objects = SessionManager()

    class Meta:
        """The table."""

        app_label = "sessions"
        db_table = "django_session"
        verbose_name = "session"
        verbose_name_plural = "sessions"

    def __str__(self) -> str:
        return self.session_key

    def get_decoded(self) -> dict[str, Any]:
        """Return the data; empty when it was not signed by this site."""
        return decode(self.session_data).data
