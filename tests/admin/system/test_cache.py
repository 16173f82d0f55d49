from __future__ import annotations

from collections.abc import Callable

import pytest

from manoir.admin._cache_page import without_password
from manoir.cache import caches
from manoir.testing import Client

Staff = Callable[..., Client]
PATH = "/admin/cache/"


@pytest.fixture(autouse=True)
def _empty() -> None:
    caches["default"].clear()
    caches["default"].stats.hits = caches["default"].stats.misses = 0


def test_hit_ratio_of_each_cache(staff: Staff) -> None:
    cache = caches["default"]
    cache.set("there", 1)
    for _ in range(3):
        cache.get("there")
    cache.get("absent")
    page = staff().get(PATH).text
    assert "75 %" in page
    assert "4 look-ups" in page


def test_a_cache_that_does_not_answer_says_so_and_shows_no_password(staff: Staff) -> None:
    """M11."""
    page = staff().get(PATH).text
    assert "does not answer" in page
    assert "redis://127.0.0.1:1/3" in page
    assert "secret" not in page
    assert "somebody" not in page


def test_a_cache_is_emptied(staff: Staff) -> None:
    caches["default"].set("there", 1)
    answer = staff().post(PATH, {"action": "empty", "alias": "default"}, follow=True)
    assert "is empty" in answer.text
    assert caches["default"].get("there") is None
    assert "does not answer" in staff().post(PATH, {"action": "empty", "alias": "away"}, follow=True).text


@pytest.mark.parametrize("sent", [{}, {"alias": "default"}, {"action": "empty", "alias": "__class__"}, {"action": "x"}])
def test_forged_posts_empty_nothing(staff: Staff, sent: dict[str, str]) -> None:
    caches["default"].set("there", 1)
    assert staff().post(PATH, sent).status_code == 302
    assert caches["default"].get("there") == 1


def test_only_superusers_see_caches(staff: Staff) -> None:
    """H03."""
    client = staff("view_queuedtask")
    assert client.get(PATH).status_code == 403
    assert client.post(PATH, {"action": "empty", "alias": "default"}).status_code == 403


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("redis://user:pass@host:6379/1", "redis://host:6379/1"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("/var/cache/site", "/var/cache/site"),
        ("cache_table", "cache_table"),
    ],
)
def test_addresses_are_shown_without_passwords(location: str, shown: str) -> None:
    assert without_password(location) == shown
