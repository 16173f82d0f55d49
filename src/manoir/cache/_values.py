"""What a cache can hold, and the bytes it becomes: a closed table of types, written as MessagePack.

Storable are None, bool, int, float, str, bytes, list, tuple, dict, set, frozenset, Decimal, datetime, date, time,
timedelta, UUID, Markup, lazy strings (as their text of this moment), and what another room registered by name. Nothing
is imported or called by what the bytes say, so hostile bytes are an error and never code; and because every read makes
a new object, nobody can change what others will read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from markupsafe import Markup

from manoir.exceptions import SuspiciousOperation
from manoir.i18n import LazyString

MAX_DEPTH: Final = 100
MAX_INT_BITS: Final = 8_192
SHOWN: Final = 80
LOWEST_INT: Final = -(2**63)
HIGHEST_INT: Final = 2**64 - 1

INTEGER, DECIMAL, DATETIME, DATE, TIME, DURATION, UUID_, MARKUP, TUPLE, SET, FROZENSET, PAIRS, REGISTERED = range(1, 14)
"""Codes of MessagePack's extension types; they are stored, so they never change their meaning."""


@dataclass(frozen=True, slots=True)
class StorableType:
    """A class that another room made storable.

    Attributes:
        cls: instances of this class and its subclasses.
        name: what stands for it in the stored bytes.
        to_plain: makes storable data of an instance.
        from_plain: makes an instance of that data.
    """

    cls: type[Any]
    name: str
    to_plain: Callable[[Any], Any]
    from_plain: Callable[[Any], Any]


registered: dict[str, StorableType] = {}


def register_type(cls: type[Any], name: str, to_plain: Callable[[Any], Any], from_plain: Callable[[Any], Any]) -> None:
    """Make instances of a class storable in every cache.

    Args:
        cls: the class; its subclasses are storable by it too.
        name: what stands for it in the stored bytes; keep it for ever.
        to_plain: makes storable data (dicts, lists, numbers, text …) of an instance.
        from_plain: makes an instance of that data; it must not trust the data.

    Raises:
        ValueError: the name belongs to another class.

    Example:
        >>> register_type(complex, "complex", lambda number: [number.real, number.imag], lambda data: complex(*data))
        >>> unpack(pack(1 + 2j))
        (1+2j)
    """
    if name in registered and registered[name].cls is not cls:
        raise ValueError(f"The name {name!r} stands for {registered[name].cls.__qualname__} in stored values already.")
    registered[name] = StorableType(cls, name, to_plain, from_plain)


class Unstorable(Exception):
    """Inside this module: a value has no place in the table."""


# hot path: benchmarks/cache.py (exact types by one dict look-up; subclasses take the slow way)


def extension(code: int, data: bytes) -> msgspec.msgpack.Ext:
    return msgspec.msgpack.Ext(code, data)


def plain(value: Any, depth: int) -> Any:
    """Return `value` in MessagePack's own types and extensions."""
    convert = CONVERTERS.get(type(value))
    if convert is None:
        return plain_by_base(value, depth)
    return convert(value, depth)


def same(value: Any, depth: int) -> Any:
    return value


UNCHANGED: Final = frozenset({type(None), bool, float, str, bytes})
TEXT_ONLY: Final = frozenset({str})


def deeper(depth: int) -> int:
    if depth >= MAX_DEPTH:
        raise Unstorable
    return depth + 1


