"""The door to testing: the client, test cases, counted queries, a live server, and the pytest plug-in.

- `_client.py`, `_requests.py`, `_responses.py`, `_exchanges.py`: `Client`, `AsyncClient`, `RequestFactory`, what a test
  asks a response
- `_cases.py`, `_assertions.py`: `TestCase` and its kin, for unittest's form
- `_queries.py`: `assert_num_queries`, `CaptureQueriesContext`
- `_api.py`: the same for APIs: data by format, credentials, `force_authenticate`
- `_commits.py`: `capture_on_commit_callbacks`
- `_overrides.py`: `override_settings`, `modify_settings`
- `_databases.py`: the test databases of a process, and their refusal to everyone else
- `_tasks.py`: `run_tasks`
- `_environment.py`: what holds for every test: no DEBUG, mail in `mail.outbox`
- `_live.py`: a real server beside the tests
- `pytest_plugin.py`: the fixtures `db`, `client`, `settings`, `live_server` …
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from manoir.exceptions import DatabaseAccessRefused, RedirectCycleError
    from manoir.testing._api import (
        APIClient,
        APILiveServerTestCase,
        APIRequestFactory,
        APISimpleTestCase,
        APITestCase,
        APITransactionTestCase,
        AsyncAPIClient,
        URLPatternsTestCase,
        force_authenticate,
    )
    from manoir.testing._cases import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase
    from manoir.testing._client import AsyncClient, Client
    from manoir.testing._commits import capture_on_commit_callbacks
    from manoir.testing._databases import allow_databases
    from manoir.testing._environment import setup_test_environment, teardown_test_environment
    from manoir.testing._live import LiveServer
    from manoir.testing._overrides import modify_settings, override_settings
    from manoir.testing._queries import CaptureQueriesContext, assert_num_queries
    from manoir.testing._requests import AsyncRequestFactory, RequestFactory
    from manoir.testing._responses import ClientResponse
    from manoir.testing._tasks import arun_tasks, run_tasks

__all__ = [
    "APIClient",
    "APILiveServerTestCase",
    "APIRequestFactory",
    "APISimpleTestCase",
    "APITestCase",
    "APITransactionTestCase",
    "AsyncAPIClient",
    "AsyncClient",
    "AsyncRequestFactory",
    "CaptureQueriesContext",
    "Client",
    "ClientResponse",
    "DatabaseAccessRefused",
    "LiveServer",
    "LiveServerTestCase",
    "RedirectCycleError",
    "RequestFactory",
    "SimpleTestCase",
    "TestCase",
    "TransactionTestCase",
    "URLPatternsTestCase",
    "allow_databases",
    "arun_tasks",
    "assert_num_queries",
    "capture_on_commit_callbacks",
    "force_authenticate",
    "modify_settings",
    "override_settings",
    "run_tasks",
    "setup_test_environment",
    "teardown_test_environment",
]

# The pytest plug-in lives in this package and loads with every run of pytest, in projects of manoir or not: the names
# of the door are imported when they are first asked for (PEP 562).
_MODULES = {
    "_api": (
        "APIClient",
        "APILiveServerTestCase",
        "APIRequestFactory",
        "APISimpleTestCase",
        "APITestCase",
        "APITransactionTestCase",
        "AsyncAPIClient",
        "URLPatternsTestCase",
        "force_authenticate",
    ),
    "_cases": ("LiveServerTestCase", "SimpleTestCase", "TestCase", "TransactionTestCase"),
    "_client": ("AsyncClient", "Client", "RedirectCycleError"),
    "_commits": ("capture_on_commit_callbacks",),
    "_environment": ("setup_test_environment", "teardown_test_environment"),
    "_live": ("LiveServer",),
    "_overrides": ("modify_settings", "override_settings"),
    "_queries": ("CaptureQueriesContext", "assert_num_queries"),
    "_databases": ("DatabaseAccessRefused", "allow_databases"),
    "_requests": ("AsyncRequestFactory", "RequestFactory"),
    "_responses": ("ClientResponse",),
    "_tasks": ("arun_tasks", "run_tasks"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'manoir.testing' has no attribute {name!r}")
    value = getattr(import_module(f"manoir.testing.{home}"), name)
    globals()[name] = value
    return value
