"""Errors of the first weeks: each says what was wrong (with the value), where, and what to do."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from manoir import models
from manoir.apps import apps
from manoir.bridge import wait
from manoir.cache import caches
from manoir.cli._address import check_port
from manoir.commands import call_command
from manoir.conf import env, import_string, parse_database_url, settings
from manoir.db import Connection, connections, transaction
from manoir.exceptions import (
    CommandError,
    DatabaseError,
    FieldError,
    FieldTypeError,
    ImproperlyConfigured,
    IntegrityError,
    InvalidCacheBackendError,
    MultipleObjectsReturned,
    NoReverseMatch,
    OperationalError,
    ProgrammingError,
    RelationNotLoaded,
    SettingNotFound,
    SynchronousOnlyOperation,
    TemplateDoesNotExist,
    TemplateSyntaxError,
)
from manoir.models import F
from manoir.templates import Engine
from manoir.urls import reverse
from tests import databases
from tests.library.models import Author, Book, Tag
from tests.models.query.data import fill
from tests.models.tables import create_tables

HERE = r"test_errors_say_what_to_do\.py:\d+"


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, apps.get_app_config("library").get_models())


@pytest.fixture
def shop(database: Connection) -> Connection:
    wait(fill(database))
    return database


def expect(error: type[BaseException], fragments: tuple[str, ...], call: Callable[[], object]) -> None:
    """The call raises `error`, and its message holds each fragment (a pattern)."""
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    for fragment in fragments:
        assert re.search(fragment, message), f"{fragment!r} is not in: {message}"


# -- data, on both databases --------------------------------------------------------------------------------------


class Lost(models.Model):
    class Meta:
        app_label = "weeks"  # not installed: nobody makes its tables


class Grown(models.Model):
    weight = models.IntegerField()

    class Meta:
        app_label = "weeks"  # not installed: nobody makes its tables
        db_table = "library_tag"


def grow() -> object:
    with transaction.atomic():
        return list(Grown.objects.all())


def lose() -> object:
    with transaction.atomic():
        return list(Lost.objects.all())


def repeat() -> object:
    with transaction.atomic():
        return Tag.objects.create(id=900, label="x", slug=Tag.objects.all()[0].slug)


@pytest.mark.parametrize(
    ("error", "fragments", "call"),
    [
        (FieldError, ("'titel'", "Book", r"filter\(\)", HERE, "mean 'title'"), lambda: Book.objects.filter(titel="x")),
        (FieldError, ("'titel'", "Book", "mean 'title'"), lambda: Book.objects.order_by("titel")),
        (FieldError, ("'nam'", "Author", "mean 'name'"), lambda: Book.objects.filter(author__nam="x")),
        (FieldError, ("'titel'", "Book", r"annotate\(x=", HERE), lambda: Book.objects.annotate(x=F("titel"))),
        (FieldError, ("'contain'", "Book.title", "mean 'contains'"), lambda: Book.objects.filter(title__contain="x")),
        (TypeError, ("'titel'", r"Book\(\)", "mean 'title'"), lambda: Book(titel="x")),
        (FieldTypeError, ("'many'", "Book.pages", "a whole number"), lambda: Book.objects.filter(pages="many")),
        (FieldTypeError, ("'today'", "Book.published", "YYYY-MM-DD"), lambda: Book.objects.filter(published="today")),
        (FieldTypeError, ("5", "list, set"), lambda: Book.objects.filter(pages__in=5)),
        (FieldTypeError, ("Tag", "Book.author", "Author"), lambda: Book.objects.filter(author=Tag(pk=1))),
        (FieldTypeError, ("not saved",), lambda: Book.objects.filter(author=Author())),
        (MultipleObjectsReturned, ("Book", "5"), lambda: Book.objects.get(pages__gte=0)),
        (Book.DoesNotExist, ("Book",), lambda: Book.objects.get(title="no such book")),
        (ValueError, ("author",), lambda: Book.objects.create(title="x", author=Author(name="y"))),
        (ProgrammingError, ("weeks_lost", "migrate", "'default'"), lose),
        (ProgrammingError, ("weight", "migrate", "'default'"), grow),
        (IntegrityError, ("library_tag", "'default'"), repeat),
    ],
)
def test_data(shop: Connection, error: type[Exception], fragments: tuple[str, ...], call: Callable[[], object]) -> None:
    expect(error, fragments, call)


async def test_relations_in_a_coroutine(shop: Connection) -> None:
    book = await Book.objects.aget(pk=1)
    expect(RelationNotLoaded, (r"Book\.author", r'select_related\("author"\)', "await book.aload"), lambda: book.author)
    expect(RelationNotLoaded, (r"Book\.tags", r'prefetch_related\("tags"\)'), lambda: list(book.tags.all()))
    partial = await Book.objects.only("pk").aget(pk=1)
    expect(RelationNotLoaded, (r"Book\.title", r"await book\.aload"), lambda: partial.title)


async def test_sync_calls_in_a_coroutine(shop: Connection) -> None:
    book = await Book.objects.aget(pk=1)
    expect(SynchronousOnlyOperation, (r"count\(\)", r"acount\("), lambda: Book.objects.count())
    expect(SynchronousOnlyOperation, (r"save\(\)", r"await \w+\.asave\("), lambda: book.save())
    expect(SynchronousOnlyOperation, ("Book", "async for"), lambda: list(Book.objects.all()))
    expect(SynchronousOnlyOperation, ("with", "Write `async with`"), transaction.atomic().__enter__)


async def test_a_number_that_is_too_large_is_told_without_its_value(database: Connection) -> None:
    place = "$1" if database.vendor == "postgresql" else "?"
    with pytest.raises(DatabaseError, match=r"range|too large") as caught:
        await database.fetch(f"SELECT id FROM library_book WHERE id = {place}", [2**70])
    assert str(2**70) not in str(caught.value)
    assert "'default'" in str(caught.value)


# -- databases that cannot be used --------------------------------------------------------------------------------

DOWN = {"ENGINE": "manoir.db.postgresql", "NAME": "shop", "HOST": "127.0.0.1", "PORT": "1", "USER": "ada"}


def ask(entry: dict[str, Any]) -> Callable[[], object]:
    def run() -> object:
        with connections.override({"default": entry}):
            return wait(connections["default"].fetch("SELECT 1"))

    return run


def test_a_database_that_is_down() -> None:
    expect(OperationalError, ("'shop' at 127.0.0.1:1", "refused", "Is the server running", "DATABASE_URL"), ask(DOWN))


def test_a_database_that_is_not_there() -> None:
    entry = databases.entry("postgresql", "manoir_no_such_database")
    expect(OperationalError, ("no database 'manoir_no_such_database'", "createdb", "NAME"), ask(entry))


def test_files_that_are_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are notes, and no database at all " * 20)
    sqlite = {"ENGINE": "manoir.db.sqlite"}
    expect(OperationalError, ("does not exist", "Create it"), ask(sqlite | {"NAME": str(tmp_path / "no/such.db")}))
    expect(OperationalError, ("is a directory", "path of a file"), ask(sqlite | {"NAME": str(tmp_path)}))
    expect(DatabaseError, ("notes.txt", "database"), ask(sqlite | {"NAME": str(tmp_path / "notes.txt")}))


@pytest.mark.parametrize(
    ("pragma", "fragments"),
    [
        ("query_only = ON", ("readonly", "May this user write")),
        ("max_page_count = 2", ("full", "make room on the disk")),
    ],
)
def test_files_that_cannot_be_written(tmp_path: Path, pragma: str, fragments: tuple[str, ...]) -> None:
    with connections.override({"default": {"ENGINE": "manoir.db.sqlite", "NAME": str(tmp_path / "site.sqlite3")}}):
        connection = connections["default"]
        wait(connection.execute("CREATE TABLE note (text TEXT)"))
        with transaction.atomic():
            wait(connection.execute(f"PRAGMA {pragma}"))
            expect(
                OperationalError,
                (*fragments, "'default'"),
                lambda: wait(connection.execute("INSERT INTO note VALUES (?)", ["x" * 100_000])),
            )
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("url", "fragments"),
    [
        ("shop", ("DATABASE_URL", "no scheme", "sqlite:///site.sqlite3")),
        ("mysql://localhost/shop", ("'mysql'", "Use postgresql or sqlite")),
        ("postgresql://localhost", ("names no database", "add its name")),
        ("postgresql://ada:pass/word@localhost/shop", ("password", "%2F")),
        ("sqlite:site.db", ("DATABASE_URL", "sqlite:///site.sqlite3")),
    ],
)
def test_database_urls(url: str, fragments: tuple[str, ...]) -> None:
    expect(ImproperlyConfigured, fragments, lambda: parse_database_url(url))


# -- settings, commands, ports ------------------------------------------------------------------------------------


def number() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKERS", "four")
        return env.int("WORKERS")


@pytest.mark.parametrize(
    ("error", "fragments", "call"),
    [
        (SettingNotFound, ("EMAIL_HOTS", r"settings\.py", "mean 'EMAIL_HOST'"), lambda: settings.EMAIL_HOTS),
        (ImproperlyConfigured, ("SHOP_KEY is not set", r"\.env"), lambda: env("SHOP_KEY")),
        (ImproperlyConfigured, ("WORKERS", "whole number"), number),
        (ImportError, ("'cach'", "'manoir'", "mean 'cache'"), lambda: import_string("manoir.cach.X")),
        (InvalidCacheBackendError, ("'defualt'", "mean 'default'"), lambda: caches["defualt"]),
        (Exception, ("DATABASES", "'defualt'", "mean 'default'"), lambda: connections["defualt"].vendor),
        (LookupError, ("'librari'", "mean 'library'"), lambda: apps.get_app_config("librari")),
        (LookupError, ("'Bok'", "'library'", "mean 'Book'"), lambda: apps.get_model("library.Bok")),
        (CommandError, ("'migrat'", "mean 'migrate'"), lambda: call_command("migrat")),
    ],
)
def test_configuration(error: type[Exception], fragments: tuple[str, ...], call: Callable[[], object]) -> None:
    expect(error, fragments, call)


def test_a_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        expect(CommandError, (rf"Port {port} on 127\.0\.0\.1 is in use", "port"), lambda: check_port("127.0.0.1", port))


# -- templates and addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "fragments"),
    [
        ("\n{% block main %}", (r"page\.html:2", "{% block main %}", "never closed", "{% endblock %}")),
        ("{% if a %}{% endfor %}", ("{% endif %}", "opened on line 1")),
        ("{% verbatim %}", ("{% endverbatim %} was expected",)),
        ("{% block a %}{% endblock %}\n{% block a %}{% endblock %}", (r"page\.html:2", "'a'", "on line 1")),
        ("{% block a %}\n{% block a %}", (r"page\.html:2", "'a'", "on line 1")),
        ("{{ name|uper }}", ("'uper'", "mean 'upper'")),
        ("{% fro x in y %}", ("'fro'", "mean 'for'")),
        ("{% load i81n %}", ("'i81n'", "mean 'i18n'")),
        ("{% trans 'x' %}", ("'trans'", "{% load i18n %} first")),
        ("{{ x._private }}", ("_private", "underscore")),
    ],
)
def test_templates(source: str, fragments: tuple[str, ...]) -> None:
    engine = Engine(loaders=[("manoir.templates.loaders.locmem.Loader", {"page.html": source})])
    expect(TemplateSyntaxError, fragments, lambda: engine.get_template("page.html"))


def test_a_template_that_is_missing(tmp_path: Path) -> None:
    engine = Engine(dirs=[tmp_path])
    expect(
        TemplateDoesNotExist,
        (r"'shop/bok\.html'", re.escape(str(tmp_path))),
        lambda: engine.get_template("shop/bok.html"),
    )


def test_the_tag_for_forms_is_there_without_any_middleware() -> None:
    assert Engine().from_string("<form>{% csrf_token %}</form>").render() == "<form></form>"


@pytest.mark.parametrize(
    ("name", "arguments", "fragments"),
    [
        ("helo", (), ("'helo'", "no URL pattern", "mean 'hello'")),
        ("hello", (1,), ("'hello'", r"\(1,\)", "/hello/")),
        ("shop:hello", (), ("'shop'", "namespace")),
    ],
)
def test_addresses(name: str, arguments: tuple[Any, ...], fragments: tuple[str, ...]) -> None:
    with settings.override(ROOT_URLCONF="tests.server.urls"):
        expect(NoReverseMatch, fragments, lambda: reverse(name, args=arguments))
