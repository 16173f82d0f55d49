r"""Validators of text by its form: regular expressions, slugs, lists of numbers, null characters, file extensions.

Our own expressions have one repeat and no repeat inside a repeat, and are anchored at both real ends (`\Z`, not `$`,
which lets a newline pass).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Final

from manoir.exceptions import ValidationError
from manoir.i18n import gettext_lazy
from manoir.validators._deconstruct import deconstructible

IMAGE_EXTENSIONS: Final = ("gif", "jfif", "jpe", "jpeg", "jpg", "png", "webp")
"""Formats that browsers show and whose headers say their size before anything is decoded."""


@deconstructible(path="manoir.validators.RegexValidator")
class RegexValidator:
    r"""Refuses text in which a regular expression is not found (or is found, with `inverse_match`).

    The expression is searched for, so write `\A…\Z` to match the whole text. Your own expression runs on what users
    send: keep it free of repeats inside repeats.

    Args:
        regex: the expression, text or compiled; None is the class's own, which finds something in every text.
        message: text for the error; `%(value)s` is what was refused.
        code: code of the error; None is `"invalid"`.
        inverse_match: True refuses text in which the expression is found.
        flags: `re` flags for an expression given as text.

    Raises:
        TypeError: flags were given with a compiled expression.

    Example:
        >>> RegexValidator(r"\A[a-z]+\Z", "Lower case only.")("Abc")
        Traceback (most recent call last):
        manoir.exceptions.ValidationError: ['Lower case only.']
    """

    regex: Any = ""
    message: str = gettext_lazy("Enter a valid value.")
    code: str = "invalid"
    inverse_match: bool = False
    flags: int = 0

    def __init__(
        self,
        regex: str | re.Pattern[str] | None = None,
        message: str | None = None,
        code: str | None = None,
        inverse_match: bool | None = None,
        flags: int | None = None,
    ) -> None:
        given = {"regex": regex, "message": message, "code": code, "inverse_match": inverse_match, "flags": flags}
        for name, value in given.items():
            if value is not None:
                setattr(self, name, value)
        if self.flags and not isinstance(self.regex, str):
            raise TypeError("A compiled expression has its flags already: pass flags with an expression given as text.")
        if isinstance(self.regex, str):
            self.regex = re.compile(self.regex, self.flags)

    def __call__(self, value: Any) -> None:
        if bool(self.regex.search(str(value))) is self.inverse_match:
            raise ValidationError(self.message, code=self.code, params={"value": value})

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.identity() == other.identity()

    def __hash__(self) -> int:
        return hash((self.regex.pattern, self.regex.flags, self.code, self.inverse_match))

    def identity(self) -> tuple[Any, ...]:
        """Return what equal validators have in common."""
        return self.regex.pattern, self.regex.flags, self.message, self.code, self.inverse_match


validate_slug = RegexValidator(
    r"\A[-a-zA-Z0-9_]+\Z",
    gettext_lazy("Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."),
    "invalid",
)
"""Refuses what is not made of ASCII letters, digits, underscores and hyphens."""

validate_unicode_slug = RegexValidator(
    r"\A[-\w]+\Z",
    gettext_lazy("Enter a valid “slug” consisting of Unicode letters, numbers, underscores, or hyphens."),
    "invalid",
)
"""Refuses what is not made of letters and digits of any script, underscores and hyphens."""


def int_list_validator(
    sep: str = ",", message: str | None = None, code: str = "invalid", allow_negative: bool = False
) -> RegexValidator:
    """Make a validator of text that consists of integers with `sep` between them.

    Args:
        sep: what stands between two numbers.
        message: text for the error; None asks for digits separated by commas.
        code: code of the error.
        allow_negative: True lets a number begin with a minus.

    Example:
        >>> int_list_validator(sep=" ", allow_negative=True)("1 -2 3")
    """
    between = re.escape(sep)
    minus = rf"|(?:\A|(?<={between}))-(?=[0-9])" if allow_negative else ""
    ahead = "-?[0-9]" if allow_negative else "[0-9]"
    return RegexValidator(
        rf"\A(?:[0-9]|(?<=[0-9]){between}(?={ahead}){minus})+\Z",
        message=gettext_lazy("Enter only digits separated by commas.") if message is None else message,
        code=code,
    )


validate_comma_separated_integer_list = int_list_validator()
"""Refuses what is not a list of integers with commas between them."""


@deconstructible(path="manoir.validators.ProhibitNullCharactersValidator")
class ProhibitNullCharactersValidator:
    """Refuses text with a NUL character, which databases and file systems do not take.

    Args:
        message: text for the error; None says that null characters are not allowed.
        code: code of the error; None is `"null_characters_not_allowed"`.
    """

    message: str = gettext_lazy("Null characters are not allowed.")
    code: str = "null_characters_not_allowed"

    def __init__(self, message: str | None = None, code: str | None = None) -> None:
        self.message = self.message if message is None else message
        self.code = self.code if code is None else code

    def __call__(self, value: Any) -> None:
        if "\x00" in str(value):
            raise ValidationError(self.message, code=self.code, params={"value": value})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ProhibitNullCharactersValidator):
            return NotImplemented
        return (self.message, self.code) == (other.message, other.code)

    def __hash__(self) -> int:
        return hash(self.code)


@deconstructible(path="manoir.validators.FileExtensionValidator")
class FileExtensionValidator:
    """Refuses files whose name has another extension. An extension says nothing about the content.

    Args:
        allowed_extensions: extensions without dot, compared without case; None allows every one.
        message: text for the error; may hold `%(extension)s` and `%(allowed_extensions)s`.
        code: code of the error; None is `"invalid_extension"`.
    """

    message: str = gettext_lazy(
        "File extension “%(extension)s” is not allowed. Allowed extensions are: %(allowed_extensions)s."
    )
    code: str = "invalid_extension"

    def __init__(
        self, allowed_extensions: Sequence[str] | None = None, message: str | None = None, code: str | None = None
    ) -> None:
        if isinstance(allowed_extensions, str):
            raise TypeError(f"allowed_extensions is a list of extensions, not the text {allowed_extensions!r}.")
        self.allowed_extensions = (
            None if allowed_extensions is None else [extension.lower() for extension in allowed_extensions]
        )
        self.message = self.message if message is None else message
        self.code = self.code if code is None else code

    def __call__(self, value: Any) -> None:
        extension = PurePath(value.name).suffix[1:].lower()
        if self.allowed_extensions is not None and extension not in self.allowed_extensions:
            allowed = ", ".join(self.allowed_extensions)
            params = {"extension": extension, "allowed_extensions": allowed, "value": value}
            raise ValidationError(self.message, code=self.code, params=params)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FileExtensionValidator):
            return NotImplemented
        mine, its = self.allowed_extensions, other.allowed_extensions
        same = mine == its if mine is None or its is None else set(mine) == set(its)
        return same and (self.message, self.code) == (other.message, other.code)

    def __hash__(self) -> int:
        return hash(self.code)


def get_available_image_extensions() -> list[str]:
    """Return the extensions that `validate_image_file_extension` lets pass."""
    return list(IMAGE_EXTENSIONS)


def validate_image_file_extension(value: Any) -> None:
    """Refuse files whose name has no extension of an image format that browsers show safely.

    Args:
        value: a file, by its `name`.

    Raises:
        ValidationError: with code `"invalid_extension"`.
    """
    FileExtensionValidator(allowed_extensions=IMAGE_EXTENSIONS)(value)
