"""A model file as a project writes it, with every way to declare a relation."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from dataclasses import dataclass
from typing import ClassVar, Self

from manoir import models
from manoir.bridge import blocking


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    LIVE = "live", "On sale"


class Weight(enum.Enum):
    LIGHT = 1
    HEAVY = 2


@dataclass
class Size:
    width: int


class Author(models.Model):
    name = models.CharField("full name", max_length=100)
    books = models.Reverse(lambda: Book)
    books2: models.Reverse[Book] = models.Reverse()
    books3: models.Reverse[Book]
    books4: ClassVar[models.Reverse[Book]]
    profile: models.ReverseOne[Profile] = models.ReverseOne()


class Tag(models.Model):
    label = models.CharField(max_length=10)


class Profile(models.Model):
    author = models.OneToOneField(Author, models.CASCADE, related_name="profile")
    token = models.UUIDField(default=uuid.uuid4)
    address = models.GenericIPAddressField(null=True)
    avatar = models.BinaryField(null=True)


class BookQuerySet(models.QuerySet["Book"]):
    def published(self) -> Self:
        return self.filter(Book.published <= dt.date(2026, 1, 1))

    async def acheapest(self) -> Book | None:
        return await self.order_by("price").afirst()

    cheapest = blocking(acheapest)


class BookManager(models.Manager["Book"]):
    def cheap(self) -> Self:
        return self.filter(price__lt=5)


class Book(models.Model):
    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, null=True, blank=True)
    slug = models.SlugField(allow_unicode=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    pages = models.PositiveIntegerField(default=0)
    rating = models.FloatField(null=True)
    live = models.BooleanField(default=True)
    published = models.DateField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    opens = models.TimeField(null=True)
    reading_time = models.DurationField(default=dt.timedelta)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    state = models.CharField(max_length=10, choices=Status, null=True)
    kind = models.CharField(max_length=10, choices=[("a", "A")])
    weight = models.IntegerField(choices=Weight)
    size = models.JSONField(schema=Size)
    extra = models.JSONField(null=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    author_id = models.ForeignKeyId(author)
    editor = models.ForeignKey(Author, on_delete=models.CASCADE, null=True)
    editor_id = models.ForeignKeyId(editor)
    tags = models.ManyToManyField(Tag, related_name="books")
    parent = models.ForeignKey["Book | None"]("self", models.CASCADE, null=True)
    parent2 = models.ForeignKey(lambda: Book, models.CASCADE, null=True)
    parent3: models.ForeignKey[Book | None] = models.ForeignKey("self", models.CASCADE, null=True)
    tags2: models.ManyToManyField[Late] = models.ManyToManyField("Late")
    late = models.ForeignKey["Late"]("Late", models.CASCADE)
    late2 = models.ForeignKey(lambda: Late, models.CASCADE)
    late3: models.ForeignKey[Late] = models.ForeignKey("Late", models.CASCADE)
    untyped = models.ForeignKey("Late", models.CASCADE)
    tag_count = models.Annotation[int]()

    objects = BookQuerySet.as_manager()
    cheap = BookManager()


class Parcel(models.Model):
    weight = models.IntegerField()
    grams = models.GeneratedField(
        expression=models.F("weight") * 1000, output_field=models.IntegerField(), db_persist=True
    )
    label = models.GeneratedField(
        expression="weight", output_field=models.CharField(max_length=9), db_persist=True, null=True
    )


class Late(models.Model):
    label = models.CharField(max_length=10)


class Ticket(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
