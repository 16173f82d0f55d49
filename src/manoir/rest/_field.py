"""`Field`: what every part of a serializer shares."""

from __future__ import annotations

import datetime as dt
import inspect
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Self, cast

from manoir import bridge
from manoir.bridge import TwoColours, atwin, hook
from manoir.exceptions import (
    APIValidationError,
    ErrorDetail,
    ObjectDoesNotExist,
    RelationNotLoaded,
    ValidationError,
    nearest,
)
from manoir.i18n import gettext_lazy as _
from manoir.models import Manager, QuerySet
from manoir.rest._scoping import SEVERAL, visible_part

Validator = Callable[..., Any]


class empty:
    """Stands for a value that was not given; None is a value."""


class SkipField(Exception):
    """A field has nothing to say: it is left out of what was validated, or of the answer."""


def unknown_option(cls: type[Any], name: str) -> TypeError:
    """The error of an option that a kind of field does not have, with the nearest one that it has."""
    known = {
        parameter.name
        for base in cls.__mro__
        if "__init__" in vars(base)
        for parameter in inspect.signature(vars(base)["__init__"]).parameters.values()
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD) and parameter.name != "self"
    }
    return TypeError(f"{cls.__name__} has no option {name!r}.{nearest(name, known)}")


def details_of(error: ValidationError | APIValidationError) -> Any:
    """The words and codes of an error of either kind, in the shape that answers have."""
    if isinstance(error, APIValidationError):
        return error.detail
    if hasattr(error, "error_dict"):
        return {name: [detail_of(one) for one in errors] for name, errors in error.error_dict.items()}
    return [detail_of(one) for one in error.error_list]


def detail_of(error: ValidationError) -> ErrorDetail:
    """The detail of a single error."""
    return ErrorDetail(error.text, error.error_code or "invalid")


