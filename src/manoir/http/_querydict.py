"""Dictionaries with several values per key: query strings and form fields."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, Self, TypeVar, overload
from urllib.parse import quote, unquote_to_bytes, urlencode

from manoir.conf import settings
from manoir.exceptions import BadRequest, TooManyFieldsSent, nearest

V = TypeVar("V")

_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin-1": "latin-1",
    "latin1": "latin-1",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
}


class MultiValueDictKeyError(KeyError):
    """A key is not in a `MultiValueDict`; a KeyError, so code may catch that."""


def known_charset(name: str) -> str:
    """Return the codec of a charset that requests may use.

    The list is closed: Python knows codecs (`bz2`, `zip`, `idna`) that a client must not be able to choose.

    Raises:
        BadRequest: the charset is none of these.
    """
    codec = _CHARSETS.get(name.lower())
    if codec is None:
        raise BadRequest(f"The charset {name[:40]!r} is not supported; send utf-8.")
    return codec


class MultiValueDict(dict[str, Any], Generic[V]):
    """A dictionary whose keys may have several values; reading a key gives the last one.

    Example:
        >>> fields = MultiValueDict({"tag": ["a", "b"]})
        >>> fields["tag"], fields.getlist("tag"), fields.getlist("none")
        ('b', ['a', 'b'], [])
    """

    def __init__(self, key_to_list_mapping: Mapping[str, list[V]] | Iterable[tuple[str, list[V]]] = ()) -> None:
        super().__init__(key_to_list_mapping)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {super().__repr__()}>"

    def __getitem__(self, key: str) -> V:
        try:
            values = super().__getitem__(key)
        except KeyError:
            raise MultiValueDictKeyError(f"{key!r} is not there.{nearest(str(key), map(str, self))}") from None
        return values[-1] if values else values

    def __setitem__(self, key: str, value: V) -> None:
        super().__setitem__(key, [value])

    @overload
    def get(self, key: str, default: None = None, /) -> V | None: ...
    @overload
    def get(self, key: str, default: V, /) -> V: ...
    def get(self, key: str, default: Any = None, /) -> Any:  # type: ignore[override]  # the last value, not the list
        """Return the last value of `key`; `default` when the key is missing or has no value."""
        values = super().get(key)
        return values[-1] if values else default

    def getlist(self, key: str, default: Any = None) -> list[V]:
        """Return all values of `key` as a new list; `default`, or an empty list, when the key is missing."""
        values = super().get(key)
        if values is not None:
            return list(values)
        return [] if default is None else default

    def setlist(self, key: str, list_: list[V]) -> None:
        """Make `list_` the values of `key`."""
        super().__setitem__(key, list_)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Set `key` to one value unless it is there, and return its last value."""
        if key not in self:
            self[key] = default
        return self[key]

    def setlistdefault(self, key: str, default_list: list[V] | None = None) -> list[V]:
        """Set all values of `key` unless it is there, and return them."""
        if key not in self:
            self.setlist(key, [] if default_list is None else default_list)
        return super().__getitem__(key)

    def appendlist(self, key: str, value: V) -> None:
        """Add one value to `key`."""
        self.setlistdefault(key).append(value)

    def items(self) -> Iterator[tuple[str, V]]:  # type: ignore[override]  # documented as an iterator of last values
        """Yield each key with its last value."""
        for key in self:
            yield key, self[key]

    def values(self) -> Iterator[V]:  # type: ignore[override]
        """Yield the last value of each key."""
        for key in self:
            yield self[key]

    def lists(self) -> Iterator[tuple[str, list[V]]]:
        """Yield each key with all its values."""
        return iter(super().items())

    def dict(self) -> dict[str, V]:
        """Return an ordinary dictionary of the last values."""
        return dict(self.items())

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Add values to those that are there (nothing is replaced); from a mapping, pairs or keyword arguments."""
        if len(args) > 1:
            raise TypeError(f"update() takes one mapping or iterable of pairs, not {len(args)}.")
        for source in (*args, kwargs):
            if isinstance(source, MultiValueDict):
                for key, values in source.lists():
                    self.setlistdefault(key).extend(values)
            else:
                for key, value in source.items() if isinstance(source, Mapping) else source:
                    self.setlistdefault(key).append(value)

    def copy(self) -> Self:
        """Return a copy whose lists may be changed without changing these."""
        return copy.copy(self)

    def __copy__(self) -> Self:
        return type(self)([(key, list(values)) for key, values in self.lists()])

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        result = type(self)()
        memo[id(self)] = result
        for key, values in self.lists():
            dict.__setitem__(result, copy.deepcopy(key, memo), copy.deepcopy(values, memo))
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self.lists()),)


class QueryDict(MultiValueDict[str]):
    """The fields of a query string or a form; read-only unless `mutable`.

    Args:
        query_string: `a=1&b=2`, percent-encoded, as text or bytes. None makes an empty one.
        mutable: whether it may be changed; `copy()` always gives one that may.
        encoding: charset of the percent-encoded bytes, settings.DEFAULT_CHARSET unless told.

    Raises:
        TooManyFieldsSent: more than settings.DATA_UPLOAD_MAX_NUMBER_FIELDS fields.

    Example:
        >>> fields = QueryDict("a=1&a=2&c=3")
        >>> fields["a"], fields.getlist("a"), fields.urlencode()
        ('2', ['1', '2'], 'a=1&a=2&c=3')
    """

    _mutable = True

    def __init__(
        self, query_string: str | bytes | None = None, mutable: bool = False, encoding: str | None = None
    ) -> None:
        super().__init__()
        self._encoding = encoding or settings.DEFAULT_CHARSET
        if query_string:
            _read_pairs(self, query_string, self._encoding)
        self._mutable = mutable

    @classmethod
    def fromkeys(  # type: ignore[override]
        cls, iterable: Iterable[str], value: str = "", mutable: bool = False, encoding: str | None = None
    ) -> Self:
        """Make one that has `value` once for each key of `iterable`."""
        fields = cls("", mutable=True, encoding=encoding)
        for key in iterable:
            fields.appendlist(key, value)
        fields._mutable = mutable
        return fields

    @property
    def encoding(self) -> str:
        """Charset of `urlencode()`."""
        return self._encoding

    @encoding.setter
    def encoding(self, value: str) -> None:
        self._encoding = value

    def _refuse_unless_mutable(self) -> None:
        if not self._mutable:
            raise AttributeError("This QueryDict is read-only; change a copy: fields = request.GET.copy()")

    def __setitem__(self, key: str, value: str) -> None:
        self._refuse_unless_mutable()
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self._refuse_unless_mutable()
        super().__delitem__(key)

    def setlist(self, key: str, list_: list[str]) -> None:
        """Make `list_` the values of `key`."""
        self._refuse_unless_mutable()
        super().setlist(key, list_)

    def setlistdefault(self, key: str, default_list: list[str] | None = None) -> list[str]:
        """Set all values of `key` unless it is there, and return them."""
        self._refuse_unless_mutable()
        return super().setlistdefault(key, default_list)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Set `key` to one value unless it is there, and return its last value."""
        self._refuse_unless_mutable()
        return super().setdefault(key, default)

    def appendlist(self, key: str, value: str) -> None:
        """Add one value to `key`."""
        self._refuse_unless_mutable()
        super().appendlist(key, value)

    def pop(self, key: str, *default: Any) -> Any:  # type: ignore[override]  # documented: the list of values
        """Remove `key` and return all its values."""
        self._refuse_unless_mutable()
        return super().pop(key, *default)

    def popitem(self) -> tuple[str, Any]:
        """Remove any key and return it with all its values."""
        self._refuse_unless_mutable()
        return super().popitem()

    def clear(self) -> None:
        """Remove everything."""
        self._refuse_unless_mutable()
        super().clear()

    def copy(self) -> Self:
        """Return a deep copy that may be changed."""
        return copy.deepcopy(self)

    def __copy__(self) -> Self:
        result = type(self)("", mutable=True, encoding=self._encoding)
        for key, values in self.lists():
            result.setlist(key, list(values))
        return result

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        result = type(self)("", mutable=True, encoding=self._encoding)
        memo[id(self)] = result
        for key, values in self.lists():
            result.setlist(copy.deepcopy(key, memo), copy.deepcopy(values, memo))
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), list(self.lists()), self._mutable, self._encoding)

    def urlencode(self, safe: str | None = None) -> str:
        """Return the fields as a query string.

        Args:
            safe: characters that stay as they are, such as `"/"` in the value of `next`.

        Example:
            >>> fields = QueryDict(mutable=True)
            >>> fields["next"] = "/a&b/"
            >>> fields.urlencode(), fields.urlencode(safe="/")
            ('next=%2Fa%26b%2F', 'next=/a%26b/')
        """
        pairs = [(key, value) for key, values in self.lists() for value in values]
        if safe is None:
            return urlencode(pairs, encoding=self._encoding)
        return urlencode(pairs, encoding=self._encoding, safe=safe, quote_via=quote)


