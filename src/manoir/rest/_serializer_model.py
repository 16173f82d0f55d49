"""`ModelSerializer`: fields, validators, `create` and `update` out of a model."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar, Generic

from typing_extensions import TypeVar

from manoir.bridge import hook, spawn, twin
from manoir.db import connections, router, transaction
from manoir.exceptions import APIValidationError, ImproperlyConfigured, IntegrityError, nearest
from manoir.models.relations import acreate_linked
from manoir.rest._field import Field
from manoir.rest._intake import Shown, all_shown
from manoir.rest._model_fields import FIELD_MAPPING, is_secret, merged, relation_options, standard_options
from manoir.rest._model_info import RelationInfo, field_info
from manoir.rest._model_validators import constraint_validators, uniqueness_kwargs
from manoir.rest._remembered import remember_related
from manoir.rest._serializer import Serializer, bound_once
from manoir.rest.fields import ChoiceField, HiddenField, ModelField, ReadOnlyField
from manoir.rest.relations import (
    HyperlinkedIdentityField,
    HyperlinkedRelatedField,
    PrimaryKeyRelatedField,
    SlugRelatedField,
)
from manoir.rest.settings import api_settings

M = TypeVar("M", bound=Any, default=Any)
"""The model of the serializer."""

ALL_FIELDS = "__all__"
MAX_DEPTH = 10
"""Deepest `Meta.depth`."""

BUILDERS = (
    "get_field_names", "get_default_field_names", "get_extra_kwargs", "get_uniqueness_extra_kwargs",
    "include_extra_kwargs", "build_field", "build_standard_field", "build_relational_field", "build_nested_field",
    "build_property_field", "build_url_field", "build_unknown_field",
)  # fmt: skip
"""Documented hooks of making fields. A class that overrides none of them has the same fields in each instance."""

CHOICE_OPTIONS = frozenset(
    {
        "read_only", "write_only", "required", "default", "initial", "source", "label", "help_text", "style",
        "error_messages", "validators", "allow_null", "allow_blank", "choices",
    }
)  # fmt: skip


def base_of(cls: type[Any]) -> type[Any]:
    """The framework's class that a serializer derives from."""
    return next(base for base in cls.__mro__ if base.__module__ == __name__)


