"""H56: numbers of one hash, which a client can choose, do not make a list of them slow."""

from __future__ import annotations

import sys

import pytest

from manoir.rest import serializers
from manoir.rest._relation_batch import keys_of
from tests.library.models import Author, Book


class Alike(int):
    """A number whose comparisons are counted."""

    compared = 0

    def __eq__(self, other):
        Alike.compared += 1
        return int(self) == other

    __hash__ = int.__hash__


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["title", "author", "price"]


def numbers(count):
    """Multiples of the modulus of Python's hashes: the hash of each is 0."""
    return [Alike(sys.hash_info.modulus * number) for number in range(1, count + 1)]


def test_keys_of_one_hash_are_told_apart_by_their_texts():
    sent = numbers(500)
    assert {hash(one) for one in sent} == {0}
    Alike.compared = 0
    assert keys_of([{"author": one} for one in sent], "author") == sent
    assert Alike.compared <= 2 * len(sent)


@pytest.mark.parametrize("field", ["author", "price"])
def test_lists_of_numbers_of_one_hash(database, field):
    author = Author.objects.create(name="Ann")
    rows = [{"title": f"{one}", "author": author.pk, "price": 1, field: one} for one in numbers(500)]
    serializer = BookSerializer(data=rows, many=True)
    Alike.compared = 0
    assert not serializer.is_valid()
    assert [list(error) for error in serializer.errors] == [[field]] * len(rows)
    assert Alike.compared <= 20 * len(rows)