class Field(TwoColours):
    """A value that a serializer reads and writes.

    Args:
        read_only: it is written into answers, and ignored in requests.
        write_only: it is read from requests, and never in answers.
        required: it has to be sent; None: unless it has a default or is read-only.
        default: the value of what was not sent, or a callable for it. With `requires_context = True` the callable is
            called with the field.
        initial: what a form shows first; a callable is called.
        source: attribute, or dotted path, of the instance; `"*"` is the whole instance; None is the field's name.
        label: words for people; None makes them of the name.
        help_text: words that explain the field.
        style: hints for who renders forms.
        error_messages: messages by code, instead of the field's own; `{…}` is filled in.
        validators: callables that raise a ValidationError; instead of `default_validators`.
        allow_null: None is a value.

    Raises:
        TypeError: options contradict each other.

    Example:
        >>> from manoir.rest import fields
        >>> fields.IntegerField(min_value=1).run_validation("7")
        7
    """

    _counter: ClassVar[int] = 0
    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "required": _("This field is required."),
        "null": _("This field cannot be null."),
        "repeated": _("Send one value, not {count}."),
    }
    default_validators: ClassVar[Sequence[Validator]] = ()
    default_empty_html: ClassVar[Any] = empty
    initial: Any = None
    _messages: ClassVar[Mapping[str, Any]] = {}
    _args: tuple[Any, ...]
    _kwargs: dict[str, Any]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        messages: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            messages.update(vars(base).get("default_error_messages", {}))
        cls._messages = messages

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Remember the arguments: they are how a field describes itself."""
        self = super().__new__(cls)
        self._args, self._kwargs = args, kwargs
        return self

    def __init__(
        self,
        *,
        read_only: bool = False,
        write_only: bool = False,
        required: bool | None = None,
        default: Any = empty,
        initial: Any = empty,
        source: str | None = None,
        label: Any = None,
        help_text: Any = None,
        style: Mapping[str, Any] | None = None,
        error_messages: Mapping[str, Any] | None = None,
        validators: Sequence[Validator] | None = None,
        allow_null: bool = False,
        **unknown: Any,
    ) -> None:
        if unknown:
            raise unknown_option(type(self), next(iter(unknown)))
        Field._counter += 1
        self._creation_counter = Field._counter
        self.read_only, self.write_only = read_only, write_only
        self.required = (default is empty and not read_only) if required is None else required
        self._refuse_contradictions(default)
        self.default, self.source = default, source
        if initial is not empty:
            self.initial = initial
        self.label, self.help_text, self.style = label, help_text, dict(style or {})
        self.allow_null = allow_null
        if self.default_empty_html is not empty and default is not empty:
            self.default_empty_html = default  # type: ignore[misc]
        self.validators: list[Validator] = list(self.default_validators if validators is None else validators)
        self.error_messages: dict[str, Any] = {**(type(self)._messages or Field.default_error_messages)}
        if error_messages:
            self.error_messages.update(error_messages)
        self.field_name: str = ""
        self.parent: Any = None
        self.source_attrs: list[str] = []

    def _begin(self) -> None:
        """Do what `__init__` does without options, which is the same for each field of a class."""
        # hot path: benchmarks/rest.py
        own, cls = self.__dict__, type(self)
        known: dict[str, Any] | None = vars(cls).get("_begun")
        if known is None:
            before = set(own)
            Field.__init__(self)
            known = {name: value for name, value in own.items() if name not in before}
            known["validators"], known["error_messages"] = self.validators.copy(), self.error_messages.copy()
            cls._begun = known  # type: ignore[attr-defined]
            return
        Field._counter += 1
        own.update(known)
        own["_creation_counter"], own["style"], own["source_attrs"] = Field._counter, {}, []
        own["validators"], own["error_messages"] = known["validators"].copy(), known["error_messages"].copy()

    def _refuse_contradictions(self, default: Any) -> None:
        name = type(self).__name__
        if self.read_only and self.write_only:
            raise TypeError(f"{name}(read_only=True, write_only=True) leaves nothing to do: take one of them away.")
        if self.read_only and self.required:
            raise TypeError(f"{name}(read_only=True, required=True): what is ignored cannot be required.")
        if self.required and default is not empty:
            raise TypeError(f"{name}(required=True, default=…): a default is for what was not sent, so drop one.")

    # -- in a serializer ----------------------------------------------------------------------------------------------

    def bind(self, field_name: str, parent: Any) -> None:
        """Become the field `field_name` of a serializer; a field of your own may extend it."""
        self.field_name, self.parent = field_name, parent
        if self.label is None:
            self.label = field_name.replace("_", " ").capitalize()
        if self.source is None:
            self.source = field_name
        self.source_attrs = [] if self.source == "*" else self.source.split(".")

    def _copied(self) -> Self:
        """A field of the same declaration for another serializer: what people change on a field is its own."""
        # hot path: benchmarks/rest.py
        twin = object.__new__(type(self))
        own = twin.__dict__
        own.update(self.__dict__)
        own["error_messages"] = self.error_messages.copy()
        own["validators"] = self.validators.copy()
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._copied()

    @property
    def root(self) -> Any:
        """The outermost serializer."""
        found: Any = self
        while found.parent is not None:
            found = found.parent
        return found

    @property
    def context(self) -> dict[str, Any]:
        """What the outermost serializer was told: `request`, `view` and `format` where a view made it."""
        return getattr(self.root, "_context", {})

    @property
    def _check_name(self) -> str:
        """Name of the serializer's method that checks this field's value, too."""
        return f"validate_{self.field_name}"

    @property
    def _is_partial(self) -> bool:
        return getattr(self.root, "partial", False)

    # -- out ----------------------------------------------------------------------------------------------------------

    def get_initial(self) -> Any:
        """Return what a form shows first."""
        return self.initial() if callable(self.initial) else self.initial

    def get_attribute(self, instance: Any) -> Any:
        """Return the value of an instance (an object or a mapping) along `source`.

        Raises:
            SkipField: there is no such attribute, and the field is not required.
            AttributeError, KeyError: there is none, and the field is required; the message says whose it is.
        """
        try:
            return value_along(instance, self.source_attrs, self._visible)
        except RelationNotLoaded:
            raise
        except (KeyError, AttributeError) as error:
            if self.default is not empty:
                return self.get_default()
            if self.allow_null:
                return None
            if not self.required:
                raise SkipField from None
            raise self._no_such_attribute(instance, error) from error

    def _visible(self, value: Any) -> Any:
        """What the user of the request may see of a row, or of rows, that the source leads through (H01)."""
        return visible_part(value, self.context.get("request"))

    def _no_such_attribute(self, instance: Any, error: KeyError | AttributeError) -> KeyError | AttributeError:
        owner = type(self.parent).__name__ if self.parent is not None else type(self).__name__
        known = cast("list[str]", list(instance) if isinstance(instance, Mapping) else dir(instance))
        hint = nearest(self.source_attrs[0] if self.source_attrs else "", [str(name) for name in known])
        if isinstance(instance, SEVERAL):
            hint = f" For several instances, write {owner}(…, many=True)."
        return type(error)(
            f"{owner}.{self.field_name}: {type(instance).__name__!r} object has no attribute or key "
            f"{self.source!r} ({error}).{hint} Set source=…, or declare the field with required=False."
        )

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: return what an answer holds for a value that is not None."""
        return value

    ato_representation = atwin(to_representation)

    def _shown(self, serializer: Any, instance: Any) -> Any:
        """What an answer holds of an instance; `serializer` is the one that shows it."""
        value = self.get_attribute(instance)
        return None if value is None else self.to_representation(value)

    # -- in -----------------------------------------------------------------------------------------------------------

    def _taken(self, serializer: Any, data: Any) -> Any:
        """The checked value of what was sent for this field; `serializer` is the one that reads it."""
        return self.run_validation(self.get_value(data))

    def get_value(self, dictionary: Any) -> Any:
        """Return what was sent for this field, or `empty`.

        Args:
            dictionary: the parsed body: a mapping, or a QueryDict of a form.
        """
        if hasattr(dictionary, "getlist"):
            return self._get_form_value(dictionary)
        return dictionary.get(self.field_name, empty)

    def _get_form_value(self, form: Any) -> Any:
        """The same out of a form, which has no null and sends nothing for some inputs."""
        sent: list[Any] = form.getlist(self.field_name)
        if not sent:
            return empty if self._is_partial else self.default_empty_html
        if len(sent) > 1:
            self.fail("repeated", count=len(sent))
        if sent[0] == "" and not getattr(self, "allow_blank", False):
            if self.allow_null:
                return None
            if not self.required:
                return empty
        return sent[0]

    def get_default(self) -> Any:
        """Return the default.

        Raises:
            SkipField: there is none, or this is a partial update.
        """
        if self.default is empty or self._is_partial:
            raise SkipField
        if not callable(self.default):
            return self.default
        default: Any = self.default
        return default(self) if getattr(default, "requires_context", False) else default()

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Return whether validation is over, and the value.

        Raises:
            ValidationError: the value is missing or null, and must not be.
            SkipField: nothing was sent and nothing is needed.
        """
        if self.read_only:
            return True, self.get_default()
        if data is empty:
            if self._is_partial:
                raise SkipField
            if self.required:
                self.fail("required")
            return True, self.get_default()
        if data is None:
            if not self.allow_null:
                self.fail("null")
            return self.source != "*", None
        return False, data

    @hook
    def run_validation(self, data: Any = empty) -> Any:
        """Hook: return the checked value of what was sent.

        Raises:
            ValidationError: it is not acceptable.
            SkipField: nothing was sent and nothing is needed.
        """
        over, value = self.validate_empty_values(data)
        if over:
            return value
        value = self.to_internal_value(value)
        if self.validators:
            self.run_validators(value)
        return value

    arun_validation = atwin(run_validation, waits=True)

    def run_validators(self, value: Any) -> None:
        """Call the validators; all their complaints come together.

        Raises:
            ValidationError: at least one complained.
        """
        errors: list[Any] = []
        for validator in self.validators:
            try:
                complaint = (
                    validator(value, self) if getattr(validator, "requires_context", False) else validator(value)
                )
                if inspect.iscoroutine(complaint):
                    bridge.wait(complaint)
            except ValidationError as error:
                if hasattr(error, "error_dict"):
                    raise APIValidationError(details_of(error)) from error
                errors.extend(self._worded(one) for one in error.error_list)
            except APIValidationError as error:
                if isinstance(error.detail, dict):
                    raise
                errors.extend(error.detail)
        if errors:
            raise APIValidationError(errors)

    def _worded(self, error: ValidationError) -> ErrorDetail:
        """The detail of a validator's error, in the field's own words where it has some for that code."""
        code = error.error_code or "invalid"
        words = self.error_messages.get(code) if error.error_code is not None else None
        if words is None:
            return ErrorDetail(error.text, code)
        params: dict[str, Any] = dict(error.params or {})
        params.setdefault(code, params.get("limit_value", params.get("max")))
        return ErrorDetail(str(words).format(**params), code)

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: return the Python value of what was sent; it is neither missing nor None.

        Raises:
            ValidationError: it cannot be one; `self.fail(code)` raises one of the field's messages.
        """
        return data

    ato_internal_value = atwin(to_internal_value)

    def fail(self, key: str, **kwargs: Any) -> Any:
        """Raise the error of one of the field's messages.

        Args:
            key: its code.
            **kwargs: what `{…}` in the message stands for.

        Raises:
            ValidationError: always.
            KeyError: the field has no such message.
        """
        try:
            words = str(self.error_messages[key])
        except KeyError:
            raise KeyError(
                f"{type(self).__name__} has no error message {key!r}.{nearest(key, self.error_messages)} "
                "Add it to default_error_messages."
            ) from None
        raise APIValidationError(words.format(**kwargs) if kwargs else words, code=key)

    def __repr__(self) -> str:
        shown = [repr(argument) for argument in self._args]
        return f"{type(self).__name__}({', '.join([*shown, *options_as_text(self._kwargs)])})"


