from __future__ import annotations

import pytest

import manoir

manoir.setup()

from manoir.apps import apps  # noqa: E402
from manoir.contenttypes import ContentType, acreate_contenttypes  # noqa: E402
from tests.library.models import Author, Book  # noqa: E402


@pytest.fixture(autouse=True)
def _forget(database):
    ContentType.objects.clear_cache()
    yield
    ContentType.objects.clear_cache()


async def test_rows_are_made_once_for_each_model():
    config = apps.get_app_config("library")
    await acreate_contenttypes(config)
    await acreate_contenttypes(config)
    names = [name async for name in ContentType.objects.filter(app_label="library").values_list("model", flat=True)]
    assert sorted(names) == sorted(model._meta.model_name for model in config.get_models())


async def test_a_type_is_read_once(database):
    first = await ContentType.objects.aget_for_model(Book)
    with database.execute_wrapper(lambda *args: pytest.fail("a second query")):
        assert await ContentType.objects.aget_for_model(Book(title="any")) is first
        assert await ContentType.objects.aget_for_id(first.pk) is first
        assert await ContentType.objects.aget_by_natural_key("library", "book") is first


def test_in_sync_code():
    found = ContentType.objects.get_for_models(Book, Author)
    assert {model: kind.natural_key() for model, kind in found.items()} == {
        Book: ("library", "book"),
        Author: ("library", "author"),
    }
    assert ContentType.objects.get_for_model(Author) == found[Author]


async def test_from_a_type_to_rows():
    kind = await ContentType.objects.aget_for_model(Author)
    ada = await Author.objects.acreate(name="Ada", email="ada@example.com")
    assert kind.model_class() is Author
    assert await kind.aget_object_for_this_type(name="Ada") == ada
    assert [author async for author in kind.get_all_objects_for_this_type(pk=ada.pk)] == [ada]
    with pytest.raises(Author.DoesNotExist):
        await kind.aget_object_for_this_type(name="Bob")


def test_a_type_whose_model_is_gone():
    kind = ContentType.objects.create(app_label="library", model="dragon")
    assert kind.model_class() is None
    assert (str(kind), kind.name) == ("dragon", "dragon")
    with pytest.raises(LookupError, match="no model 'dragon'"):
        kind.get_all_objects_for_this_type()


def test_only_models_have_a_type():
    with pytest.raises(TypeError, match="belongs to a model"):
        ContentType.objects.get_for_model("library.Book")
