"""Documents: keys, and lookups that look into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.library.models import Book, Profile
from tests.models.query.data import Shop, objects

from manoir.exceptions import FieldError, FieldTypeError, NotSupportedError
from manoir.models import F

PREFERENCES: list[tuple[dict[str, Any], Callable[[Any], bool]]] = [
    ({"preferences__theme": "dark"}, lambda p: p.get("theme") == "dark"),
    ({"preferences__theme__startswith": "d"}, lambda p: p["theme"].startswith("d")),
    ({"preferences__theme__icontains": "IGH"}, lambda p: "igh" in p["theme"]),
    ({"preferences__theme__in": ["dark", "blue"]}, lambda p: p["theme"] in ("dark", "blue")),
    ({"preferences__theme__regex": "^l"}, lambda p: p["theme"].startswith("l")),
    ({"preferences__depth__level": 3}, lambda p: p.get("depth", {}).get("level") == 3),
    ({"preferences__depth__level": 3.0}, lambda p: p.get("depth", {}).get("level") == 3),
    ({"preferences__depth__level": "3"}, lambda p: False),
    ({"preferences__depth__level__gt": 2}, lambda p: p.get("depth", {}).get("level", 0) > 2),
    ({"preferences__depth__level__lte": 2}, lambda p: False),
    ({"preferences__depth": {"level": 3}}, lambda p: p.get("depth") == {"level": 3}),
    ({"preferences__langs__0": "en"}, lambda p: p.get("langs", [None])[0] == "en"),
    ({"preferences__langs__1": "en"}, lambda p: False),
    ({"preferences__langs": ["en", "de"]}, lambda p: p.get("langs") == ["en", "de"]),
    ({'preferences__a"b': 1}, lambda p: p.get('a"b') == 1),
    ({'preferences__a"b__gte': 1}, lambda p: p.get('a"b') == 1),
    ({"preferences__on": True}, lambda p: p.get("on") is True),
    ({"preferences__on": 1}, lambda p: False),
    ({"preferences__count": 1}, lambda p: p.get("count") == 1),
    ({"preferences__count": True}, lambda p: False),
    ({"preferences__nothing": None}, lambda p: "nothing" in p and p["nothing"] is None),
    ({"preferences__nothing__isnull": True}, lambda p: "nothing" not in p),
    ({"preferences__theme__isnull": False}, lambda p: "theme" in p),
    ({"preferences__has_key": "langs"}, lambda p: "langs" in p),
    ({"preferences__has_key": 'a"b'}, lambda p: 'a"b' in p),
    ({"preferences__has_keys": ["langs", "theme"]}, lambda p: {"langs", "theme"} <= set(p)),
    ({"preferences__has_any_keys": ["count", "nope"]}, lambda p: "count" in p),
    ({"preferences__depth__has_key": "level"}, lambda p: "level" in p.get("depth", {})),
    ({"preferences__x'); DROP TABLE library_book; --": 1}, lambda p: False),
    ({'preferences__a"."theme': "dark"}, lambda p: False),
    ({"preferences__%(p0)s": "x"}, lambda p: False),
]


@pytest.mark.parametrize(("lookups", "expected"), PREFERENCES, ids=[str(lookups) for lookups, _ in PREFERENCES])
def test_lookups_in_documents(shop: Shop, lookups: dict[str, Any], expected: Callable[[Any], bool]) -> None:
    found = {profile.pk for profile in objects(Profile).filter(**lookups)}
    assert found == {row.author_id for row in shop.profiles if expected(row.preferences)}
    left_out = {profile.pk for profile in objects(Profile).exclude(**lookups)}
    assert left_out == {row.author_id for row in shop.profiles} - found
    (name,) = lookups
    for key in name.split("__")[1:]:
        assert key in (
            "theme",
            "depth",
            "level",
            "langs",
            "0",
            "1",
            "on",
            "count",
            "nothing",
            "in",
        ) or f"'{key}'" not in str(objects(Profile).filter(**lookups).query)


def test_whole_documents(shop: Shop) -> None:
    assert [book.pk for book in objects(Book).filter(extra={"a": 1, "b": [1, 2]})] == [1]
    assert [book.pk for book in objects(Book).filter(extra=[1, 2, 3])] == [4]
    assert [book.pk for book in objects(Book).filter(extra__0=1)] == [4]
    assert {book.pk for book in objects(Book).filter(extra__isnull=True)} == {2, 3, 5}


def test_values_and_orders_of_keys(shop: Shop) -> None:
    rows = objects(Profile).order_by("preferences__theme").values_list("preferences__theme", flat=True)
    assert list(rows) == ["dark", "light"]
    assert list(objects(Profile).order_by("pk").values_list("preferences__depth__level", flat=True)) == [3, None]
    assert list(objects(Profile).filter(pk=1).values_list('preferences__a"b', flat=True)) == [1]
    assert objects(Profile).annotate(theme=F("preferences__theme")).get(theme="dark").theme == "dark"
    assert list(objects(Profile).filter(pk=1).values("preferences__on")) == [{"preferences__on": True}]


async def test_numbers_under_keys_are_sorted_as_numbers(shop: Shop, database: Any) -> None:
    for author, count in ((3, 10), (4, 9)):
        await database.execute(
            f"INSERT INTO library_profile (author_id, bio, preferences) VALUES ({author}, '', '{{\"count\": {count}}}')"
        )
    counted = objects(Profile).filter(preferences__has_key="count").order_by("preferences__count")
    assert [profile.pk async for profile in counted] == [2, 4, 3]


def test_containment(shop: Shop, vendor: str) -> None:
    contained = objects(Profile).filter(preferences__contains={"theme": "dark"})
    if vendor == "postgresql":
        assert [profile.pk for profile in contained] == [1]
        assert [
            p.pk
            for p in objects(Profile).filter(preferences__contained_by={"theme": "light", "nothing": None, "count": 1})
        ] == [2]
    else:
        with pytest.raises(NotSupportedError, match="no containment of documents"):
            list(contained)


def test_keys_of_the_wrong_type() -> None:
    for lookups in (
        {"preferences__has_key": None},
        {"preferences__has_keys": "a"},
        {"preferences__theme__in": "dark"},
        {"preferences__depth__gt": None},
    ):
        with pytest.raises(FieldTypeError):
            objects(Profile).filter(**lookups)
    with pytest.raises(FieldError, match="parts; 30 are the most"):
        objects(Profile).filter(**{"preferences__" + "__".join("a" * 40): 1})


def test_documents_come_back_as_they_were(shop: Shop) -> None:
    assert objects(Profile).get(pk=1).preferences == shop.profiles[0].preferences


def test_nul_character_matches_nothing_where_it_cannot_be_stored(shop: Shop) -> None:
    for lookups in ({"extra": "\x00"}, {"extra": {"a": ["b\x00"]}}, {"extra__has_key": "a\x00"}):
        assert list(objects(Book).filter(**lookups).values_list("pk", flat=True)) == []
    with pytest.raises(FieldTypeError, match="no key of a document"):
        objects(Book).filter(**{"extra__a\x00b": 1})


def test_backslash_before_u0000_is_text_as_any_other(shop: Shop) -> None:
    assert list(objects(Book).filter(extra="\\u0000").values_list("pk", flat=True)) == []