def _restore(cls: type[QueryDict], lists: list[tuple[str, list[str]]], mutable: bool, encoding: str) -> QueryDict:
    fields = cls("", mutable=True, encoding=encoding)
    for key, values in lists:
        fields.setlist(key, values)
    fields._mutable = mutable
    return fields


def _read_pairs(target: QueryDict, query_string: str | bytes, encoding: str) -> None:
    # hot path: benchmarks/http_objects.py
    if isinstance(query_string, bytes):
        query_string = query_string.decode("latin-1")
        raw_codec = "latin-1"
    else:
        raw_codec = "utf-8"
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    if limit is not None and query_string.count("&") >= limit:
        raise TooManyFieldsSent(f"More than {limit} fields (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS).")
    plain = "%" not in query_string and "+" not in query_string and query_string.isascii()
    append = dict[str, Any].setdefault
    for pair in query_string.split("&"):
        if not pair:
            continue
        key, _, value = pair.partition("=")
        if not plain:
            key, value = _decode(key, raw_codec, encoding), _decode(value, raw_codec, encoding)
        append(target, key, []).append(value)


def _decode(text: str, raw_codec: str, encoding: str) -> str:
    raw = text.replace("+", " ").encode(raw_codec, "replace")
    return unquote_to_bytes(raw).decode(encoding, "replace")
