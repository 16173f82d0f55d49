"""The managers of relations: `author.books` (rows that point here) and `book.tags` (many to many).

At run time each relation gets a class made of the one here and of the class of the other model's default manager, so
that methods of a project's own managers are there too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from manoir.bridge import blocking
from manoir.db import router, transaction
from manoir.models import _peers as peers
from manoir.models._conditions import Q
from manoir.models._manager import Manager
from manoir.models._many_side import ManySide, side_of
from manoir.models._state import is_model
from manoir.models.signals import m2m_changed

M = TypeVar("M", bound=Any)


class BoundManager(Manager[M]):
    """What the managers of both kinds of relations share.

    Attributes:
        instance: the instance whose relation it is.
    """

    do_not_call_in_templates = True
    instance: Any
    _side: ManySide
    _relation: Any

    def __call__(self, *, manager: str) -> Any:
        """The same relation by another manager of the other model: `author.books(manager="published")`."""
        return made_manager(type(self).base, self.instance, self._relation, self.model._meta.managers_map[manager])

    def base_queryset(self) -> Any:
        """The rows of the other model as its manager gives them, whomever they belong to."""
        return super().get_queryset()

    def get_queryset(self) -> Any:
        """The rows that belong to the instance.

        Raises:
            ValueError: the instance is not saved.
        """
        # hot path: benchmarks/orm_write.py
        instance, side = self.instance, self._side
        key = side.key_of(instance)
        if key is None:
            raise self._unsaved()
        queryset = side.of(self.base_queryset(), key)
        if queryset._db is None:
            queryset._db = peers.alias_of(instance)
        queryset._related = peers.RelatedRows(instance, side, queryset._query, self)
        rows = peers.kept_rows(instance, side)
        if rows is not None:
            queryset._result = rows
        return queryset

    def _unsaved(self) -> ValueError:
        raise TypeError(f"{type(self).__name__} has no instances of its own.")

    def _write_alias(self) -> str:
        return self._db or router.db_for_write(self.model, instance=self.instance)

    def _forget(self) -> None:
        """What was loaded before is not trusted after a write."""
        peers.forget_relations(self.instance, self._side.name)

    if TYPE_CHECKING:
        _db: str | None
        base: Any


class RelatedManager(BoundManager[M]):
    """The manager of the rows whose foreign key points to an instance.

    Example:
        >>> author.books.create(title="Emma")  # doctest: +SKIP
    """

    def _unsaved(self) -> ValueError:
        return ValueError(
            f"{type(self.instance).__name__!r} instance needs to have a primary key value before this relationship can be used."
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
                raise ValueError(f"{one!r} instance isn't saved. Use bulk=False or save the object first.")
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
        chosen = list(objs)
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
        chosen = list(objs)
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
            raise TypeError(f"{self.model._meta.object_name!r} instance expected, got {one!r}")


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
            f'"{self.instance!r}" needs to have a value for field "{self._side.key_attname}" before this many-to-many '
            "relationship can be used."
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

    async def aadd(self, *objs: M | Any, through_defaults: Mapping[str, Any] | None = None) -> None:
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
        async with transaction.atomic(using=alias, savepoint=False):
            await self._aadd_keys(alias, self._source, self._target, keys, through_defaults)
            if self._symmetrical:
                await self._aadd_keys(alias, self._target, self._source, keys, through_defaults)

    add = blocking(aadd)

    async def aremove(self, *objs: M | Any) -> None:
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
        self, objs: Iterable[M | Any], *, clear: bool = False, through_defaults: Mapping[str, Any] | None = None
    ) -> None:
        """Relate exactly these instances, or rows by their keys.

        Args:
            objs: instances of the other model, or keys.
            clear: take all away first, instead of only those that do not stay.
            through_defaults: values for the new rows between.
        """
        self._check()
        self._forget()
        chosen = list(objs)
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

    # -- how ---------------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if self._side.key_of(self.instance) is None or self.instance.pk is None:
            raise self._unsaved()

    def _keys(self, objs: Iterable[Any], alias: str, verb: str) -> list[Any]:
        """The keys of instances; what is no instance is a key."""
        target = self._target.target_field
        keys: dict[Any, None] = {}
        for one in objs:
            if is_model(one):
                keys[self._key(one, target, alias, verb)] = None
            else:
                keys[target.get_prep_value(one)] = None
        return list(keys)

    def _key(self, one: Any, target: Any, alias: str, verb: str) -> Any:
        if not isinstance(one, self.model._meta.concrete_model):
            raise TypeError(f"{self.model._meta.object_name!r} instance expected, got {one!r}")
        if verb == "add" and not router.allow_relation(one, self.instance):
            raise ValueError(
                f'Cannot add "{one!r}": instance is on database "{self.instance._state.db}", value is on database '
                f'"{one._state.db}"'
            )
        key = getattr(one, target.attname)
        if key is None:
            raise ValueError(f'Cannot {verb} "{one!r}": the value for field "{self._target.name}" is None')
        return key

    async def _aadd_keys(
        self, alias: str, source: Any, target: Any, keys: list[Any], through_defaults: Mapping[str, Any] | None
    ) -> None:
        """Insert the rows between that are missing; `source` is the key to this instance."""
        own_key = self._side.key_of(self.instance)
        tells = m2m_changed.receivers and source is self._source
        new = keys
        if tells or not self.through._meta.auto_created:
            rows = self.through._meta.base_manager.using(alias)
            rows = rows.filter(**{source.attname: own_key, f"{target.attname}__in": keys})
            present = set(await rows.values_list(target.attname, flat=True)._afetch()) if keys else set[Any]()
            new = [key for key in keys if key not in present]
        if tells:
            await self._atell("pre_add", alias, set(new))
        if new:
            defaults = {name: value() if callable(value) else value for name, value in (through_defaults or {}).items()}
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


# -- made for each relation -------------------------------------------------------------------------------------------


def related_manager(instance: Any, rel: Any) -> Any:
    """The manager of the rows whose foreign key points to `instance`."""
    return made_manager(NullableRelatedManager if rel.field.null else RelatedManager, instance, rel)


def many_related_manager(instance: Any, relation: Any) -> Any:
    """The manager of a many-to-many relation of `instance`; `relation` is its field, or the far side of that."""
    return made_manager(ManyRelatedManager, instance, relation)


def made_manager(base: type[Any], instance: Any, relation: Any, default: Any = None) -> Any:
    """A manager for one instance; its class and attributes are prepared once for each relation."""
    # hot path: benchmarks/orm_write.py
    default = default or relation.related_model._meta.default_manager
    prepared = relation.__dict__.get("_manager")
    if prepared is None or prepared[0] is not default:
        prepared = relation.__dict__["_manager"] = (
            default,
            manager_class(base, type(default)),
            attributes(default, relation),
        )
    manager = object.__new__(prepared[1])
    own = manager.__dict__
    own.update(prepared[2])
    own["instance"] = instance
    return manager


def manager_class(base: type[Any], default_class: type[Any]) -> type[Any]:
    bases = (base,) if issubclass(base, default_class) else (base, default_class)
    return type(base.__name__, bases, {"__module__": base.__module__, "__qualname__": base.__qualname__, "base": base})


def attributes(default: Any, relation: Any) -> dict[str, Any]:
    side = side_of(relation)
    own = {**default.__dict__, "_side": side, "_relation": relation, "model": side.model}
    if relation.many_to_many:
        forward = hasattr(relation, "source_key")
        rel = relation.remote_field if forward else relation
        own |= {"through": side.through, "_reverse": not forward, "_symmetrical": rel.symmetrical}
    return own
