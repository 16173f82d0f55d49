"""Publishers, authors, books and what belongs to them: each kind of field and relation stands here at least once."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from manoir import models
from manoir.models import Q


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    LIVE = "live", "On sale"
    GONE = "gone", "Out of print"


class Stars(models.IntegerChoices):
    POOR = 1
    FAIR = 3
    GREAT = 5, "Great!"


@dataclass
class Size:
    """Measures of a printed book, in millimetres."""

    width: int
    height: int
    notes: list[str] = field(default_factory=list)


class Stamped(models.Model):
    """When a row was made and last saved."""

    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        get_latest_by = "created"


class Publisher(models.Model):
    name = models.CharField(max_length=100, unique=True)
    country = models.CharField(max_length=2, blank=True)
    founded = models.DateField(null=True, blank=True)
    website = models.URLField(blank=True)
    books: models.Reverse[Book] = models.Reverse()
    book_count = models.Annotation[int]()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Author(models.Model):
    name = models.CharField(max_length=100, db_index=True)
    email = models.EmailField(null=True, blank=True, unique=True)
    born = models.DateField(null=True, blank=True)
    active = models.BooleanField(default=True)
    mentor = models.ForeignKey(
        lambda: Author, on_delete=models.SET_NULL, null=True, blank=True, related_name="students"
    )
    mentor_id = models.ForeignKeyId(mentor)
    friends = models.ManyToManyField(lambda: Author, blank=True, symmetrical=True)
    follows = models.ManyToManyField(lambda: Author, blank=True, symmetrical=False, related_name="followers")
    books: models.Reverse[Book] = models.Reverse()
    profile: models.ReverseOne[Profile] = models.ReverseOne()
    students: models.Reverse[Author] = models.Reverse()
    book_count = models.Annotation[int]()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Profile(models.Model):
    author = models.OneToOneField(Author, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    bio = models.TextField(blank=True)
    preferences = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True, blank=True)


class Tag(models.Model):
    label = models.CharField(max_length=40)
    slug = models.SlugField(unique=True)
    books: models.Reverse[Book] = models.Reverse()

    class Meta:
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label


class Book(Stamped):
    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, null=True, blank=True)
    isbn = models.CharField(max_length=13, unique=True, null=True, blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal("0"))
    pages = models.PositiveIntegerField(default=0)
    rating = models.FloatField(null=True, blank=True)
    published = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    on_sale = models.BooleanField(default=False)
    size = models.JSONField(schema=Size, null=True, blank=True)
    extra = models.JSONField(null=True, blank=True)
    cover = models.BinaryField(null=True)
    reading_time = models.DurationField(null=True, blank=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    author_id = models.ForeignKeyId(author)
    publisher = models.ForeignKey(Publisher, on_delete=models.SET_NULL, null=True, blank=True, related_name="books")
    publisher_id = models.ForeignKeyId(publisher)
    sequel_to = models.OneToOneField(
        lambda: Book, on_delete=models.SET_NULL, null=True, blank=True, related_name="sequel"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="books")
    contributors = models.ManyToManyField(
        Author, blank=True, through="Credit", through_fields=("book", "author"), related_name="contributions"
    )
    reviews: models.Reverse[Review] = models.Reverse()
    credits: models.Reverse[Credit] = models.Reverse()
    review_count = models.Annotation[int]()

    class Meta:
        ordering = ["title"]
        indexes = [
            models.Index(fields=["author", "-published"]),
            models.Index(fields=["title"], name="live_title_idx", condition=Q(status="live")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="%(class)s_price_not_negative"),
            models.UniqueConstraint(fields=["author", "title"], name="unique_title_of_author"),
        ]

    def __str__(self) -> str:
        return self.title


class Credit(models.Model):
    """What an author did for somebody's book."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="credits")
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="credits")
    invited_by = models.ForeignKey(Author, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=20, choices=[("editor", "Editor"), ("cover", "Cover artist")])

    class Meta:
        unique_together = [("book", "author", "role")]


class Review(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    reader = models.CharField(max_length=50)
    stars = models.SmallIntegerField(choices=Stars, default=Stars.FAIR)
    text = models.TextField(blank=True)
    posted = models.DateTimeField(default=lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    posted_at = models.TimeField(null=True, blank=True)
    helpful = models.IntegerField(db_default=0)

    class Meta:
        ordering = ["-posted"]
        get_latest_by = "posted"


class Copy(models.Model):
    """A printed copy, known by the book's ISBN; its shelf may not go while it stands there."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, to_field="isbn", related_name="copies")
    shelf = models.ForeignKey("library.Shelf", on_delete=models.PROTECT, null=True, related_name="copies")
    room = models.ForeignKey("Room", on_delete=models.RESTRICT, null=True, related_name="copies")
    number = models.PositiveSmallIntegerField(default=1)
    weight = models.BigIntegerField(null=True)


class Room(models.Model):
    name = models.CharField(max_length=20)


class Shelf(models.Model):
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="shelves")
    code = models.CharField(max_length=10, db_column="shelf code")

    class Meta:
        db_table = "library_shelves"


class CheapBook(Book):
    """Books as the bargain desk sees them."""

    class Meta:
        proxy = True
        ordering = ["price"]