def options_as_text(options: Mapping[str, Any]) -> list[str]:
    """Options as they would be given; rows are named and not read."""
    return [
        f"{name}=<queryset of {value.model.__name__}>"
        if isinstance(value, (QuerySet, Manager))
        else f"{name}={value!r}"
        for name, value in sorted(options.items())
    ]


PLAIN = frozenset({str, int, float, bool, type(None), Decimal, dt.date, dt.datetime, dt.time, dt.timedelta, uuid.UUID})
"""Types of values that nobody can call."""


def shown(value: Any) -> str:
    """What was sent, for a message: at most 100 characters, and of values without a short text their type."""
    if isinstance(value, str):
        return value[:100]
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        return "…"
    return str(value)[:100] if type(value) in PLAIN else type(value).__name__


MAX_BITS = 4_096
"""Largest integer that is written out: about 1,200 digits."""


def value_along(instance: Any, names: Sequence[str], visible: Callable[[Any], Any]) -> Any:
    """Follow attributes or keys; callables without arguments are called, and a missing related row is None.

    Args:
        instance: where the way begins: an object or a mapping.
        names: of the attributes or keys.
        visible: gives what may be seen of rows on the way; for a hidden row it raises what a missing one raises.
    """
    # hot path: benchmarks/rest.py
    found: Any = instance
    try:
        for name in names:
            # Asking whether it is a Mapping is slow, and instances of models are none.
            if type(found) is dict or (not hasattr(found, "_meta") and isinstance(found, Mapping)):
                found = found[name]  # pyright: ignore[reportIndexIssue]
            else:
                found = getattr(found, name)
            if type(found) not in PLAIN:
                if callable(found) and is_simple_callable(found):
                    found = found()
                options = getattr(found, "_meta", None)
                may_be_hidden = isinstance(found, SEVERAL) if options is None else getattr(options, "is_scoped", False)
                if may_be_hidden:
                    found = visible(found)
    except ObjectDoesNotExist:
        return None
    return found


def is_simple_callable(value: Any) -> bool:
    """Whether a value is a function or method that can be called without arguments."""
    if not (inspect.isfunction(value) or inspect.ismethod(value)):
        return False
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(
        parameter.default is not inspect.Parameter.empty or parameter.kind in kinds
        for parameter in inspect.signature(value).parameters.values()
    )
