"""Rules for new passwords, AUTH_PASSWORD_VALIDATORS."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup, escape

from manoir.conf import import_string, settings
from manoir.exceptions import ImproperlyConfigured, ValidationError
from manoir.i18n import gettext
from manoir.i18n import gettext_lazy as _

LONGEST_COMPARED: Final = 256
WORST: Final = frozenset(
    [
        "111111",
        "112233",
        "121212",
        "123123",
        "123321",
        "123456",
        "1234567",
        "12345678",
        "123456789",
        "1234567890",
        "654321",
        "666666",
        "696969",
        "777777",
        "888888",
        "987654321",
        "000000",
        "aa123456",
        "abc123",
        "access",
        "admin",
        "administrator",
        "adobe123",
        "amanda",
        "andrew",
        "angel",
        "ashley",
        "azerty",
        "bailey",
        "baseball",
        "batman",
        "biteme",
        "buster",
        "changeme",
        "charlie",
        "cheese",
        "chocolate",
        "computer",
        "cookie",
        "correcthorse",
        "daniel",
        "donald",
        "dragon",
        "flower",
        "football",
        "freedom",
        "ginger",
        "google",
        "hannah",
        "harley",
        "hello",
        "hockey",
        "hunter",
        "iloveyou",
        "internet",
        "jennifer",
        "jessica",
        "jordan",
        "joshua",
        "justin",
        "killer",
        "klaster",
        "letmein",
        "login",
        "lovely",
        "maggie",
        "master",
        "matrix",
        "michael",
        "mercedes",
        "monkey",
        "mustang",
        "nicole",
        "ninja",
        "orange",
        "p@ssw0rd",
        "passw0rd",
        "password",
        "pepper",
        "princess",
        "qazwsx",
        "qwerty",
        "qwertyuiop",
        "qwertz",
        "ranger",
        "robert",
        "secret",
        "shadow",
        "silver",
        "soccer",
        "solo",
        "starwars",
        "summer",
        "sunshine",
        "superman",
        "taylor",
        "test",
        "testing",
        "thomas",
        "thunder",
        "tigger",
        "trustno1",
        "welcome",
        "whatever",
        "william",
        "winter",
        "zaq12wsx",
    ]
)
KEYBOARD: Final = ("qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz")  # fmt: skip


class MinimumLengthValidator:
    """A password has at least so many characters.

    Args:
        min_length: how many.
    """

    def __init__(self, min_length: int = 8) -> None:
        self.min_length = min_length

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a password that is too short."""
        if len(password) < self.min_length:
            raise ValidationError(
                _("This password has %(length)d characters; it needs at least %(min_length)d."),
                code="password_too_short",
                params={"min_length": self.min_length, "length": len(password)},
            )

    def get_help_text(self) -> str:
        """Return the rule."""
        return gettext("At least %(min_length)d characters.") % {"min_length": self.min_length}


class UserAttributeSimilarityValidator:
    """A password is not much like what is known of its user.

    Args:
        user_attributes: names of attributes that it is compared with.
        max_similarity: from 0.1 to 1: how much alike they may be.
    """

    DEFAULT_USER_ATTRIBUTES = ("username", "first_name", "last_name", "email")

    def __init__(self, user_attributes: Sequence[str] = DEFAULT_USER_ATTRIBUTES, max_similarity: float = 0.7) -> None:
        if max_similarity < 0.1:
            raise ValueError(f"max_similarity is at least 0.1, not {max_similarity!r}.")
        self.user_attributes = user_attributes
        self.max_similarity = max_similarity

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a password that is too much like one of the attributes."""
        if user is None:
            return
        typed = password.lower()[:LONGEST_COMPARED]
        for name in self.user_attributes:
            value = getattr(user, name, None)
            if not value or not isinstance(value, str):
                continue
            known = value.lower()[:LONGEST_COMPARED]
            for part in {known, *re.split(r"\W+", known)}:
                if part and self.is_similar(typed, part):
                    raise ValidationError(
                        _("This password is too much like the %(verbose_name)s."),
                        code="password_too_similar",
                        params={"verbose_name": self.name_of(user, name)},
                    )

    def is_similar(self, password: str, part: str) -> bool:
        # A part that is much shorter or longer cannot be that much alike, and need not be compared.
        if 2 * min(len(password), len(part)) < self.max_similarity * (len(password) + len(part)):
            return False
        return SequenceMatcher(a=password, b=part).quick_ratio() >= self.max_similarity

    def name_of(self, user: Any, name: str) -> str:
        fields = {field.name: field for field in user._meta.fields} if hasattr(user, "_meta") else {}
        return str(fields[name].verbose_name) if name in fields else name.replace("_", " ")

    def get_help_text(self) -> str:
        """Return the rule."""
        return gettext("Not much like your name or address.")


class CommonPasswordValidator:
    """A password is none of those that are tried first.

    Without a list it knows the hundred worst ones, with digits and signs around them, runs of the keyboard, and
    repetitions.

    Args:
        password_list_path: a text file, or one packed by gzip, with a password of small letters in each line; None
            uses the rules above alone.
    """

    def __init__(self, password_list_path: str | Path | None = None) -> None:
        self.passwords: frozenset[str] = WORST
        if password_list_path is not None:
            raw = Path(password_list_path).read_bytes()
            text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8")
            self.passwords = WORST | {line.strip().lower() for line in text.splitlines() if line.strip()}

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a password that everybody tries."""
        typed = password.lower().strip()[:LONGEST_COMPARED]
        core = typed.strip("0123456789!?.,_-+*#$@ ")
        if typed in self.passwords or core in self.passwords or is_run(typed):
            raise ValidationError(_("This password is one that is tried first."), code="password_too_common")

    def get_help_text(self) -> str:
        """Return the rule."""
        return gettext("None that many people use.")


