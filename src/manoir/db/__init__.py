"""Databases: connections, pools, transactions, and the backends behind one protocol.

- `connections["default"]`, `connection`: run statements, cursors, streams (`fetch`, `execute`, `stream`, `cursor` …).
- `transaction`: `atomic`, `on_commit`, savepoints.
- `ColumnType`, `Features`: what a column holds and what a backend can do.
- The errors that databases raise; each backend maps its driver's to these.

Map: `_handler` (connections), `_connection` (what every backend shares), `_pool` and `_link` (physical connections),
`_keeping` (blocks that keep one), `_levels` and `_turn` (the chain of open blocks), `transaction` (the door to it),
`_cursor`, `_placeholders`, `_stream`, `_watching` (wrappers, observers, the log), `_columns`, `_inspecting` (what is there), `_testing` (test
databases), `sqlite/`, `postgresql/` (the backends), `compliance` (the tests that every backend passes).
"""

from __future__ import annotations

from manoir.bridge import set_transaction_probe
from manoir.db import transaction
from manoir.db._cache import DatabaseCache
from manoir.db._columns import ColumnType, Converter, Features
from manoir.db._connection import Connection
from manoir.db._cursor import Cursor
from manoir.db._handler import (
    DEFAULT_DB_ALIAS,
    ConnectionDoesNotExist,
    Connections,
    connection,
    connections,
    make_connection,
)
from manoir.db._inspecting import InspectedColumn, InspectedIndex, InspectedKey, InspectedTable
from manoir.db._keeping import context_holds_link
from manoir.db._levels import Level
from manoir.db._link import Link, RawResult
from manoir.db._router import router
from manoir.db._stream import Stream
from manoir.db._testing import (
    acreate_test_database,
    adestroy_test_database,
    aflush,
    create_test_database,
    destroy_test_database,
    flush,
)
from manoir.db._watching import QueryEvent, reset_queries
from manoir.exceptions import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    TransactionManagementError,
)

__all__ = [
    "DEFAULT_DB_ALIAS",
    "ColumnType",
    "Connection",
    "ConnectionDoesNotExist",
    "Connections",
    "Converter",
    "Cursor",
    "DataError",
    "DatabaseCache",
    "DatabaseError",
    "Features",
    "InspectedColumn",
    "InspectedIndex",
    "InspectedKey",
    "InspectedTable",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "Level",
    "Link",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "QueryEvent",
    "RawResult",
    "Stream",
    "TransactionManagementError",
    "acreate_test_database",
    "adestroy_test_database",
    "aflush",
    "connection",
    "connections",
    "context_holds_link",
    "create_test_database",
    "destroy_test_database",
    "flush",
    "make_connection",
    "reset_queries",
    "router",
    "transaction",
]

# Work that holds a connection gets threads of its own: otherwise all connections could wait for threads that wait for
# connections.
set_transaction_probe(context_holds_link)
