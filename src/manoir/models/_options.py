"""`Model._meta`: what a model says about itself, and how fields, relations and managers of it are found."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from manoir.apps import AppConfig, Apps, apps
from manoir.bridge import lazy_property
from manoir.conf import settings
from manoir.exceptions import FieldDoesNotExist, nearest
from manoir.i18n import LazyString
from manoir.models._caches import forget
from manoir.models._constraints import BaseConstraint, UniqueConstraint
from manoir.models._identifiers import Identifier, shortened
from manoir.models._indexes import Index
from manoir.models._initial import Defaults, defaults_of
from manoir.models._manager import Manager
from manoir.models._resolving import resolve_waiting

if TYPE_CHECKING:
    from manoir.models._declarations import Declaration
    from manoir.models._fields import Field
    from manoir.models._many_to_many import ManyToManyField
    from manoir.models._model import Model
    from manoir.models._rels import ForeignObjectRel

META_OPTIONS = frozenset(
    {
        "abstract",
        "app_label",
        "apps",
        "auto_created",
        "base_manager_name",
        "constraints",
        "db_table",
        "db_table_comment",
        "db_tablespace",
        "default_manager_name",
        "default_permissions",
        "default_related_name",
        "get_latest_by",
        "indexes",
        "managed",
        "order_with_respect_to",
        "ordering",
        "permissions",
        "proxy",
        "required_db_features",
        "required_db_vendor",
        "select_on_save",
        "swappable",
        "unique_together",
        "verbose_name",
        "verbose_name_plural",
    }
)
"""The documented options of `class Meta`."""

_swappable_settings: set[str] = set()


class Options:
    """The description of one model, made by its metaclass; documented as `Model._meta`.

    Attributes:
        model: the model.
        app_label: label of its app.
        object_name: name of the class; `model_name` is the same in lower case.
        db_table: its table.
        ordering: names (`"-title"`), F expressions or orderings that queries without an order use.
        indexes: the option `indexes`, named.
        constraints: the option `constraints`, named.
        abstract: the model only gives fields to others and has no table.
        proxy: the model is another face of its concrete model's table.
        managed: migrations create and change its table.
        original_attrs: the options as `class Meta` gave them.
        local_fields: fields with a column that the model (or an abstract base of it) declares.
        local_many_to_many: its many-to-many fields.
        private_fields: fields without a column of their own: generic foreign keys and the relations back from them.
        declarations: `Reverse`, `ForeignKeyId` and `Annotation` declarations by name.
        base_class: `manoir.models.Model`.
        version: grows whenever the names known to queries change.
    """

    model: type[Model]
    model_name: str
    object_name: str
    db_table: Identifier
    verbose_name: Any
    verbose_name_plural: Any
    base_class: type[Model]

    def __init__(self, meta: type[Any] | None, app_label: str | None) -> None:
        self.meta = meta
        self.app_label: str = app_label or ""
        self.original_attrs: dict[str, Any] = {}
        self.abstract = False
        self.apps: Apps = apps
        self.auto_created: Any = False
        self.base_manager_name: str | None = None
        self.constraints: list[BaseConstraint] = []
        self.db_table_comment = ""
        self.db_tablespace: str | None = None
        self.default_manager_name: str | None = None
        self.default_permissions: Sequence[str] = ("add", "change", "delete", "view")
        self.default_related_name: str | None = None
        self.get_latest_by: Any = None
        self.indexes: list[Index] = []
        self.managed = True
        self.order_with_respect_to: None = None
        self.ordering: Sequence[Any] = []
        self.permissions: Sequence[Any] = []
        self.proxy = False
        self.proxy_for_model: type[Model] | None = None
        self.required_db_features: Sequence[str] = []
        self.required_db_vendor: str | None = None
        self.select_on_save = False
        self.swappable: str | None = None
        self.unique_together: tuple[tuple[str, ...], ...] = ()

        self.concrete_model: Any = None
        self.pk: Any = None
        self.auto_field: Field[Any, Any] | None = None
        self.local_fields: list[Field[Any, Any]] = []
        self.local_many_to_many: list[ManyToManyField[Any]] = []
        self.local_managers: dict[str, Any] = {}
        self.declarations: dict[str, Declaration] = {}
        self.parents: dict[Any, Any] = {}
        self.version = 0
        self.private_fields: list[Any] = []
        self._rels: list[ForeignObjectRel] = []
        self._query_names: dict[str, Any] = {}
        self._waiting: list[Callable[[], None]] | None = []

    # -- being made ----------------------------------------------------------------------------------------------

    def contribute_to_class(self, cls: type[Model], name: str) -> None:
        """Read `class Meta` and become `cls._meta`."""
        type.__setattr__(cls, name, self)
        self.model = cls
        self.object_name = cls.__name__
        self.model_name = cls.__name__.lower()
        self.original_attrs = read_meta(self.meta, cls.__name__)
        for option, value in self.original_attrs.items():
            setattr(self, option, value)
        if self.order_with_respect_to is not None:
            raise TypeError(
                f"{cls.__name__}.Meta.order_with_respect_to is not supported; add an integer field and name it in 'ordering'."
            )
        self.unique_together = normalized_together(self.unique_together)
        words = camel_case_words(cls.__name__)
        self.verbose_name = self.original_attrs.get("verbose_name", words)
        self.verbose_name_plural = self.original_attrs.get("verbose_name_plural", plural(self.verbose_name))
        table = self.original_attrs.get("db_table")
        self.db_table = (
            Identifier(table, existing=True) if table else Identifier(shortened(f"{self.app_label}_{self.model_name}"))
        )
        if self.swappable:
            _swappable_settings.add(self.swappable)
        if not self.abstract:
            self.indexes = [index.clone_for(self.app_label, self.model_name) for index in self.indexes]
            self.constraints = [
                constraint.clone_for(self.app_label, self.model_name) for constraint in self.constraints
            ]

    def add_field(self, field: Any) -> None:
        """Take a field; `Field.contribute_to_class` calls it."""
        if field.many_to_many:
            insort(self.local_many_to_many, field)
        else:
            insort(self.local_fields, field)
            self.setup_pk(field)
        self.expire_caches()

    def setup_pk(self, field: Field[Any, Any]) -> None:
        """Remember `field` when it is the primary key."""
        if self.pk is None and field.primary_key:
            self.pk = field
            field.serialize = False
        if field.get_internal_type() in ("AutoField", "BigAutoField", "SmallAutoField"):
            self.auto_field = field

    def setup_proxy(self, target: type[Model]) -> None:
        """Share table and key with the model that this one is a proxy of."""
        options = target._meta
        self.proxy_for_model = target
        self.concrete_model = options.concrete_model
        self.pk = options.pk
        self.auto_field = options.auto_field
        self.db_table = options.db_table

    def add_rel(self, rel: Any) -> None:
        """Take the far side of another model's relation."""
        self._rels = [known for known in self._rels if known.field != rel.field] + [rel]
        self.expire_caches()

    def add_private_field(self, field: Any) -> None:
        """Take a field without a column of its own, such as a generic foreign key."""
        self.private_fields.append(field)
        self.expire_caches()

    def add_query_name(self, name: str, relation: Any) -> None:
        """Let queries use a relation that is neither a field nor the far side of one.

        Args:
            name: its name in queries.
            relation: has `make_hops()`, `related_model`, and what else is asked of relations.
        """
        self._query_names[name] = relation
        self.expire_caches()

    def add_manager(self, name: str, manager: Any) -> None:
        """Take a manager; its `contribute_to_class` calls it."""
        self.local_managers[name] = manager
        self.expire_caches()

    def when_prepared(self, action: Callable[[], None]) -> None:
        """Call `action` once the model has its key and is registered; at once afterwards."""
        if self._waiting is None:
            action()
        else:
            self._waiting.append(action)

    def prepared(self) -> None:
        """The model has its key and is registered."""
        waiting, self._waiting = self._waiting or [], None
        for action in waiting:
            action()

    def expire_caches(self) -> None:
        """Forget what was derived from fields and relations."""
        forget(self)
        self.version += 1

    # -- names ---------------------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """`app_label.Model`."""
        return f"{self.app_label}.{self.object_name}"

    @property
    def label_lower(self) -> str:
        """`app_label.model`."""
        return f"{self.app_label}.{self.model_name}"

    @property
    def verbose_name_raw(self) -> str:
        """`verbose_name`, untranslated where the lazy string knows it."""
        return str(self.verbose_name)

    @property
    def app_config(self) -> AppConfig | None:
        """The model's app; None when it is not installed."""
        return self.apps.app_configs.get(self.app_label)

    @property
    def installed(self) -> bool:
        """Whether the model's app is installed."""
        return self.app_config is not None

    @property
    def swapped(self) -> str | None:
        """Label of the model that a setting put in this one's place; None when it stands."""
        if not self.swappable:
            return None
        chosen = getattr(settings, self.swappable, None)
        return chosen if isinstance(chosen, str) and chosen.lower() != self.label_lower else None

    def can_migrate(self, connection: Any) -> bool:
        """Whether migrations make this model's table on `connection`."""
        if self.proxy or self.swapped or not self.managed:
            return False
        return self.required_db_vendor is None or self.required_db_vendor == connection.vendor

    # -- fields --------------------------------------------------------------------------------------------------

    @property
    def _source(self) -> Options:
        """Options of the concrete model, whose fields a proxy shares."""
        return self if not self.proxy else self.concrete_model._meta

    @lazy_property
    def fields(self) -> tuple[Field[Any, Any], ...]:
        """All fields with a value of their own, in order; many-to-many fields are not among them."""
        return tuple(self._source.local_fields)

    @lazy_property
    def concrete_fields(self) -> tuple[Field[Any, Any], ...]:
        """All fields with a column, in order."""
        return tuple(field for field in self.fields if field.concrete)

    @property
    def local_concrete_fields(self) -> tuple[Field[Any, Any], ...]:
        """Fields with a column that are not inherited from another table."""
        return () if self.proxy else self.concrete_fields

    @lazy_property
    def attnames(self) -> tuple[str, ...]:
        """Names of the attributes that hold the columns' values, in the order of `concrete_fields`."""
        return tuple(field.attname for field in self.concrete_fields)

    @lazy_property
    def many_to_many(self) -> tuple[ManyToManyField[Any], ...]:
        """All many-to-many fields."""
        return tuple(self._source.local_many_to_many)

    @lazy_property
    def all_rels(self) -> tuple[ForeignObjectRel, ...]:
        """Far sides of other models' relations, hidden ones included, by model and order of declaration."""
        resolve_waiting()
        return tuple(self._source._rels)

    @lazy_property
    def related_objects(self) -> tuple[ForeignObjectRel, ...]:
        """Far sides of other models' relations that have a name here (or are many-to-many's own)."""
        return tuple(rel for rel in self.all_rels if not rel.hidden)

    @lazy_property
    def names(self) -> Mapping[str, Any]:
        """Every name that a query may use: fields, attnames, far sides of relations, and `pk`."""
        known: dict[str, Any] = {}
        for rel in self.related_objects:
            known[rel.name] = rel
        for field in (*self.many_to_many, *self.fields):
            known[field.attname] = known[field.name] = field
        for name, relation in self._source._query_names.items():
            known.setdefault(name, relation)
        known["pk"] = self.pk
        return MappingProxyType(known)

    @lazy_property
    def columns_by_name(self) -> Mapping[str, Any]:
        """Names that the class side serves as expressions: plain fields, attnames and annotations."""
        known: dict[str, Any] = {name: None for name, found in self.declarations.items() if found.in_queries}
        for field in self.fields:
            known[field.attname] = field
            if not field.is_relation:
                known[field.name] = field
        return known

    @lazy_property
    def _by_name(self) -> dict[str, Any]:
        known = {name: found for name, found in self.names.items() if name != "pk"}
        for field in self._source.private_fields:
            known[field.name] = field
        for rel in self.all_rels:
            known.setdefault(rel.name, rel)
        return known

    def get_field(self, field_name: str) -> Any:
        """The field (or far side of a relation) of that name.

        Raises:
            FieldDoesNotExist: there is none; the message names the nearest.
        """
        resolve_waiting()
        try:
            return self._by_name[field_name]
        except KeyError:
            hint = nearest(str(field_name), self._by_name)
            raise FieldDoesNotExist(f"{self.object_name} has no field named {field_name!r}.{hint}") from None

    def get_fields(self, include_parents: bool = True, include_hidden: bool = False) -> tuple[Any, ...]:
        """Far sides of relations, fields and many-to-many fields.

        Args:
            include_parents: also what is inherited from another table.
            include_hidden: also relations without a name on this side.
        """
        rels = self.all_rels if include_hidden else self.related_objects
        if not include_parents and self.proxy:
            return ()
        return (*rels, *self.fields, *self.many_to_many, *self._source.private_fields)

    @lazy_property
    def defaults(self) -> Defaults:
        """What new instances begin with."""
        return defaults_of(self.concrete_fields)

    # -- managers ------------------------------------------------------------------------------------------------

    @lazy_property
    def managers_map(self) -> dict[str, Any]:
        """Managers by name, bound to this model, inherited ones included."""
        known: dict[str, Any] = {}
        for base in self.model.__mro__:
            options = vars(base).get("_meta")
            for name, manager in (options.local_managers if isinstance(options, Options) else {}).items():
                if name not in known and not (hidden_by_attribute(self.model, base, name)):
                    known[name] = manager if base is self.model else manager.bind(self.model)
        if len(known) > 1:  # a made `objects` gives way to declared ones
            declared = {name: manager for name, manager in known.items() if not manager.auto_created}
            known = declared or known
        return known

    @lazy_property
    def managers(self) -> tuple[Any, ...]:
        """All managers, in the order in which they were declared."""
        return tuple(sorted(self.managers_map.values(), key=lambda manager: manager.creation_counter))

    @lazy_property
    def default_manager(self) -> Any:
        """The manager that the framework uses: `default_manager_name`, or the first one declared.

        Raises:
            ValueError: `default_manager_name` names no manager.
        """
        name = self.default_manager_name or self._inherited("default_manager_name")
        if name:
            return self._manager_named(name, "default_manager_name")
        return self.managers[0] if self.managers else None

    @lazy_property
    def is_scoped(self) -> bool:
        """Whether the model says who may see its rows: by `visible_to(user)` of its default manager or of its querysets."""
        manager = self.default_manager
        return manager is not None and (hasattr(manager, "visible_to") or hasattr(manager.all(), "visible_to"))

    @lazy_property
    def base_manager(self) -> Any:
        """The manager that follows relations: `base_manager_name`, or a plain one.

        Raises:
            ValueError: `base_manager_name` names no manager.
        """
        name = self.base_manager_name or self._inherited("base_manager_name")
        if name:
            return self._manager_named(name, "base_manager_name")
        manager: Any = Manager().bind(self.model)
        manager.name = "_base_manager"
        manager.auto_created = True
        return manager

    def _inherited(self, option: str) -> str | None:
        for base in self.model.__mro__[1:]:
            options = vars(base).get("_meta")
            if isinstance(options, Options) and getattr(options, option):
                return getattr(options, option)
        return None

    def _manager_named(self, name: str, option: str) -> Any:
        try:
            return self.managers_map[name]
        except KeyError:
            hint = nearest(name, self.managers_map)
            raise ValueError(f"{self.label}: {option} = {name!r} names no manager.{hint}") from None

    # -- constraints ---------------------------------------------------------------------------------------------

    @property
    def unique_constraints(self) -> list[UniqueConstraint]:
        """The constraints that are UniqueConstraints."""
        return [constraint for constraint in self.constraints if isinstance(constraint, UniqueConstraint)]

    @property
    def total_unique_constraints(self) -> list[UniqueConstraint]:
        """Those that hold for all rows: over fields, without condition."""
        return [
            constraint for constraint in self.unique_constraints if constraint.fields and constraint.condition is None
        ]

    def __repr__(self) -> str:
        return f"<Options for {self.object_name}>"

    def __str__(self) -> str:
        return self.label_lower


