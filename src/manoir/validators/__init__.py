"""Validators: callables that take a value and raise ValidationError when it is not acceptable.

Forms, models and serializers share them. They compare equal when they were made alike and can be written into
migrations (`deconstruct()`), by the path `manoir.validators.<name>`.

The room's map:

- `_limits`: values, lengths, steps and digits against a limit.
- `_text`: regular expressions, slugs, lists of integers, null characters, file extensions.
- `_json`: documents of JSON that can be stored.
- `_net`: IP addresses, domain names, e-mail addresses, URLs.
- `_deconstruct`: `deconstructible`, for validators (and storages) of your own.
"""

from __future__ import annotations

from manoir.exceptions import ValidationError
from manoir.validators._deconstruct import deconstructible
from manoir.validators._json import check_json
from manoir.validators._limits import (
    BaseValidator,
    DecimalValidator,
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
    StepValueValidator,
)
from manoir.validators._net import (
    DomainNameValidator,
    EmailValidator,
    URLValidator,
    validate_domain_name,
    validate_email,
    validate_ipv4_address,
    validate_ipv6_address,
    validate_ipv46_address,
)
from manoir.validators._text import (
    FileExtensionValidator,
    ProhibitNullCharactersValidator,
    RegexValidator,
    get_available_image_extensions,
    int_list_validator,
    validate_comma_separated_integer_list,
    validate_image_file_extension,
    validate_slug,
    validate_unicode_slug,
)

__all__ = [
    "BaseValidator",
    "DecimalValidator",
    "DomainNameValidator",
    "EmailValidator",
    "FileExtensionValidator",
    "MaxLengthValidator",
    "MaxValueValidator",
    "MinLengthValidator",
    "MinValueValidator",
    "ProhibitNullCharactersValidator",
    "RegexValidator",
    "StepValueValidator",
    "URLValidator",
    "ValidationError",
    "check_json",
    "deconstructible",
    "get_available_image_extensions",
    "int_list_validator",
    "validate_comma_separated_integer_list",
    "validate_domain_name",
    "validate_email",
    "validate_image_file_extension",
    "validate_ipv4_address",
    "validate_ipv6_address",
    "validate_ipv46_address",
    "validate_slug",
    "validate_unicode_slug",
]
