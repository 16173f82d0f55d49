"""What may stand in the head of a mail: addresses of exactly one mailbox each, and values without line breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.errors import NonASCIILocalPartDefect, ObsoleteHeaderDefect
from email.headerregistry import Address, HeaderRegistry
from typing import Any, Final

from manoir.exceptions import InvalidHeader

MAX_ADDRESS_LENGTH: Final = 1_000
MAX_ADDR_SPEC_LENGTH: Final = 320
MAX_VALUE_LENGTH: Final = 20_000
MAX_RECIPIENTS: Final = 10_000

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,76}", re.ASCII)
BREAKS = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
"""Control characters but the tab, and what some programs take for a line break."""
SIMPLE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+", re.ASCII)

parse_header = HeaderRegistry()


def header_value(name: str, value: Any) -> str:
    """Return the text of a header.

    Raises:
        InvalidHeader: it holds a line break or another control character, or is far too long.
    """
    text = str(value)
    if len(text) > MAX_VALUE_LENGTH:
        raise InvalidHeader(f"The mail header {name} is longer than {MAX_VALUE_LENGTH} characters.")
    found = BREAKS.search(text)
    if found:
        raise InvalidHeader(
            f"The mail header {name} holds {found.group()!r}. A line break there would let its author add headers and "
            f'recipients: remove it, for example by " ".join(text.split()).'
        )
    return text


def header_name(name: str) -> str:
    """Return the name of a header.

    Raises:
        InvalidHeader: it holds something else than RFC 5322 allows there.
    """
    if not HEADER_NAME.fullmatch(name):
        raise InvalidHeader(f"{name[:80]!r} cannot be the name of a mail header.")
    return name


def single_address(field: str, text: Any) -> Address:
    """Read one mailbox: `someone@example.com` or `Some One <someone@example.com>`.

    Args:
        field: where it stands, for the error.
        text: the text.

    Raises:
        InvalidHeader: it holds a line break.
        ValueError: it is no mailbox, or more than one.
    """
    value = header_value(field, text).strip()
    if len(value) > MAX_ADDRESS_LENGTH:
        raise ValueError(f"An address in {field!r} is longer than {MAX_ADDRESS_LENGTH} characters.")
    if SIMPLE.fullmatch(value):
        mailbox, _, domain = value.rpartition("@")
        return checked_address(field, value, Address(username=mailbox, domain=domain))
    try:
        header: Any = parse_header("To", value)
        addresses: tuple[Address, ...] = header.addresses
    except Exception as error:
        # The parser of the standard library fails in several ways on odd input.
        raise ValueError(f"{value!r} in {field!r} is no mail address.") from error
    groups = any(group.display_name is not None for group in header.groups)
    # "J. Smith <…>" is obsolete in RFC 5322 but everywhere; outside of a display name obsolete means ambiguous.
    named = len(addresses) == 1 and value.endswith(f"<{addresses[0].addr_spec}>")
    harmless = (NonASCIILocalPartDefect, ObsoleteHeaderDefect) if named else (NonASCIILocalPartDefect,)
    doubtful = not all(isinstance(defect, harmless) for defect in header.defects)
    if doubtful or len(addresses) != 1 or groups or not addresses[0].username or not addresses[0].domain:
        raise ValueError(
            f"{value!r} in {field!r} is not exactly one mail address. Give a list with one address in each member: "
            "'someone@example.com' or 'Some One <someone@example.com>'."
        )
    return checked_address(field, value, addresses[0])


def checked_address(field: str, value: str, address: Address) -> Address:
    """Return the address with its domain in ASCII, which every mail server understands."""
    try:
        domain = address.domain if address.domain.isascii() else address.domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"The domain of {value!r} in {field!r} cannot be written in ASCII.") from error
    literal = domain.startswith("[") and domain.endswith("]")
    if (
        not address.username.isascii()
        or len(address.addr_spec) > MAX_ADDR_SPEC_LENGTH
        or (not literal and not all(domain.split(".")))
        or any(character.isspace() for character in domain)
    ):
        raise ValueError(f"{value!r} in {field!r} is no mail address that every server understands.")
    return Address(display_name=address.display_name, username=address.username, domain=domain)


def addresses(field: str, values: Iterable[Any]) -> list[Address]:
    """Read each member as one mailbox; empty ones are left out.

    Raises:
        ValueError: a member is no mailbox, or more than one; or there are far too many.
    """
    found = [single_address(field, value) for value in values if value]
    if len(found) > MAX_RECIPIENTS:
        raise ValueError(f"{field!r} has {len(found)} addresses; {MAX_RECIPIENTS} are the most.")
    return found
