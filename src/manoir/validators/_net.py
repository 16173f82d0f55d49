"""Validators of names of the net: addresses, domains, e-mail addresses, URLs.

Each one looks at the length first, then goes through the text once, part by part.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any, Final

from manoir.exceptions import ValidationError
from manoir.i18n import gettext_lazy
from manoir.validators._deconstruct import deconstructible
from manoir.validators._text import RegexValidator

MAX_IPV4: Final = 15
MAX_IPV6: Final = 45
MAX_DOMAIN: Final = 255
MAX_HOST: Final = 253
MAX_LABEL: Final = 63
MAX_EMAIL: Final = 320
MAX_MAILBOX: Final = 64
MAX_PORT: Final = 65_535

LABEL = re.compile(r"[a-z0-9-]{1,63}", re.IGNORECASE | re.ASCII)
IDNA_LABEL = re.compile("[a-z0-9\u00a1-\U0010ffff-]{1,63}", re.IGNORECASE)
TOP_LABEL = re.compile(r"[a-z-]{2,63}|xn--[a-z0-9]{1,59}", re.IGNORECASE | re.ASCII)
IDNA_TOP_LABEL = re.compile("[a-z\u00a1-\U0010ffff-]{2,63}|xn--[a-z0-9]{1,59}", re.IGNORECASE)
ATOM = re.compile(r"[-!#$%&'*+/=?^_`{}|~0-9a-z]+", re.IGNORECASE | re.ASCII)
QUOTED = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"', re.ASCII)
FORBIDDEN = re.compile("[\\s\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""White space, control characters and invisible marks: nothing of it belongs into a name or a URL."""
SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,31}", re.IGNORECASE | re.ASCII)
PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
USERINFO = re.compile(r"[^\s:@/]+(?::[^\s:@/]*)?")


def is_ipv4(text: str) -> bool:
    try:
        return len(text) <= MAX_IPV4 and text.isascii() and bool(ipaddress.IPv4Address(text))
    except ValueError:
        return False


def is_ipv6(text: str) -> bool:
    # A zone ("%eth0") means something on one machine only, and databases refuse it.
    try:
        return len(text) <= MAX_IPV6 and "%" not in text and text.isascii() and bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


def is_domain(text: str, *, idna: bool, top: bool = True) -> bool:
    """Tell whether `text` is a domain name; with `top` it must end with a label that can be a top-level domain."""
    labels = text.removesuffix(".").split(".")
    form, top_form = (IDNA_LABEL, IDNA_TOP_LABEL) if idna else (LABEL, TOP_LABEL)
    return (
        len(text) <= MAX_DOMAIN
        and all(form.fullmatch(label) and label[0] != "-" and label[-1] != "-" for label in labels)
        and (not top or (len(labels) > 1 and top_form.fullmatch(labels[-1]) is not None))
    )


def refuse_address(value: Any, protocol: str) -> None:
    raise ValidationError(
        gettext_lazy("Enter a valid %(protocol)s address."),
        code="invalid",
        params={"protocol": protocol, "value": value},
    )


def validate_ipv4_address(value: str) -> None:
    """Refuse what is no IPv4 address in dotted form without leading zeros."""
    if not is_ipv4(str(value)):
        refuse_address(value, "IPv4")


def validate_ipv6_address(value: str) -> None:
    """Refuse what is no IPv6 address. Zones (`%eth0`) are refused too."""
    if not is_ipv6(str(value)):
        refuse_address(value, "IPv6")


def validate_ipv46_address(value: str) -> None:
    """Refuse what is neither an IPv4 nor an IPv6 address."""
    if not is_ipv4(str(value)) and not is_ipv6(str(value)):
        refuse_address(value, "IPv4 or IPv6")


@deconstructible(path="manoir.validators.DomainNameValidator")
class DomainNameValidator:
    """Refuses what is no domain name with a top-level domain.

    Args:
        accept_idna: False refuses names with other than ASCII letters.
        message: text for the error; None asks for a valid domain name.
        code: code of the error; None is `"invalid"`.

    Example:
        >>> DomainNameValidator()("example.com")
    """

    message: str = gettext_lazy("Enter a valid domain name.")
    code: str = "invalid"
    max_length: int = MAX_DOMAIN

    def __init__(self, accept_idna: bool = True, message: str | None = None, code: str | None = None) -> None:
        self.accept_idna = accept_idna
        self.message = self.message if message is None else message
        self.code = self.code if code is None else code

    def __call__(self, value: Any) -> None:
        if not isinstance(value, str) or len(value) > self.max_length or not is_domain(value, idna=self.accept_idna):
            raise ValidationError(self.message, code=self.code, params={"value": value})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DomainNameValidator):
            return NotImplemented
        return (self.accept_idna, self.message, self.code) == (other.accept_idna, other.message, other.code)

    def __hash__(self) -> int:
        return hash((self.accept_idna, self.code))


validate_domain_name = DomainNameValidator()
"""Refuses what is no domain name."""


