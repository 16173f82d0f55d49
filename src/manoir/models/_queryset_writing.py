"""The methods of a queryset that write."""

from __future__ import annotations

from manoir.models._queryset_base import M, Row
from manoir.models._queryset_reading import Reading


class WriteMethods(Reading[M, Row]):
    """Methods that change the database."""
