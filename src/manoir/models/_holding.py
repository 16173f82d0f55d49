"""Whether a condition holds for given values: the database is asked, as only it knows its rules for text and NULL."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import TYPE_CHECKING, Any

from manoir.db import connections
from manoir.models._conditions import Q
from manoir.models._plan import Plan, binder, compiler, plans_of
from manoir.models._query import Query
from manoir.models._scope import Scope
from manoir.models._shape import Node

if TYPE_CHECKING:
    from manoir.models._model import Model


async def aholds(condition: Q, known: Mapping[str, Any], model: type[Model], using: str) -> bool:
    """Evaluate a condition for values that need not be in any row.

    Args:
        condition: the condition; its names are fields of `model`.
        known: values by field name and attname; expressions among them are evaluated too.
        model: gives the fields their types.
        using: alias of the database.

    Returns:
        True as well when the answer is NULL, as a CHECK constraint does.

    Raises:
        FieldError: the condition follows a relation or names no field.
    """
    connection: Any = connections[using]
    query = Query(model)
    needed = condition.referenced_base_fields
    query = query.copy(annotations=nodes_of(model, known, needed, Scope(query, "validate()")))
    node = KnownValues(query, "validate()").bound_child(condition)
    plans = plans_of(connection)
    key = ("holds", node.key)
    plan = plans.get(key)
    if plan is None:
        plan = made_plan(query, node, connection)
        plans.put(key, plan)
    rows = await connection.fetch(plan.sql, plan.bind(node.params))
    answer: Any = rows[0][0]
    return answer is None or bool(answer)


class KnownValues(Scope):
    """A scope in which names stand for the values themselves, so that these count as the condition's parameters."""

    __slots__ = ()

    def annotation(self, name: str) -> tuple[Node, tuple[str, ...]] | None:
        found: tuple[Any, tuple[str, ...]] | None = super().annotation(name)
        return None if found is None else (found[0].target, found[1])


def nodes_of(model: type[Model], known: Mapping[str, Any], needed: Set[str], scope: Scope) -> dict[str, Node]:
    """The values of the needed fields as annotations, which win over columns wherever a name is looked up.

    Other fields may hold what no column takes: validation goes on after a field was found to be wrong.
    """
    nodes: dict[str, Node] = {}
    for name, field in model._meta.names.items():
        attname = getattr(field, "attname", "")
        if attname in known and name in needed:
            value = known[attname]
            nodes[name] = value.bind(scope) if hasattr(value, "bind") else scope.constant(value, field)
    return nodes


def made_plan(query: Query, node: Node, connection: Any) -> Plan[None]:
    """Compile `SELECT condition`, without any table."""
    import sqlalchemy as sa  # 245 ms, paid by the first statement that is compiled

    room = compiler()
    binds = room.Binds(node.params, connection)
    condition = room.Context(query, binds, None).compile(node)
    made = room.rendered(sa.select(condition.label("c0")), binds)
    return Plan(made.text, binder(made.sources), None)
