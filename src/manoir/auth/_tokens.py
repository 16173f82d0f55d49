"""One-use tokens that prove that somebody reads the mail of an account, for links that reset a password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from manoir.conf import settings
from manoir.signing import constant_time_compare, derive_key
from manoir.timezone import now

DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
LONGEST_TOKEN: Final = 100
LONGEST_TIMESTAMP: Final = 10
EPOCH: Final = datetime(2001, 1, 1, tzinfo=UTC)


class PasswordResetTokenGenerator:
    """Makes and checks tokens. Nothing is stored: a token holds a moment and a hash.

    The hash covers the key, the stored password, the last sign-in and the address of the user. So a token is worth
    nothing once it was used, once somebody signed in, or when the address changed; and after PASSWORD_RESET_TIMEOUT.

    Attributes:
        purpose: tokens of another purpose never fit; change it in a subclass that proves something else.
    """

    purpose: str = "manoir.auth.password_reset"

    def make_token(self, user: Any) -> str:
        """Return a token for a user, of small letters, digits and one hyphen."""
        return self.token_of(user, self.seconds(now()), None)

    def check_token(self, user: Any, token: str | None) -> bool:
        """Tell whether a token is this user's, was made here, and is neither used nor too old."""
        if user is None or not token or len(token) > LONGEST_TOKEN:
            return False
        text, hyphen, _hash = token.partition("-")
        moment = read_base36(text)
        if not hyphen or moment is None:
            return False
        secrets: list[Any] = [None, *settings.SECRET_KEY_FALLBACKS]
        fits = [constant_time_compare(self.token_of(user, moment, secret), token) for secret in secrets]
        age = self.seconds(now()) - moment
        return any(fits) and 0 <= age <= settings.PASSWORD_RESET_TIMEOUT

    def token_of(self, user: Any, moment: int, secret: Any) -> str:
        """Return the token of a user and a moment."""
        parts = "".join(f"{len(part)}:{part}" for part in self.state_of(user))
        made = derive_key(f"{self.purpose}|{moment}|{parts}", secret=secret).hex()
        return f"{base36(moment)}-{made[:40]}"

    def state_of(self, user: Any) -> list[str]:
        """Return what has to stay the same for a token to be worth something."""
        last_login = user.last_login
        return [
            str(user.pk),
            user.password,
            "" if last_login is None else last_login.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat(),
            str(getattr(user, user.get_email_field_name(), "") or ""),
        ]

    def seconds(self, moment: datetime) -> int:
        """Return a moment as whole seconds."""
        return (moment.astimezone(UTC) - EPOCH) // timedelta(seconds=1)


def base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"


def read_base36(text: str) -> int | None:
    """Return the number of a text, None for a text that is none or too long (M09)."""
    if not text or len(text) > LONGEST_TIMESTAMP or any(character not in DIGITS for character in text):
        return None
    return int(text, 36)


default_token_generator: Final = PasswordResetTokenGenerator()
