"""Models and queries."""

from __future__ import annotations

from manoir.exceptions._root import ManoirError


class RelationNotLoaded(ManoirError, AttributeError):
    """An unloaded relation or deferred field was touched inside a coroutine; the message names the cures."""

    code = "relation_not_loaded"


class FieldError(ManoirError):
    """A query, form or serializer names a field, lookup or expression that does not exist there."""

    code = "query.unknown_field"


class FieldFetchBlocked(FieldError):
    """A relation or field that was not read was touched, and its query came with `fetch_mode(FETCH_RAISE)`."""

    code = "model.fetch_blocked"


class FieldTypeError(FieldError, TypeError, ValueError):
    """A lookup got a value that its field can never hold."""

    code = "query.wrong_type"


class FieldDoesNotExist(ManoirError):
    """`_meta.get_field()` was given a name that is no field of the model."""


class ObjectDoesNotExist(ManoirError):
    """A query for exactly one object matched none. Each model has its own `DoesNotExist` below this class."""

    silent_variable_failure = True


class MultipleObjectsReturned(ManoirError):
    """A query for exactly one object matched several."""


class NotUpdated(ManoirError):
    """`save(force_update=True)` or `save(update_fields=…)` met no row."""


class EmptyResultSet(ManoirError):
    """A condition can match no row; the query builder answers without asking the database."""


class FullResultSet(ManoirError):
    """A condition matches every row; the query builder leaves it out."""
