"""DATABASE_ROUTERS between two real databases: two files of SQLite, and two databases of PostgreSQL."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from tests.library.models import Author, Book, Publisher, Tag
from tests.models.tables import create_tables

import manoir
from manoir.apps import apps
from manoir.bridge import wait
from manoir.commands import acall_command
from manoir.conf import settings
from manoir.db import Connection, connections, make_connection, router, transaction
from manoir.exceptions import ImproperlyConfigured
from manoir.models import prefetch_related_objects
from tests import databases

manoir.setup()


class Replica:
    """Reads from one database, writes into another."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        return True


class ByModel:
    """Publishers live elsewhere."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "replica" if model is Publisher else None

    db_for_write = db_for_read

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool | None:
        return True if Publisher in (type(obj1), type(obj2)) else None

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if model_name == "publisher":
            return db == "replica"
        return None


@pytest.fixture(scope="module")
def postgresql_pair() -> Iterator[list[Connection]]:
    yield from made("postgresql")


@pytest.fixture(scope="module")
def sqlite_pair() -> Iterator[list[Connection]]:
    yield from made("sqlite")


def made(vendor: str) -> Iterator[list[Connection]]:
    if vendor == "postgresql":
        databases.require_postgresql()
    pair: list[Connection] = []
    for alias in ("default", "replica"):
        connection = make_connection(alias, databases.entry(vendor, databases.session_name(f"routers_{alias}")))
        wait(connection.create_database(connection.settings_dict["NAME"]))
        with connections.using("default", connection):
            wait(create_tables(connection, apps.get_app_config("library").get_models()))
        pair.append(connection)
    yield pair
    for connection in pair:
        wait(databases.drop(connection))


@pytest.fixture
def pair(vendor: str, request: pytest.FixtureRequest) -> Iterator[list[Connection]]:
    """Two databases with the tables of the library, emptied by rolling back."""
    both: list[Connection] = request.getfixturevalue(f"{vendor}_pair")
    entries = {connection.alias: connection.settings_dict for connection in both}
    given = {alias: {key: value for key, value in entry.items() if key != "TEST"} for alias, entry in entries.items()}
    with connections.override(given), connections.using("default", both[0]), connections.using("replica", both[1]):
        blocks = [transaction.Atomic(alias, savepoint=True, durable=False, fixture=True) for alias in given]
        for block in blocks:
            block.__enter__()
        try:
            yield both
        finally:
            for block in reversed(blocks):
                block.__exit__(RuntimeError, RuntimeError(), None)


def counts(model: Any) -> tuple[int, int]:
    return model.objects.using("default").count(), model.objects.using("replica").count()


async def acounts(model: Any) -> tuple[int, int]:
    return await model.objects.using("default").acount(), await model.objects.using("replica").acount()


# -- without routers ---------------------------------------------------------------------------------------------


def test_rows_stay_in_the_database_that_they_came_from(pair: list[Connection]) -> None:
    ada = Author.objects.using("replica").create(name="Ada")
    assert ada._state.db == "replica"
    book = Book.objects.using("replica").create(title="Engines", author=ada)
    assert [one.title for one in ada.books.all()] == ["Engines"]
    ada.name = "Ada L."
    ada.save()
    ada.books.create(title="Notes")
    book.tags.create(label="Red", slug="red")
    ada.books.all().update(pages=3)
    assert counts(Author) == counts(Tag) == (0, 1)
    assert sorted(Book.objects.using("replica").values_list("title", "pages")) == [("Engines", 3), ("Notes", 3)]
    assert Author.objects.using("replica").get().name == "Ada L."
    book.delete()
    assert counts(Book) == (0, 1)


def test_a_new_row_joins_the_database_of_what_it_refers_to(pair: list[Connection]) -> None:
    ada = Author.objects.using("replica").create(name="Ada")
    book = Book(title="Engines", author=ada)
    assert book._state.db == "replica"
    book.save()
    assert counts(Book) == (0, 1)


def test_relations_between_databases_are_refused(pair: list[Connection]) -> None:
    here, there = Author.objects.create(name="Here"), Author.objects.using("replica").create(name="There")
    book = Book.objects.create(title="Engines", author=here)
    with pytest.raises(
        ValueError,
        match=r"Book\.author cannot be <Author: There>: that row is of the database 'replica', this one of 'default'",
    ):
        book.author = there
    assert book.author == here
    with pytest.raises(ValueError, match="add\\(\\) cannot relate"):
        here.friends.add(there)


# -- with routers -------------------------------------------------------------------------------------------------


def test_reads_and_writes_go_where_a_router_says(pair: list[Connection]) -> None:
    with settings.override(DATABASE_ROUTERS=[Replica()]):
        ada = Author.objects.create(name="Ada")
        assert Author.objects.count() == 0
        assert counts(Author) == (1, 0)
        Author.objects.using("replica").create(pk=ada.pk, name="Copy")
        assert [author.name for author in Author.objects.all()] == ["Copy"]
        assert (Author.objects.db, Author.objects.get().name, Author.objects.all().first().name) == (
            "replica",
            "Copy",
            "Copy",
        )  # type: ignore[union-attr]
        assert list(Author.objects.values_list("name", flat=True).iterator()) == ["Copy"]
        assert Author.objects.filter(name="Copy").exists()
        copy = Author.objects.get()
        copy.name = "Changed"
        copy.save()
        assert Author.objects.using("default").get().name == "Changed"
        assert Author.objects.using("replica").get().name == "Copy"
        assert Author.objects.filter(name="Changed").update(name="Ada") == 1
        found, created = Author.objects.get_or_create(name="Ada")
        assert (found._state.db, created) == ("default", False)
        Author.objects.filter(name="Ada").delete()
        assert counts(Author) == (0, 1)
        Author.objects.bulk_create([Author(name="One"), Author(name="Two")])
        assert counts(Author) == (2, 1)


async def test_coroutines_are_routed_as_well(pair: list[Connection]) -> None:
    with settings.override(DATABASE_ROUTERS=[Replica()]):
        ada = await Author.objects.acreate(name="Ada")
        await Author.objects.using("replica").acreate(pk=ada.pk, name="Copy")
        copy = await Author.objects.aget(pk=ada.pk)
        assert copy.name == "Copy"
        await copy.books.acreate(title="Engines")
        assert await acounts(Book) == (1, 0)
        assert await copy.books.acount() == 0
        assert [book async for book in copy.books.all()] == []
        assert await copy.books.all().aupdate(pages=9) == 1
        await ada.adelete()
        assert await acounts(Author) == (0, 1)


def test_related_managers_ask_with_the_instance(pair: list[Connection]) -> None:
    asked: list[tuple[str, str, Any]] = []

    class Listening:
        def db_for_read(self, model: Any, **hints: Any) -> None:
            asked.append(("read", model.__name__, hints.get("instance")))

        def db_for_write(self, model: Any, **hints: Any) -> None:
            asked.append(("write", model.__name__, hints.get("instance")))

    ada = Author.objects.create(name="Ada")
    book = Book.objects.create(title="Engines", author=ada)
    tag = Tag.objects.create(label="Red", slug="red")
    with settings.override(DATABASE_ROUTERS=[Listening()]):
        assert list(ada.books.all()) == [book]
        assert asked.pop() == ("read", "Book", ada)
        asked.clear()
        assert Book.objects.get(pk=book.pk).author == ada
        assert [(way, name) for way, name, _ in asked] == [("read", "Book"), ("read", "Author")]
        assert asked[1][2] == book
        asked.clear()
        book.tags.add(tag)
        assert ("write", "Book_tags", book) in asked
        asked.clear()
        book.save()
        assert asked[0] == ("write", "Book", book)
        asked.clear()
        Author.objects.db_manager(hints={"instance": tag}).count()
        assert asked == [("read", "Author", tag)]


def test_models_may_live_in_databases_of_their_own(pair: list[Connection]) -> None:
    with settings.override(DATABASE_ROUTERS=[ByModel()]):
        press = Publisher.objects.create(name="Press")
        assert counts(Publisher) == (0, 1)
        ada = Author.objects.create(name="Ada")
        book = Book(title="Engines", author=ada)
        book._state.db = "default"
        book.publisher = press  # no foreign key of the database could hold this, so that it is not saved
        assert (book.publisher_id, book._state.db) == (press.pk, "default")
        assert counts(Author) == (1, 0)
        other = Book.objects.create(title="Notes", author=ada)
        vars(other)["publisher_id"] = press.pk
        assert other.publisher == press
        again = Book.objects.get(pk=other.pk)
        vars(again)["publisher_id"] = press.pk
        prefetch_related_objects([again], "publisher")
        assert again.publisher == press


def test_using_overrides_routers(pair: list[Connection]) -> None:
    with settings.override(DATABASE_ROUTERS=[Replica()]):
        Author.objects.using("replica").create(name="There")
        Author(name="Also there").save(using="replica")
        assert counts(Author) == (0, 2)
        assert Author.objects.using("default").count() == 0
        Author.objects.using("replica").filter(name="There").delete()
        assert counts(Author) == (0, 1)


def test_locked_rows_are_read_where_they_are_written(pair: list[Connection]) -> None:
    with settings.override(DATABASE_ROUTERS=[Replica()]):
        assert Author.objects.select_for_update().db == "default"
        assert Author.objects.select_for_update().using("replica").db == "replica"


def test_the_first_answer_counts(pair: list[Connection]) -> None:
    with settings.override(DATABASE_ROUTERS=[ByModel(), Replica()]):
        assert (router.db_for_write(Publisher), router.db_for_write(Author)) == ("replica", "default")
        assert (router.db_for_read(Author), router.allow_migrate("default", "library", model_name="publisher")) == (
            "replica",
            False,
        )
        assert router.allow_migrate("default", "library") is True
    assert (router.db_for_read(Publisher), router.allow_migrate("replica", "library", model_name="author")) == (
        "default",
        True,
    )


# -- mistakes -----------------------------------------------------------------------------------------------------


class Mistyped:
    def db_for_raed(self, model: Any) -> None: ...


class Waiting:
    async def db_for_read(self, model: Any, **hints: Any) -> None: ...


class Nowhere:
    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replca"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("no_such_module.Router", r"DATABASE_ROUTERS\[0\]: .*no_such_module"),
        ("tests.db.test_routers.Mistyped", r"DATABASE_ROUTERS\[0\] is Mistyped, which has no method of a router\. Did you mean 'db_for_read'"),
        (Waiting(), r"Waiting\.db_for_read\(\) is `async def`, but routers are asked while a query is built"),
        (Nowhere, r"Nowhere\.db_for_read\(\) says that library\.Author is read from 'replca', but DATABASES has no 'replca'\. Did you mean 'replica'"),
    ],
)  # fmt: skip
def test_a_router_that_cannot_be_asked_is_named(pair: list[Connection], given: Any, message: str) -> None:
    with settings.override(DATABASE_ROUTERS=[given]), pytest.raises(ImproperlyConfigured, match=message):
        Author.objects.count()


def test_what_a_router_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"The router has no 'db_for_raed'. Did you mean 'db_for_read'"):
        router.db_for_raed(Author)  # type: ignore[attr-defined]


# -- migrations ---------------------------------------------------------------------------------------------------


@pytest.fixture
def empty_pair(vendor: str) -> Iterator[dict[str, Any]]:
    entries = {
        alias: databases.entry(vendor, databases.session_name(f"empty_{alias}")) for alias in ("default", "replica")
    }
    with connections.override(entries):
        for alias, entry in entries.items():
            wait(connections[alias].create_database(entry["NAME"]))
        yield entries
        for alias in entries:
            wait(databases.drop(connections[alias]))


class OnlyAuthThere:
    """The app `auth`, and what is about it, lives in one database, all others in the other one."""

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
        self.hints.append((db, app_label, model_name, hints))
        return (db == "replica") == (app_label in self.labels)

    labels = ("auth", "contenttypes", "rest", "rest_jwt")
    hints: list[Any] = []


async def test_migrate_makes_only_the_tables_that_belong_there(empty_pair: dict[str, Any]) -> None:
    with settings.override(DATABASE_ROUTERS=[OnlyAuthThere()]):
        for alias in empty_pair:
            await acall_command("migrate", database=alias, verbosity=0, stdout=io.StringIO())
        here, there = [set(await connections[alias].table_names()) for alias in empty_pair]
        assert {"auth_user", "auth_group_permissions", "django_content_type"} <= there
        assert not {name for name in here if name.startswith(("auth_", "django_content"))}
        assert "django_session" in here
        assert "django_session" not in there
        assert "django_migrations" in here & there
        label, hints = next((label, hints) for _, label, name, hints in OnlyAuthThere.hints if name == "user")
        assert (label, hints["model"]._meta.model_name, hints["model"]._meta.label) == ("auth", "user", "auth.User")
        user = apps.get_model("auth", "User")
        assert await user.objects.using("replica").acount() == 0
        assert await apps.get_model("contenttypes", "ContentType").objects.using("replica").acount() > 0
        await acall_command("flush", database="replica", interactive=False, verbosity=0)
        await acall_command("migrate", "auth", "zero", database="replica", verbosity=0)
        assert "auth_user" not in await connections["replica"].table_names()


async def test_a_table_that_is_kept_out_is_no_target_of_a_constraint(empty_pair: dict[str, Any]) -> None:
    kept_out = OnlyAuthThere()
    kept_out.labels = ("auth", "contenttypes")
    with settings.override(DATABASE_ROUTERS=[kept_out]):
        await acall_command("migrate", "rest", "0001", verbosity=0, stdout=io.StringIO())
        [token] = [table for table in await connections["default"].inspect_tables() if "token" in table.name]
        assert "user_id" in {column.name for column in token.columns}
        assert token.keys == {}
