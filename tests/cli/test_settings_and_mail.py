"""`diffsettings` and `sendtestemail`."""

from __future__ import annotations

import io
import sys
import types
from typing import Any

import pytest

from manoir import mail
from manoir.commands import acall_command, call_command
from manoir.conf import settings
from manoir.exceptions import CommandError


def run(command: str, *arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def test_diffsettings_shows_what_differs() -> None:
    with settings.override(APPEND_SLASH=False, SHOP_NAME="Corner"):
        lines = run("diffsettings").splitlines()
    assert "APPEND_SLASH = False" in lines
    assert "SHOP_NAME = 'Corner'  ###" in lines
    assert not any(line.startswith("DEBUG =") for line in lines)


def test_diffsettings_shows_all() -> None:
    lines = run("diffsettings", "--all").splitlines()
    assert "### DEBUG = False" in lines


def test_diffsettings_hides_what_is_secret() -> None:
    secret = settings.SECRET_KEY
    assert secret not in run("diffsettings", "--all")
    assert f"SECRET_KEY = {secret!r}" in run("diffsettings", "--show-secrets").splitlines()


def test_diffsettings_hides_secrets_inside_of_settings_only() -> None:
    caches = {
        "default": {"LOCATION": "redis://me:hidden@host:1/0", "OPTIONS": {"password": "hidden", "keys": ["hidden"]}}
    }
    with settings.override(CACHES=caches, API_KEY="hidden", AUTH_USER_MODEL="shop.User", EMAIL_HOST_PASSWORD=""):
        text = run("diffsettings", "--all")
    assert "hidden" not in text
    assert "redis://me:********************@host:1/0" in text
    assert "AUTH_USER_MODEL = 'shop.User'" in text
    assert "### EMAIL_HOST_PASSWORD = ''" in text


def test_diffsettings_as_unified_lines() -> None:
    with settings.override(APPEND_SLASH=False, SHOP_NAME="Corner"):
        lines = run("diffsettings", "--output=unified", "--all").splitlines()
    assert lines[lines.index("- APPEND_SLASH = True") + 1] == "+ APPEND_SLASH = False"
    assert "+ SHOP_NAME = 'Corner'" in lines
    assert "  DEBUG = False" in lines


def test_diffsettings_compares_with_another_module(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("tests_other_settings")
    vars(module).update({name: getattr(settings, name) for name in settings}, DEBUG=True)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert run("diffsettings", "--default", module.__name__).splitlines() == ["DEBUG = False"]
    with pytest.raises(CommandError, match=r"--default=no_such_settings cannot be imported"):
        run("diffsettings", "--default=no_such_settings")


@pytest.fixture
def outbox() -> Any:
    with settings.override(
        EMAIL_BACKEND="manoir.mail.InMemoryBackend",
        ADMINS=["root@example.com"],
        MANAGERS=["boss@example.com"],
    ):
        mail.outbox.clear()
        yield mail.outbox
        mail.outbox.clear()


async def test_sendtestemail_sends_to_all_that_are_named(outbox: Any) -> None:
    out = io.StringIO()
    await acall_command("sendtestemail", "ada@example.com", "bob@example.com", managers=True, admins=True, stdout=out)
    assert [message.to for message in outbox] == [
        ["ada@example.com", "bob@example.com"],
        ["boss@example.com"],
        ["root@example.com"],
    ]
    assert "Test email from" in outbox[0].subject
    assert out.getvalue() == "Sent to ada@example.com, bob@example.com, managers, admins.\n"


def test_sendtestemail_says_what_is_wrong(outbox: Any) -> None:
    with pytest.raises(CommandError, match="Give at least one address, or --managers or --admins"):
        run("sendtestemail")
    with pytest.raises(CommandError, match=r"The mail could not be sent: .*nonsense"):
        run("sendtestemail", "nonsense")


def test_sendtestemail_names_a_server_that_does_not_answer() -> None:
    with (
        settings.override(EMAIL_BACKEND="manoir.mail.SMTPBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=1),
        pytest.raises(CommandError, match="The mail could not be sent"),
    ):
        run("sendtestemail", "ada@example.com")
