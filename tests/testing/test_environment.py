"""What holds for every test, also where another runner calls for it."""

import pytest

from manoir import mail
from manoir.conf import settings
from manoir.db import connections, make_connection
from manoir.exceptions import DatabaseAccessRefused
from manoir.testing import override_settings, setup_test_environment, teardown_test_environment


async def test_environment_is_set_up_once_and_taken_down(tmp_path):
    mail.outbox.append("of before")
    own = make_connection("default", {"ENGINE": "manoir.db.sqlite", "NAME": str(tmp_path / "own.sqlite3")})
    with override_settings(DEBUG=True, ALLOWED_HOSTS=["example.com"]), connections.using("default", own):
        setup_test_environment()
        try:
            assert settings.DEBUG is False
            assert settings.EMAIL_BACKEND == "manoir.mail.InMemoryBackend"
            assert {"example.com", "testserver"} <= set(settings.ALLOWED_HOSTS)
            assert mail.outbox == []
            with pytest.raises(DatabaseAccessRefused, match="'default'"):
                await connections["default"].fetch("SELECT 1")
            with pytest.raises(RuntimeError, match="is set up already"):
                setup_test_environment()
        finally:
            teardown_test_environment()
        assert (settings.DEBUG, settings.ALLOWED_HOSTS) == (True, ["example.com"])
        assert [tuple(row) for row in await connections["default"].fetch("SELECT 1")] == [(1,)]
        await own.aclose()


def test_debug_may_be_on():
    setup_test_environment(debug=True)
    try:
        assert settings.DEBUG is True
    finally:
        teardown_test_environment()


async def test_guarded_connections_still_know_what_they_are():
    connection = connections["default"]
    assert connection.vendor == "sqlite"
    assert connection.quote_name("a") == '"a"'
    with pytest.raises(DatabaseAccessRefused):
        await connection.fetch("SELECT 1")