def is_run(text: str) -> bool:
    """Return whether a text is one piece repeated, or a run of the keyboard."""
    if len(text) > 1 and text in (text + text)[1:-1] and len(text) <= 32:
        return True
    return len(text) >= 4 and any(text in row or text in row[::-1] for row in KEYBOARD)


class NumericPasswordValidator:
    """A password is more than digits."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a password of digits alone."""
        if password.isdigit():
            raise ValidationError(_("This password has digits only."), code="password_entirely_numeric")

    def get_help_text(self) -> str:
        """Return the rule."""
        return gettext("More than digits.")


def get_password_validators(validator_config: Iterable[dict[str, Any]]) -> list[Any]:
    """Return the validators that a setting of the form of AUTH_PASSWORD_VALIDATORS names.

    Raises:
        ImproperlyConfigured: one cannot be imported, or does not take its OPTIONS.
    """
    found: list[Any] = []
    for entry in validator_config:
        path = str(entry.get("NAME", "")).replace("django.contrib.auth.password_validation.", "manoir.auth.")
        try:
            found.append(import_string(path)(**entry.get("OPTIONS", {})))
        except (ImportError, TypeError) as error:
            raise ImproperlyConfigured(
                f"AUTH_PASSWORD_VALIDATORS: {path or entry!r} cannot be used. {error}"
            ) from error
    return found


def get_default_password_validators() -> list[Any]:
    """Return the validators of AUTH_PASSWORD_VALIDATORS."""
    return get_password_validators(settings.AUTH_PASSWORD_VALIDATORS)


def validate_password(password: str, user: Any = None, password_validators: list[Any] | None = None) -> None:
    """Check a new password by all rules.

    Args:
        password: the password.
        user: whose it will be; None skips what compares them.
        password_validators: the rules; None takes those of the settings.

    Raises:
        ValidationError: of all rules that it breaks.
    """
    errors: list[ValidationError] = []
    for validator in get_default_password_validators() if password_validators is None else password_validators:
        try:
            validator.validate(password, user)
        except ValidationError as error:
            errors.append(error)
    if errors:
        raise ValidationError(errors)


def password_changed(password: str, user: Any = None, password_validators: list[Any] | None = None) -> None:
    """Tell those validators that want to know that a password was changed."""
    for validator in get_default_password_validators() if password_validators is None else password_validators:
        getattr(validator, "password_changed", lambda password, user: None)(password, user)


def password_validators_help_texts(password_validators: list[Any] | None = None) -> list[str]:
    """Return the rules in words."""
    chosen = get_default_password_validators() if password_validators is None else password_validators
    return [validator.get_help_text() for validator in chosen]


def password_validators_help_text_html(password_validators: list[Any] | None = None) -> str:
    """Return the rules as a list in HTML; empty when there are none."""
    items = Markup().join(
        Markup("<li>{}</li>").format(escape(text)) for text in password_validators_help_texts(password_validators)
    )
    return Markup("<ul>{}</ul>").format(items) if items else Markup()
