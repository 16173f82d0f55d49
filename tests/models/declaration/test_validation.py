"""`full_clean()` and its parts, on real databases, in both colours."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from tests.library.models import Author, Book, Credit, Publisher, Review, Status, Tag
from tests.models.declaration.conftest import insert
from tests.models.tables import table_sql

from manoir import models
from manoir.apps import Apps
from manoir.bridge import wait
from manoir.exceptions import NON_FIELD_ERRORS, ValidationError
from manoir.models import F, Q


def errors(instance: models.Model, **kwargs: Any) -> dict[str, list[str]]:
    """Messages by field; empty when the instance is good. Asked in both colours, which must agree."""
    try:
        instance.full_clean(**kwargs)
        found: dict[str, list[str]] = {}
    except ValidationError as error:
        found = error.message_dict
    try:
        wait(instance.afull_clean(**kwargs))
        other: dict[str, list[str]] = {}
    except ValidationError as error:
        other = error.message_dict
    assert found == other
    return found


def stored(model: Any, **values: Any) -> Any:
    """An instance as if it had been read."""
    instance = model(**values)
    instance._state.adding = False
    instance._state.db = "default"
    return instance


def test_a_good_instance_passes_and_is_converted(library: Any) -> None:
    book = Book(title="New", price="1.50", pages="7", published="2026-01-02", status="live", author_id=1)
    assert errors(book) == {}
    assert (Decimal("1.50"), 7, dt.date(2026, 1, 2), Status.LIVE) == (
        book.price,
        book.pages,
        book.published,
        book.status,
    )


def test_every_field_complains_for_itself(library: Any) -> None:
    book = Book(title="x" * 201, pages=-1, status="nope")
    assert errors(book) == {
        "title": ["Ensure this value has at most 200 characters (it has 201)."],
        "pages": ["Ensure this value is greater than or equal to 0."],
        "status": ["Value 'nope' is not a valid choice."],
        "author": ["This field cannot be null."],
    }


def test_constraints_of_other_fields_bear_a_value_that_no_column_takes(library: Any) -> None:
    assert errors(Book(title="N", author_id=1, price=-1, pages="many")) == {
        "pages": ["“many” value must be an integer."],
        "__all__": ["Constraint “book_price_not_negative” is violated."],
    }


def test_excluded_fields_are_left_alone(library: Any) -> None:
    assert errors(Book(title="", author_id=1), exclude=["title"]) == {}


def test_foreign_keys_must_point_to_rows(library: Any) -> None:
    assert errors(Book(title="N", author_id=99)) == {"author": ["author instance with id 99 does not exist."]}
    with pytest.raises(ValidationError) as caught:
        Book(title="N", author_id=99).clean_fields()
    assert caught.value.error_dict["author"][0].error_code == "invalid"


def test_limit_choices_to_is_obeyed(library: Any, registry: Apps) -> None:
    class Award(models.Model):
        author = models.ForeignKey(
            Author, models.CASCADE, related_name="+", limit_choices_to=lambda: {"name__startswith": "A"}
        )

        class Meta:
            app_label = "shop"
            apps = registry

    Award(author_id=1).clean_fields()
    with pytest.raises(ValidationError, match="author instance with id 2 does not exist"):
        Award(author_id=2).clean_fields()


def test_unique_values_are_found(library: Any) -> None:
    assert errors(Publisher(name="Penguin")) == {"name": ["Publisher with this Name already exists."]}
    assert errors(Tag(label="x", slug="fiction")) == {"slug": ["Tag with this Slug already exists."]}
    assert errors(Publisher(name="penguin")) == {}


def test_own_row_does_not_count(library: Any) -> None:
    assert errors(stored(Publisher, id=1, name="Penguin")) == {}
    assert errors(stored(Publisher, id=2, name="Penguin")) == {"name": ["Publisher with this Name already exists."]}


def test_key_in_use_is_found_for_new_instances(library: Any) -> None:
    assert errors(Tag(id=1, label="y", slug="y")) == {"id": ["Tag with this ID already exists."]}


def test_null_is_never_taken(library: Any) -> None:
    assert errors(Author(name="Cid", email=None)) == {}
    assert errors(Author(name="C", email="ann@example.com")) == {"email": ["Author with this Email already exists."]}


def test_unique_together(library: Any) -> None:
    wait(insert(library, Credit, {"id": 1, "book_id": 1, "author_id": 1, "role": "editor"}))
    again = Credit(book_id=1, author_id=1, role="editor")
    assert errors(again) == {NON_FIELD_ERRORS: ["Credit with this Book, Author and Role already exists."]}
    assert errors(again, exclude=["role"]) == {}
    assert errors(Credit(book_id=1, author_id=2, role="editor")) == {}


def test_what_is_wrong_already_is_not_checked_for_uniqueness(library: Any) -> None:
    assert {"slug"} == set(errors(Tag(label="x", slug="not a slug")))


def test_unique_constraint(library: Any) -> None:
    assert errors(Book(title="A", author_id=1)) == {
        NON_FIELD_ERRORS: ["Book with this Author and Title already exists."]
    }
    assert errors(Book(title="A", author_id=1), validate_constraints=False) == {}
    assert errors(stored(Book, id=1, title="A", author_id=1)) == {}


def test_check_constraint(library: Any) -> None:
    assert errors(Book(title="N", price=Decimal("-1"), author_id=1)) == {
        NON_FIELD_ERRORS: ["Constraint “book_price_not_negative” is violated."]
    }
    assert errors(Book(title="N", price=Decimal("-1"), author_id=1), exclude=["price"]) == {}


@pytest.mark.parametrize(
    "condition", [Q(price__lt=F("pages")), Q(Book.price < Book.pages), Q(price__lt=F("pages") + 1)]
)
def test_constraint_that_compares_with_an_excluded_field_is_not_checked(library: Any, condition: Any) -> None:
    constraint = models.CheckConstraint(condition=condition, name="c")
    book = Book(author_id=1, price=Decimal(3), pages=1)
    assert {"price", "pages"} == condition.referenced_base_fields
    constraint.validate(Book, book, exclude=["pages"])
    with pytest.raises(ValidationError):
        constraint.validate(Book, book)


CONSTRAINTS: list[tuple[Any, dict[str, Any], bool]] = [
    (models.UniqueConstraint(fields=["title"], name="u"), {"title": "A"}, False),
    (models.UniqueConstraint(fields=["title"], name="u"), {"title": "N"}, True),
    (models.UniqueConstraint(fields=["title"], name="u", condition=Q(pages=10)), {"title": "A", "pages": 10}, False),
    (models.UniqueConstraint(fields=["title"], name="u", condition=Q(pages=10)), {"title": "A", "pages": 11}, True),
    (models.UniqueConstraint(fields=["subtitle"], name="u"), {"subtitle": None}, True),
    (models.UniqueConstraint(fields=["subtitle"], name="u", nulls_distinct=False), {"subtitle": None}, False),
    (models.UniqueConstraint(F("pages") * 2, name="u"), {"pages": 10}, False),
    (models.UniqueConstraint(F("pages") * 2, name="u"), {"pages": 11}, True),
    (models.CheckConstraint(condition=Q(pages__gt=5) | Q(title="N"), name="c"), {"pages": 1, "title": "N"}, True),
    (models.CheckConstraint(condition=Q(pages__gt=5) | Q(title="N"), name="c"), {"pages": 1, "title": "X"}, False),
    (models.CheckConstraint(condition=Q(rating__gt=5), name="c"), {"rating": None}, True),
    (models.CheckConstraint(condition=Q(price__lt=F("pages")), name="c"), {"price": Decimal(3), "pages": 2}, False),
    (models.CheckConstraint(condition=Q(title__startswith="N"), name="c"), {"title": "Note"}, True),
]


@pytest.mark.parametrize(("constraint", "values", "good"), CONSTRAINTS)
def test_constraints_by_themselves(library: Any, constraint: Any, values: Any, good: bool) -> None:
    book = Book(author_id=1, **values)
    if good:
        constraint.validate(Book, book)
    else:
        with pytest.raises(ValidationError):
            constraint.validate(Book, book)


def test_constraint_with_an_own_message(library: Any) -> None:
    constraint = models.UniqueConstraint(
        fields=["title"], name="u", violation_error_message="Taken (%(name)s).", violation_error_code="taken"
    )
    with pytest.raises(ValidationError) as caught:
        constraint.validate(Book, Book(title="A", author_id=1))
    assert (caught.value.messages, caught.value.error_code) == (["Taken (u)."], "taken")


def test_unique_for_date(database: Any, registry: Apps) -> None:
    class Note(models.Model):
        slug = models.CharField(max_length=9, unique_for_date="day", unique_for_month="day")
        day = models.DateField()

        class Meta:
            app_label = "shop"
            apps = registry

    wait(database.execute(table_sql(database, Note), ()))
    wait(insert(database, Note, {"id": 1, "slug": "a", "day": dt.date(2026, 3, 4)}))
    same_day = Note(slug="a", day=dt.date(2026, 3, 4))
    assert errors(same_day) == {"slug": ["Slug must be unique for Day date.", "Slug must be unique for Day month."]}
    assert errors(Note(slug="a", day=dt.date(2026, 3, 5))) == {"slug": ["Slug must be unique for Day month."]}
    assert errors(Note(slug="a", day=dt.date(2026, 4, 4))) == {}


def test_values_that_the_database_computes_are_not_judged(library: Any) -> None:
    assert errors(Review(book_id=1, reader="R")) == {}
    assert errors(stored(Book, id=1, title="A", author_id=1, pages=F("pages") + 1), exclude=["price"]) == {}


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_clean_of_either_colour_is_called(library: Any, registry: Apps, colour: str) -> None:
    class Base(models.Model):
        name = models.CharField(max_length=9)

        class Meta:
            abstract = True

    def refuse(self: Any) -> None:
        raise ValidationError({"name": "Not this."})

    async def arefuse(self: Any) -> None:
        raise ValidationError({"name": "Not this."})

    body = {"clean": refuse} if colour == "sync" else {"aclean": arefuse}
    meta = type("Meta", (), {"app_label": "shop", "apps": registry})
    thing = type(models.Model)("Thing", (Base,), {"__module__": __name__, "Meta": meta, **body})
    assert errors(thing(name="x"), validate_unique=False) == {"name": ["Not this."]}


def test_neighbours_by_date(library: Any) -> None:
    book: Any = Book.objects.get(pk=2)
    assert (book.get_next_by_created().title, book.get_previous_by_created().title) == ("C", "A")
    assert wait(book.aget_next_by_created()).title == "C"
    with pytest.raises(Book.DoesNotExist):
        book.get_next_by_created(title="A")


async def test_async_code_validates_without_blocking(library: Any) -> None:
    with pytest.raises(ValidationError):
        await Publisher(name="Penguin").avalidate_unique()
