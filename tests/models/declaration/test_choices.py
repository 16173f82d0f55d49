"""Choices in all documented forms, and enumerations with labels."""

from __future__ import annotations

import enum
from typing import Any

import pytest
from tests.library.models import Book, Review, Stars, Status

from manoir import models
from manoir.exceptions import ValidationError
from manoir.i18n import lazystr


class Colour(enum.Enum):
    DARK_RED = "r"
    BLUE = "b"


class Suit(models.IntegerChoices):
    DIAMOND = 1, lazystr(lambda: "Karo")
    SPADE = 2
    __empty__ = "(none)"


def test_labels_values_names_and_choices() -> None:
    assert Status.choices == [("draft", "Draft"), ("live", "On sale"), ("gone", "Out of print")]
    assert Stars.labels == ["Poor", "Fair", "Great!"]
    assert Stars.values == [1, 3, 5]
    assert Stars.names == ["POOR", "FAIR", "GREAT"]


def test_empty_choice_and_lazy_labels() -> None:
    assert Suit.choices == [(None, "(none)"), (1, "Karo"), (2, "Spade")]
    assert Suit.names == ["__empty__", "DIAMOND", "SPADE"]


def test_members_are_their_values() -> None:
    assert (Status.LIVE, str(Status.LIVE), Status.LIVE.label) == ("live", "live", "On sale")
    assert Stars.FAIR + 1 == 4
    assert "live" in Status
    assert "nope" not in Status
    assert Status("live") is Status.LIVE
    assert repr(Status.LIVE) == "Status.LIVE"


def test_auto_gives_a_text_member_its_name() -> None:
    class Direction(models.TextChoices):
        NORTH = enum.auto()

    assert Direction.choices == [("NORTH", "North")]


def test_functional_api() -> None:
    medals: Any = models.TextChoices("Medals", "GOLD SILVER")
    assert medals.choices == [("GOLD", "Gold"), ("SILVER", "Silver")]


def test_values_of_other_types() -> None:
    import datetime as dt

    class Landing(dt.date, models.Choices):
        APOLLO_11 = 1969, 7, 20, "Apollo 11"

    assert [(dt.date(1969, 7, 20), "Apollo 11")] == Landing.choices


def test_duplicate_values_are_aliases() -> None:
    class Size(models.TextChoices):
        SMALL = "s", "Small"
        TINY = "s", "Tiny"

    assert Size.TINY is Size.SMALL


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ([("a", "A"), ("b", "B")], [("a", "A"), ("b", "B")]),
        ({"a": "A"}, [("a", "A")]),
        ({"Group": {"a": "A"}, "b": "B"}, [("Group", [("a", "A")]), ("b", "B")]),
        ([("Group", (("a", "A"),))], [("Group", [("a", "A")])]),
        (lambda: {"a": "A"}, [("a", "A")]),
        (Colour, [("r", "Dark Red"), ("b", "Blue")]),
        (Status, Status.choices),
    ],
)
def test_every_documented_form_of_choices(choices: Any, expected: Any) -> None:
    assert expected == models.CharField(max_length=9, choices=choices).choices


def test_groups_are_opened_in_flatchoices() -> None:
    field = models.CharField(max_length=9, choices={"Group": {"a": "A"}, "b": "B"})
    assert field.flatchoices == [("a", "A"), ("b", "B")]


def test_callable_choices_are_called_anew() -> None:
    known = [("a", "A")]
    field = models.CharField(max_length=9, choices=lambda: known)
    known.append(("b", "B"))
    assert len(field.choices or []) == 2


def test_a_value_that_is_no_choice_is_refused() -> None:
    with pytest.raises(ValidationError, match="Value 'x' is not a valid choice"):
        Book._meta.get_field("status").clean("x", None)


def test_clean_answers_the_member() -> None:
    assert Book._meta.get_field("status").clean("live", None) is Status.LIVE
    assert Review._meta.get_field("stars").clean("5", None) is Stars.GREAT


def test_rows_are_read_as_members_and_unknown_values_stay() -> None:
    read = Book._meta.get_field("status").from_db_value
    assert read("live", None, None) is Status.LIVE
    assert read("former", None, None) == "former"


def test_plain_enum_members_are_written_by_value() -> None:
    field = models.CharField(max_length=1, choices=Colour)
    assert field.get_prep_value(Colour.DARK_RED) == "r"
    assert field.clean("b", None) is Colour.BLUE


def test_display_method() -> None:
    assert Book(status=Status.LIVE).get_status_display() == "On sale"  # pyright: ignore
    assert Book(status="live").get_status_display() == "On sale"  # pyright: ignore
    assert Book(status="other").get_status_display() == "other"  # pyright: ignore


def test_display_method_of_the_class_wins(registry: Any) -> None:
    class Ticket(models.Model):
        status = models.CharField(max_length=5, choices=[("a", "A")])

        def get_status_display(self) -> str:
            return "mine"

        class Meta:
            app_label = "shop"
            apps = registry

    assert Ticket(status="a").get_status_display() == "mine"


def test_form_choices_begin_with_a_blank_unless_one_is_there() -> None:
    field = models.CharField(max_length=1, choices=[("a", "A")])
    assert field.get_choices() == [("", "---------"), ("a", "A")]
    assert models.CharField(choices=[("", "none"), ("a", "A")]).get_choices() == [("", "none"), ("a", "A")]
