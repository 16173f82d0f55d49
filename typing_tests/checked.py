"""Models whose constructors are checked: `TypedModel`."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_type

from app import Author

from manoir import models


class Item(models.TypedModel):
    title: models.CharField = models.CharField(max_length=3)
    subtitle: models.CharField[str | None] = models.CharField(max_length=3, null=True)
    price: models.DecimalField = models.DecimalField(max_digits=3, decimal_places=2)
    author: models.ForeignKey[Author] = models.ForeignKey(Author, models.CASCADE)


def right(author: Author) -> None:
    # @r200 constructor
    item = Item(title="x", price=5, author=author)
    # @r201 reads
    assert_type(item.title, str)
    assert_type(item.price, Decimal)
    assert_type(item.author, Author)
    # @r202 queries
    Item.objects.filter(Item.price < 3, Item.author.name == "x")
    # @end


def wrong() -> None:
    # @w200 unknown keyword
    Item(titel="x")
    # @w201 wrong type
    Item(title=5)
    # @w202 wrong model
    Item(author=3)
    # @end
