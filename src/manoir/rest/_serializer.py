"""`Serializer`: declared fields, what was sent checked by them, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, cast

from manoir import bridge
from manoir.bridge import atwin, hook, spawn, twin
from manoir.exceptions import (
    APIValidationError,
    ErrorDetail,
    RelationNotLoaded,
    SynchronousOnlyOperation,
    ValidationError,
    nearest,
)
from manoir.i18n import gettext_lazy as _
from manoir.rest._field import Field, SkipField, details_of, empty
from manoir.rest._fields_special import SerializerMethodField
from manoir.rest._relation import PKOnlyObject
from manoir.rest._serializer_bound import BoundField, described
from manoir.rest._serializer_data import BindingDict, ReturnDict, ReturnList
from manoir.rest._serializer_hooks import complete_methods, runs_foreign_code
from manoir.rest.settings import api_settings

OF_LISTS = frozenset({"allow_empty", "max_length", "min_length"})
"""Options of `many=True` that concern the list only."""
OF_BOTH = frozenset(
    {
        "read_only", "write_only", "required", "default", "initial", "source", "label", "help_text", "style",
        "error_messages", "instance", "data", "partial", "context", "allow_null",
    }
)  # fmt: skip
"""Options that both the list and its child are given."""


class BaseSerializer(Field):
    """Base of serializers: override `to_representation` and `to_internal_value`, and `create` and `update` to save.

    Args:
        instance: what is shown or changed; with `many=True` an iterable, queryset or manager.
        data: what was sent.
        many: it is about several: a `ListSerializer` is made.
        partial: an update of the fields that were sent only.
        context: what hooks want to know; views put `request`, `view` and `format` there.
        **options: those of every field, for a serializer inside another.
    """

    instance: Any
    initial_data: Any
    partial: bool
    _list_class: ClassVar[Any] = None  # ListSerializer, which its module puts here

    def __new__(cls, *args: Any, many: bool = False, **kwargs: Any) -> Self:
        """Make a `ListSerializer` for `many=True`; to a type checker it is one of this class, which has the same methods."""
        if many:
            return cast("Self", cls.many_init(*args, **kwargs))
        return super().__new__(cls, *args, **kwargs)

    def __init__(
        self,
        instance: Any = None,
        data: Any = empty,
        *,
        many: bool = False,
        partial: bool = False,
        context: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.instance = instance
        if data is not empty:
            self.initial_data = data
        self.partial = partial
        self._context: dict[str, Any] = dict(context or {})
        super().__init__(**options)

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        """Make the serializer of `many=True`; override it, or set `Meta.list_serializer_class`, for one of your own."""
        child = cls(*args, **{key: value for key, value in kwargs.items() if key not in OF_LISTS})
        options = {key: value for key, value in kwargs.items() if key in OF_LISTS or key in OF_BOTH}
        chosen: Any = getattr(getattr(cls, "Meta", None), "list_serializer_class", None) or cls._list_class
        return chosen(*args, **options, child=child)

    # -- checking -----------------------------------------------------------------------------------------------------

    @hook
    def is_valid(self, *, raise_exception: bool = False) -> bool:
        """Check what was sent. In a coroutine: `await serializer.ais_valid()`.

        Args:
            raise_exception: raise the errors instead of answering False.

        Returns:
            Whether it is acceptable; then `validated_data` has the values, else `errors` says why not.

        Raises:
            ValidationError: it is not, and `raise_exception` was asked.
            TypeError: the serializer was made without `data=`.
        """
        if not hasattr(self, "initial_data"):
            raise TypeError(f"{type(self).__name__} has nothing to check: give it data=….")
        if not hasattr(self, "_validated_data"):
            # A user's `def validate` may really block: from the loop it is run where it harms nobody.
            if bridge.in_spawn() and runs_foreign_code(self, writing=True):
                bridge.wait(bridge.run_sync(self._check))
            else:
                self._check()
        if self._errors and raise_exception:
            raise APIValidationError(self.errors)
        return not self._errors

    ais_valid = atwin(is_valid, waits=True)

    def _check(self) -> None:
        try:
            self._validated_data: Any = self.run_validation(self.initial_data)
            self._errors: Any = self._no_errors()
        except (APIValidationError, ValidationError) as error:
            self._validated_data, self._errors = {}, details_of(error)

    def _no_errors(self) -> Any:
        return {}

    @property
    def errors(self) -> Any:
        """Errors by field after `is_valid()`."""
        self._refuse_unchecked("errors")
        return self._errors

    @property
    def validated_data(self) -> Any:
        """The checked values after `is_valid()`."""
        self._refuse_unchecked("validated_data")
        return self._validated_data

    def _refuse_unchecked(self, name: str) -> None:
        if not hasattr(self, "_validated_data"):
            raise TypeError(f"{type(self).__name__}.{name} is there once `is_valid()` was called.")

    # -- saving -------------------------------------------------------------------------------------------------------

    @hook
    async def acreate(self, validated_data: Any) -> Any:
        """Hook: make an instance; `def create` or `async def acreate`.

        Args:
            validated_data: the checked values.

        Returns:
            The instance.
        """
        raise TypeError(f"{type(self).__name__} cannot create: write `def create(self, validated_data)`.")

    create = twin(acreate)

    @hook
    async def aupdate(self, instance: Any, validated_data: Any) -> Any:
        """Hook: change an instance; `def update` or `async def aupdate`.

        Args:
            instance: the instance.
            validated_data: the checked values.

        Returns:
            The instance.
        """
        raise TypeError(f"{type(self).__name__} cannot update: write `def update(self, instance, validated_data)`.")

    update = twin(aupdate)

    @hook
    async def asave(self, **kwargs: Any) -> Any:
        """Create or update the instance. In sync code: `save()`.

        Args:
            **kwargs: further values, which win over those that were sent: `save(owner=request.user)`.

        Returns:
            The instance, which is `self.instance` too.

        Raises:
            TypeError: `is_valid()` was not called, or `data` was read before.
            ValueError: there are errors.
        """
        self._refuse_save(kwargs)
        validated = self._values_to_save(kwargs)
        if self.instance is not None:
            saved, done = await self.aupdate(self.instance, validated), "update"
        else:
            saved, done = await self.acreate(validated), "create"
        if saved is None:
            raise TypeError(f"{type(self).__name__}.{done}() returned None; it has to return the instance.")
        self.instance = saved
        return saved

    save = twin(asave)

    def _values_to_save(self, extra: Mapping[str, Any]) -> Any:
        return {**self.validated_data, **extra}

    def _refuse_save(self, extra: Mapping[str, Any]) -> None:
        name = type(self).__name__
        self._refuse_unchecked("save()")
        if self.errors:
            raise ValueError(f"{name} has errors and cannot be saved: {self.errors}")
        if "commit" in extra:
            raise TypeError(
                f"{name}.save(commit=…): there is no commit here. Further values are saved: save(owner=request.user); "
                "to do something first, use `validated_data` and save yourself."
            )
        if hasattr(self, "_data"):
            raise TypeError(
                f"{name}.data was read before save(), so it would not show what was saved. Read `validated_data` instead."
            )

    # -- showing ------------------------------------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """What an answer holds: of the instance, or of what was sent. In a coroutine: `await serializer.adata()`.

        Raises:
            TypeError: data was sent, and `is_valid()` was not called.
            SynchronousOnlyOperation: read in a coroutine, and rows have to be loaded.
        """
        if not hasattr(self, "_data"):
            if hasattr(self, "initial_data") and not hasattr(self, "_validated_data"):
                raise TypeError(f"{type(self).__name__} got data=…: call `is_valid()` before reading `data`.")
            self._data = self._guarded(self._make_data)
        return self._data

    async def adata(self) -> Any:
        """Return `data`, loading what it needs."""
        if not hasattr(self, "_data"):
            if runs_foreign_code(self, writing=False):
                await bridge.run_sync(getattr, self, "data")
            elif not self._shown_at_once():
                await spawn(getattr, self, "data")
        return self.data

    def _shown_at_once(self) -> bool:
        """Make the data without waiting; False where rows have to be loaded first. After a save they seldom have."""
        try:
            _ = self.data
        except SynchronousOnlyOperation:
            return False
        return True

    async def aoutput(self) -> Any:
        """Return what renderers write: `data`, or rows out of the database that need not become objects first.

        Returns:
            Something with `encoded()`, which gives JSON as bytes; a dict, or a sequence of dicts.
        """
        return await self.adata()

    def _guarded(self, make: Any) -> Any:
        try:
            return make()
        except (SynchronousOnlyOperation, RelationNotLoaded) as error:
            if error.__dict__.get("of_serializer"):
                raise
            told = SynchronousOnlyOperation(
                f"{type(self).__name__}.data has to load rows, and this is a coroutine. "
                f"Write `await serializer.adata()`. ({error})"
            )
            told.__dict__["of_serializer"] = True
            raise told from error

    def _make_data(self) -> Any:
        if self.instance is not None and not getattr(self, "_errors", None):
            return self.to_representation(self.instance)
        if hasattr(self, "_validated_data") and not self._errors:
            return self.to_representation(self._validated_data)
        return self.get_initial()

    def _forget_fields(self) -> None:
        """Forget what follows from the fields."""


class Serializer(BaseSerializer):
    """Fields that are declared in the class body, and what they make of data.

    Override `validate`, `validate_<field>`, `create`, `update`, `to_representation`, `to_internal_value`, each as `def`
    or, with a leading `a`, as `async def`.

    Args:
        instance, data, many, partial, context, **options: as for BaseSerializer.

    Example:
        >>> from manoir.rest import fields
        >>> class Comment(Serializer):
        ...     email = fields.EmailField()
        ...     text = fields.CharField(max_length=200)
        >>> comment = Comment(data={"email": "ada@example.com", "text": "Hello"})
        >>> comment.is_valid(), comment.validated_data["text"]
        (True, 'Hello')
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "invalid": _("A mapping of fields is needed, not {datatype}."),
        "unknown": _("There is no such field."),
    }
    _declared_fields: ClassVar[dict[str, Field]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        for name in own:
            delattr(cls, name)
        cls._declared_fields = collected(cls, own)
        super().__init_subclass__(**options)
        complete_methods(cls)

    def _copied(self) -> Self:
        twin = super()._copied()
        twin._forget_fields()
        fields = twin.__dict__.pop("_fields", None)
        if fields is not None:  # somebody has looked at them, and may have changed them
            made = twin.__dict__["_fields"] = BindingDict(twin)
            made.update({name: field._copied() for name, field in fields.items()})
        return twin

    # -- fields -------------------------------------------------------------------------------------------------------

    @property
    def fields(self) -> BindingDict:
        """The fields by name; they belong to this serializer alone."""
        # hot path: benchmarks/rest.py
        found = self.__dict__.get("_fields")
        if found is None:
            found = BindingDict(self)
            fixed = self._fixed_fields()
            if fixed is None:
                found.update(self.get_fields())
            else:
                found.adopt(fixed)
            self.__dict__["_fields"] = found
        return found

    def _fixed_fields(self) -> list[tuple[str, Field, bool]] | None:
        """The fields that every instance of this class begins with, see `BindingDict.adopt`; None: each makes its own."""
        cls = type(self)
        if cls.get_fields is not Serializer.get_fields:
            return None
        known: list[tuple[str, Field, bool]] | None = vars(cls).get("_adopted")
        if known is None:
            known = cls._adopted = bound_once(self._declared_fields)  # type: ignore[attr-defined]
        return known

    def get_fields(self) -> dict[str, Field]:
        """Return the fields by name; override it for fields that depend on the context."""
        return {name: field._copied() for name, field in self._declared_fields.items()}

    @classmethod
    def _has_known_fields(cls) -> bool:
        """Whether all instances begin with the same fields, those inside of others included."""
        known = vars(cls).get("_known")
        if known is None:
            known = cls._known = cls._has_fixed_fields() and all(  # type: ignore[attr-defined]
                has_known_fields(field) for field in cls._declared_fields.values()
            )
        return known

    @classmethod
    def _has_fixed_fields(cls) -> bool:
        return cls.get_fields is Serializer.get_fields

    def _forget_fields(self) -> None:
        self.__dict__.pop("_readable", None)
        self.__dict__.pop("_writable", None)

    @property
    def _writable_fields(self) -> list[Field]:
        found = self.__dict__.get("_writable")
        if found is None:
            found = self.__dict__["_writable"] = [field for field in self.fields.values() if not field.read_only]
        return found

    @property
    def _readable_fields(self) -> list[Field]:
        found = self.__dict__.get("_readable")
        if found is None:
            found = self.__dict__["_readable"] = [field for field in self.fields.values() if not field.write_only]
        return found

    def get_validators(self) -> list[Any]:
        """Return the validators of the whole: `Meta.validators`."""
        return list(getattr(getattr(self, "Meta", None), "validators", None) or [])

    # -- in -----------------------------------------------------------------------------------------------------------

    def get_initial(self) -> Any:
        """Return what a form shows first, or what was sent."""
        if not hasattr(self, "initial_data"):
            return {field.field_name: field.get_initial() for field in self.fields.values() if not field.read_only}
        if not isinstance(self.initial_data, Mapping) and not hasattr(self.initial_data, "getlist"):
            return {}
        sent: dict[str, Any] = {}
        for field in self.fields.values():
            value = empty if field.read_only else field.get_value(self.initial_data)
            if value is not empty:
                sent[field.field_name] = value
        return sent

    def get_value(self, dictionary: Any) -> Any:
        """Return what was sent for a serializer inside another: in a form `name.field`."""
        if not hasattr(dictionary, "getlist"):
            return dictionary.get(self.field_name, empty)
        prefix = f"{self.field_name}."
        found = {key.removeprefix(prefix): dictionary[key] for key in dictionary if key.startswith(prefix)}
        return found or empty

    @hook
    def run_validation(self, data: Any = empty) -> Any:
        """Hook: return the checked values of what was sent: of each field, then of the whole."""
        over, data = self.validate_empty_values(data)
        if over:
            return data
        value = self.to_internal_value(data)
        try:
            self.run_validators(value)
            value = self.validate(value)
        except (ValidationError, APIValidationError) as error:
            raise APIValidationError(as_serializer_error(error)) from error
        if value is None:
            raise TypeError(f"{type(self).__name__}.validate() returned None; it has to return the values.")
        return value

    def run_validators(self, value: Any) -> None:
        """Call the validators of the whole, with the defaults of read-only fields in sight."""
        validators = self._all_validators()
        if not validators:
            return
        seen = {**self._read_only_defaults(), **value} if isinstance(value, dict) else value
        shown = self.validators
        self.validators = validators
        try:
            super().run_validators(seen)
        finally:
            self.validators = shown

    def _all_validators(self) -> list[Any]:
        return self.validators or self.get_validators()

    def _read_only_defaults(self) -> dict[str, Any]:
        """Defaults of read-only fields, which uniqueness is to see."""
        found: dict[str, Any] = {}
        for field in self.fields.values():
            simple = field.source != "*" and "." not in (field.source or "")
            if field.read_only and field.default is not empty and simple:
                try:
                    found[field.source or field.field_name] = field.get_default()
                except SkipField:
                    continue
        return found

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: return the checked values by source; fields that are not declared, or read-only, are never taken (H02).

        Raises:
            ValidationError: errors by field.
        """
        # hot path: benchmarks/rest.py
        if not isinstance(data, Mapping) and not hasattr(data, "getlist"):
            words = str(self.error_messages["invalid"]).format(datatype=type(data).__name__)
            raise APIValidationError({api_settings.NON_FIELD_ERRORS_KEY: [words]}, code="invalid")
        values: dict[str, Any] = {}
        errors: dict[str, Any] = self._unknown(data)
        for field in self._writable_fields:
            try:
                value = field.run_validation(field.get_value(data))
                check: Any = getattr(self, f"validate_{field.field_name}", None)
                if check is not None:
                    value = check(value)
            except SkipField:
                continue
            except (APIValidationError, ValidationError) as error:
                errors[field.field_name] = details_of(error)
            else:
                set_value(values, field.source_attrs, value)
        if errors:
            raise APIValidationError(errors)
        return values

    def _unknown(self, data: Any) -> dict[str, Any]:
        """Errors of keys that are no fields, where `Meta.unknown_fields` or UNKNOWN_FIELDS says "refuse"."""
        asked = getattr(getattr(self, "Meta", None), "unknown_fields", None) or api_settings.UNKNOWN_FIELDS
        if asked == "ignore":
            return {}
        words = str(self.error_messages["unknown"])
        known = list(self.fields)
        return {
            str(key)[:100]: [ErrorDetail(f"{words}{nearest(str(key)[:100], known)}", "unknown")]
            for key in list(data)[:100]
            if key not in self.fields
        }

    @hook
    def validate(self, attrs: dict[str, Any], /) -> dict[str, Any] | None:
        """Hook: check the values as a whole; `def validate` or `async def avalidate`.

        Args:
            attrs: the checked values of the fields.

        Returns:
            The values to go on with; a TypeError says so where this is forgotten.

        Raises:
            ValidationError: shown as `non_field_errors`, or by field when it was made of a mapping.
        """
        return attrs

    avalidate = atwin(validate)

    # -- out ----------------------------------------------------------------------------------------------------------

    @hook
    def to_representation(self, instance: Any, /) -> Any:
        """Hook: return what an answer holds of an instance."""
        # hot path: benchmarks/rest.py
        shown: dict[str, Any] = {}
        for field in self._readable_fields:
            try:
                value = field.get_attribute(instance)
            except SkipField:
                continue
            if value is None or (type(value) is PKOnlyObject and value.pk is None):
                shown[field.field_name] = None
            else:
                shown[field.field_name] = field.to_representation(value)
        return shown

    @property
    def data(self) -> Any:
        """What an answer holds, as a dict."""
        found = super().data
        if type(found) is dict:
            found = self._data = ReturnDict(found, serializer=self)
        return found

    @property
    def errors(self) -> Any:
        """Errors by field; those of the whole as `non_field_errors`."""
        found = super().errors
        if isinstance(found, list) and len(found) == 1 and getattr(found[0], "code", None) == "null":
            found = {api_settings.NON_FIELD_ERRORS_KEY: [ErrorDetail(_("No data was sent."), code="null")]}
        return ReturnDict(found, serializer=self) if isinstance(found, dict) else ReturnList(found, serializer=self)

    # -- as a collection ----------------------------------------------------------------------------------------------

    def __iter__(self) -> Any:
        return iter(self[name] for name in self.fields)

    def __getitem__(self, key: str) -> Any:
        return BoundField(self.fields[key], self)

    def __repr__(self) -> str:
        return described(self)


def collected(cls: type[Serializer], own: Mapping[str, Field]) -> dict[str, Field]:
    """Declared fields of a class: those of its bases, then its own in the order of the class body."""
    found: dict[str, Field] = {}
    for base in reversed(cls.__mro__[1:]):
        declared = vars(base).get("_declared_fields", {})
        plain: dict[str, Any] = {} if declared else {n: f for n, f in vars(base).items() if isinstance(f, Field)}
        for name, field in {**declared, **plain}.items():
            found.pop(name, None)
            found[name] = field
    for name, value in vars(cls).items():
        if name in found and value is None:
            del found[name]  # `name = None` takes an inherited field away
    for name, field in sorted(own.items(), key=lambda item: item[1]._creation_counter):
        found.pop(name, None)
        found[name] = field
    return found


def bound_once(fields: Mapping[str, Field]) -> list[tuple[str, Field, bool]]:
    """Fields that know their names, for all instances of a class to copy."""
    found: list[tuple[str, Field, bool]] = []
    for name, field in fields.items():
        twin = field._copied()
        is_plain = type(field).bind in BINDS
        if is_plain:
            twin.bind(name, None)
        found.append((name, twin, is_plain))
    return found


BINDS = frozenset({Field.bind, SerializerMethodField.bind})
"""What becoming a field does, where it needs to be done only once for a class."""


def has_known_fields(field: Any) -> bool:
    """Whether a field is the same in each instance of a serializer."""
    child = getattr(field, "child", None)
    below = type(field if child is None else child)
    return below._has_known_fields() if hasattr(below, "_has_known_fields") else True


def set_value(values: dict[str, Any], names: list[str], value: Any) -> None:
    """Put a checked value where its source says; the source `"*"` gives several."""
    if not names:
        values.update(value)
        return
    for name in names[:-1]:
        values = cast("dict[str, Any]", values.setdefault(name, {}))
    values[names[-1]] = value


def as_serializer_error(error: ValidationError | APIValidationError) -> dict[str, Any]:
    """Errors of the whole by field, those of no field under `non_field_errors`."""
    found = details_of(error)
    if isinstance(found, dict):
        return {
            (api_settings.NON_FIELD_ERRORS_KEY if key == "__all__" else key): value
            if isinstance(value, (list, dict))
            else [value]
            for key, value in found.items()
        }
    return {api_settings.NON_FIELD_ERRORS_KEY: found if isinstance(found, list) else [found]}
