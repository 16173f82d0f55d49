"""Fields whose value is text, or is told by its text alone."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from ipaddress import IPv6Address
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from manoir.exceptions import ValidationError
from manoir.forms._fields._base import Field
from manoir.forms._widgets import EmailInput, Textarea, URLInput, Widget
from manoir.i18n import gettext_lazy as _
from manoir.validators import (
    EmailValidator,
    MaxLengthValidator,
    MinLengthValidator,
    ProhibitNullCharactersValidator,
    RegexValidator,
    URLValidator,
    check_json,
    validate_ipv4_address,
    validate_ipv6_address,
    validate_ipv46_address,
    validate_slug,
    validate_unicode_slug,
)

MAX_URL_LENGTH = 2_048
MAX_EMAIL_LENGTH = 320
MAX_UUID_LENGTH = 64
MAX_ADDRESS_LENGTH = 64

TYPED = frozenset({"text", "search", "tel", "url", "email", "password"})
"""Inputs for which `maxlength` means something."""


class CharField(Field):
    """Text.

    Args:
        max_length: most characters; None for no limit of its own.
        min_length: fewest characters.
        strip: take off white space around it.
        empty_value: what an empty value becomes; None keeps an empty column NULL.
        **options: the options of every field.

    Example:
        >>> CharField(required=False, empty_value=None).clean("  ") is None
        True
    """

    def __init__(
        self,
        *,
        max_length: int | None = None,
        min_length: int | None = None,
        strip: bool = True,
        empty_value: Any = "",
        **options: Any,
    ) -> None:
        self.max_length = max_length
        self.min_length = min_length
        self.strip = strip
        self.empty_value = empty_value
        super().__init__(**options)
        if min_length is not None:
            self.validators.append(MinLengthValidator(int(min_length)))
        if max_length is not None:
            self.validators.append(MaxLengthValidator(int(max_length)))
        self.validators.append(ProhibitNullCharactersValidator())

    def to_python(self, value: Any) -> Any:
        """Return the text, stripped."""
        if value not in self.empty_values:
            value = str(value)
            if self.strip:
                value = value.strip()
        return self.empty_value if value in self.empty_values else value

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        """Return `maxlength` and `minlength` for widgets in which people type."""
        attrs = super().widget_attrs(widget)
        if isinstance(widget, Textarea) or widget.input_type in TYPED:
            if self.max_length is not None:
                attrs["maxlength"] = str(self.max_length)
            if self.min_length is not None:
                attrs["minlength"] = str(self.min_length)
        return attrs


class RegexField(CharField):
    r"""Text in which a regular expression is found; write `\A…\Z` to match the whole.

    Args:
        regex: the expression, as text or compiled.
        **options: those of CharField; `strip` is off unless told otherwise.
    """

    def __init__(self, regex: str | re.Pattern[str], **options: Any) -> None:
        options.setdefault("strip", False)
        super().__init__(**options)
        self._validator: RegexValidator | None = None
        self.regex = regex

    @property
    def regex(self) -> re.Pattern[str]:
        """The compiled expression."""
        return self._regex

    @regex.setter
    def regex(self, regex: str | re.Pattern[str]) -> None:
        self._regex = re.compile(regex) if isinstance(regex, str) else regex
        if self._validator in self.validators:
            self.validators.remove(self._validator)  # pyright: ignore[reportArgumentType]
        self._validator = RegexValidator(regex=self._regex)
        self.validators.append(self._validator)


class EmailField(CharField):
    """An e-mail address, at most 320 characters long."""

    widget = EmailInput
    default_validators = (EmailValidator(),)

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", MAX_EMAIL_LENGTH)
        super().__init__(strip=True, **options)


class URLField(CharField):
    """A URL, at most 2,048 characters long.

    Args:
        assume_scheme: scheme of an address typed without one; None means `https`.
        **options: those of CharField.

    Example:
        >>> URLField().clean("example.com")
        'https://example.com'
    """

    widget = URLInput
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Enter a valid URL.")}
    default_validators = (URLValidator(),)

    def __init__(self, *, assume_scheme: str | None = None, **options: Any) -> None:
        self.assume_scheme = assume_scheme or "https"
        options.setdefault("max_length", MAX_URL_LENGTH)
        super().__init__(strip=True, **options)

    def to_python(self, value: Any) -> Any:
        """Return the URL with its scheme."""
        value = super().to_python(value)
        if not value or len(value) > MAX_URL_LENGTH:
            return value
        try:
            parts = list(urlsplit(value))
        except ValueError as error:
            raise self.error("invalid") from error
        if parts[0]:
            return value
        if not parts[1]:
            # Without scheme and slashes the host stands at the beginning of the path.
            parts[1], slash, rest = parts[2].partition("/")
            parts[2] = slash + rest
        parts[0] = self.assume_scheme
        return urlunsplit(parts)


class SlugField(CharField):
    """Letters, digits, hyphens and underscores.

    Args:
        allow_unicode: letters of all scripts.
        **options: those of CharField.
    """

    default_validators = (validate_slug,)

    def __init__(self, *, allow_unicode: bool = False, **options: Any) -> None:
        self.allow_unicode = allow_unicode
        if allow_unicode:
            self.default_validators = (validate_unicode_slug,)
        super().__init__(**options)


class GenericIPAddressField(CharField):
    """An IPv4 or IPv6 address, in its canonical form.

    Args:
        protocol: `"both"`, `"IPv4"` or `"IPv6"`.
        unpack_ipv4: turn `::ffff:192.0.2.1` into `192.0.2.1`; only with `"both"`.
        **options: those of CharField.

    Raises:
        ValueError: `protocol` is none of the three, or contradicts `unpack_ipv4`.

    Example:
        >>> GenericIPAddressField().clean("2001:DB8:0::1")
        '2001:db8::1'
    """

    checks: ClassVar[Mapping[str, Any]] = {
        "both": validate_ipv46_address,
        "ipv4": validate_ipv4_address,
        "ipv6": validate_ipv6_address,
    }

    def __init__(self, *, protocol: str = "both", unpack_ipv4: bool = False, **options: Any) -> None:
        kind = protocol.lower()
        if kind not in self.checks:
            raise ValueError(f"The protocol {protocol!r} is unknown. Use 'both', 'IPv4' or 'IPv6'.")
        if unpack_ipv4 and kind != "both":
            raise ValueError("unpack_ipv4 needs the protocol 'both'.")
        self.unpack_ipv4 = unpack_ipv4
        self.default_validators = (self.checks[kind],)
        options.setdefault("max_length", MAX_ADDRESS_LENGTH)
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        """Return the address in its canonical form."""
        if value in self.empty_values:
            return ""
        text = str(value).strip()
        if ":" not in text or len(text) > MAX_ADDRESS_LENGTH:
            return text
        try:
            address = IPv6Address(text)
        except ValueError:
            raise ValidationError(_("This is not a valid IPv6 address."), code="invalid") from None
        if self.unpack_ipv4 and address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped is not None else str(address)


class UUIDField(CharField):
    """A UUID, with or without hyphens."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Enter a valid UUID.")}

    def prepare_value(self, value: Any) -> Any:
        """Return the UUID as text."""
        return str(value) if isinstance(value, uuid.UUID) else value

    def to_python(self, value: Any) -> Any:
        """Return the UUID; None for an empty value."""
        value = super().to_python(value)
        if value in self.empty_values:
            return None
        if isinstance(value, uuid.UUID):
            return value
        try:
            if len(value) > MAX_UUID_LENGTH:
                raise ValueError("too long")
            return uuid.UUID(value)
        except ValueError as error:
            raise self.error("invalid") from error


