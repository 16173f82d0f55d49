"""What serializers give: lists and dicts that know their serializer, and the fields of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from manoir.http import encode_json
from manoir.rest._field import Field


class ReturnDict(dict[str, Any]):
    """The `data` or `errors` of a serializer.

    Attributes:
        serializer: the serializer.
    """

    serializer: Any

    def __init__(self, *args: Any, serializer: Any, **kwargs: Any) -> None:
        self.serializer = serializer
        super().__init__(*args, **kwargs)

    def copy(self) -> ReturnDict:
        """Return a copy of the same serializer."""
        return ReturnDict(self, serializer=self.serializer)

    def __reduce__(self) -> Any:
        return dict, (dict(self),)

    def encoded(self) -> bytes:
        """Return the data as JSON in UTF-8."""
        return encode_json(dict(self))


class ReturnList(list[Any]):
    """The `data` or `errors` of a serializer of many.

    Attributes:
        serializer: the serializer.
    """

    serializer: Any

    def __init__(self, *args: Any, serializer: Any) -> None:
        self.serializer = serializer
        super().__init__(*args)

    def __reduce__(self) -> Any:
        return list, (list(self),)

    def encoded(self) -> bytes:
        """Return the data as JSON in UTF-8."""
        return encode_json(list(self))


class EncodedList(Sequence[Any]):
    """The answer of a serializer of many, as rows that only renderers have to know.

    It is a sequence of dicts, as `data` would be; whoever looks at them has them read back out of the JSON.

    Args:
        rows: plain data, and values that JSON has a form for.
    """

    __slots__ = ("_data", "_json", "_length", "_rows")

    def __init__(self, rows: list[Any]) -> None:
        self._rows, self._length = rows, len(rows)
        self._json: bytes | None = None
        self._data: list[Any] | None = None

    def encoded(self) -> bytes:
        """Return the data as JSON in UTF-8."""
        # hot path: benchmarks/rest.py
        if self._json is None:
            self._json = encode_json(self._rows)
            self._rows = []  # hundreds of objects: whoever keeps the answer, or a cycle with it, need not keep them too
        return self._json

    def data(self) -> list[Any]:
        """Return the data as a list of dicts of plain values."""
        if self._data is None:
            self._data = cast("list[Any]", msgspec.json.decode(self.encoded()))
        return self._data

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        return self.data()[index]

    def __eq__(self, other: object) -> bool:
        return self.data() == (other.data() if isinstance(other, EncodedList) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.data())


class BindingDict(dict[str, Field]):
    """The fields of a serializer; what is put into it becomes a field of that serializer."""

    def __init__(self, serializer: Any, fields: Mapping[str, Field] | Iterable[tuple[str, Field]] = ()) -> None:
        self.serializer = serializer
        super().__init__()
        self.update(fields)

    def adopt(self, fields: Iterable[tuple[str, Field, bool]]) -> None:
        """Take copies of a class's fields.

        Args:
            fields: names, fields, and whether a field knows all but its serializer.
        """
        # hot path: benchmarks/rest.py
        serializer, put = self.serializer, super().__setitem__
        for name, field, is_bound in fields:
            twin = field._copied()
            if is_bound:
                twin.parent = serializer
            else:
                twin.bind(field_name=name, parent=serializer)
            put(name, twin)

    def __setitem__(self, key: str, field: Field) -> None:
        super().__setitem__(key, field)
        field.bind(field_name=key, parent=self.serializer)
        self.serializer._forget_fields()

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self.serializer._forget_fields()

    def pop(self, key: str, *default: Any) -> Any:
        """Take a field away."""
        self.serializer._forget_fields()
        return super().pop(key, *default)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Put several fields into it."""
        for key, field in dict(*args, **kwargs).items():
            self[key] = field
