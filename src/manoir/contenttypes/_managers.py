"""The manager of a generic relation: `bookmark.tags`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from manoir.bridge import blocking
from manoir.contenttypes.models import ContentType
from manoir.db import transaction
from manoir.models.relations import BoundManager, is_model

M = TypeVar("M", bound=Any)


class GenericRelatedManager(BoundManager[M]):
    """The manager of the rows that point to an instance by a generic foreign key.

    A row that is removed is deleted: it would point nowhere.

    Example:
        >>> bookmark.tags.create(tag="python")  # doctest: +SKIP
    """

    def _unsaved(self) -> ValueError:
        return ValueError(
            f"This {type(self.instance).__name__} has no primary key, so nothing can refer to it: save it first."
        )

    async def _apointer(self, alias: str) -> dict[str, Any]:
        """The values by which a row points here."""
        key = self._side.key_of(self.instance)
        if key is None:
            raise self._unsaved()
        relation = self._relation
        types = ContentType.objects.db_manager(alias)
        kind = await types.aget_for_model(self.instance, relation.for_concrete_model)
        return {relation.content_type_field_name: kind, relation.object_id_field_name: key}

    # -- making rows -------------------------------------------------------------------------------------------------

    async def acreate(self, **kwargs: Any) -> M:
        """Make and save a row that points here; see `QuerySet.acreate`."""
        self._forget()
        return await super().acreate(**{**kwargs, **await self._apointer(self._write_alias())})

    create = blocking(acreate)

    async def aget_or_create(self, defaults: Mapping[str, Any] | None = None, **kwargs: Any) -> tuple[M, bool]:
        """See `QuerySet.aget_or_create`."""
        self._forget()
        return await super().aget_or_create(defaults, **{**kwargs, **await self._apointer(self._write_alias())})

    get_or_create = blocking(aget_or_create)

    async def aupdate_or_create(
        self,
        defaults: Mapping[str, Any] | None = None,
        create_defaults: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[M, bool]:
        """See `QuerySet.aupdate_or_create`."""
        self._forget()
        pointer = await self._apointer(self._write_alias())
        return await super().aupdate_or_create(defaults, create_defaults, **{**kwargs, **pointer})

    update_or_create = blocking(aupdate_or_create)

    async def abulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """Insert instances, all of which are made to point here; see `QuerySet.abulk_create`."""
        rows = list(objs)
        self._point(rows, await self._apointer(self._write_alias()))
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
        alias = self._write_alias()
        pointer = await self._apointer(alias)
        self._forget()
        self._check_instances(objs)
        if bulk and any(one._state.adding or one._state.db != alias for one in objs):
            unsaved = next(one for one in objs if one._state.adding or one._state.db != alias)
            raise ValueError(
                f"{unsaved!r} is not stored in this database. Save it first, or let add(…, bulk=False) save it."
            )
        self._point(objs, pointer)
        async with transaction.atomic(using=alias, savepoint=False):
            if not bulk:
                for one in objs:
                    await one.asave(using=alias)
            elif objs:
                rows = self.model._meta.base_manager.using(alias).filter(pk__in=[one.pk for one in objs])
                await rows.aupdate(**pointer)

    add = blocking(aadd)

    async def aset(self, objs: Iterable[M], *, bulk: bool = True, clear: bool = False) -> None:
        """Let exactly these instances point here; rows that pointed here and do not stay are deleted.

        Args:
            objs: instances of the other model.
            bulk: as in `add()`.
            clear: delete all first, instead of only those that do not stay.
        """
        chosen, alias = list(objs), self._write_alias()
        self._check_instances(chosen)
        async with transaction.atomic(using=alias, savepoint=False):
            self._forget()
            present = [] if clear else list(await self.using(alias)._afetch())
            if clear:
                await self.aclear(bulk=bulk)
            await self.aremove(*[one for one in present if one not in chosen], bulk=bulk)
            await self.aadd(*[one for one in chosen if one not in present], bulk=bulk)

    set = blocking(aset)

    async def aremove(self, *objs: M, bulk: bool = True) -> None:
        """Delete rows that point here.

        Args:
            *objs: instances that point here; others are left alone.
            bulk: one DELETE for all of them; False calls `delete()` of each.
        """
        self._check_instances(objs)
        if objs:
            await self._adelete_rows(self.get_queryset().filter(pk__in=[one.pk for one in objs]), bulk)

    remove = blocking(aremove)

    async def aclear(self, *, bulk: bool = True) -> None:
        """Delete all rows that point here; `bulk` as in `remove()`."""
        await self._adelete_rows(self.get_queryset().filter(), bulk)

    clear = blocking(aclear)

    async def _adelete_rows(self, rows: Any, bulk: bool) -> None:
        alias = self._write_alias()
        self._forget()
        async with transaction.atomic(using=alias, savepoint=False):
            if bulk:
                await rows.using(alias).order_by().adelete()
            else:
                for one in await rows.using(alias)._afetch():
                    await one.adelete(using=alias)

    def _point(self, objs: Iterable[Any], pointer: Mapping[str, Any]) -> None:
        generic = self._relation.generic_key
        for one in objs:
            for name, value in pointer.items():
                setattr(one, name, value)
            if generic is not None:
                generic.remember(one, self.instance)

    def _check_instances(self, objs: Iterable[Any]) -> None:
        for one in objs:
            if not is_model(one) or not isinstance(one, self.model._meta.concrete_model):
                raise TypeError(f"This relation takes instances of {self.model._meta.object_name}, not {one!r:.80}.")
