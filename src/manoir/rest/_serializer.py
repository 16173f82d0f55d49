"""`Serializer`: declared fields, what was sent checked by them, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, cast

from manoir.bridge import atwin, hook
from manoir.exceptions import APIValidationError, ErrorDetail, ValidationError, nearest
from manoir.http import MultiValueDict
from manoir.i18n import gettext_lazy as _
from manoir.rest._field import Field, SkipField, details_of, empty
from manoir.rest._fields_special import SerializerMethodField
from manoir.rest._intake import Shown, Taken, TakenTogether, all_taken, all_together, is_nested
from manoir.rest._serializer_base import BaseSerializer
from manoir.rest._serializer_bound import BoundField, described
from manoir.rest._serializer_data import BindingDict, ReturnDict, ReturnList
from manoir.rest._serializer_hooks import complete_methods
from manoir.rest.settings import api_settings


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
    _taken_together: ClassVar[TakenTogether | None] = None
    _looked_up: dict[str, Any] | None = None

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
        return cls.get_fields is Serializer.get_fields and cls.fields is Serializer.fields

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

    def _taken_at_once(self) -> list[Taken] | None:
        """How the class reads its fields; None where this serializer has others, or may have."""
        cls = type(self)
        if "_fields" in self.__dict__ or cls.fields is not Serializer.fields:
            return None
        if "_taken_steps" not in vars(cls):
            cls._taken_steps = all_taken(self._fixed_fields())  # type: ignore[attr-defined]
            cls._taken_together = all_together(cls, cls._taken_steps)  # type: ignore[attr-defined]
        return cls._taken_steps  # type: ignore[attr-defined]

    def _shown_at_a_glance(self, instance: Any) -> list[Shown] | None:
        """How the class shows an instance; None where it is none of its model, or this serializer has fields of its own."""
        return None

    def _nested_fields(self) -> list[Field]:
        """The fields that are read and belong to other rows."""
        steps = self._taken_at_once()
        if steps is not None and not any(step.is_nested for step in steps):
            return []
        return [field for field in self._writable_fields if is_nested(field)]

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
        # Still a form: a value that came twice is noticed below, and a list keeps all of its values.
        found = {key.removeprefix(prefix): dictionary.getlist(key) for key in dictionary if key.startswith(prefix)}
        return MultiValueDict(found) if found else empty

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
        if type(data) is not dict and not isinstance(data, Mapping) and not hasattr(data, "getlist"):
            words = str(self.error_messages["invalid"]).format(datatype=type(data).__name__)
            raise APIValidationError({api_settings.NON_FIELD_ERRORS_KEY: [words]}, code="invalid")
        values: dict[str, Any] = {}
        errors: dict[str, Any] = self._unknown(data)
        steps = self._taken_at_once() if type(data) is dict else None
        together = None if steps is None else type(self)._taken_together
        self._looked_up = None if together is None else together.look_up(data)
        for field in self._writable_fields if steps is None else steps:
            try:
                value = field._taken(self, data)
                check: Any = getattr(self, field._check_name, None)
                if check is not None:
                    value = check(value)
            except SkipField:
                continue
            except (APIValidationError, ValidationError) as error:
                errors[field.field_name] = details_of(error)
            else:
                names = field.source_attrs
                if len(names) == 1:
                    values[names[0]] = value
                else:
                    set_value(values, names, value)
        self._looked_up = None
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
        for field in self._shown_at_a_glance(instance) or self._readable_fields:
            try:
                shown[field.field_name] = field._shown(self, instance)
            except SkipField:
                continue
        return shown

    @property
    def data(self) -> Any:
        """What an answer holds, as a dict."""
        # Made anew each time: kept, it and its serializer, and with them the request, would wait for the garbage collector.
        found = super().data
        return ReturnDict(found, serializer=self) if type(found) is dict else found

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
