"""The door to testing: the client, test cases, counted queries, a live server, and the pytest plug-in.

- `_client.py`, `_requests.py`: `Client`, `AsyncClient`, `RequestFactory`
- `_cases.py`, `_assertions.py`: `TestCase` and its kin, for unittest's form
- `_queries.py`: `assert_num_queries`, `CaptureQueriesContext`
- `_databases.py`: the test databases of a process
- `_live.py`: a real server beside the tests
- `pytest_plugin.py`: the fixtures `db`, `client`, `settings`, `live_server` …
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from manoir.testing._cases import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase
    from manoir.testing._client import AsyncClient, Client, RedirectCycleError
    from manoir.testing._live import LiveServer
    from manoir.testing._overrides import modify_settings, override_settings
    from manoir.testing._queries import CaptureQueriesContext, assert_num_queries
    from manoir.testing._requests import AsyncRequestFactory, RequestFactory

__all__ = [
    "AsyncClient",
    "AsyncRequestFactory",
    "CaptureQueriesContext",
    "Client",
    "LiveServer",
    "LiveServerTestCase",
    "RedirectCycleError",
    "RequestFactory",
    "SimpleTestCase",
    "TestCase",
    "TransactionTestCase",
    "assert_num_queries",
    "modify_settings",
    "override_settings",
]

# The pytest plug-in lives in this package and loads with every run of pytest, in projects of manoir or not: the names
# of the door are imported when they are first asked for (PEP 562).
_MODULES = {
    "_cases": ("LiveServerTestCase", "SimpleTestCase", "TestCase", "TransactionTestCase"),
    "_client": ("AsyncClient", "Client", "RedirectCycleError"),
    "_live": ("LiveServer",),
    "_overrides": ("modify_settings", "override_settings"),
    "_queries": ("CaptureQueriesContext", "assert_num_queries"),
    "_requests": ("AsyncRequestFactory", "RequestFactory"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'manoir.testing' has no attribute {name!r}")
    value = getattr(import_module(f"manoir.testing.{home}"), name)
    globals()[name] = value
    return value