def plain_int(value: int, depth: int) -> Any:
    if LOWEST_INT <= value <= HIGHEST_INT:
        return value
    if value.bit_length() > MAX_INT_BITS:
        raise Unstorable
    return extension(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def plain_list(value: list[Any], depth: int) -> Any:
    depth = deeper(depth)
    return [item if type(item) in UNCHANGED else plain(item, depth) for item in value]


def plain_dict(value: dict[Any, Any], depth: int) -> Any:
    depth = deeper(depth)
    if TEXT_ONLY.issuperset(map(type, value)):
        return {key: item if type(item) in UNCHANGED else plain(item, depth) for key, item in value.items()}
    pairs = [[plain(key, depth), plain(item, depth)] for key, item in value.items()]
    return extension(PAIRS, encode(pairs))


def sequence_of(code: int) -> Callable[[Any, int], Any]:
    def convert(value: Any, depth: int) -> Any:
        depth = deeper(depth)
        return extension(code, encode([plain(item, depth) for item in value]))

    return convert


def text_of(code: int, write: Callable[[Any], str]) -> Callable[[Any, int], Any]:
    def convert(value: Any, depth: int) -> Any:
        return extension(code, write(value).encode("utf-8", "surrogatepass"))

    return convert


def write_datetime(value: dt.datetime) -> str:
    """ISO 8601, with the name of a named zone and the fold behind it."""
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else ""
    return f"{value.isoformat()}|{zone}|{value.fold}"


def write_duration(value: dt.timedelta) -> str:
    return f"{value.days}|{value.seconds}|{value.microseconds}"


CONVERTERS: Final[dict[type[Any], Callable[[Any, int], Any]]] = {
    **dict.fromkeys(UNCHANGED, same),
    int: plain_int,
    list: plain_list,
    dict: plain_dict,
    tuple: sequence_of(TUPLE),
    set: sequence_of(SET),
    frozenset: sequence_of(FROZENSET),
    Decimal: text_of(DECIMAL, str),
    dt.datetime: text_of(DATETIME, write_datetime),
    dt.date: text_of(DATE, dt.date.isoformat),
    dt.time: text_of(TIME, dt.time.isoformat),
    dt.timedelta: text_of(DURATION, write_duration),
    UUID: text_of(UUID_, str),
    Markup: text_of(MARKUP, str),
}


def plain_by_base(value: Any, depth: int) -> Any:
    """Convert an instance of a registered class, a lazy string, or a subclass of a type of the table."""
    for storable in registered.values():
        if isinstance(value, storable.cls):
            depth = deeper(depth)
            return extension(REGISTERED, encode([storable.name, plain(storable.to_plain(value), depth)]))
    if isinstance(value, LazyString):
        return str(value)
    if isinstance(value, Markup):
        return CONVERTERS[Markup](value, depth)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return plain_int(int(value), depth)
    if isinstance(value, float):
        return float(value)
    for base in (dict, list):
        if isinstance(value, base):
            return CONVERTERS[base](value, depth)
    raise Unstorable


def pack(value: Any) -> bytes:
    """Turn a storable value into bytes.

    Raises:
        TypeError: it, or something in it, is not storable; the message names the place.

    Example:
        >>> unpack(pack({"seen": (1, 2)}))
        {'seen': (1, 2)}
    """
    try:
        return encode(plain(value, 0))
    except Unstorable:
        raise TypeError(unstorable_message(value)) from None


def unstorable_message(value: Any) -> str:
    place, culprit = find_unstorable(value, "value", 0)
    if isinstance(culprit, int):
        what = "an integer of more than 8,192 bits"
    elif culprit is None:
        what = f"data nested more than {MAX_DEPTH} levels deep"
    else:
        what = f"{type(culprit).__module__}.{type(culprit).__qualname__}"
    return (
        f"A cache cannot hold {what} (at {place}). It holds None, bool, int, float, str, bytes, list, tuple, dict, set, "
        "frozenset, Decimal, datetime, date, time, timedelta, UUID and Markup: cache the data you need of it, such as "
        "list(queryset.values(…)), or make its class storable by manoir.cache.register_type()."
    )


def find_unstorable(value: Any, place: str, depth: int) -> tuple[str, Any]:
    """Return where the first unstorable part is, and that part (None when the nesting is too deep)."""
    if depth >= MAX_DEPTH:
        return place, None
    parts: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        for key, item in value.items():
            parts += [(f"{place}, a key", key), (f"{place}[{key!r}]", item)]
    elif isinstance(value, (list, tuple)):
        parts = [(f"{place}[{index}]", item) for index, item in enumerate(value)]
    elif isinstance(value, (set, frozenset)):
        parts = [(f"{place}, a member", item) for item in value]
    for where, part in parts:
        try:
            plain(part, depth + 1)
        except Unstorable:
            return find_unstorable(part, where, depth + 1)
    return place, value


def restored(code: int, data: memoryview) -> Any:
    """Turn an extension back into the object it stands for."""
    raw = bytes(data)
    if code == INTEGER:
        return int.from_bytes(raw, "big", signed=True)
    if code in RESTORERS:
        return RESTORERS[code](decoder.decode(raw))
    if code in READERS:
        return READERS[code](raw.decode("utf-8", "surrogatepass"))
    raise ValueError(f"unknown extension type {code}")


def read_datetime(text: str) -> dt.datetime:
    written, zone, fold = text.split("|")
    value = dt.datetime.fromisoformat(written)
    return value.replace(tzinfo=ZoneInfo(zone) if zone else value.tzinfo, fold=int(fold))


def read_duration(text: str) -> dt.timedelta:
    days, seconds, microseconds = map(int, text.split("|"))
    return dt.timedelta(days, seconds, microseconds)


def read_registered(content: Any) -> Any:
    name, data = content
    if name not in registered:
        raise ValueError(f"no class is registered as {name!r}")
    return registered[name].from_plain(data)


READERS: Final[dict[int, Callable[[str], Any]]] = {
    DECIMAL: Decimal,
    DATETIME: read_datetime,
    DATE: dt.date.fromisoformat,
    TIME: dt.time.fromisoformat,
    DURATION: read_duration,
    UUID_: UUID,
    MARKUP: Markup,
}
RESTORERS: Final[dict[int, Callable[[Any], Any]]] = {
    TUPLE: tuple,
    SET: set,
    FROZENSET: frozenset,
    PAIRS: dict,
    REGISTERED: read_registered,
}

encode = msgspec.msgpack.Encoder().encode
decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(ext_hook=restored)


def unpack(data: bytes, key: str | None = None) -> Any:
    """Turn bytes that `pack` made back into the value, as a new object.

    Args:
        data: the bytes.
        key: the finished key they stand under, for the error; None where there is none.

    Raises:
        SuspiciousOperation: the bytes are not of this table; somebody else wrote into the cache.
    """
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, TypeError, ArithmeticError, LookupError, RecursionError) as error:
        where = "" if key is None else f" under the key {key[:SHOWN]!r}"
        raise SuspiciousOperation(
            f"The value{where} in the cache was not written by this application ({error}). If another application, or "
            "this one before its move from Django, shares the place, give CACHES a KEY_PREFIX or empty the cache."
        ) from error


def integer_of(data: bytes) -> int | None:
    """Return the integer that packed bytes stand for, if it is one of 64 bits; else None.

    Stores that count by themselves keep such integers as digits.
    """
    first = data[0] if data else 0xC1
    if 0x80 <= first < 0xCC or 0xD3 < first < 0xE0:  # the first byte of MessagePack's integers is none of these
        return None
    try:
        value = decoder.decode(data)
    except (msgspec.MsgspecError, ValueError):
        return None  # written past this room's door: refused when it is read
    return value if type(value) is int and LOWEST_INT <= value <= 2**63 - 1 else None
