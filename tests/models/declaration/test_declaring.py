"""What a class body becomes: options, keys, managers, inheritance, errors at the line of the mistake."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from tests.library.models import Author, Book, CheapBook, Credit, Profile, Publisher, Shelf, Stamped

from manoir import models
from manoir.exceptions import FieldDoesNotExist, FieldError, ImproperlyConfigured, ObjectDoesNotExist
from manoir.models import Q


def options(registry: Any, **more: Any) -> Any:
    return type("Meta", (), {"app_label": "shop", "apps": registry, **more})


def test_names_of_a_model() -> None:
    meta = Book._meta
    assert (meta.app_label, meta.model_name, meta.object_name) == ("library", "book", "Book")
    assert (meta.label, meta.label_lower, str(meta)) == ("library.Book", "library.book", "library.book")
    assert (meta.verbose_name, meta.verbose_name_plural) == ("book", "books")
    assert meta.db_table == "library_book"


def test_verbose_names_are_words(registry: Any) -> None:
    class HTTPRequestLog(models.Model):
        Meta = options(registry)

    assert HTTPRequestLog._meta.verbose_name == "http request log"


def test_field_names_columns_and_attributes() -> None:
    field = Book._meta.get_field("author")
    assert (field.name, field.attname, field.column) == ("author", "author_id", "author_id")
    assert Shelf._meta.get_field("code").column == "shelf code"
    assert Book._meta.get_field("reading_time").verbose_name == "reading time"
    assert Shelf._meta.db_table == "library_shelves"


def test_key_is_added_first_unless_there_is_one() -> None:
    assert (
        Book._meta.pk.name,
        Book._meta.pk.get_internal_type(),
        Book._meta.pk.auto_created,
    ) == ("id", "BigAutoField", True)
    assert Book._meta.fields[0].name == "id"
    assert Profile._meta.pk.name == "author"


def test_get_field_names_the_nearest() -> None:
    with pytest.raises(
        FieldDoesNotExist, match=r"Book has no field named 'titel'\. Did you mean 'title' or 'subtitle'\?"
    ):
        Book._meta.get_field("titel")
    assert Book._meta.get_field("author_id") is Book._meta.get_field("author")


def test_get_fields_lists_both_directions() -> None:
    names = {field.name for field in Author._meta.get_fields()}
    assert {"name", "mentor", "friends", "books", "profile", "followers", "students"} <= names
    hidden = Author._meta.get_fields(include_hidden=True)
    assert len(hidden) > len(names)
    assert {"id", "name"} <= {field.name for field in Author._meta.fields}


def test_names_usable_in_queries() -> None:
    names = Author._meta.names
    assert names["pk"] is Author._meta.pk
    assert names["mentor"] is names["mentor_id"]
    assert "books" in names
    assert "friends_rel_+" not in names


def test_class_side_serves_expressions() -> None:
    assert isinstance(Book.title, models.Expr)
    assert isinstance(Book.price < 5, Q)
    assert isinstance(Book.author_id, models.Expr)
    assert isinstance(Publisher.book_count, models.Expr)
    assert isinstance(Book.pk, models.Expr)


def test_unknown_class_attribute_names_the_nearest() -> None:
    with pytest.raises(AttributeError, match=r"'Book' has no attribute 'titel'\. Did you mean 'title'"):
        Book.titel  # pyright: ignore


def test_abstract_class_side_is_refused() -> None:
    with pytest.raises(AttributeError, match="Stamped is abstract: use 'created' of a subclass"):
        Stamped.created


def test_plain_columns_leave_the_class() -> None:
    assert "title" not in vars(Book)
    assert "title" in dir(Book)


def test_declaring_models_does_not_import_sqlalchemy() -> None:
    import subprocess

    code = "import tests.settings, os; os.environ['MANOIR_SETTINGS_MODULE']='tests.settings'; import manoir; manoir.setup(); "
    code += "import sys; from tests.library.models import Book; Book.price < 5; print('sqlalchemy' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert answer.stdout == "False\n"


def test_unknown_meta_option_names_the_nearest(registry: Any) -> None:
    with pytest.raises(TypeError, match=r"Wrong\.Meta has no option 'orderin'\. Did you mean 'ordering'"):

        class Wrong(models.Model):
            Meta = options(registry, orderin=["x"])


def test_table_names_are_identifiers(registry: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot name a table or column"):

        class Wrong(models.Model):
            Meta = options(registry, db_table='x"; drop table y; --')


@pytest.mark.parametrize("column", ['a"b', "a%(p)s", "a[1]", "a\0b", "", "x" * 64, "é"])
def test_columns_that_could_leave_their_quotes_are_refused(column: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        models.Identifier(column, existing=True)


def test_a_model_outside_every_app_needs_an_app_label() -> None:
    with pytest.raises(RuntimeError, match="belongs to no app of INSTALLED_APPS"):

        class Stray(models.Model):
            __module__ = "somewhere.else"


def test_exceptions_of_a_model() -> None:
    assert issubclass(Book.DoesNotExist, ObjectDoesNotExist)
    assert not issubclass(Book.DoesNotExist, Author.DoesNotExist)
    assert Book.DoesNotExist.__qualname__ == "Book.DoesNotExist"
    assert issubclass(CheapBook.DoesNotExist, Book.DoesNotExist)


# -- abstract inheritance -------------------------------------------------------------------------------------------


def test_fields_of_abstract_bases_are_copied() -> None:
    field = Book._meta.get_field("created")
    assert field.model is Book
    assert field is not Stamped._meta.get_field("created")


def test_meta_is_inherited_from_an_abstract_base_only_where_it_is_missing(registry: Any) -> None:
    class Base(models.Model):
        class Meta:
            abstract = True
            app_label = "shop"
            apps = registry
            ordering = ["name"]

        name = models.CharField(max_length=5)

    class Bare(Base):
        pass

    class Own(Base):
        class Meta(Base.Meta):
            verbose_name = "thing"

    assert ([Bare._meta.abstract, Bare._meta.ordering], Bare._meta.verbose_name) == ([False, ["name"]], "bare")
    assert (Own._meta.abstract, Own._meta.ordering, Own._meta.verbose_name) == (False, ["name"], "thing")


def test_inherited_fields_can_be_replaced_and_removed(registry: Any) -> None:
    class Base(models.Model):
        name = models.CharField(max_length=5)
        note = models.CharField(max_length=5)

        class Meta:
            abstract = True

    class Child(Base):
        name = models.CharField(max_length=50)
        note = None  # pyright: ignore

        Meta = options(registry)

    assert Child._meta.get_field("name").max_length == 50
    assert [field.name for field in Child._meta.fields] == ["id", "name"]


def test_relations_of_abstract_bases_fill_in_names(registry: Any) -> None:
    class Target(models.Model):
        Meta = options(registry)

    class Base(models.Model):
        target = models.ForeignKey(Target, models.CASCADE, related_name="%(app_label)s_%(class)s_set")

        class Meta:
            abstract = True

    class One(Base):
        Meta = options(registry)

    class Two(Base):
        Meta = options(registry)

    assert {"shop_one_set", "shop_two_set"} == {rel.accessor_name for rel in Target._meta.related_objects}
    assert One._meta.get_field("target").deconstruct()[3]["related_name"] == "%(app_label)s_%(class)s_set"
    assert Two._meta.get_field("target").remote_field.field.model is Two


def test_mixins_that_are_no_models_can_be_bases(registry: Any) -> None:
    class Greeting:
        def greet(self) -> str:
            return "hello"

    class Person(Greeting, models.Model):
        Meta = options(registry)

    assert Person().greet() == "hello"


def test_inheritance_over_tables_is_refused_with_the_cures(registry: Any) -> None:
    class Place(models.Model):
        Meta = options(registry)

    with pytest.raises(TypeError, match=r"Make the parent abstract .* or declare a OneToOneField to it"):

        class Restaurant(Place):
            Meta = options(registry)


# -- proxies --------------------------------------------------------------------------------------------------------


def test_proxy_shares_table_fields_and_key() -> None:
    meta = CheapBook._meta
    assert (Book, "library_book", Book._meta.fields) == (meta.concrete_model, meta.db_table, meta.fields)
    assert CheapBook(id=1) == Book(id=1)
    assert (meta.ordering, Book._meta.ordering) == (["price"], ["title"])
    assert meta.get_field("reviews") is Book._meta.get_field("reviews")


def test_proxy_with_fields_is_refused(registry: Any) -> None:
    class Place(models.Model):
        Meta = options(registry)

    with pytest.raises(FieldError, match=r"The proxy Wrong cannot add fields \(name\)"):

        class Wrong(Place):
            name = models.CharField(max_length=5)
            Meta = options(registry, proxy=True)


# -- managers -------------------------------------------------------------------------------------------------------


def test_default_manager_is_added_and_bound() -> None:
    assert Author.objects.model is Author
    assert Author._default_manager is Author.objects
    assert Author._base_manager.model is Author


def test_declared_managers_replace_objects(registry: Any) -> None:
    class Ticket(models.Model):
        rows = models.Manager()
        others = models.Manager()

        Meta = options(registry)

    assert [manager.name for manager in Ticket._meta.managers] == ["rows", "others"]
    assert Ticket._default_manager is Ticket.rows
    with pytest.raises(AttributeError):
        Ticket.objects


def test_default_manager_name_chooses(registry: Any) -> None:
    class Ticket(models.Model):
        rows = models.Manager()
        others = models.Manager()

        Meta = options(registry, default_manager_name="others")

    assert Ticket._default_manager is Ticket.others


def test_managers_of_abstract_bases_are_bound_to_each_child(registry: Any) -> None:
    class Base(models.Model):
        rows = models.Manager()

        class Meta:
            abstract = True

    class One(Base):
        Meta = options(registry)

    class Two(Base):
        Meta = options(registry)

    assert (One, Two) == (One.rows.model, Two.rows.model)
    with pytest.raises(AttributeError, match="Base is abstract and has no rows"):
        Base.rows


def test_instances_have_no_managers() -> None:
    with pytest.raises(AttributeError, match=r"A manager belongs to the class: use Author\.objects"):
        Author().objects  # pyright: ignore


def test_field_named_objects_needs_another_manager(registry: Any) -> None:
    with pytest.raises(ValueError, match="its manager needs another name"):

        class Wrong(models.Model):
            objects = models.IntegerField()  # pyright: ignore

            Meta = options(registry)


# -- declarations for type checkers ---------------------------------------------------------------------------------


def test_foreign_key_id_must_be_named_after_its_key(registry: Any) -> None:
    with pytest.raises(TypeError, match="declares the column of 'author'; name it 'author_id'"):

        class Wrong(models.Model):
            author = models.ForeignKey(Author, models.CASCADE, related_name="+")
            writer_id = models.ForeignKeyId(author)

            Meta = options(registry)


def test_declarations_leave_the_class() -> None:
    assert {"books", "profile", "students", "mentor_id", "book_count"} == set(Author._meta.declarations)


def test_neighbour_methods_exist_for_dates_that_cannot_be_null() -> None:
    assert hasattr(Book, "get_next_by_created")
    assert hasattr(Book, "aget_previous_by_created")
    assert not hasattr(Book, "get_next_by_published")


def test_unique_together_is_a_tuple_of_tuples(registry: Any) -> None:
    class Pair(models.Model):
        a = models.IntegerField()
        b = models.IntegerField()

        Meta = options(registry, unique_together=["a", "b"])

    assert Pair._meta.unique_together == (("a", "b"),)
    assert Credit._meta.unique_together == (("book", "author", "role"),)


def test_indexes_without_a_name_get_one_of_thirty_characters() -> None:
    name = Book._meta.indexes[0].name
    assert len(name) <= 30
    assert name.startswith("library_book_auth")
