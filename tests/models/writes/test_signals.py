from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.library.models import Author, Book, Tag
from tests.models.colours import Do

from manoir.models.signals import m2m_changed, post_save, pre_save


@pytest.fixture(params=["def", "async def"])
def told(request: pytest.FixtureRequest) -> Iterator[list[dict[str, Any]]]:
    """What the signals of saving said, to receivers of either colour."""
    found: list[dict[str, Any]] = []
    names = {id(pre_save): "pre_save", id(post_save): "post_save", id(m2m_changed): "m2m_changed"}

    def note(signal: Any, sender: Any, **named: Any) -> None:
        found.append({"signal": names[id(signal)], "sender": sender, **named})

    async def anote(signal: Any, sender: Any, **named: Any) -> None:
        note(signal, sender, **named)

    receiver = note if request.param == "def" else anote
    for signal in (pre_save, post_save, m2m_changed):
        signal.connect(receiver)
    yield found
    for signal in (pre_save, post_save, m2m_changed):
        signal.disconnect(receiver)


def test_saving_tells_before_and_after(library: Any, do: Do, told: list[dict[str, Any]]) -> None:
    tag = do(Tag.objects, "create", label="a", slug="a")
    tag.label = "b"
    do(tag, "save", update_fields=["label"])
    common = {"sender": Tag, "instance": tag, "raw": False, "using": "default"}
    named = frozenset(["label"])
    assert told == [
        {"signal": "pre_save", "update_fields": None, **common},
        {"signal": "post_save", "update_fields": None, "created": True, **common},
        {"signal": "pre_save", "update_fields": named, **common},
        {"signal": "post_save", "update_fields": named, "created": False, **common},
    ]


def test_bulk_writes_and_updates_tell_nobody(library: Any, told: list[dict[str, Any]]) -> None:
    tags = Tag.objects.bulk_create([Tag(label="a", slug="a")])
    Tag.objects.bulk_update(tags, ["label"])
    Tag.objects.update(label="x")
    assert told == []


def test_save_base_raw_says_so(library: Any, told: list[dict[str, Any]]) -> None:
    tag = Tag(label="a", slug="a")
    tag.save_base(raw=True)
    assert [one["raw"] for one in told] == [True, True]


def test_many_to_many_actions(library: Any, do: Do, told: list[dict[str, Any]]) -> None:
    book = Book.objects.create(title="Emma", author=Author.objects.create(name="Jane"))
    one, two, three = (Tag.objects.create(label=name, slug=name) for name in "abc")
    told.clear()
    do(book.tags, "add", one, two)
    do(book.tags, "add", one)
    do(book.tags, "remove", two)
    do(book.tags, "set", [three])
    do(one.books, "add", book)
    do(book.tags, "clear")
    through = (
        Book.tags.field.remote_field.through
        if hasattr(Book.tags, "field")
        else Book._meta.get_field("tags").remote_field.through
    )
    assert {event["sender"] for event in told} == {through}
    assert [(event["action"], event["reverse"], event["pk_set"]) for event in told] == [
        ("pre_add", False, {one.pk, two.pk}),
        ("post_add", False, {one.pk, two.pk}),
        ("pre_add", False, set()),
        ("post_add", False, set()),
        ("pre_remove", False, {two.pk}),
        ("post_remove", False, {two.pk}),
        ("pre_remove", False, {one.pk}),
        ("post_remove", False, {one.pk}),
        ("pre_add", False, {three.pk}),
        ("post_add", False, {three.pk}),
        ("pre_add", True, {book.pk}),
        ("post_add", True, {book.pk}),
        ("pre_clear", False, None),
        ("post_clear", False, None),
    ]
    assert {event["model"] for event in told} == {Tag, Book}