def swappable_setting_of(label: str) -> str | None:
    """Name of the setting that chooses the model `label`; None when no setting does."""
    for name in sorted(_swappable_settings):
        chosen = getattr(settings, name, None)
        if isinstance(chosen, str) and chosen.lower() == label.lower():
            return name
    return None


def read_meta(meta: type[Any] | None, model_name: str) -> dict[str, Any]:
    """The options that `class Meta` and its bases give.

    Raises:
        TypeError: an option is unknown; the message names the nearest.
    """
    if meta is None:
        return {}
    given = {name: getattr(meta, name) for name in dir(meta) if not name.startswith("_")}
    for name in given:
        if name not in META_OPTIONS:
            raise TypeError(f"{model_name}.Meta has no option {name!r}.{nearest(name, META_OPTIONS)}")
    given.pop("abstract", None)
    if vars(meta).get("abstract", False):  # each abstract model says so itself
        given["abstract"] = True
    return given


def normalized_together(together: Any) -> tuple[tuple[str, ...], ...]:
    """`unique_together` as a tuple of tuples; one group may be given alone."""
    if not together:
        return ()
    if isinstance(next(iter(together)), str):
        together = (together,)
    return tuple(tuple(group) for group in together)


def camel_case_words(name: str) -> str:
    """`"BlogPost"` as words: `"blog post"`."""
    words: list[str] = []
    for position, letter in enumerate(name):
        follows_small = position > 0 and not name[position - 1].isupper()
        starts_word = position + 1 < len(name) and name[position + 1].islower() and position > 0
        words.append(f" {letter}" if letter.isupper() and (follows_small or starts_word) else letter)
    return "".join(words).lower()


def plural(verbose_name: Any) -> Any:
    """The documented plural: an `s` behind the name, lazily where that is lazy."""
    if isinstance(verbose_name, LazyString):
        return LazyString(lambda: f"{verbose_name}s")
    return f"{verbose_name}s"


def hidden_by_attribute(model: type[Any], base: type[Any], name: str) -> bool:
    """Whether a class between `model` and `base` sets `name` to something that is no manager (documented: None)."""
    for between in model.__mro__:
        if between is base:
            return False
        if name in vars(between):
            options = vars(between).get("_meta")
            return not (isinstance(options, Options) and name in options.local_managers)
    return False


def names_of(fields: Iterable[Any]) -> list[str]:
    """Names of fields, for messages."""
    return [field.name for field in fields]
