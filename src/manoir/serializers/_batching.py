"""Writing the rows of fixtures many at a time, where nobody could tell the difference."""

from __future__ import annotations

from typing import Any

from manoir.db import transaction
from manoir.exceptions import DatabaseError, FieldError, ValidationError
from manoir.models import signals
from manoir.models._bulk import Insertion, ainsert
from manoir.models._writes import note_write
from manoir.serializers._deserialized import DeserializedObject

SIZE = 500
REFUSED = (DatabaseError, FieldError, ValueError, ValidationError)


def written_fields(model: Any) -> tuple[Any, ...]:
    """The columns of a model beside its key that a row that is there takes over."""
    pk = model._meta.pk
    return tuple([field for field in model._meta.concrete_fields if field is not pk and not field.generated])


class Batch:
    """Rows of one model that wait to be written by one statement.

    A row that is there already is written over, as one by one.

    Args:
        using: alias of the database.
    """

    def __init__(self, using: str) -> None:
        self.using = using
        self.model: Any = None
        self.rows: list[DeserializedObject] = []
        self.keys: set[Any] = set()

    def takes(self, found: DeserializedObject) -> bool:
        """Whether a row can be written together with others: it has a key, and nobody listens to each row."""
        instance = found.object
        model = instance._meta.concrete_model
        if found.deferred_fields or instance.pk is None or not written_fields(model):
            return False
        return not (signals.pre_save.has_listeners(model) or signals.post_save.has_listeners(model))

    def fits(self, found: DeserializedObject) -> bool:
        """Whether a row can join those that wait: the same model, another key, and room."""
        if not self.rows:
            return True
        same = self.model is found.object._meta.concrete_model
        return same and found.object.pk not in self.keys and len(self.rows) < SIZE

    def add(self, found: DeserializedObject) -> None:
        """Let a row wait."""
        self.model = found.object._meta.concrete_model
        self.rows.append(found)
        self.keys.add(found.object.pk)

    async def awrite(self) -> list[DeserializedObject]:
        """Write the rows that wait.

        Returns:
            Those that the database refused together: one by one, it says which one is wrong.
        """
        rows, self.rows, self.keys = self.rows, [], set()
        if not rows:
            return []
        pk = self.model._meta.pk
        plan = Insertion(self.model, None, "update", written_fields(self.model), (pk,), raw=True)
        try:
            async with transaction.atomic(using=self.using):
                await ainsert([found.object for found in rows], plan, self.using)
        except REFUSED:
            return rows
        note_write(self.model)
        for found in rows:
            await found.asave_many(self.using)
        return []
