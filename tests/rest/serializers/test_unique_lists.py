"""Unique values of a list of items: one query where nobody has one of them, and the same answers as one by one."""

from __future__ import annotations

import pytest

from manoir.rest import serializers
from tests.library.models import Author, Tag


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["label", "slug"]


def items(*slugs):
    return [{"label": slug.title(), "slug": slug} for slug in slugs]


def test_free_values_of_many_items_cost_one_query(rows, counted, colour):
    tags = TagSerializer(data=items("dogs", " eels ", "foxes", "gulls"), many=True)
    with counted() as found:
        assert colour.valid(tags), tags.errors
    assert len(found) == 1
    colour.save(tags)
    assert Tag.objects.filter(slug__in=["dogs", "eels", "foxes", "gulls"]).count() == 4


def test_a_value_that_somebody_has_is_told_at_its_item(rows, colour):
    tags = TagSerializer(data=items("dogs", "art", "foxes"), many=True)
    assert not colour.valid(tags)
    assert tags.errors[0] == tags.errors[2] == {}
    assert tags.errors[1]["slug"][0].code == "unique"


def test_what_is_wrong_anyway_is_told_as_before(rows, colour):
    tags = TagSerializer(
        data=[*items("dogs", "no slug!"), {"label": "x"}, "text", {"label": "y", "slug": [1]}], many=True
    )
    assert not colour.valid(tags)
    assert [sorted(error) for error in tags.errors] == [[], ["slug"], ["slug"], ["non_field_errors"], ["slug"]]


def test_a_value_that_was_taken_meanwhile_is_asked_for_again(rows, colour):
    """What was found out for one check holds for that check only."""
    tags = TagSerializer(data=items("dogs", "eels"), many=True)
    assert colour.valid(tags)
    Tag.objects.create(label="Eels", slug="eels")
    assert not colour.valid(TagSerializer(data=items("dogs", "eels"), many=True))
    assert tags.child.fields["slug"].__dict__.get("_free") is None


class Own(serializers.ListSerializer):
    def run_child_validation(self, data):
        self.child.instance = Author.objects.get(name=data["name"])
        return super().run_child_validation(data)


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["name", "email"]
        list_serializer_class = Own


@pytest.mark.parametrize(
    ("emails", "codes"),
    [
        (["ann@example.com", "bob@example.com"], []),
        (["bob@example.com", "ann@example.com"], ["unique"]),
        (["x@example.com", "y@example.com"], []),
    ],
)
def test_an_update_may_keep_its_own_value(rows, colour, emails, codes):
    sent = [{"name": name, "email": email} for name, email in zip(("Ann", "Bob"), emails, strict=True)]
    authors = AuthorSerializer(Author.objects.all(), data=sent, many=True)
    colour.valid(authors)
    assert [one.code for error in authors.errors for one in error.get("email", [])] == codes
