"""The models as the history of migrations knows them: `ProjectState` and `ModelState`.

A state is plain data and cheap to copy: models are shared until one of them changes. Model classes are only made of it
when somebody asks (`state.apps`, for `RunPython`); tables are described from the data alone (`_describing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, cast

from manoir.exceptions import FieldDoesNotExist, nearest
from manoir.migrations._references import ModelKey, detached, references, retargeted, target_key
from manoir.migrations._renaming import renamed_in, with_field_renamed
from manoir.migrations._rendering import StateApps
from manoir.models import Model, Options

STATELESS_BASES = ("Generic", "Protocol")


class ModelState:
    """One historical model.

    Args:
        app_label: label of its app.
        name: its name.
        fields: its fields, by name or as pairs; those of abstract bases included.
        options: its `Meta`, without `abstract`, `app_label` and `apps`.
        bases: its bases: classes, or labels of other historical models.
        managers: pairs of name and manager, of those with `use_in_migrations`.
    """

    __slots__ = ("app_label", "bases", "fields", "managers", "name", "options")

    def __init__(
        self,
        app_label: str,
        name: str,
        fields: Mapping[str, Any] | Iterable[tuple[str, Any]],
        options: Mapping[str, Any] | None = None,
        bases: tuple[Any, ...] | None = None,
        managers: Iterable[tuple[str, Any]] | None = None,
    ) -> None:
        self.app_label = app_label
        self.name = name
        self.fields: dict[str, Any] = dict(fields)
        self.options: dict[str, Any] = dict(options or {})
        self.options["indexes"] = list(self.options.get("indexes") or ())
        self.options["constraints"] = list(self.options.get("constraints") or ())
        self.bases: tuple[Any, ...] = tuple(bases or (Model,))
        self.managers = list(managers or ())

    @property
    def name_lower(self) -> str:
        """The name in lower case."""
        return self.name.lower()

    @property
    def key(self) -> ModelKey:
        """App label and lower-case name."""
        return self.app_label, self.name_lower

    @property
    def label(self) -> str:
        """`app_label.Name`."""
        return f"{self.app_label}.{self.name}"

    def get_field(self, field_name: str) -> Any:
        """The field of that name.

        Raises:
            FieldDoesNotExist: there is none; the message names the nearest.
        """
        try:
            return self.fields[field_name]
        except KeyError:
            hint = nearest(field_name, self.fields)
            raise FieldDoesNotExist(
                f"{self.label} has no field named {field_name!r} at this point of its migrations.{hint}"
            ) from None

    @property
    def key_field(self) -> Any:
        """The primary key; None for a proxy."""
        return next((field for field in self.fields.values() if field.primary_key), None)

    def clone(self) -> ModelState:
        """A copy whose containers may be changed."""
        twin = object.__new__(ModelState)
        twin.app_label, twin.name, twin.bases = self.app_label, self.name, self.bases
        twin.fields = dict(self.fields)
        twin.managers = list(self.managers)
        twin.options = {
            **self.options,
            "indexes": list(self.options["indexes"]),
            "constraints": list(self.options["constraints"]),
        }
        return twin

    @classmethod
    def from_model(cls, model: Any) -> ModelState:
        """The state of a model class."""
        meta: Options = model._meta
        local = [] if meta.proxy else [*meta.local_fields, *meta.local_many_to_many]
        fields = {field.name: detached(field, field.name) for field in local}
        return cls(meta.app_label, meta.object_name, fields, options_of(meta), bases_of(model), managers_of(meta))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelState) and comparable_state(self) == comparable_state(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<ModelState: {self.label}>"


def comparable_state(state: ModelState) -> Any:
    fields = [(name, deconstructed(field)) for name, field in state.fields.items()]
    options = {name: value for name, value in state.options.items() if value or name not in ("indexes", "constraints")}
    names = [name for name, _manager in state.managers]
    return state.app_label, state.name, fields, options, [str(base) for base in state.bases], names


def deconstructed(field: Any) -> Any:
    _name, path, args, kwargs = field.deconstruct()
    return path, args, kwargs


def options_of(meta: Options) -> dict[str, Any]:
    """The options of `Meta` that migrations keep."""
    left_out = {"abstract", "apps", "app_label", "auto_created", "indexes", "constraints", "unique_together"}
    options = {name: value for name, value in meta.original_attrs.items() if name not in left_out}
    if meta.unique_together:
        options["unique_together"] = set(meta.unique_together)
    if "ordering" in options:
        options["ordering"] = list(options["ordering"] or ())
    options["indexes"] = [index.clone() for index in meta.indexes]
    options["constraints"] = [constraint.clone() for constraint in meta.constraints]
    return options


def bases_of(model: Any) -> tuple[Any, ...]:
    """Bases without the abstract ones, whose fields are the model's own; a concrete one by its label."""
    found: list[Any] = []

    def visit(bases: tuple[Any, ...]) -> None:
        for base in bases:
            meta = cast("Options | None", vars(base).get("_meta"))
            if meta is not None and not meta.abstract:
                found.append(meta.label_lower)
            elif meta is not None:
                visit(base.__bases__)
            elif base is Model or (base is not object and base.__name__ not in STATELESS_BASES and is_mixin(base)):
                found.append(base)

    visit(model.__bases__)
    unique = tuple(dict.fromkeys(found))
    return unique if any(isinstance(base, str) or issubclass(base, Model) for base in unique) else (*unique, Model)


