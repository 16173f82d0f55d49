"""What holds for every test of a run: no DEBUG, no mail that leaves, no host refused, no database unless asked for."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from manoir import mail
from manoir.conf import settings
from manoir.testing._databases import databases_out_of_reach

LOCAL_HOSTS = ("testserver", "localhost", "127.0.0.1", "[::1]")
MEMORY_BACKEND = "manoir.mail.InMemoryBackend"


@contextmanager
def test_environment(*, debug: bool = False) -> Generator[None]:
    """Prepare the process for tests, for a block.

    Args:
        debug: the value of DEBUG; tests run without it, as production does.
    """
    mailers: dict[str, Any] = {
        alias: {**entry, "BACKEND": MEMORY_BACKEND, "OPTIONS": {}} for alias, entry in settings.MAILERS.items()
    }
    changed = settings.override(
        DEBUG=debug,
        EMAIL_BACKEND=MEMORY_BACKEND,
        MAILERS=mailers,
        ALLOWED_HOSTS=[*settings.ALLOWED_HOSTS, *LOCAL_HOSTS],
    )
    with changed, databases_out_of_reach():
        mail.outbox.clear()
        yield


test_environment.__test__ = False  # pyright: ignore[reportFunctionMemberAccess]  # no test, whatever its name says

_entered: list[ExitStack] = []


def setup_test_environment(debug: bool = False) -> None:
    """Prepare the process for tests, in a shell or under another runner; the pytest plug-in does it by itself.

    DEBUG is off, mail goes to `manoir.mail.outbox`, `testserver` and this machine are allowed hosts, and databases refuse
    queries of code that did not ask for a test database.

    Args:
        debug: the value of DEBUG.

    Raises:
        RuntimeError: it was called already.
    """
    if _entered:
        raise RuntimeError("The test environment is set up already: call teardown_test_environment() first.")
    stack = ExitStack()
    stack.enter_context(test_environment(debug=debug))
    _entered.append(stack)


def teardown_test_environment() -> None:
    """Undo `setup_test_environment()`."""
    if _entered:
        _entered.pop().close()
