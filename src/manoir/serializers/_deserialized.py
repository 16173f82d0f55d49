"""`DeserializedObject`: a row that was read, and is not saved yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manoir.bridge import blocking
from manoir.exceptions import ObjectDoesNotExist
from manoir.models import Model
from manoir.serializers._natural import afind


class DeserializedObject:
    """An instance that was read from serialized data, with what can only be stored after its row.

    Attributes:
        object: the instance; nothing of it is saved yet.
        m2m_data: keys of related rows by the names of many-to-many fields.
        deferred_fields: for each relation whose row did not exist yet (a forward reference) the natural key, or the
            natural keys and keys; None without such.

    Example:
        >>> for found in deserialize("json", text):  # doctest: +SKIP
        ...     found.save()
    """

    def __init__(
        self,
        obj: Any,
        m2m_data: Mapping[str, list[Any]] | None = None,
        deferred_fields: Mapping[Any, Any] | None = None,
    ) -> None:
        self.object = obj
        self.m2m_data: dict[str, list[Any]] | None = dict(m2m_data or {})
        self.deferred_fields: dict[Any, Any] | None = dict(deferred_fields) if deferred_fields else None

    async def asave(self, save_m2m: bool = True, using: str | None = None, **kwargs: Any) -> None:
        """Save the instance as it is, and its many-to-many relations.

        The model's `save()` is not called, `pre_save` and `post_save` are sent with `raw=True`.

        Args:
            save_m2m: store the many-to-many relations, too.
            using: alias of the database; None: the one it was read for.
            **kwargs: for `Model.save_base()`, such as `force_insert`.
        """
        await Model.asave_base(self.object, using=using, raw=True, **kwargs)
        if save_m2m:
            await self.asave_many(using)
        # Saving again is harmless, but relations may have been changed meanwhile.
        self.m2m_data = None

    save = blocking(asave)

    async def asave_many(self, using: str | None = None) -> None:
        """Store the many-to-many relations of an instance whose row is there."""
        for name, keys in (self.m2m_data or {}).items():
            await getattr(self.object, name).db_manager(using).aset(keys)

    async def asave_deferred_fields(self, using: str | None = None) -> None:
        """Look for the rows of forward references, which exist by now, and store the relations.

        Args:
            using: alias of the database; None: the one it was read for.

        Raises:
            ObjectDoesNotExist: a row is still not there.
        """
        missing = await self.afind_deferred(using)
        if missing is not None:
            raise missing
        await self.asave(using=using)

    save_deferred_fields = blocking(asave_deferred_fields)

    async def afind_deferred(self, using: str | None = None) -> ObjectDoesNotExist | None:
        """Look for the rows of forward references, without saving; what is found is no longer in `deferred_fields`.

        Returns:
            The error of a row that is still not there; None when all were found.
        """
        alias = using or self.object._state.db
        missing: ObjectDoesNotExist | None = None
        for field, value in list((self.deferred_fields or {}).items()):
            try:
                await self._afind(field, value, alias)
            except ObjectDoesNotExist as error:
                missing = error
            else:
                assert self.deferred_fields is not None
                del self.deferred_fields[field]
        return missing

    async def _afind(self, field: Any, value: Any, alias: str) -> None:
        """Take the key (or keys) of the row (or rows) that one field refers to."""
        model = field.related_model
        if field.many_to_many:
            target = field.target_key.target_field.attname
            keys = [getattr(await afind(model, alias, one), target) if is_key(one) else one for one in value]
            self.m2m_data = {**(self.m2m_data or {}), field.name: keys}
        else:
            other = await afind(model, alias, value)
            setattr(self.object, field.attname, getattr(other, field.target_field.attname))

    def __repr__(self) -> str:
        return f"<DeserializedObject: {self.object._meta.label}(pk={self.object.pk})>"


def is_key(value: Any) -> bool:
    """Whether a reference is a natural key: a list, where a key is a single value."""
    return isinstance(value, (list, tuple))
