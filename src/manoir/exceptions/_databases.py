"""What a database or its driver refused."""

from __future__ import annotations

from typing import Any

from manoir.exceptions._root import ManoirError


class InterfaceError(ManoirError):
    """The driver was used wrongly, for example after its connection was closed."""


class DatabaseError(ManoirError):
    """Base of what a database refuses. The driver's own error is the `__cause__`."""


class DataError(DatabaseError):
    """A value does not fit its column: out of range, too long, not a date."""


class OperationalError(DatabaseError):
    """The database did not do its part: not reachable, connection lost, out of memory, lock not granted in time."""


class IntegrityError(DatabaseError):
    """A constraint of the database was violated."""


class ProtectedError(IntegrityError):
    """Rows that are to be deleted are pointed to with `on_delete=PROTECT`.

    Attributes:
        protected_objects: the instances that point to them.
    """

    def __init__(self, message: str, protected_objects: set[Any]) -> None:
        super().__init__(message, protected_objects)
        self.protected_objects = protected_objects


class RestrictedError(IntegrityError):
    """Rows that are to be deleted are pointed to with `on_delete=RESTRICT`, by rows that would stay.

    Attributes:
        restricted_objects: the instances that point to them.
    """

    def __init__(self, message: str, restricted_objects: set[Any]) -> None:
        super().__init__(message, restricted_objects)
        self.restricted_objects = restricted_objects


class InternalError(DatabaseError):
    """The database is in a state it reports as its own fault."""


class ProgrammingError(DatabaseError):
    """The statement is wrong: a table or column that does not exist, a syntax error, missing rights."""


class NotSupportedError(DatabaseError):
    """The database cannot do what was asked."""


class TransactionManagementError(ProgrammingError):
    """A transaction was used in a way that cannot work, for example after an error broke it."""
