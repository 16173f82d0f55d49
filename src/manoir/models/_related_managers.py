"""The managers of the rows that point to an instance: `author.books`; and the doors to the managers of all relations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

from manoir.bridge import blocking
from manoir.db import transaction
from manoir.models._bound_managers import BoundManager, made_manager, rows_of
from manoir.models._many_managers import ManyRelatedManager
from manoir.models._state import is_model

M = TypeVar("M", bound=Any)

__all__ = ["ManyRelatedManager", "NullableRelatedManager", "RelatedManager", "many_related_manager", "related_manager"]


class RelatedManager(BoundManager[M]):
    """The manager of the rows whose foreign key points to an instance.

    Example:
        >>> author.books.create(title="Emma")  # doctest: +SKIP
    """

    def _unsaved(self) -> ValueError:
        return ValueError(
            f"This {type(self.instance).__name__} has no primary key, so nothing can refer to it: save it first."
        )

    def _check(self) -> None:
        if self._side.key_of(self.instance) is None:
            raise self._unsaved()

    @property
    def _field(self) -> Any:
        return self._relation.field

    # -- making rows -------------------------------------------------------------------------------------------------

    async def acreate(self, **kwargs: Any) -> M:
        """Make and save a row that points here; see `QuerySet.acreate`."""
        self._check()
        self._forget()
        return await super().acreate(**{**kwargs, self._field.name: self.instance})

    create = blocking(acreate)

    async def aget_or_create(self, defaults: Mapping[str, Any] | None = None, **kwargs: Any) -> tuple[M, bool]:
        """See `QuerySet.aget_or_create`."""
        self._check()
        self._forget()
        return await super().aget_or_create(defaults, **{**kwargs, self._field.name: self.instance})

    get_or_create = blocking(aget_or_create)

    async def aupdate_or_create(
        self,
        defaults: Mapping[str, Any] | None = None,
        create_defaults: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[M, bool]:
        """See `QuerySet.aupdate_or_create`."""
        self._check()
        self._forget()
        return await super().aupdate_or_create(defaults, create_defaults, **{**kwargs, self._field.name: self.instance})

    update_or_create = blocking(aupdate_or_create)

    async def abulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """Insert instances, all of which are made to point here; see `QuerySet.abulk_create`."""
        self._check()
        rows = list(objs)
        for row in rows:
            setattr(row, self._field.name, self.instance)
        self._forget()
        return await super().abulk_create(rows, *args, **kwargs)

    bulk_create = blocking(abulk_create)

    # -- changing what points here -----------------------------------------------------------------------------------

    async def aadd(self, *objs: M, bulk: bool = True) -> None:
        """Let instances point here.

        Args:
            *objs: instances of the other model.
            bulk: one UPDATE for all of them; False calls `save()` of each, which also saves new ones.

        Raises:
            TypeError: an object is no instance of the other model.
            ValueError: an instance is not saved, or came from another database.
        """
        self._check()
        self._forget()
        alias, name = self._write_alias(), self._field.name
        for one in objs:
            self._check_instance(one)
            if bulk and (one._state.adding or one._state.db != alias):
                raise ValueError(
                    f"{one!r} is not stored in this database. Save it first, or let add(…, bulk=False) save it."
                )
        async with transaction.atomic(using=alias, savepoint=False):
            for one in objs:
                setattr(one, name, self.instance)
                if not bulk:
                    await cast(Any, one).asave(using=alias)
            if bulk and objs:
                rows = self.model._meta.base_manager.using(alias).filter(pk__in=[one.pk for one in objs])
                await rows.aupdate(**{name: self.instance})

    add = blocking(aadd)

    async def aset(self, objs: Iterable[M], *, bulk: bool = True, clear: bool = False) -> None:
        """Let exactly these instances point here.

        Args:
            objs: instances of the other model.
            bulk: as in `add()`.
            clear: take all away first, instead of only those that do not stay.
        """
        self._check()
        chosen = await rows_of(objs)
        alias = self._write_alias()
        async with transaction.atomic(using=alias, savepoint=False):
            if not self._field.null:
                await self.aadd(*chosen, bulk=bulk)
                return
            if clear:
                await self._aclear(bulk=bulk)
                await self.aadd(*chosen, bulk=bulk)
                return
            self._forget()
            present = list(await self.using(alias)._afetch())
            await self._aremove([one for one in present if one not in chosen], bulk=bulk)
            await self.aadd(*[one for one in chosen if one not in present], bulk=bulk)

    set = blocking(aset)

    async def _aremove(self, objs: Iterable[M], *, bulk: bool) -> None:
        field, key = self._field, self._side.key_of(self.instance)
        chosen = await rows_of(objs)
        for one in chosen:
            self._check_instance(one)
            if getattr(one, field.attname) != key:
                raise field.related_model.DoesNotExist(f"{one!r} is not related to {self.instance!r}.")
        await self._adetach(self.get_queryset().filter(pk__in=[one.pk for one in chosen]), chosen, bulk)

    async def _aclear(self, *, bulk: bool) -> None:
        self._check()
        await self._adetach(self.get_queryset().filter(), None, bulk)

    async def _adetach(self, rows: Any, objs: list[Any] | None, bulk: bool) -> None:
        name, alias = self._field.name, self._write_alias()
        self._forget()
        async with transaction.atomic(using=alias, savepoint=False):
            if bulk:
                await rows.using(alias).order_by().aupdate(**{name: None})
            for one in objs if objs is not None else [] if bulk else await rows.using(alias)._afetch():
                setattr(one, name, None)
                if not bulk:
                    await one.asave(using=alias, update_fields=[name])

    def _check_instance(self, one: Any) -> None:
        if not is_model(one) or not isinstance(one, self.model._meta.concrete_model):
            raise TypeError(f"This relation takes instances of {self.model._meta.object_name}, not {one!r:.80}.")


class NullableRelatedManager(RelatedManager[M]):
    """The same for a foreign key that may be NULL: rows can be taken away again."""

    async def aremove(self, *objs: M, bulk: bool = True) -> None:
        """Let instances point nowhere.

        Args:
            *objs: instances that point here.
            bulk: one UPDATE for all of them; False calls `save()` of each.

        Raises:
            DoesNotExist: an instance does not point here.
        """
        self._check()
        await self._aremove(objs, bulk=bulk)

    remove = blocking(aremove)

    async def aclear(self, *, bulk: bool = True) -> None:
        """Let no instance point here any more; `bulk` as in `remove()`."""
        await self._aclear(bulk=bulk)

    clear = blocking(aclear)


def related_manager(instance: Any, rel: Any) -> Any:
    """The manager of the rows whose foreign key points to `instance`."""
    return made_manager(NullableRelatedManager if rel.field.null else RelatedManager, instance, rel)


def many_related_manager(instance: Any, relation: Any) -> Any:
    """The manager of a many-to-many relation of `instance`; `relation` is its field, or the far side of that."""
    return made_manager(ManyRelatedManager, instance, relation)