class ModelSerializer(Serializer, Generic[M]):
    """A serializer of a model; the inner class `Meta` names it and its fields.

    `Meta` takes `model`, `fields` (names, or `"__all__"`) or `exclude`, `read_only_fields`, `extra_kwargs`, `depth`,
    `validators`, `list_serializer_class` and `unknown_fields` (`"ignore"` or `"refuse"`).

    Args:
        instance, data, many, partial, context, **options: as for BaseSerializer.

    Raises:
        ImproperlyConfigured: `Meta` is missing, contradicts itself or names what the model does not have.

    Example:
        >>> class BookSerializer(ModelSerializer):  # doctest: +SKIP
        ...     class Meta:
        ...         model = Book
        ...         fields = ["id", "title", "author", "tags"]
        >>> serializer = BookSerializer(data={"title": "Emma", "author": 1, "tags": []})  # doctest: +SKIP
        >>> book = serializer.save() if serializer.is_valid() else None  # doctest: +SKIP
    """

    serializer_field_mapping: ClassVar[Mapping[type[Any], type[Field]]] = FIELD_MAPPING
    serializer_related_field: ClassVar[Any] = PrimaryKeyRelatedField
    serializer_related_to_field: ClassVar[Any] = SlugRelatedField
    serializer_url_field: ClassVar[Any] = HyperlinkedIdentityField
    serializer_choice_field: ClassVar[Any] = ChoiceField
    url_field_name: ClassVar[str | None] = None
    _has_plain_fields: ClassVar[bool] = True
    _made: Any  # validators, of the class or of one serializer

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._has_plain_fields = all(
            getattr(cls, name) is getattr(base_of(cls), name, None)
            for name in BUILDERS
            if name in vars(ModelSerializer)
        )

    # -- saving -------------------------------------------------------------------------------------------------------

    @hook
    async def asave(self, **kwargs: Any) -> M:
        """Create or update the instance, all or nothing. In sync code: `save()`.

        Args:
            **kwargs: further values, which win over those that were sent.

        Returns:
            The instance.

        Raises:
            ValidationError: another visitor was faster, so the database refuses what was free before.
            IntegrityError: the database refuses the values for a reason that the serializer does not know.
        """
        try:
            return await super().asave(**kwargs)
        except IntegrityError as error:
            if hasattr(self, "initial_data") and not connections[self._write_alias()].in_atomic_block:
                await spawn(self._check)
                if self._errors:
                    raise APIValidationError(self.errors) from error
            raise

    save = twin(asave)

    def _write_alias(self) -> str:
        if self.instance is not None:
            return self.instance._state.db or router.db_for_write(type(self.instance))
        return router.db_for_write(self._model())

    @hook
    async def acreate(self, validated_data: Any) -> M:
        """Hook: make and save a row, then its many-to-many relations.

        Raises:
            TypeError: the data is nested: which rows to make for it only you know, so write `create()`.
        """
        refuse_nested_writes("create", self, validated_data)
        many = self._take_many(validated_data)
        made = await acreate_linked(self._model()._default_manager, validated_data, many)
        remember_related(made, many)
        return made

    create = twin(acreate)

    @hook
    async def aupdate(self, instance: Any, validated_data: Any) -> M:
        """Hook: change and save a row, then its many-to-many relations.

        Raises:
            TypeError: the data is nested: which rows to change for it only you know, so write `update()`.
        """
        refuse_nested_writes("update", self, validated_data)
        many = self._take_many(validated_data)
        for name, value in validated_data.items():
            setattr(instance, name, value)
        if not many:
            await instance.asave()
            return instance
        async with transaction.atomic(using=instance._state.db):
            await instance.asave()
            for name, rows in many.items():
                await getattr(instance, name).aset(rows)
        return instance

    update = twin(aupdate)

    def _take_many(self, validated_data: dict[str, Any]) -> dict[str, Any]:
        """Take the values of many-relations out of the data."""
        relations = field_info(self._model()).relations
        names = [name for name in validated_data if name in relations and relations[name].to_many]
        return {name: validated_data.pop(name) for name in names}

    # -- what Meta says -----------------------------------------------------------------------------------------------

    def _meta(self) -> Any:
        meta: Any = getattr(self, "Meta", None)
        if meta is None or getattr(meta, "model", None) is None:
            raise ImproperlyConfigured(f"{type(self).__name__} has no model: write class Meta with model = ….")
        if meta.model._meta.abstract:
            raise ImproperlyConfigured(f"{type(self).__name__}: {meta.model.__name__} is abstract and has no rows.")
        return meta

    def _model(self) -> Any:
        return self._meta().model

    # -- fields -------------------------------------------------------------------------------------------------------

    def get_fields(self) -> dict[str, Field]:
        """Return the declared fields and those of the model, by name."""
        if not type(self)._has_plain_fields:
            return self._built_fields()
        return {name: field._copied() for name, field in self._class_fields().items()}

    def _class_fields(self) -> dict[str, Field]:
        """The fields of the class, made once; nobody changes them."""
        built: dict[str, Field] | None = vars(type(self)).get("_built")
        if built is None:
            built = type(self)._built = self._built_fields()  # type: ignore[attr-defined]
        return built

    def _fixed_fields(self) -> list[tuple[str, Field, bool]] | None:
        cls = type(self)
        if not cls._has_plain_fields or cls.get_fields is not ModelSerializer.get_fields:
            return None
        known: list[tuple[str, Field, bool]] | None = vars(cls).get("_adopted")
        if known is None:
            known = cls._adopted = bound_once(self._class_fields())  # type: ignore[attr-defined]
        return known

    def _shown_at_a_glance(self, instance: Any) -> list[Shown] | None:
        cls = type(self)
        if "_fields" in self.__dict__ or cls.fields is not Serializer.fields:
            return None
        model: Any = getattr(getattr(cls, "Meta", None), "model", None)
        if type(instance) is not model:
            return None
        known = vars(cls).get("_shown_steps")
        if known is None or known[0] != model._meta.version:
            known = cls._shown_steps = (model._meta.version, all_shown(self._fixed_fields(), model))  # type: ignore[attr-defined]
        return known[1]

    @classmethod
    def _has_fixed_fields(cls) -> bool:
        is_ours = cls.get_fields is ModelSerializer.get_fields and cls.fields is Serializer.fields
        return cls._has_plain_fields and is_ours

    def _built_fields(self) -> dict[str, Field]:
        model, depth = self._model(), getattr(self._meta(), "depth", 0)
        if not 0 <= depth <= MAX_DEPTH:
            raise ImproperlyConfigured(f"{type(self).__name__}.Meta.depth is {depth}; 0 to {MAX_DEPTH} are possible.")
        declared = {name: field._copied() for name, field in self._declared_fields.items()}
        info = field_info(model)
        names = self.get_field_names(declared, info)
        extra, hidden = self.get_uniqueness_extra_kwargs(names, declared, self.get_extra_kwargs())
        found: dict[str, Field] = {}
        for name in names:
            if name in declared:
                found[name] = self._without_secrets(name, declared[name])
                continue
            options = extra.get(name, {})
            source = options.get("source", "*")
            field_class, kwargs = self.build_field(name if source == "*" else source, info, model, depth)
            try:
                made = field_class(**self.include_extra_kwargs(kwargs, options))
            except TypeError as error:
                raise ImproperlyConfigured(f"{type(self).__name__}.Meta.extra_kwargs[{name!r}]: {error}") from error
            found[name] = self._without_secrets(name, made)
        found.update(hidden)
        return found

    def _without_secrets(self, name: str, field: Field) -> Field:
        """The field, which only takes values where its column is secret (H38)."""
        model, path = self._model(), (field.source or name).split(".")
        for part in path[:-1]:
            relation = field_info(model).relations.get(part)
            if relation is None:
                return field
            model = relation.related_model
        column = field_info(model).fields_and_pk.get(path[-1])
        if column is None or not is_secret(column) or field.write_only:
            return field
        if field.read_only:
            raise ImproperlyConfigured(
                f"{type(self).__name__}.{name} would show {column}, which is secret. Take it out of Meta.fields."
            )
        field.write_only = True
        return field

    def get_field_names(self, declared_fields: Mapping[str, Field], info: Any) -> list[str]:
        """Return the names of the fields, in their order.

        Raises:
            ImproperlyConfigured: `Meta` has both or none of `fields` and `exclude`, or forgets a declared field.
        """
        meta, name = self._meta(), type(self).__name__
        fields, exclude = getattr(meta, "fields", None), getattr(meta, "exclude", None)
        if (fields is None) == (exclude is None):
            raise ImproperlyConfigured(
                f'{name}.Meta needs either fields = […] (or "__all__") or exclude = […]: what an API shows is decided, '
                "not guessed."
            )
        for option, value in (("fields", fields), ("exclude", exclude)):
            if value is not None and value != ALL_FIELDS and not isinstance(value, (list, tuple)):
                raise TypeError(f"{name}.Meta.{option} is {value!r}; give a list or tuple of names.")
        if fields is not None and fields != ALL_FIELDS:
            self._refuse_forgotten(fields)
            return list(fields)
        names = self.get_default_field_names(declared_fields, info)
        if exclude is None:
            return names
        for one in exclude:
            if one in self._declared_fields or one not in names:
                raise ImproperlyConfigured(
                    f"{name}.Meta.exclude names {one!r}, which is no field of the model that would be shown."
                    f"{nearest(one, names)}"
                )
        return [one for one in names if one not in exclude]

    def _refuse_forgotten(self, fields: Any) -> None:
        inherited: set[str] = set()
        for base in type(self).__bases__:
            inherited |= set(getattr(base, "_declared_fields", {}))
        for declared in set(self._declared_fields) - inherited:
            if declared not in fields:
                raise ImproperlyConfigured(
                    f"{type(self).__name__}.{declared} is declared, but Meta.fields does not name it: add {declared!r}."
                )

    def get_default_field_names(self, declared_fields: Mapping[str, Field], model_info: Any) -> list[str]:
        """Return the names that `fields = "__all__"` means: the key, the declared ones, columns and relations."""
        return [
            model_info.pk.name,
            *declared_fields,
            *(
                name
                for name, field in (*model_info.fields.items(), *model_info.forward_fields.items())
                if not is_secret(field) and name not in declared_fields and name != model_info.pk.name
            ),
        ]

    # -- making one field ---------------------------------------------------------------------------------------------

    def build_field(
        self, field_name: str, info: Any, model_class: Any, nested_depth: int
    ) -> tuple[Any, dict[str, Any]]:
        """Return class and options of the field of that name; the methods below make one kind each."""
        if field_name in info.fields_and_pk and not info.fields_and_pk[field_name].is_relation:
            return self.build_standard_field(field_name, info.fields_and_pk[field_name])
        if field_name in info.relations:
            relation = info.relations[field_name]
            if nested_depth:
                return self.build_nested_field(field_name, relation, nested_depth)
            return self.build_relational_field(field_name, relation)
        if field_name == self._url_field_name():
            return self.build_url_field(field_name, model_class)
        if hasattr(model_class, field_name):
            return self.build_property_field(field_name, model_class)
        return self.build_unknown_field(field_name, model_class)

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[Any, dict[str, Any]]:
        """Return class and options of the field for a column."""
        mapping = self.serializer_field_mapping
        source = model_field.output_field if model_field.generated else model_field
        found = next((mapping[base] for base in type(source).__mro__ if base in mapping), ModelField)
        options = standard_options(field_name, model_field, found)
        if "choices" in options:
            options = {name: value for name, value in options.items() if name in CHOICE_OPTIONS}
            return self.serializer_choice_field, options
        return found, options

    def build_relational_field(self, field_name: str, relation_info: RelationInfo) -> tuple[Any, dict[str, Any]]:
        """Return class and options of the field for a relation."""
        options, _model = relation_options(field_name, relation_info.relation)
        if relation_info.to_field is not None:
            options["slug_field"] = relation_info.to_field
            return self.serializer_related_to_field, options
        if issubclass(self.serializer_related_field, HyperlinkedRelatedField):
            options["view_name"] = f"{relation_info.related_model._meta.model_name}-detail"
        return self.serializer_related_field, options

    def build_nested_field(
        self, field_name: str, relation_info: RelationInfo, nested_depth: int
    ) -> tuple[Any, dict[str, Any]]:
        """Return class and options of the serializer that shows a relation under `Meta.depth`."""
        base = type(self)._nested_base()
        meta = type("Meta", (), {"model": relation_info.related_model, "depth": nested_depth - 1, "fields": ALL_FIELDS})
        nested = type("NestedSerializer", (base,), {"Meta": meta, "__module__": __name__})
        options: dict[str, Any] = {"read_only": True}
        if relation_info.to_many:
            options["many"] = True
        return nested, options

    @classmethod
    def _nested_base(cls) -> Any:
        return ModelSerializer

    def build_property_field(self, field_name: str, model_class: Any) -> tuple[Any, dict[str, Any]]:
        """Return class and options of the field for a property or method of the model."""
        return ReadOnlyField, {}

    def build_url_field(self, field_name: str, model_class: Any) -> tuple[Any, dict[str, Any]]:
        """Return class and options of the field for the row's own URL."""
        return self.serializer_url_field, {"view_name": f"{model_class._meta.model_name}-detail"}

    def build_unknown_field(self, field_name: str, model_class: Any) -> tuple[Any, dict[str, Any]]:
        """Refuse a name that means nothing.

        Raises:
            ImproperlyConfigured: always.
        """
        info = field_info(model_class)
        hint = nearest(field_name, [*info.fields_and_pk, *info.relations])
        path = field_name.replace("__", ".").split(".")
        if path[0] in info.relations and len(path) > 1:
            hint = f" For a field of another row, declare one: {path[-1]} = ReadOnlyField(source={'.'.join(path)!r})."
        raise ImproperlyConfigured(
            f"{type(self).__name__}.Meta names {field_name!r}, which is no field, property or method of "
            f"{model_class._meta.object_name}.{hint}"
        )

    def include_extra_kwargs(self, kwargs: Mapping[str, Any], extra_kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of a field with those of `Meta.extra_kwargs`."""
        return merged(kwargs, extra_kwargs)

    def get_extra_kwargs(self) -> dict[str, dict[str, Any]]:
        """Return `Meta.extra_kwargs`, with `read_only_fields` in it."""
        meta = self._meta()
        extra: dict[str, dict[str, Any]] = copy.deepcopy(getattr(meta, "extra_kwargs", None) or {})
        read_only = getattr(meta, "read_only_fields", None) or ()
        if not isinstance(read_only, (list, tuple)):
            raise TypeError(f"{type(self).__name__}.Meta.read_only_fields is {read_only!r}; give a list or tuple.")
        for name in read_only:
            extra.setdefault(name, {})["read_only"] = True
        return extra

    def get_uniqueness_extra_kwargs(
        self, field_names: list[str], declared_fields: Mapping[str, Field], extra_kwargs: Any
    ) -> tuple[dict[str, Any], dict[str, HiddenField]]:
        """Return further options, and hidden fields, that uniqueness of several fields asks for."""
        return uniqueness_kwargs(self._model(), field_names, declared_fields, extra_kwargs)

    def _url_field_name(self) -> str:
        return self.url_field_name or api_settings.URL_FIELD_NAME

    # -- validators ---------------------------------------------------------------------------------------------------

    def get_validators(self) -> list[Any]:
        """Return `Meta.validators`, else those that follow from the model's uniqueness and constraints."""
        own = getattr(self._meta(), "validators", None)
        if own is not None:
            return list(own)
        cls = type(self)
        # Where a class may change its fields when it is made, what can be unique follows from those that are left.
        keeper = cls if cls._has_fixed_fields() and cls.__init__ is Serializer.__init__ else None
        found = vars(self if keeper is None else keeper).get("_made")
        if found is None:
            found = self._made_validators()
            (self if keeper is None else keeper)._made = found
        return list(found)

    def _made_validators(self) -> list[Any]:
        sources = {field.source or name: name for name, field in self.fields.items() if field.source != "*"}
        return constraint_validators(self._model(), sources)


class HyperlinkedModelSerializer(ModelSerializer[M]):
    """A ModelSerializer whose rows are known by their URLs: a field `url` instead of the key, URLs for relations."""

    serializer_related_field = HyperlinkedRelatedField

    def get_default_field_names(self, declared_fields: Mapping[str, Field], model_info: Any) -> list[str]:
        """Return the names that `fields = "__all__"` means: the URL instead of the key."""
        names = super().get_default_field_names(declared_fields, model_info)
        return [self._url_field_name(), *names[1:]]

    @classmethod
    def _nested_base(cls) -> Any:
        return HyperlinkedModelSerializer


def refuse_nested_writes(method: str, serializer: Any, validated_data: Mapping[str, Any]) -> None:
    """Refuse to guess what nested data is to do to the rows of other models.

    Raises:
        TypeError: a serializer inside this one, or a dotted source, was written.
    """
    name = type(serializer).__name__
    for field in serializer._nested_fields():
        if len(field.source_attrs) == 1 and field.source in validated_data:
            raise TypeError(
                f"{name}.{method}() does not write the nested data of {field.field_name!r}: which rows to make, change or "
                f"delete only you know. Write `def {method}(…)` in {name}, or declare the field with read_only=True."
            )
        if len(field.source_attrs) > 1 and field.source_attrs[0] in validated_data:
            raise TypeError(
                f"{name}.{method}() does not write {field.source!r}, which belongs to another row. Write "
                f"`def {method}(…)` in {name}, or declare {field.field_name!r} with read_only=True."
            )
