"""save() and delete() as projects override them, in either colour, called from everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from tests.bridge.hook_table import PLACES, SHAPES, HookCase, check_hook
from tests.library.models import Author, Book

from manoir import models
from manoir.apps import Apps

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

numbers = iter(range(1_000_000))


class Document(models.Model):
    title = models.CharField(max_length=20)

    class Meta:
        abstract = True
        app_label = "hooked"


def body() -> dict[str, Any]:
    return {"Meta": type("Meta", (), {"app_label": "hooked", "abstract": True})}


class Leaf:
    """Makes an instance of an abstract class: a concrete model on a table of its own name below it."""

    def __init__(self, saved: bool) -> None:
        self.saved = saved

    def __call__(self, cls: type) -> Any:
        meta = type("Meta", (), {"app_label": "hooked", "db_table": "hooked_document", "apps": Apps([])})
        made: Any = type(cls)(f"Document{next(numbers)}", (cls,), {"Meta": meta, "__module__": __name__})
        instance = made(title="x")
        if self.saved:
            made.objects.bulk_create([instance])
        return instance


@pytest.fixture
def table(committing_database: Any) -> Any:
    from tests.models.tables import create_tables

    from manoir.bridge import wait

    concrete = Leaf(saved=False)(Document)
    wait(create_tables(committing_database, [type(concrete)]))
    return committing_database


def check_everywhere(case: HookCase) -> None:
    for shape in SHAPES:
        for place in PLACES:
            check_hook(case, shape, place)


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_save_of_either_colour(table: Any) -> None:
    check_everywhere(HookCase(Document, "save", make=Leaf(saved=False), body=body))


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_delete_of_either_colour(table: Any) -> None:
    check_everywhere(HookCase(Document, "delete", make=Leaf(saved=True), body=body))


def test_managers_call_the_override(library: Any) -> None:
    class Shouting(Book):
        class Meta:
            proxy = True
            app_label = "library"
            apps = Apps([])

        def save(self, **kwargs: Any) -> None:
            self.title = self.title.upper()
            super().save(**kwargs)

    author = Author.objects.create(name="Jane")
    assert Shouting.objects.create(title="emma", author=author).title == "EMMA"
    assert Shouting.objects.get_or_create(title="x", author=author)[0].title == "X"
