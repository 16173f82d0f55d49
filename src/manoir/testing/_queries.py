"""Counting queries: how many, and which."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from manoir.db import DEFAULT_DB_ALIAS, QueryEvent, connections


class CaptureQueriesContext:
    """Records the queries of one database while it is open, whatever thread or task they come from.

    Attributes:
        captured_queries: mappings with `sql` and `time`, in order.

    Example:
        >>> with CaptureQueriesContext(connection) as queries:
        ...     list(Book.objects.all())
        >>> len(queries)
        1
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.captured_queries: list[dict[str, Any]] = []
        self._watch: Any = None

    def __enter__(self) -> CaptureQueriesContext:
        self.captured_queries = []
        self._watch = self.connection.observe(self._note)
        self._watch.__enter__()
        return self

    def _note(self, event: QueryEvent) -> None:
        self.captured_queries.append({"sql": event.sql, "params": event.params, "time": f"{event.seconds:.3f}"})

    def __exit__(self, *exc_info: object) -> None:
        self._watch.__exit__(None, None, None)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.captured_queries)

    def __getitem__(self, index: Any) -> Any:
        return self.captured_queries[index]

    def __len__(self) -> int:
        return len(self.captured_queries)


@contextmanager
def assert_num_queries(
    num: int, *, using: str = DEFAULT_DB_ALIAS, exact: bool = True
) -> Generator[CaptureQueriesContext]:
    """Assert that the block runs `num` queries; the message of a failure lists those that ran.

    Args:
        num: how many queries.
        using: alias of the database.
        exact: False asserts at most `num`.
    """
    with CaptureQueriesContext(connections[using]) as queries:
        yield queries
    count = len(queries)
    if count != num if exact else count > num:
        listed = "\n".join(f"  {number}. {query['sql']}" for number, query in enumerate(queries, 1))
        expected = f"{num}" if exact else f"at most {num}"
        raise AssertionError(f"{count} queries were sent, where {expected} should be. These are:\n{listed}")
