"""Relations as they are declared and assigned; loading is tested with the databases."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from tests.library.models import Author, Book, Copy, Credit, Profile, Publisher, Review, Shelf, Tag

from manoir import models
from manoir.apps import Apps
from manoir.conf import settings
from manoir.db import ColumnType
from manoir.exceptions import FieldTypeError


def options(registry: Any, **more: Any) -> Any:
    return type("Meta", (), {"app_label": "shop", "apps": registry, **more})


# -- what a relation knows -------------------------------------------------------------------------------------------


def test_foreign_key_and_its_far_side_know_each_other() -> None:
    field = Book._meta.get_field("author")
    rel = field.remote_field
    assert (Author, Author._meta.pk, rel) == (field.related_model, field.target_field, field.remote_field)
    assert (field, Author, Book) == (rel.field, rel.model, rel.related_model)
    assert (rel.name, rel.accessor_name, rel.one_to_many, rel.hidden) == ("books", "books", True, False)
    assert rel.on_delete is models.CASCADE
    assert rel in Author._meta.related_objects


def test_column_follows_the_field_pointed_to() -> None:
    assert ColumnType("bigint") == Book._meta.get_field("author").column_type
    assert ColumnType("char", length=13) == Copy._meta.get_field("book").column_type
    assert Copy._meta.get_field("book").target_field.name == "isbn"


def test_key_to_a_uuid_takes_its_values(registry: Apps) -> None:
    class Answer(models.Model):
        review = models.ForeignKey(Review, models.CASCADE, related_name="+")
        Meta = options(registry)

    field = Answer._meta.get_field("review")
    assert ColumnType("uuid") == field.column_type
    assert uuid.UUID(int=5) == field.get_prep_value(str(uuid.UUID(int=5)))


def test_key_prepares_instances_and_refuses_other_values() -> None:
    field = Book._meta.get_field("author")
    assert field.get_prep_value(Author(id=3)) == 3
    assert field.get_lookup_value("3") == 3
    with pytest.raises(FieldTypeError, match=r"library\.Author\.id expects a whole number, not 'x'"):
        field.get_prep_value("x")


def test_names_of_the_far_side() -> None:
    profile = Profile._meta.get_field("author").remote_field
    assert (profile.accessor_name, profile.hidden, profile.multiple) == ("profile", False, False)
    hidden = Credit._meta.get_field("invited_by").remote_field
    assert (hidden.related_name, hidden.accessor_name, hidden.hidden) == ("+", None, True)
    assert hidden in Author._meta.all_rels
    assert None is Author._meta.get_field("friends").remote_field.accessor_name


def test_default_names_of_the_far_side(registry: Apps) -> None:
    class Target(models.Model):
        Meta = options(registry)

    class Source(models.Model):
        one = models.ForeignKey(Target, models.CASCADE)
        single = models.OneToOneField(Target, models.CASCADE, related_name=None, related_query_name="lonely")

        Meta = options(registry)

    accessors = {rel.accessor_name: rel.name for rel in Target._meta.related_objects}
    assert accessors == {"source_set": "source", "source": "lonely"}


def test_default_related_name(registry: Apps) -> None:
    class Target(models.Model):
        Meta = options(registry)

    class Source(models.Model):
        one = models.ForeignKey(Target, models.CASCADE)
        Meta = options(registry, default_related_name="%(model_name)s_items")

    assert [rel.accessor_name for rel in Target._meta.related_objects] == ["source_items"]


# -- finding the model ----------------------------------------------------------------------------------------------


def test_models_can_be_named_before_they_exist(registry: Apps) -> None:
    class Source(models.Model):
        by_name = models.ForeignKey("Late", models.CASCADE, related_name="a")
        by_label = models.ForeignKey("shop.Late", models.CASCADE, related_name="b")
        by_function = models.ForeignKey(lambda: Late, models.CASCADE, related_name="c")
        own = models.ForeignKey("self", models.CASCADE, null=True)

        Meta = options(registry)

    with pytest.raises(ValueError, match=r"shop\.Source\.by_name points to 'Late', which is not defined yet"):
        Source._meta.get_field("by_name").related_model

    class Late(models.Model):
        Meta = options(registry)

    names = ("by_name", "by_label", "by_function")
    assert [Late] * 3 == [Source._meta.get_field(name).related_model for name in names]
    assert Source._meta.get_field("own").related_model is Source
    assert {"a", "b", "c"} == {rel.accessor_name for rel in Late._meta.related_objects}
    assert hasattr(Late, "a")
    assert hasattr(Late, "c")


@pytest.mark.parametrize("wrong", [int, 5, None])
def test_what_is_no_model_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"points to|got"):
        models.ForeignKey(wrong, models.CASCADE)


def test_policy_must_be_one() -> None:
    with pytest.raises(TypeError, match="on_delete='CASCADE' is no policy"):
        models.ForeignKey(Author, "CASCADE")  # pyright: ignore


# -- reading and assigning in memory ---------------------------------------------------------------------------------


def test_assigning_an_instance_sets_key_and_cache() -> None:
    author = Author(id=3, name="Ann")
    book = Book()
    book.author = author
    assert (3, author) == (book.author_id, book.author)
    assert vars(book)["author"] is author


def test_assigning_none_clears_both() -> None:
    book = Book(publisher=Publisher(id=1))
    book.publisher = None
    assert (book.publisher_id, book.publisher) == (None, None)


def test_assigning_another_model_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Book\.author takes an instance of Author, not <Tag: x>"):
        Book().author = Tag(label="x")  # pyright: ignore
    with pytest.raises(ValueError, match="takes an instance of Author"):
        Book(author="Ann")


def test_changing_the_key_drops_the_cached_instance() -> None:
    book = Book(publisher=Publisher(id=1))
    book.publisher_id = None
    assert None is book.publisher
    assert "publisher" not in vars(book)


def test_instance_that_is_saved_later_stays_assigned() -> None:
    publisher = Publisher(name="P")
    book = Book(publisher=publisher)
    assert (None, publisher) == (book.publisher_id, book.publisher)
    publisher.id = 5
    assert book.publisher is publisher


def test_missing_relations() -> None:
    assert None is Book().publisher
    with pytest.raises(Author.DoesNotExist, match="This Book has nothing in 'author'"):
        Book().author
    with pytest.raises(AttributeError):
        Book().author
    assert not hasattr(Book(), "author")


def test_one_to_one_is_cached_on_both_sides() -> None:
    author = Author(id=1)
    profile = Profile(author=author)
    assert author.profile is profile
    with pytest.raises(Profile.DoesNotExist, match="This Author has nothing in 'profile'"):
        Author().profile


def test_one_to_one_can_be_assigned_from_the_far_side() -> None:
    author, profile = Author(id=1), Profile()
    author.profile = profile
    assert (1, author) == (profile.author_id, profile.author)  # pyright: ignore
    with pytest.raises(ValueError, match=r"Author\.profile takes an instance of Profile"):
        author.profile = author  # pyright: ignore


def test_many_sides_cannot_be_assigned() -> None:
    with pytest.raises(TypeError, match=r"use tags\.set"):
        Book().tags = []  # pyright: ignore
    with pytest.raises(TypeError, match=r"use books\.set"):
        Author().books = []  # pyright: ignore


# -- many to many ---------------------------------------------------------------------------------------------------


def test_made_table_has_two_keys_unique_together() -> None:
    field = Book._meta.get_field("tags")
    through = field.remote_field.through
    assert ("library_book_tags", "Book_tags", Book) == (
        through._meta.db_table,
        through._meta.object_name,
        through._meta.auto_created,
    )
    assert [known.column for known in through._meta.fields] == ["id", "book_id", "tag_id"]
    assert through._meta.unique_together == (("book", "tag"),)
    assert (Book, Tag) == (field.source_key.related_model, field.target_key.related_model)
    assert [rel for rel in Tag._meta.related_objects if rel.related_model is through] == []


def test_relation_to_itself() -> None:
    friends = Author._meta.get_field("friends")
    follows = Author._meta.get_field("follows")
    assert (friends.remote_field.symmetrical, follows.remote_field.symmetrical) == (True, False)
    assert (follows.m2m_field_name(), follows.m2m_reverse_field_name()) == ("from_author", "to_author")
    assert follows.remote_field.accessor_name == "followers"


def test_through_with_several_keys_takes_through_fields() -> None:
    field = Book._meta.get_field("contributors")
    assert field.remote_field.through is Credit
    assert (field.m2m_column_name(), field.m2m_reverse_name()) == ("book_id", "author_id")


def test_through_may_come_later(registry: Apps) -> None:
    class Group(models.Model):
        members = models.ManyToManyField("Person", through="Membership")
        Meta = options(registry)

    class Person(models.Model):
        Meta = options(registry)

    assert None is Group._meta.get_field("members").remote_field.through

    class Membership(models.Model):
        group = models.ForeignKey(Group, models.CASCADE)
        person = models.ForeignKey(Person, models.CASCADE)
        Meta = options(registry)

    assert Group._meta.get_field("members").target_key.name == "person"
    assert {"membership_set", "group_set"} == {rel.accessor_name for rel in Person._meta.related_objects}


def test_table_name_goes_with_the_made_table_only() -> None:
    with pytest.raises(ValueError, match="with 'through' the other model names it"):
        models.ManyToManyField("Tag", through="X", db_table="y")


def test_many_to_many_has_no_column() -> None:
    field = Book._meta.get_field("tags")
    assert (field.column, field.column_type, field.concrete) == (None, None, False)
    assert field not in Book._meta.fields
    assert field in Book._meta.many_to_many


# -- swappable models -----------------------------------------------------------------------------------------------


def test_swapped_model_has_no_manager_and_no_instances(registry: Apps) -> None:
    with settings.override(SHOP_CUSTOMER_MODEL="shop.Client"):

        class Customer(models.Model):
            Meta = options(registry, swappable="SHOP_CUSTOMER_MODEL")

        class Client(models.Model):
            Meta = options(registry)

        class Order(models.Model):
            customer = models.ForeignKey(settings.SHOP_CUSTOMER_MODEL, models.CASCADE)
            Meta = options(registry)

        assert Customer._meta.swapped == "shop.Client"
        assert Order._meta.get_field("customer").related_model is Client
        assert Order._meta.get_field("customer").swappable_setting == "SHOP_CUSTOMER_MODEL"
        with pytest.raises(AttributeError, match=r"shop\.Customer was swapped for 'shop\.Client'"):
            Customer.objects
        with pytest.raises(TypeError, match="was swapped"):
            Customer()


def test_model_that_stands_is_not_swapped(registry: Apps) -> None:
    with settings.override(SHOP_CUSTOMER_MODEL="shop.Customer"):

        class Customer(models.Model):
            Meta = options(registry, swappable="SHOP_CUSTOMER_MODEL")

        assert None is Customer._meta.swapped
        assert Customer.objects.model is Customer


def test_protected_policies_are_kept() -> None:
    assert Copy._meta.get_field("shelf").on_delete is models.PROTECT
    assert Shelf._meta.get_field("room").remote_field.related_name == "shelves"
