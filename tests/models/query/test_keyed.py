"""Rows by their keys, of a manager or queryset that is asked again and again."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from tests.library.models import Author, Review, Tag
from tests.models.colours import do, library, statements

from manoir import models
from manoir.models.shapes import KeyedTogether, keyed_rows

__all__ = ["do", "library"]


class Asking(models.QuerySet[Any]):
    def filter(self, *conditions: Any, **lookups: Any) -> Any:
        return super().filter(*conditions, **lookups)


def test_rows_come_by_key_in_one_statement_that_is_compiled_once(library, do):
    tags = [Tag.objects.create(label=name, slug=name) for name in "abc"]
    rows = keyed_rows(Tag.objects)
    assert rows is not None
    with statements(library) as sent:
        assert do(rows, "read", [tags[2].pk, tags[0].pk, 0]) == {tags[0].pk: tags[0], tags[2].pk: tags[2]}
        assert do(rows, "read", [tags[1].pk]) == {tags[1].pk: tags[1]}
        assert do(rows, "read", []) == {}
    assert len(sent) == 2
    assert sent[0] == sent[1]


def test_conditions_of_a_queryset_hold(library, do):
    ann, bob = [Author.objects.create(name=name, active=name == "Ann") for name in ("Ann", "Bob")]
    rows = keyed_rows(Author.objects.filter(active=True, name__startswith="A").select_related("mentor"))
    assert rows is not None
    assert list(do(rows, "read", [ann.pk, bob.pk])) == [ann.pk]


def test_only_keys_that_the_column_can_hold_are_taken(library):
    rows, reviews = keyed_rows(Tag.objects), keyed_rows(Review.objects)
    assert rows is not None
    assert reviews is not None
    assert rows.takes([1, 2])
    assert not any(rows.takes([1, key]) for key in (2**70, "1", None, True, 1.0))
    key = Review().pk
    assert reviews.takes([key])
    assert not reviews.takes([str(key)])


@pytest.mark.parametrize(
    "rows",
    [
        Asking(Tag), Tag.objects.all()[:5], Tag.objects.values("id"), Tag.objects.none(), Tag.objects.distinct(),
        Tag.objects.prefetch_related("books"), Tag.objects.annotate(count=models.Count("books")),
        Tag.objects.filter(pk__in=[1, 2]), Tag.objects.select_for_update(), [1],
    ],
    ids=["own", "slice", "values", "none", "distinct", "prefetch", "annotate", "in", "lock", "list"],
)  # fmt: skip
def test_rows_that_are_read_in_another_way_are_left_alone(rows):
    assert keyed_rows(rows) is None


def test_rows_of_several_models_come_by_one_statement(library, do):
    tags = [Tag.objects.create(label=name, slug=name) for name in "abc"]
    ann, bob = [Author.objects.create(name=name, active=name == "Ann") for name in ("Ann", "Bob")]
    parts = [
        keyed_rows(Author.objects.filter(active=True)),
        keyed_rows(Tag.objects),
        keyed_rows(Author.objects.only("name")),
    ]
    together = KeyedTogether([part for part in parts if part is not None])
    assert len(together.parts) == 3
    with statements(library) as sent:
        active, labels, named = do(together, "read", [[ann.pk, bob.pk], [tags[2].pk, tags[0].pk, 0], [bob.pk]])
    assert len(sent) == (1 if library.features.has_full_join else 3)
    assert active == {ann.pk: ann}
    assert labels == {tags[0].pk: tags[0], tags[2].pk: tags[2]}
    assert [tag.label for tag in labels.values()] == ["a", "c"]
    assert named == {bob.pk: bob}
    assert named[bob.pk].get_deferred_fields() >= {"email", "active"}
    assert do(together, "read", [[0], [tags[1].pk], [0]]) == [{}, {tags[1].pk: tags[1]}, {}]


def test_rows_of_databases_without_full_joins_come_one_after_the_other(library, do, monkeypatch):
    tag, ann = Tag.objects.create(label="a", slug="a"), Author.objects.create(name="Ann")
    rows, authors = keyed_rows(Tag.objects), keyed_rows(Author.objects)
    assert rows is not None
    assert authors is not None
    monkeypatch.setattr(type(library), "features", dataclasses.replace(library.features, has_full_join=False))
    with statements(library) as sent:
        assert do(KeyedTogether([rows, authors]), "read", [[tag.pk], [ann.pk]]) == [{tag.pk: tag}, {ann.pk: ann}]
    assert len(sent) == 2
