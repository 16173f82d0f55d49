"""`GenericForeignKey`: a row points to a row of any model, by a content type and a key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

from manoir.bridge import can_wait
from manoir.contenttypes.models import ContentType
from manoir.exceptions import ValidationError
from manoir.models.relations import afetched, alias_of, chunks, is_model, load

MISSING: Final = object()


class GenericForeignKey:
    """Leads to a row of any model.

    Reading it loads for all instances of the same query at once: one query for each model that they point to.

    Args:
        ct_field: name of the foreign key to ContentType.
        fk_field: name of the field with the key of the other row.
        for_concrete_model: a proxy counts as the model it stands for; False keeps the proxy.

    Example:
        >>> class Tag(models.Model):  # doctest: +SKIP
        ...     content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
        ...     object_id = models.PositiveBigIntegerField()
        ...     content_object = GenericForeignKey("content_type", "object_id")
    """

    auto_created: ClassVar[bool] = False
    column: ClassVar[None] = None
    concrete: ClassVar[bool] = False
    editable: ClassVar[bool] = False
    hidden: ClassVar[bool] = False
    is_relation: ClassVar[bool] = True
    many_to_many: ClassVar[bool] = False
    many_to_one: ClassVar[bool] = True
    one_to_many: ClassVar[bool] = False
    one_to_one: ClassVar[bool] = False
    related_model: ClassVar[None] = None
    remote_field: ClassVar[None] = None

    name: str
    model: Any

    def __init__(
        self, ct_field: str = "content_type", fk_field: str = "object_id", for_concrete_model: bool = True
    ) -> None:
        self.ct_field = ct_field
        self.fk_field = fk_field
        self.for_concrete_model = for_concrete_model
        self._ct_attname = ""

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def __repr__(self) -> str:
        return f"<GenericForeignKey: {self.name}>"

    @property
    def attname(self) -> str:
        """Its name: it has no column of its own."""
        return self.name

    @property
    def accessor_name(self) -> str:
        """The attribute of instances."""
        return self.name

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        """Join a model."""
        self.name, self.model = name, cls
        cls._meta.add_private_field(self)
        setattr(cls, name, self)

    # -- as an attribute ------------------------------------------------------------------------------------------

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return self
        key = self.key_of(instance)
        if self.is_known(instance, key):
            return instance.__dict__[self.name]
        instance.__dict__.pop(self.name, None)
        return None if None in key else load(instance, self)

    def __set__(self, instance: Any, value: Any) -> None:
        if value is not None and not is_model(value):
            raise ValueError(f"{self} points to instances of models, not to {value!r:.80}.")
        kind = None if value is None else self.known_type(value, instance)
        setattr(instance, self.ct_field, kind)
        setattr(instance, self.fk_field, None if value is None else self.key_for(value))
        self.remember(instance, value)

    def key_of(self, instance: Any) -> tuple[Any, Any]:
        """Return the key of the content type, and that of the other row."""
        if not self._ct_attname:
            self._ct_attname = self.model._meta.get_field(self.ct_field).attname
        own = instance.__dict__
        try:
            return own[self._ct_attname], own[self.fk_field]
        except KeyError:  # deferred
            return getattr(instance, self._ct_attname), getattr(instance, self.fk_field)

    def key_for(self, value: Any) -> Any:
        """Return how the row says that it points to an instance; None before that one is saved."""
        return None if value.pk is None else self.model._meta.get_field(self.fk_field).to_python(value.pk)

    def known_type(self, value: Any, instance: Any) -> ContentType | None:
        """Return the content type of an instance; None in a coroutine that would have to wait for it.

        `apre_save` finds it then, before the row is written.
        """
        types = self.types_for(instance)
        found = types.known_for_model(value, self.for_concrete_model)
        if found is None and can_wait():
            found = types.get_for_model(value, self.for_concrete_model)
        return found

    def types_for(self, instance: Any) -> Any:
        """Return the manager of content types of the database that an instance came from."""
        alias = instance._state.db
        return ContentType.objects.db_manager(alias) if alias else ContentType.objects

    def is_known(self, instance: Any, key: tuple[Any, Any]) -> bool:
        """Return whether what was loaded or assigned is still what the columns say."""
        own = instance.__dict__
        return self.name in own and own.get("_generic", {}).get(self.name) == key

    def remember(self, instance: Any, value: Any) -> None:
        """Keep the instance that the columns point to now."""
        self._keep(instance.__dict__, self.key_of(instance), value)

    def _keep(self, own: dict[str, Any], key: tuple[Any, Any], value: Any) -> None:
        own[self.name] = value
        kept = own.get("_generic")
        own["_generic"] = {self.name: key} if kept is None else {**kept, self.name: key}

    # -- loading --------------------------------------------------------------------------------------------------

    async def aload_for(
        self, instances: Sequence[Any], querysets: Sequence[Any] | None = None, to_attr: str | None = None
    ) -> list[Any]:
        """Load for several instances: one query for each model that they point to.

        Args:
            instances: rows with this key, read from one database.
            querysets: for some models the rows that are loaded; None and other models: all.
            to_attr: attribute that gets the instance; None: this one.

        Returns:
            What the instances point to.
        """
        every = querysets is None and to_attr is None
        keys = {id(one): self.key_of(one) for one in instances}
        wanted = [one for one in instances if not (every and self.is_known(one, keys[id(one)]))]
        found = await self._afind(wanted, [keys[id(one)] for one in wanted], querysets or ())
        for one in wanted:
            key = keys[id(one)]
            other = found.get(key)
            if to_attr is None:
                self._keep(one.__dict__, key, other)
            else:
                one.__dict__[to_attr] = other
        return [one.__dict__[to_attr or self.name] for one in instances]

    async def _afind(self, instances: Sequence[Any], keys: Sequence[Any], querysets: Iterable[Any]) -> dict[Any, Any]:
        by_type: dict[Any, set[Any]] = {}
        for kind, key in keys:
            if kind is not None and key is not None:
                by_type.setdefault(kind, set()).add(key)
        if not by_type:
            return {}
        types = await ContentType.objects.db_manager(alias_of(instances[0])).aget_known(by_type)
        chosen = {queryset.model._meta.concrete_model: queryset for queryset in querysets}
        found: dict[Any, Any] = {}
        for kind, some in by_type.items():
            model = types[kind].model_class() if kind in types else None
            if model is not None:
                rows = await self._aread(instances[0], model, chosen.get(model._meta.concrete_model), some)
                found.update({(kind, key): rows.get(key) for key in some})
        return found

    async def _aread(self, instance: Any, model: Any, queryset: Any, keys: Iterable[Any]) -> dict[Any, Any]:
        """Rows of one model by the keys that stand in rows of this one."""
        by_pk = primary_keys(model, keys)
        rows = model._meta.base_manager.all() if queryset is None else queryset
        if rows._db is None:
            rows = rows.using(alias_of(instance))
        found: dict[Any, Any] = {}
        for some in chunks(by_pk):
            for row in await afetched(instance, rows.filter(pk__in=some)):
                found.update(dict.fromkeys(by_pk[row.pk], row))
        return found

    # -- saving ---------------------------------------------------------------------------------------------------

    async def apre_save(self, instance: Any, add: bool) -> None:
        """Take type and key of an instance that was assigned before they were known.

        Raises:
            ValueError: the instance is not saved, so that its key would be lost.
        """
        value = instance.__dict__.get(self.name)
        if value is None or not self.is_known(instance, self.key_of(instance)):
            return
        if value.pk is None:
            raise ValueError(f"save() would lose '{self.name}': that object is not saved yet. Save it first.")
        kind, key = self.key_of(instance)
        if kind is None:
            types = self.types_for(instance)
            setattr(instance, self.ct_field, await types.aget_for_model(value, self.for_concrete_model))
        if key is None:
            setattr(instance, self.fk_field, self.key_for(value))
        self.remember(instance, value)


def primary_keys(model: Any, keys: Iterable[Any]) -> dict[Any, list[Any]]:
    """Return keys as the model's primary key reads them, each with how it was written; those it cannot read are left out."""
    found: dict[Any, list[Any]] = {}
    for key in keys:
        try:
            found.setdefault(model._meta.pk.to_python(key), []).append(key)
        except (ValidationError, TypeError, ValueError, OverflowError):
            continue
    return found
