from __future__ import annotations

import pytest

import manoir

manoir.setup()

from manoir.checks import run_checks  # noqa: E402
from manoir.conf import settings  # noqa: E402


class Forgetful:
    def dumps(self, obj: object) -> bytes:
        return b""

    def loads(self, data: bytes) -> object:
        return None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"SESSION_ENGINE": "manoir.sessions.SignedCookieStore"}, []),
        ({"SESSION_ENGINE": "manoir.sessions.DatabasStore"}, ["E002"]),
        ({"SESSION_ENGINE": "manoir.sessions.Session"}, ["E003"]),
        ({"SESSION_SERIALIZER": "pickle.dumps"}, ["E004"]),
        ({"SESSION_SERIALIZER": "nowhere.Serializer"}, ["E004"]),
        ({"SESSION_SERIALIZER": f"{__name__}.Forgetful"}, ["E004"]),
    ],
)
def test_what_would_fail_at_each_request_is_named_before(change: dict[str, str], expected: list[str]) -> None:
    with settings.override(**change):
        found = [message for message in run_checks(tags=["security"]) if "sessions" in (message.id or "")]
    assert [message.id for message in found] == [f"manoir.sessions.{number}" for number in expected]
    assert all(message.hint for message in found)
