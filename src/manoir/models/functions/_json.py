"""Documents that the database builds."""

from __future__ import annotations

from typing import Any

from manoir.models._expressions import Expr
from manoir.models._outputs import JSON, TEXT
from manoir.models._recorded import Recorded
from manoir.models._scope import Scope
from manoir.models._shape import Node, Param
from manoir.models.functions._func import Func


class JSONArray(Func):
    """A JSON list of values.

    Args:
        *expressions: names of fields, or expressions; text that is meant as text is `Value("x")`.

    Example:
        >>> JSONArray("name", "pages")
        JSONArray(<F: name>, <F: pages>)
    """

    builtin = "json array"

    def result_field(self, args: list[Node]) -> Any:
        return JSON


class JSONNull(Recorded, Expr[Any, Any]):
    """The null of JSON, as a document: another thing than NULL, which is no document.

    Example:
        >>> JSONNull()
        JSONNull()
    """

    def bind(self, scope: Scope) -> Node:
        """See `Expr.bind`."""
        return Param("null", JSON, special="raw json")

    def __repr__(self) -> str:
        return "JSONNull()"


class JSONObject(Func):
    """A JSON object of values by key.

    Args:
        **fields: names of fields, or expressions, by key; text that is meant as text is `Value("x")`.

    Example:
        >>> JSONObject(title="title", writer="author__name")
        JSONObject(title=<F: title>, writer=<F: author__name>)
    """

    builtin = "json object"

    def __init__(self, **fields: Any) -> None:
        self.keys = tuple(fields)
        super().__init__(*fields.values())

    def arguments(self, scope: Scope) -> list[Node]:
        pairs = zip(self.keys, super().arguments(scope), strict=True)
        return [node for key, value in pairs for node in (Param(key, TEXT), value)]

    def result_field(self, args: list[Node]) -> Any:
        return JSON

    def __repr__(self) -> str:
        pairs = [f"{key}={value!r}" for key, value in zip(self.keys, self.source_expressions, strict=True)]
        return f"JSONObject({', '.join(pairs)})"
