"""Fields of text."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from manoir import forms
from manoir.bridge import hook
from manoir.exceptions import ValidationError
from manoir.i18n import gettext_lazy as _
from manoir.rest._field import MAX_BITS, Field, empty, shown
from manoir.validators import (
    EmailValidator,
    MaxLengthValidator,
    MinLengthValidator,
    ProhibitNullCharactersValidator,
    RegexValidator,
    URLValidator,
    validate_ipv4_address,
    validate_ipv6_address,
    validate_ipv46_address,
    validate_slug,
    validate_unicode_slug,
)

TEXT_LIKE: tuple[type, ...] = (str, int, float, Decimal)


class CharField(Field):
    """Text without NUL characters and lone surrogates.

    Args:
        max_length: most characters.
        min_length: fewest characters.
        allow_blank: the empty text is a value.
        trim_whitespace: drop blanks around the text.
        **options: those of every field.

    Example:
        >>> CharField(max_length=5).run_validation(" Ada ")
        'Ada'
    """

    initial = ""
    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "invalid": _("This is no text."),
        "blank": _("This field cannot be blank."),
        "max_length": _("This has more than {max_length} characters."),
        "min_length": _("This has fewer than {min_length} characters."),
        "surrogate_characters_not_allowed": _("Half of a character is not allowed: U+{code_point:X}."),
    }

    def __init__(
        self,
        *,
        max_length: int | None = None,
        min_length: int | None = None,
        allow_blank: bool = False,
        trim_whitespace: bool = True,
        **options: Any,
    ) -> None:
        self.allow_blank, self.trim_whitespace = allow_blank, trim_whitespace
        self.max_length, self.min_length = max_length, min_length
        super().__init__(**options)
        if max_length is not None:
            self.validators.append(MaxLengthValidator(max_length))
        if min_length is not None:
            self.validators.append(MinLengthValidator(min_length))
        self.validators.append(refuse_null_characters)

    @hook
    def run_validation(self, data: Any = empty) -> Any:
        """Hook: the empty text is decided about before everything else."""
        if data == "" or (self.trim_whitespace and isinstance(data, str) and not data.strip()):
            if not self.allow_blank and not self.read_only:
                self.fail("blank")
            return ""
        return super().run_validation(data)

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: text, or a number as text; `true` and lists are none."""
        if type(data) is not str:
            if isinstance(data, bool) or not isinstance(data, TEXT_LIKE):
                self.fail("invalid")
            data = str(data) if not is_huge(data) else self.fail("invalid")
        if not data.isascii():
            self._refuse_surrogates(data)
        return data.strip() if self.trim_whitespace else data

    def _refuse_surrogates(self, text: str) -> None:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            self.fail("surrogate_characters_not_allowed", code_point=ord(text[error.start]))

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the text."""
        return value if type(value) is str else str(value)


refuse_null_characters = ProhibitNullCharactersValidator()


def is_huge(number: Any) -> bool:
    """Whether the digits of an integer are too many to be written."""
    return isinstance(number, int) and number.bit_length() > MAX_BITS


class EmailField(CharField):
    """An e-mail address."""

    default_error_messages: ClassVar[Mapping[str, Any]] = {"invalid": _("This is no e-mail address.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators.append(EmailValidator())


class RegexField(CharField):
    """Text that matches a regular expression.

    Args:
        regex: the expression, as text or compiled; it is searched, so anchor it.
        **options: those of CharField.
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {"invalid": _("This does not have the form that is needed.")}

    def __init__(self, regex: str | re.Pattern[str], **options: Any) -> None:
        self.regex = regex
        super().__init__(**options)
        self.validators.append(RegexValidator(regex, message=self.error_messages["invalid"]))


class SlugField(CharField):
    """Letters, digits, hyphens and underscores.

    Args:
        allow_unicode: letters of all scripts.
        **options: those of CharField.
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "invalid": _("Only letters, digits, underscores and hyphens may stand here."),
    }

    def __init__(self, *, allow_unicode: bool = False, **options: Any) -> None:
        self.allow_unicode = allow_unicode
        super().__init__(**options)
        self.validators.append(validate_unicode_slug if allow_unicode else validate_slug)


class URLField(CharField):
    """A URL with a scheme and a host."""

    default_error_messages: ClassVar[Mapping[str, Any]] = {"invalid": _("This is no URL.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators.append(URLValidator())


class UUIDField(Field):
    """A UUID.

    Args:
        format: how it is written: `"hex_verbose"`, `"hex"`, `"int"` or `"urn"`. All are read.
        **options: those of every field.

    Example:
        >>> UUIDField().run_validation("7ec0a5d2-0000-4000-8000-0242ac120002").version
        4
    """

    valid_formats: ClassVar[tuple[str, ...]] = ("hex_verbose", "hex", "int", "urn")
    default_error_messages: ClassVar[Mapping[str, Any]] = {"invalid": _("“{value}” is no UUID.")}

    def __init__(self, *, format: str = "hex_verbose", **options: Any) -> None:
        if format not in self.valid_formats:
            raise ValueError(f"UUIDField(format={format!r}): use one of {', '.join(self.valid_formats)}.")
        self.uuid_format = format
        super().__init__(**options)

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the UUID of a text or a whole number."""
        if isinstance(data, uuid.UUID):
            return data
        try:
            if type(data) is int:
                return uuid.UUID(int=data)
            if type(data) is str and len(data) <= 100:
                return uuid.UUID(hex=data)
        except ValueError:
            pass
        return self.fail("invalid", value=shown(data))

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the text, or the number."""
        if self.uuid_format == "hex_verbose":
            return str(value)
        return getattr(value, self.uuid_format)


class IPAddressField(CharField):
    """An IP address, in its canonical form.

    Args:
        protocol: `"both"`, `"IPv4"` or `"IPv6"`.
        unpack_ipv4: turn `::ffff:192.0.2.1` into `192.0.2.1`; only with `"both"`.
        **options: those of CharField.

    Raises:
        ValueError: `protocol` is none of the three, or contradicts `unpack_ipv4`.

    Example:
        >>> IPAddressField().run_validation("2001:DB8:0::1")
        '2001:db8::1'
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {"invalid": _("This is no IP address.")}
    checks: ClassVar[dict[str, Any]] = {
        "both": validate_ipv46_address, "ipv4": validate_ipv4_address, "ipv6": validate_ipv6_address,
    }  # fmt: skip

    def __init__(self, *, protocol: str = "both", unpack_ipv4: bool = False, **options: Any) -> None:
        if protocol.lower() not in self.checks:
            raise ValueError(f"IPAddressField(protocol={protocol!r}): use 'both', 'IPv4' or 'IPv6'.")
        if unpack_ipv4 and protocol.lower() != "both":
            raise ValueError(
                f"IPAddressField(protocol={protocol!r}, unpack_ipv4=True): that needs the protocol 'both'."
            )
        self.protocol, self.unpack_ipv4 = protocol.lower(), unpack_ipv4
        self._canonical = forms.GenericIPAddressField(unpack_ipv4=unpack_ipv4).to_python
        options.setdefault("max_length", 39)
        super().__init__(**options)
        self.validators.append(self.checks[self.protocol])

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the address."""
        text = super().to_internal_value(data)
        try:
            return self._canonical(text)
        except ValidationError:
            return self.fail("invalid")