@deconstructible(path="manoir.validators.EmailValidator")
class EmailValidator:
    """Refuses what is no e-mail address.

    Args:
        message: text for the error; None asks for a valid address.
        code: code of the error; None is `"invalid"`.
        allowlist: domains without a top-level domain that are accepted; None is `["localhost"]`.

    Example:
        >>> EmailValidator()("someone@example.com")
    """

    message: str = gettext_lazy("Enter a valid email address.")
    code: str = "invalid"
    domain_allowlist: Sequence[str] = ("localhost",)

    def __init__(
        self, message: str | None = None, code: str | None = None, allowlist: Sequence[str] | None = None
    ) -> None:
        self.message = self.message if message is None else message
        self.code = self.code if code is None else code
        self.domain_allowlist = self.domain_allowlist if allowlist is None else allowlist

    def __call__(self, value: Any) -> None:
        if not isinstance(value, str) or len(value) > MAX_EMAIL or not self.is_address(value):
            raise ValidationError(self.message, code=self.code, params={"value": value})

    def is_address(self, value: str) -> bool:
        """Tell whether the text is a mailbox at a domain."""
        mailbox, at, domain = value.rpartition("@")
        return bool(at) and is_mailbox(mailbox) and self.is_domain_part(domain)

    def is_domain_part(self, domain: str) -> bool:
        """Tell whether mail can be sent to a host of this name or address."""
        if domain in self.domain_allowlist:
            return True
        if domain.startswith("[") and domain.endswith("]"):
            address = domain[1:-1]
            return is_ipv4(address) or is_ipv6(address.removeprefix("IPv6:"))
        return not domain.endswith(".") and is_domain(domain, idna=True)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EmailValidator):
            return NotImplemented
        same = set(self.domain_allowlist) == set(other.domain_allowlist)
        return same and (self.message, self.code) == (other.message, other.code)

    def __hash__(self) -> int:
        return hash(self.code)


def is_mailbox(text: str) -> bool:
    """Tell whether `text` may stand before the @: atoms with dots between them, or a quoted text."""
    if not text or len(text) > MAX_MAILBOX:
        return False
    return all(map(ATOM.fullmatch, text.split("."))) or QUOTED.fullmatch(text) is not None


validate_email = EmailValidator()
"""Refuses what is no e-mail address."""


@deconstructible(path="manoir.validators.URLValidator")
class URLValidator(RegexValidator):
    """Refuses what is no absolute URL of an allowed scheme with a host.

    Args:
        schemes: schemes to accept, in lower case; None is http, https, ftp and ftps.
        regex: an expression that is searched for besides; None is none.
        message: text for the error; None asks for a valid URL.
        code: code of the error; None is `"invalid"`.

    Example:
        >>> URLValidator(schemes=["https"])("https://example.com/a?b=c")
    """

    message = gettext_lazy("Enter a valid URL.")
    schemes: Sequence[str] = ("http", "https", "ftp", "ftps")
    max_length: int = 2048

    def __init__(
        self,
        schemes: Sequence[str] | None = None,
        regex: str | re.Pattern[str] | None = None,
        message: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(regex=regex, message=message, code=code)
        self.schemes = self.schemes if schemes is None else schemes

    def __call__(self, value: Any) -> None:
        if not isinstance(value, str) or len(value) > self.max_length or not self.is_url(value):
            raise ValidationError(self.message, code=self.code, params={"value": value})
        super().__call__(value)

    def is_url(self, value: str) -> bool:
        """Tell whether the text has an allowed scheme and a host, and nothing that has no place in a URL."""
        scheme, separator, rest = value.partition("://")
        allowed = separator and SCHEME.fullmatch(scheme) and scheme.lower() in self.schemes
        # Browsers read a backslash as a slash, so the host they open would be another one.
        if not allowed or FORBIDDEN.search(value) or "\\" in value:
            return False
        return is_authority(authority_of(rest))

    def identity(self) -> tuple[Any, ...]:
        """Return what equal validators have in common."""
        return (*super().identity(), tuple(self.schemes))


def authority_of(rest: str) -> str:
    """Return the part of a URL between `://` and the path, query or fragment."""
    end = min((position for position in map(rest.find, "/?#") if position >= 0), default=len(rest))
    return rest[:end]


def is_authority(text: str) -> bool:
    """Tell whether `text` is `[user[:password]@]host[:port]`."""
    userinfo, at, hostport = text.rpartition("@")
    if at and not USERINFO.fullmatch(userinfo):
        return False
    if hostport.startswith("["):
        host, bracket, port = hostport[1:].partition("]")
        return bool(bracket) and is_ipv6(host) and (not port or (port[0] == ":" and is_port(port[1:])))
    host, colon, port = hostport.partition(":")
    return (not colon or is_port(port)) and is_host(host)


def is_port(text: str) -> bool:
    return PORT.fullmatch(text) is not None and int(text) <= MAX_PORT


def is_host(text: str) -> bool:
    if not text or len(text.removesuffix(".")) > MAX_HOST:
        return False
    return text.lower() == "localhost" or is_ipv4(text) or is_domain(text, idna=True)
