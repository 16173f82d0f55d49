"""What serializers give: lists and dicts that know their serializer, and the fields of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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


class BindingDict(dict[str, Field]):
    """The fields of a serializer; what is put into it becomes a field of that serializer."""

    def __init__(self, serializer: Any, fields: Mapping[str, Field] | Iterable[tuple[str, Field]] = ()) -> None:
        self.serializer = serializer
        super().__init__()
        self.update(fields)

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