class InvalidJSONInput(str):
    """Text that is no JSON; shown again as it was typed."""


class JSONString(str):
    """A JSON document that is one string; kept apart from text that is yet to be read."""


class JSONField(CharField):
    """A JSON document.

    Args:
        encoder: a `json.JSONEncoder` class for values that JSON does not know.
        decoder: a `json.JSONDecoder` class.
        **options: those of CharField.

    Example:
        >>> JSONField().clean('{"a": [1, 2]}')
        {'a': [1, 2]}
    """

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Enter a valid JSON.")}
    widget = Textarea

    def __init__(self, encoder: Any = None, decoder: Any = None, **options: Any) -> None:
        self.encoder = encoder
        self.decoder = decoder
        super().__init__(**options)
        # The value is no text: what CharField checks of texts does not concern it.
        self.validators = [check for check in self.validators if not isinstance(check, ProhibitNullCharactersValidator)]

    def to_python(self, value: Any) -> Any:
        """Return the document; None for an empty value."""
        if self.disabled:
            return value
        if value in self.empty_values:
            return None
        if isinstance(value, (list, dict, int, float, JSONString)):
            return value
        try:
            found = json.loads(value, cls=self.decoder)
            check_json(found, self.encoder)
        except (ValueError, TypeError, RecursionError) as error:
            raise self.error("invalid", value=value) from error
        return JSONString(found) if isinstance(found, str) else found

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return the document that was sent, or its text where it is none."""
        if self.disabled:
            return initial
        if data is None:
            return None
        try:
            found = json.loads(data, cls=self.decoder)
            check_json(found, self.encoder)
        except (ValueError, TypeError, RecursionError):
            return InvalidJSONInput(data)
        return found

    def prepare_value(self, value: Any) -> Any:
        """Return the document as text."""
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, ensure_ascii=False, cls=self.encoder)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether the documents differ, whatever the order of their keys."""
        if self.disabled:
            return False
        try:
            found = self.to_python(data)
        except ValidationError:
            return True
        return json.dumps(initial, sort_keys=True, cls=self.encoder) != json.dumps(
            found, sort_keys=True, cls=self.encoder
        )
