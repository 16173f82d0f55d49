"""Fields without input, fields of models, and the answers of methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from manoir.bridge import hook
from manoir.exceptions import ImproperlyConfigured, ValidationError, nearest
from manoir.i18n import gettext_lazy as _
from manoir.rest._field import Field, SkipField, empty
from manoir.validators import MaxLengthValidator


class ReadOnlyField(Field):
    """An attribute, property or method of the instance, as it is.

    Args:
        **options: those of every field.
    """

    def __init__(self, **options: Any) -> None:
        options["read_only"] = True
        super().__init__(**options)


class HiddenField(Field):
    """A value that nobody sends: its default.

    Args:
        default: the value, or a callable for it.
        **options: those of every field.

    Raises:
        TypeError: there is no default.
    """

    def __init__(self, **options: Any) -> None:
        if "default" not in options:
            raise TypeError("HiddenField(default=…): a value that nobody sends needs a default.")
        options["write_only"] = True
        super().__init__(**options)

    def get_value(self, dictionary: Any) -> Any:
        """Ignore what was sent."""
        return empty

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the default as it is."""
        return data


class SerializerMethodField(Field):
    """The answer of a method of the serializer, which is called with the instance.

    Args:
        method_name: name of the method; None is `get_<field name>`.
        **options: those of every field.

    Example:
        >>> from manoir.rest import serializers
        >>> class Point(serializers.Serializer):
        ...     length = serializers.SerializerMethodField()
        ...
        ...     def get_length(self, point):
        ...         return abs(point["x"])
        >>> Point({"x": -3}).data
        {'length': 3}
    """

    def __init__(self, method_name: str | None = None, **options: Any) -> None:
        self.method_name = method_name
        options.update(source="*", read_only=True)
        super().__init__(**options)

    def bind(self, field_name: str, parent: Any) -> None:
        """Find the name of the method."""
        if self.method_name is None:
            self.method_name = f"get_{field_name}"
        super().bind(field_name, parent)

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the method's answer.

        Raises:
            AttributeError: the serializer has no such method.
        """
        return getattr(self.parent, self.method_name or "", self._missing)(value)

    def _missing(self, value: Any) -> Any:
        serializer = type(self.parent)
        known = [name for name in dir(serializer) if name.startswith("get_") and not hasattr(Field, name)]
        raise AttributeError(
            f"{serializer.__name__}.{self.field_name} is the answer of a method that is not there: write "
            f"`def {self.method_name}(self, …)`.{nearest(self.method_name or '', known)}"
        )


class ModelField(Field):
    """A column of a model that no other field is made for: the model's own field reads and checks it.

    Args:
        model_field: the model's field.
        max_length: most characters; None asks the model's field.
        **options: those of every field.
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "max_length": _("This has more than {max_length} characters."),
    }

    def __init__(self, model_field: Any, *, max_length: int | None = None, **options: Any) -> None:
        self.model_field = model_field
        self.max_length = max_length or getattr(model_field, "max_length", None)
        super().__init__(**options)
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: what the model's field makes of it."""
        try:
            return self.model_field.to_python(data)
        except (TypeError, ValueError) as error:
            raise ValidationError(_("This value does not fit."), code="invalid") from error

    def get_attribute(self, instance: Any) -> Any:
        """Return the instance: the model's field knows where its value is."""
        return instance

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the value, as JSON has it, or the text that the model's field makes of it."""
        found = self.model_field.value_from_object(value)
        return (
            found
            if found is None or isinstance(found, (str, int, float, bool))
            else self.model_field.value_to_string(value)
        )


class WithContext(Protocol):
    """A default that wants to know the field it is for."""

    requires_context: bool

    def __call__(self, serializer_field: Field) -> Any: ...


class CurrentUserDefault:
    """A default: the user of the request in the serializer's context.

    Example:
        >>> HiddenField(default=CurrentUserDefault()).write_only
        True
    """

    requires_context = True

    def __call__(self, serializer_field: Field) -> Any:
        request = serializer_field.context.get("request")
        if request is None:
            raise ImproperlyConfigured(
                f"CurrentUserDefault of {serializer_field.field_name!r} needs the request: make the serializer with "
                'context={"request": request}, as views do.'
            )
        return request.user

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class CreateOnlyDefault:
    """A default for new instances only; an update leaves the field out.

    Args:
        default: the value, or a callable for it.
    """

    requires_context = True

    def __init__(self, default: Any) -> None:
        self.default = default

    def __call__(self, serializer_field: Field) -> Any:
        if getattr(serializer_field.root, "instance", None) is not None:
            raise SkipField
        if not callable(self.default):
            return self.default
        if getattr(self.default, "requires_context", False):
            return self.default(serializer_field)
        return self.default()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.default!r})"
