"""Removing what other rows refer to: 409 where they protect it, in both colours."""

from __future__ import annotations

from typing import Any

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.rest._model_info import may_be_protected
from manoir.rest.schemas import SchemaGenerator
from tests.library.models import Author, Book, Copy, Profile, Room, Shelf, Tag
from tests.rest.conftest import Caller

router = rest.DefaultRouter()
for model in (Author, Room, Shelf, Tag):
    serializer = type(
        f"{model.__name__}Serializer",
        (rest.ModelSerializer,),
        {"Meta": type("Meta", (), {"model": model, "fields": ["id"]})},
    )
    options = {
        "queryset": model.objects.all(),
        "serializer_class": serializer,
        "permission_classes": [rest.AllowAny],
        "authentication_classes": [],
    }
    router.register(f"{model.__name__.lower()}s", type(f"{model.__name__}ViewSet", (rest.ModelViewSet,), options))
urlpatterns = router.urls


@pytest.fixture
def client(colour: str, database: Any):
    with settings.override(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        yield Caller(colour)


@pytest.fixture
def copy(database: Any) -> Any:
    """A copy that stands on a shelf and belongs to another room."""
    book = Book.objects.create(title="B", isbn="1", author=Author.objects.create(name="A"))
    shelf = Shelf.objects.create(code="s", room=Room.objects.create(name="r"))
    return Copy.objects.create(book=book, shelf=shelf, room=Room.objects.create(name="other"))


def test_a_protected_row_stays_and_the_answer_names_who_uses_it(client, copy):
    answer = client.delete(f"/shelfs/{copy.shelf_id}/")
    assert (answer.status_code, answer.json()) == (409, {"detail": "This is still used by copys."})
    assert Shelf.objects.filter(pk=copy.shelf_id).exists()


def test_a_restricted_row_stays(client, copy):
    answer = client.delete(f"/rooms/{copy.room_id}/")
    assert (answer.status_code, answer.json()["detail"]) == (409, "This is still used by copys.")
    assert Room.objects.filter(pk=copy.room_id).exists()


def test_what_would_go_along_is_protected_as_well(client, copy):
    assert client.delete(f"/rooms/{copy.shelf.room_id}/").status_code == 409
    assert Shelf.objects.count() == 1


def test_it_is_removed_once_nothing_uses_it(client, copy):
    copy.delete()
    assert client.delete(f"/shelfs/{copy.shelf_id}/").status_code == 204
    assert not Shelf.objects.exists()


@pytest.mark.parametrize(
    ("model", "expected"), [(Shelf, True), (Room, True), (Author, False), (Tag, False), (Profile, False), (None, False)]
)
def test_which_models_may_be_protected(model, expected):
    assert may_be_protected(model) is expected


def test_the_description_says_it_where_it_can_happen():
    paths = SchemaGenerator(patterns=urlpatterns).get_schema()["paths"]
    answers = {path: set(item["delete"]["responses"]) for path, item in paths.items() if "delete" in item}
    assert {path for path, statuses in answers.items() if "409" in statuses} == {"/rooms/{pk}/", "/shelfs/{pk}/"}
    assert "409" not in paths["/rooms/{pk}/"]["put"]["responses"]
