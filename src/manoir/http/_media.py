"""Media types: Content-Type, Accept, and choosing what to answer with. One pass, capped, no backtracking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MAX_PARAMETER_HEADER = 4_096
MAX_ACCEPTED = 64
_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


def parse_header_parameters(header: str) -> tuple[str, dict[str, str]]:
    """Split `text/html; charset="utf-8"` into the lower-case value and its parameters.

    Anything past 4,096 characters is ignored. Quoted values may hold semicolons and backslash escapes.

    Example:
        >>> parse_header_parameters('Text/HTML; Charset="utf-8"; q=0.5')
        ('text/html', {'charset': 'utf-8', 'q': '0.5'})
    """
    value, separator, rest = header[:MAX_PARAMETER_HEADER].partition(";")
    parameters: dict[str, str] = {}
    if separator:
        for part in split_unquoted(rest, ";"):
            name, equals, text = part.partition("=")
            if equals:
                parameters.setdefault(name.strip().lower(), unquote_string(text.strip()))
    return value.strip().lower(), parameters


def split_unquoted(text: str, separator: str) -> list[str]:
    """Split `text` at `separator`, except inside double quotes."""
    if '"' not in text:
        return text.split(separator)
    parts: list[str] = []
    start, quoted, escaped = 0, False, False
    for position, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == separator and not quoted:
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    return parts


def unquote_string(text: str) -> str:
    """Return the text of a quoted-string (RFC 9110, 5.6.4); anything else as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    result: list[str] = []
    escaped = False
    for character in text[1:-1]:
        if character == "\\" and not escaped:
            escaped = True
            continue
        result.append(character)
        escaped = False
    return "".join(result)


@dataclass(frozen=True, slots=True)
class MediaType:
    """One member of an Accept header.

    Attributes:
        main_type: `text`, or `*`.
        sub_type: `html`, or `*`.
        params: parameters other than `q`.
        quality: 0 to 1; 0 means "not acceptable".

    Example:
        >>> MediaType.parse("text/*;q=0.5").match("text/plain")
        True
    """

    main_type: str
    sub_type: str
    params: Mapping[str, str] = field(default_factory=lambda: _NO_PARAMETERS)
    quality: float = 1.0

    @classmethod
    def parse(cls, text: str) -> MediaType:
        """Read one media range; a malformed one matches nothing."""
        value, params = parse_header_parameters(text)
        main_type, _, sub_type = value.partition("/")
        quality = _quality(params.pop("q", "1"))
        return cls(main_type, sub_type, MappingProxyType(params) if params else _NO_PARAMETERS, quality)

    @property
    def specificity(self) -> int:
        """0 for `*/*` up to 3 for a full type with parameters."""
        if self.main_type == "*":
            return 0
        if self.sub_type == "*":
            return 1
        return 3 if self.params else 2

    @property
    def is_all_types(self) -> bool:
        """Whether this is `*/*`."""
        return self.main_type == "*" and self.sub_type == "*"

    def match(self, other: str | MediaType) -> bool:
        """Return whether a concrete media type falls under this range; parameters of the range must all be there."""
        if not isinstance(other, MediaType):
            other = MediaType.parse(other)
        if not self.main_type or not other.main_type:
            return False
        if self.main_type not in ("*", other.main_type) or self.sub_type not in ("*", other.sub_type):
            return False
        return all(other.params.get(name) == value for name, value in self.params.items())

    def __str__(self) -> str:
        parameters = "".join(f"; {name}={value}" for name, value in self.params.items())
        return f"{self.main_type}/{self.sub_type}{parameters}"


def _quality(text: str) -> float:
    if len(text) > 5 or not text.replace(".", "", 1).isdecimal() or not text.isascii():
        return 0.0 if text.startswith("-") else 1.0
    return min(1.0, float(text))


def parse_accept(header: str) -> list[MediaType]:
    """Return the acceptable media ranges of an Accept header, best first; those of quality 0 are last."""
    if header in ("", "*/*"):
        return [_EVERYTHING]
    parts = split_unquoted(header[: 2 * MAX_PARAMETER_HEADER], ",")[:MAX_ACCEPTED]
    types = [MediaType.parse(part) for part in parts if part.strip()]
    return sorted(types, key=lambda accepted: (accepted.quality, accepted.specificity), reverse=True)


_EVERYTHING = MediaType("*", "*")


def acceptance(accepted: Iterable[MediaType], media_type: str) -> tuple[float, int]:
    """Return the quality of the most specific range that matches `media_type`, and its rank; (0, -1) without one."""
    wanted = MediaType.parse(media_type)
    best, quality, rank = -1, 0.0, -1
    for index, candidate in enumerate(accepted):
        if candidate.specificity > best and candidate.match(wanted):
            best, quality, rank = candidate.specificity, candidate.quality, index
    return quality, rank


def preferred_type(accepted: list[MediaType], media_types: Iterable[str]) -> str | None:
    """Return the one of `media_types` that the client likes best; the earlier one on a tie; None when none is accepted."""
    best: str | None = None
    best_key: tuple[float, int] = (0.0, 0)
    for media_type in media_types:
        quality, rank = acceptance(accepted, media_type)
        key = (quality, -rank)
        if quality > 0 and (best is None or key > best_key):
            best, best_key = media_type, key
    return best
