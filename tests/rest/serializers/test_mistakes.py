"""What serializers say when they are written or used the wrong way: what, where, and the cure."""

from __future__ import annotations

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from manoir.rest import serializers
from manoir.rest.renderers import JSONRenderer
from manoir.testing import APIRequestFactory
from manoir.urls import include, path
from tests.library.models import Author, Book


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["name"]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (
            lambda: serializers.CharField(max_lenght=5),
            r"CharField has no option 'max_lenght'\. Did you mean 'max_length'",
        ),
        (lambda: serializers.DecimalField(5, 2, min=1), r"DecimalField has no option 'min'"),
        (lambda: serializers.ListField(childs=None), r"ListField has no option 'childs'\. Did you mean 'child'\?"),
        (lambda: AuthorSerializer(contex={}), r"AuthorSerializer has no option 'contex'\. Did you mean 'context'"),
        (
            lambda: serializers.SlugRelatedField("name", querset=Author.objects.all()),
            r"SlugRelatedField has no option 'querset'\. Did you mean 'queryset'\?",
        ),
    ],
)
def test_an_unknown_option_names_the_nearest(field, words):
    with pytest.raises(TypeError, match=words):
        field()


def test_an_unknown_option_of_extra_kwargs_names_its_field():
    class Wrong(AuthorSerializer):
        class Meta(AuthorSerializer.Meta):
            extra_kwargs = {"name": {"requird": False}}

    with pytest.raises(
        ImproperlyConfigured, match=r"Wrong\.Meta\.extra_kwargs\['name'\]: CharField has no option 'requird'"
    ):
        Wrong().fields


@pytest.mark.parametrize("name", ["author__name", "author.name"])
def test_a_field_of_another_row_is_declared(name):
    meta = type("Meta", (), {"model": Book, "fields": ["title", name]})
    wrong = type("Wrong", (serializers.ModelSerializer,), {"Meta": meta})
    with pytest.raises(ImproperlyConfigured, match=r"declare one: name = ReadOnlyField\(source='author\.name'\)"):
        wrong().fields


def test_a_link_to_a_view_that_is_not_there_names_the_nearest(rows, colour):
    class Linked(serializers.HyperlinkedModelSerializer):
        class Meta:
            model = Author
            fields = ["url"]

    context = {"request": APIRequestFactory().get("/")}
    inner = [path("<int:pk>/", lambda request: None, name="author-detail")]
    with (
        settings.override(ROOT_URLCONF=[path("api/", include((inner, "api")))]),
        pytest.raises(ImproperlyConfigured, match=r"no URL named 'author-detail' .* Did you mean 'api:author-detail'"),
    ):
        colour.data(Linked(rows.ann, context=context))


def test_a_method_that_is_missing_is_named(rows, colour):
    class Wrong(AuthorSerializer):
        books_count = serializers.SerializerMethodField()

        def get_book_count(self, author): ...

        class Meta(AuthorSerializer.Meta):
            fields = ["name", "books_count"]

    with pytest.raises(
        AttributeError, match=r"Wrong\.books_count .* write `def get_books_count\(self, …\)`\. Did you mean"
    ):
        colour.data(Wrong(rows.ann))


def test_several_rows_want_many(rows, colour):
    with pytest.raises(AttributeError, match=r"For several instances, write AuthorSerializer\(…, many=True\)"):
        colour.data(AuthorSerializer(Author.objects.all()))


def test_one_row_wants_no_many(rows, colour):
    with pytest.raises(TypeError, match=r"AuthorSerializer\(…, many=True\) shows several .* was given one Author"):
        colour.data(AuthorSerializer(rows.ann, many=True))


def test_the_current_user_needs_the_request(colour):
    class Wrong(serializers.Serializer):
        owner = serializers.HiddenField(default=serializers.CurrentUserDefault())

    with pytest.raises(ImproperlyConfigured, match=r"CurrentUserDefault of 'owner' needs the request: .* context="):
        colour.valid(Wrong(data={}))


def test_uniqueness_of_what_is_no_field_is_told(database, colour):
    class Wrong(AuthorSerializer):
        class Meta(AuthorSerializer.Meta):
            validators = [serializers.UniqueTogetherValidator(Author.objects.all(), ["name", "emial"])]

    with pytest.raises(
        ImproperlyConfigured, match=r"Wrong: UniqueTogetherValidator.* names 'emial', which is no field"
    ):
        colour.valid(Wrong(data={"name": "Ann"}))


def test_the_method_of_a_field_is_no_coroutine_of_the_sync_name():
    async def later(self, author): ...

    body = {"age": serializers.SerializerMethodField(), "get_age": later}
    with pytest.raises(TypeError, match=r"Wrong\.get_age is `async def`.* Write `async def aget_age` or `def get_age`"):
        type("Wrong", (serializers.Serializer,), body)
    body = {"age": serializers.SerializerMethodField("years"), "years": later}
    with pytest.raises(TypeError, match=r"Wrong\.years is `async def`.* Write `async def aget_age` or `def years`"):
        type("Wrong", (serializers.Serializer,), body)


async def test_checking_in_a_coroutine_names_what_to_await(rows):
    class Unique(serializers.ModelSerializer):
        class Meta:
            model = Author
            fields = ["name", "email"]

    author = Unique(data={"name": "Eve", "email": "ann@example.com"})
    with pytest.raises(
        SynchronousOnlyOperation, match=r"Unique\.is_valid\(\) has to ask .* `await serializer\.ais_valid"
    ):
        author.is_valid()
    assert not await author.ais_valid()
    with pytest.raises(
        TypeError, match=r"validated_data is there once `is_valid\(\)` was called, in a coroutine `await "
    ):
        _ = Unique(data={}).validated_data


def test_a_coroutine_is_no_data():
    async def later(): ...

    forgotten = later()
    with pytest.raises(TypeError, match=r"coroutine cannot be written as JSON: is an `await` missing\?"):
        JSONRenderer().render({"a": forgotten})
    forgotten.close()


def test_a_name_of_the_door_that_is_not_there_names_the_nearest():
    with pytest.raises(AttributeError, match=r"has no attribute 'ModelViewset'\. Did you mean 'ModelViewSet'"):
        rest.ModelViewset


def test_what_goes_wrong_inside_of_a_list_is_told(rows, colour):
    """An AttributeError of a project's own method is not taken for a list without `data`."""

    class Wrong(AuthorSerializer):
        shout = serializers.SerializerMethodField()

        def get_shout(self, author):
            return author.nam.upper()

        class Meta(AuthorSerializer.Meta):
            fields = ["name", "shout"]

    with pytest.raises(AttributeError, match=r"'Author' object has no attribute 'nam'"):
        colour.data(Wrong(Author.objects.all(), many=True))