def is_mixin(base: Any) -> bool:
    """Whether a base belongs to the project: manoir's own are the same at every time."""
    return not base.__module__.startswith("manoir.models")


def managers_of(meta: Options) -> list[tuple[str, Any]]:
    return [(manager.name, manager) for manager in meta.managers if getattr(manager, "use_in_migrations", False)]


def grounded(models: dict[ModelKey, ModelState], floating: frozenset[ModelKey]) -> dict[ModelKey, ModelState]:
    """Return the models without those of `floating` that refer, also by others of them, to what does not exist."""
    while True:
        gone = {key for key in floating & models.keys() if not refers_within(models[key], models)}
        if not gone:
            return models
        models = {key: state for key, state in models.items() if key not in gone}


def refers_within(state: ModelState, models: dict[ModelKey, ModelState]) -> bool:
    """Tell whether all models that a model refers to, and its bases, exist."""
    bases = (tuple(base.lower().split(".")) for base in state.bases if isinstance(base, str))
    referred = (key for field in state.fields.values() for key in references(field, state.key))
    return all(key in models for key in (*bases, *referred))


class ProjectState:
    """All historical models at one point of the history.

    Args:
        models: models by key.

    Attributes:
        models: models by app label and lower-case name.
        floating: keys of models of apps without migrations. Those that refer to what does not exist yet are left out
            of `apps`: they have no place in the history.
    """

    index_options: ClassVar[tuple[str, str]] = ("indexes", "constraints")

    def __init__(self, models: Mapping[ModelKey, ModelState] | None = None) -> None:
        self.models: dict[ModelKey, ModelState] = dict(models or {})
        self.floating: frozenset[ModelKey] = frozenset()
        self._apps: StateApps | None = None
        self._owned: set[ModelKey] = set()

    @classmethod
    def from_apps(cls, apps: Any, app_labels: Iterable[str] | None = None) -> ProjectState:
        """The state of the models of a registry, or of some apps of it."""
        chosen = None if app_labels is None else set(app_labels)
        models: dict[ModelKey, ModelState] = {}
        for model in apps.get_models(include_swapped=True):
            if chosen is None or model._meta.app_label in chosen:
                state = ModelState.from_model(model)
                models[state.key] = state
        return cls(models)

    def clone(self) -> ProjectState:
        """A copy; models are shared until one side changes them."""
        self._owned.clear()
        twin = ProjectState(self.models)
        twin.floating, twin._apps = self.floating, self._apps
        return twin

    @property
    def apps(self) -> StateApps:
        """The models as classes, in a registry of their own; made when first asked for."""
        if self._apps is None:
            self._apps = StateApps(grounded(self.models, self.floating))
        return self._apps

    def subset(self, key: ModelKey) -> StateApps:
        """A registry with one model and what its foreign keys need."""
        if self._apps is not None:
            return self._apps
        wanted: dict[ModelKey, ModelState] = {}
        self._collect(key, wanted)
        return StateApps(wanted, plain=True)

    def _collect(self, key: ModelKey, wanted: dict[ModelKey, ModelState]) -> None:
        state = self.models.get(key)
        if state is None or key in wanted:
            return
        wanted[key] = state
        for base in state.bases:
            if isinstance(base, str):
                self._collect(cast(ModelKey, tuple(base.lower().split("."))), wanted)
        for field in state.fields.values():
            target = None if field.many_to_many else target_key(field, key)
            if target is not None:
                self._collect(target, wanted)

    # -- finding ---------------------------------------------------------------------------------------------------

    def get(self, app_label: str, model_name: str) -> ModelState:
        """The model of that name.

        Raises:
            LookupError: there is none at this point; the message names the nearest.
        """
        try:
            return self.models[app_label, model_name.lower()]
        except KeyError:
            known = [state.name for (label, _name), state in self.models.items() if label == app_label]
            raise LookupError(
                f"The migrations of {app_label!r} know no model {model_name!r} at this point.{nearest(model_name, known)}"
            ) from None

    def referring(self, key: ModelKey) -> list[ModelKey]:
        """Other models with a relation to this one, by whatever ways keys depend on it."""
        found: dict[ModelKey, None] = {}
        waiting = [key]
        while waiting:
            target = waiting.pop()
            for other, state in self.models.items():
                if (
                    other != key
                    and other not in found
                    and any(target in references(field, other) for field in state.fields.values() if field.is_relation)
                ):
                    found[other] = None
                    if any(f.primary_key and target_key(f, other) == target for f in state.fields.values()):
                        waiting.append(other)
        return list(found)

    # -- changing --------------------------------------------------------------------------------------------------

    def _own(self, app_label: str, model_name: str) -> ModelState:
        """The model, ready to be changed."""
        key = (app_label, model_name.lower())
        state = self.get(app_label, model_name)
        self._apps = None
        if key not in self._owned:
            state = self.models[key] = state.clone()
            self._owned.add(key)
        return state

    def add_model(self, model_state: ModelState) -> None:
        """Add (or replace) a model."""
        for name, field in model_state.fields.items():
            if not hasattr(field, "attname") or field.name != name or hasattr(field, "model"):
                model_state.fields[name] = detached(field, name)
        self.models[model_state.key] = model_state
        self._owned.discard(model_state.key)
        self._apps = None

    def remove_model(self, app_label: str, model_name: str) -> None:
        """Remove a model."""
        self.get(app_label, model_name)
        del self.models[app_label, model_name.lower()]
        self._apps = None

    def rename_model(self, app_label: str, old_name: str, new_name: str) -> None:
        """Rename a model, and everything that refers to it."""
        old = (app_label, old_name.lower())
        state = self.get(app_label, old_name).clone()
        state.name = new_name
        del self.models[old]
        self.models[state.key] = state
        self._owned.add(state.key)
        self._apps = None
        for key in list(self.models):
            current = self.models[key]
            fields = {name: retargeted(field, name, key, old, state.label) for name, field in current.fields.items()}
            if any(fields[name] is not field for name, field in current.fields.items()):
                self._own(*key).fields = fields
            bases = tuple(state.label.lower() if base == ".".join(old) else base for base in current.bases)
            if bases != current.bases:
                self._own(*key).bases = bases

    def alter_model_options(
        self, app_label: str, model_name: str, options: Mapping[str, Any], option_keys: Iterable[str] = ()
    ) -> None:
        """Set options; those of `option_keys` that are not given are removed."""
        state = self._own(app_label, model_name)
        for name in option_keys:
            if name not in options:
                state.options.pop(name, None)
        state.options.update(options)

    def alter_model_managers(self, app_label: str, model_name: str, managers: Iterable[tuple[str, Any]]) -> None:
        """Replace the managers."""
        self._own(app_label, model_name).managers = list(managers)

    def add_field(self, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool = True) -> None:
        """Add a field, without its default unless that is preserved."""
        self._own(app_label, model_name).fields[name] = kept(field, name, preserve_default)

    def remove_field(self, app_label: str, model_name: str, name: str) -> None:
        """Remove a field."""
        state = self._own(app_label, model_name)
        state.get_field(name)
        del state.fields[name]

    def alter_field(
        self, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool = True
    ) -> None:
        """Replace a field."""
        state = self._own(app_label, model_name)
        state.get_field(name)
        state.fields[name] = kept(field, name, preserve_default)

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str) -> None:
        """Rename a field, also where indexes, constraints and other models' relations name it."""
        state = self._own(app_label, model_name)
        state.get_field(old_name)
        state.fields = {
            (new_name if name == old_name else name): (detached(field, new_name) if name == old_name else field)
            for name, field in state.fields.items()
        }
        for name, field in state.fields.items():
            if field.generated:
                expression = renamed_in(field.expression, old_name, new_name)
                state.fields[name] = detached(field, name, expression=expression)
        with_field_renamed(state.options, old_name, new_name)
        self._rename_in_relations((app_label, model_name.lower()), old_name, new_name)

    def _rename_in_relations(self, key: ModelKey, old_name: str, new_name: str) -> None:
        for other in list(self.models):
            for name, field in list(self.models[other].fields.items()):
                changes: dict[str, Any] = {}
                if getattr(field, "to_field", None) == old_name and target_key(field, other) == key:
                    changes["to_field"] = new_name
                chosen = getattr(field, "through_fields", None)
                if chosen and old_name in chosen and key in references(field, other):
                    changes["through_fields"] = tuple(new_name if one == old_name else one for one in chosen)
                if changes:
                    self._own(*other).fields[name] = detached(field, name, **changes)

    def add_member(self, app_label: str, model_name: str, option: str, member: Any) -> None:
        """Add to the option `indexes` or `constraints`."""
        self._own(app_label, model_name).options[option].append(member)

    def remove_member(self, app_label: str, model_name: str, option: str, name: str) -> Any:
        """Remove the index or constraint of that name, and return it.

        Raises:
            ValueError: there is none; the message names the nearest.
        """
        return self.replace_member(app_label, model_name, option, name, lambda member: None)

    def replace_member(
        self, app_label: str, model_name: str, option: str, name: str, change: Callable[[Any], Any]
    ) -> Any:
        """Replace an index or constraint by what `change` makes of it (None removes it); return the old one."""
        members: list[Any] = self._own(app_label, model_name).options[option]
        for position, member in enumerate(members):
            if member.name == name:
                new = change(member)
                members[position : position + 1] = [] if new is None else [new]
                return member
        hint = nearest(name, [member.name for member in members])
        kind = "index" if option == "indexes" else "constraint"
        raise ValueError(f"{app_label}.{model_name} has no {kind} named {name!r} at this point.{hint}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProjectState) and self.models == other.models

    __hash__ = None  # type: ignore[assignment]


def kept(field: Any, name: str, preserve_default: bool) -> Any:
    """The field as the state keeps it."""
    made = detached(field, name)
    if not preserve_default:
        _name, _path, args, kwargs = made.deconstruct()
        kwargs.pop("default", None)
        made = type(made)(*args, **kwargs)
        made.name = name
        made.set_attributes_from_name(name)
    return made
