"""The managers of many-to-many relations: `book.tags`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from manoir.bridge import blocking, spawn
from manoir.db import router, transaction
from manoir.models._bound_managers import BoundManager, rows_of
from manoir.models._bulk import ainsert_columns
from manoir.models._conditions import Q
from manoir.models._state import is_model
from manoir.models._writes import note_write
from manoir.models.signals import m2m_changed

M = TypeVar("M", bound=Any)

Key: TypeAlias = int | str | bytes | Decimal | date | UUID
"""A primary key in place of an instance."""


class ManyRelatedManager(BoundManager[M]):
    """The manager of a many-to-many relation, from either side.

    Attributes:
        through: the model of the table between.

    Example:
        >>> book.tags.add(tag, 7)  # doctest: +SKIP
    """

    through: Any
    _reverse: bool
    _symmetrical: bool

    def _unsaved(self) -> ValueError:
        return ValueError(
            f"{self.instance!r} has no {self._side.key_attname}, so nothing can be related to it: save it first."
        )

    @property
    def _source(self) -> Any:
        return self._side.column_field

    @property
    def _target(self) -> Any:
        return self._side.target_field

    # -- making rows -------------------------------------------------------------------------------------------------

    async def acreate(self, *, through_defaults: Mapping[str, Any] | None = None, **kwargs: Any) -> M:
        """Make and save a row of the other model and relate it.

        Args:
            through_defaults: values for the row between.
            **kwargs: values of the new row.
        """
        alias = self._write_alias()
        async with transaction.atomic(using=alias, savepoint=False):
            made = await self.base_queryset().using(alias).acreate(**kwargs)
            await self.aadd(made, through_defaults=through_defaults)
        return made

    create = blocking(acreate)

    async def aget_or_create(
        self,
        defaults: Mapping[str, Any] | None = None,
        *,
        through_defaults: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[M, bool]:
        """See `QuerySet.aget_or_create`; a row that is made is related, too."""
        alias = self._write_alias()
        async with transaction.atomic(using=alias, savepoint=False):
            found, created = await self.get_queryset().using(alias).aget_or_create(defaults, **kwargs)
            if created:
                await self.aadd(found, through_defaults=through_defaults)
        return found, created

    get_or_create = blocking(aget_or_create)

    async def aupdate_or_create(
        self,
        defaults: Mapping[str, Any] | None = None,
        create_defaults: Mapping[str, Any] | None = None,
        *,
        through_defaults: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[M, bool]:
        """See `QuerySet.aupdate_or_create`; a row that is made is related, too."""
        alias = self._write_alias()
        async with transaction.atomic(using=alias, savepoint=False):
            found, created = (
                await self.get_queryset().using(alias).aupdate_or_create(defaults, create_defaults, **kwargs)
            )
            if created:
                await self.aadd(found, through_defaults=through_defaults)
        return found, created

    update_or_create = blocking(aupdate_or_create)

    # -- relating ----------------------------------------------------------------------------------------------------

    async def aadd(self, *objs: M | Key, through_defaults: Mapping[str, Any] | None = None) -> None:
        """Relate instances, or rows by their keys; those that are related already stay as they are.

        Args:
            *objs: instances of the other model, or keys.
            through_defaults: values for the rows between; callables are called.

        Raises:
            TypeError: an instance is of another model.
            ValueError: an instance is not saved, or came from another database.
        """
        self._check()
        self._forget()
        alias = self._write_alias()
        keys = self._keys(objs, alias, "add")
        if not self._symmetrical and not through_defaults and self._needs_no_look():
            await self._aadd_keys(alias, self._source, self._target, keys, None)  # a single statement
            return
        async with transaction.atomic(using=alias, savepoint=False):
            await self._aadd_keys(alias, self._source, self._target, keys, through_defaults)
            if self._symmetrical:
                await self._aadd_keys(alias, self._target, self._source, keys, through_defaults)

    add = blocking(aadd)

    async def aremove(self, *objs: M | Key) -> None:
        """Take the relation to instances, or to rows by their keys, away."""
        self._check()
        self._forget()
        alias = self._write_alias()
        await self._aremove_keys(alias, set(self._keys(objs, alias, "remove")))

    remove = blocking(aremove)

    async def aclear(self) -> None:
        """Take all relations away."""
        self._check()
        self._forget()
        alias = self._write_alias()
        async with transaction.atomic(using=alias, savepoint=False):
            await self._atell("pre_clear", alias, None)
            await self._between(alias, None).adelete()
            await self._atell("post_clear", alias, None)

    clear = blocking(aclear)

    async def aset(
        self, objs: Iterable[M | Key], *, clear: bool = False, through_defaults: Mapping[str, Any] | None = None
    ) -> None:
        """Relate exactly these instances, or rows by their keys.

        Args:
            objs: instances of the other model, or keys.
            clear: take all away first, instead of only those that do not stay.
            through_defaults: values for the new rows between.
        """
        self._check()
        self._forget()
        chosen = await rows_of(objs)
        alias = self._write_alias()
        keys = self._keys(chosen, alias, "add")
        async with transaction.atomic(using=alias, savepoint=False):
            if clear:
                await self.aclear()
                await self.aadd(*keys, through_defaults=through_defaults)
                return
            rows = self.through._meta.base_manager.using(alias).filter(
                **{self._source.attname: self._side.key_of(self.instance)}
            )
            present = set(await rows.values_list(self._target.attname, flat=True)._afetch())
            gone = present.difference(keys)
            if gone:
                await self._aremove_keys(alias, gone)
            new = [key for key in keys if key not in present]
            if new:
                await self.aadd(*new, through_defaults=through_defaults)

    set = blocking(aset)

    def _write_alias(self) -> str:
        return self._db or router.db_for_write(self.through, instance=self.instance)

    # -- how ---------------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if self._side.key_of(self.instance) is None or self.instance.pk is None:
            raise self._unsaved()

    def _keys(self, objs: Iterable[Any], alias: str, verb: str) -> list[Any]:
        """The keys of instances; what is no instance is a key."""
        target = self._target.target_field
        keys: dict[Any, None] = {}
        checked: Any = None
        concrete = self.model._meta.concrete_model
        for one in objs:
            if not is_model(one):
                keys[target.get_prep_value(one)] = None
                continue
            origin = None if "_state" in one.__dict__ else one.__dict__.get("_origin")
            key = one.__dict__.get(target.attname)
            if origin is None or origin is not checked or key is None or not isinstance(one, concrete):
                key = self._key(one, target, alias, verb)
                checked = origin  # what came along by the same query is of the same database
            keys[key] = None
        return list(keys)

    def _needs_no_look(self) -> bool:
        """Whether rows can be related without asking which ones are: nobody is told, and the database leaves them out."""
        return not m2m_changed.receivers and self.through._meta.auto_created

    def _key(self, one: Any, target: Any, alias: str, verb: str) -> Any:
        if not isinstance(one, self.model._meta.concrete_model):
            raise TypeError(
                f"{verb}() takes instances of {self.model._meta.object_name} or their keys, not {one!r:.80}."
            )
        if verb == "add" and not router.allow_relation(one, self.instance):
            raise ValueError(
                f"add() cannot relate {one!r:.80} of the database {one._state.db!r} to a row of "
                f"{self.instance._state.db!r}: use rows of one database, or allow it in a router's allow_relation()."
            )
        key = getattr(one, target.attname)
        if key is None:
            raise ValueError(
                f"{verb}() needs the {target.attname} of {one!r:.80}, which is None: save that object first."
            )
        return key

    async def _aadd_keys(
        self, alias: str, source: Any, target: Any, keys: list[Any], through_defaults: Mapping[str, Any] | None
    ) -> None:
        """Insert the rows between that are missing; `source` is the key to this instance."""
        own_key = self._side.key_of(self.instance)
        tells = m2m_changed.receivers and source is self._source
        new = keys
        if not tells and not through_defaults and new and self._needs_no_look():
            columns = {source.attname: [own_key] * len(new), target.attname: new}
            if await ainsert_columns(self.through, columns, alias):
                note_write(self.through)
                return
        if tells or not self.through._meta.auto_created:
            rows = self.through._meta.base_manager.using(alias)
            rows = rows.filter(**{source.attname: own_key, f"{target.attname}__in": keys})
            present = set(await rows.values_list(target.attname, flat=True)._afetch()) if keys else set[Any]()
            new = [key for key in keys if key not in present]
        if tells:
            await self._atell("pre_add", alias, set(new))
        if new:
            defaults = {
                name: await spawn(value) if callable(value) else value
                for name, value in (through_defaults or {}).items()
            }
            made = [self.through(**{source.attname: own_key, target.attname: key}, **defaults) for key in new]
            queryset = self.through._meta.base_manager.using(alias)
            await queryset.abulk_create(made, ignore_conflicts=bool(self.through._meta.auto_created))
        if tells:
            await self._atell("post_add", alias, set(new))

    async def _aremove_keys(self, alias: str, keys: set[Any]) -> None:
        if not keys:
            return
        async with transaction.atomic(using=alias, savepoint=False):
            await self._atell("pre_remove", alias, keys)
            await self._between(alias, keys).adelete()
            await self._atell("post_remove", alias, keys)

    def _between(self, alias: str, keys: set[Any] | None) -> Any:
        """The rows between this instance and those with `keys` (None: all), both ways for a symmetrical relation."""
        own_key, source, target = self._side.key_of(self.instance), self._source.attname, self._target.attname

        def way(near: str, far: str) -> Q:
            return Q(**{near: own_key}) if keys is None else Q(**{near: own_key, f"{far}__in": list(keys)})

        condition = way(source, target)
        if self._symmetrical:
            condition |= way(target, source)
        return self.through._meta.default_manager.using(alias).filter(condition)

    async def _atell(self, action: str, alias: str, keys: set[Any] | None) -> None:
        if m2m_changed.receivers:
            await m2m_changed.asend(
                self.through,
                action=action,
                instance=self.instance,
                reverse=self._reverse,
                model=self.model,
                pk_set=keys,
                using=alias,
            )
