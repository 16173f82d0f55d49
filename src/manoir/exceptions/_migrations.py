"""Migrations: their files, their graph, their history."""

from __future__ import annotations

from manoir.exceptions._root import ManoirError


class MigrationError(ManoirError):
    """Base of what is wrong with migrations: their files, their graph, their history."""


class AmbiguityError(MigrationError):
    """The beginning of a migration's name fits several."""


class BadMigrationError(MigrationError):
    """A file in a migrations package holds no usable migration."""


class CircularDependencyError(MigrationError):
    """Migrations depend on each other in a circle; the message names it."""


class InconsistentMigrationHistory(MigrationError):
    """A migration is recorded as applied although one that it depends on is not."""


class InvalidBasesError(MigrationError, ValueError):
    """The bases of a historical model cannot be found."""


class IrreversibleError(MigrationError, RuntimeError):
    """A migration holds an operation that cannot be undone."""


class NodeNotFoundError(MigrationError, LookupError):
    """A migration that something depends on does not exist."""
