"""Relations as URLs, in forms of one's own, limited by the user, and as choices of forms."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from manoir import models
from manoir.bridge import wait
from manoir.exceptions import ImproperlyConfigured
from manoir.rest import serializers
from manoir.testing import override_settings
from manoir.urls import path
from tests.library.models import Author, Book, Tag
from tests.models.tables import create_tables


def nothing(request, **kwargs): ...


urlpatterns = [
    path("books/<int:pk>/", nothing, name="book-detail"),
    path("authors/<int:pk>/", nothing, name="author-detail"),
    path("publishers/<int:pk>/", nothing, name="publisher-detail"),
    path("tags/<slug:slug>/", nothing, name="tag-detail"),
]


@pytest.fixture(autouse=True)
def _urls():
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def context():
    return {"request": SimpleNamespace(build_absolute_uri=lambda url: f"https://example.com{url}")}


class BookSerializer(serializers.HyperlinkedModelSerializer):
    tags = serializers.HyperlinkedRelatedField(
        view_name="tag-detail", lookup_field="slug", many=True, queryset=Tag.objects.all()
    )

    class Meta:
        model = Book
        fields = ["url", "title", "author", "publisher", "tags"]


def test_rows_are_shown_by_their_urls(rows, context, colour):
    serializer = BookSerializer(Book.objects.filter(title="Emma"), many=True, context=context)

    assert colour.data(serializer) == [
        {
            "url": f"https://example.com/books/{rows.emma.pk}/",
            "title": "Emma",
            "author": f"https://example.com/authors/{rows.ann.pk}/",
            "publisher": f"https://example.com/publishers/{rows.house.pk}/",
            "tags": ["https://example.com/tags/art/", "https://example.com/tags/bees/"],
        }
    ]
    url = serializer.data[0]["url"]
    assert (url.obj, url.name, url.is_hyperlink) == (rows.emma, "Emma", True)


def test_all_fields_begin_with_the_url():
    class Every(serializers.HyperlinkedModelSerializer):
        class Meta:
            model = Tag
            fields = "__all__"

    assert list(Every().fields) == ["url", "label", "slug"]


def test_rows_are_found_by_their_urls(rows, context, colour):
    data = {
        "title": "New",
        "author": f"https://elsewhere.example/authors/{rows.ann.pk}/",
        "publisher": f"/publishers/{rows.house.pk}/",
        "tags": ["/tags/cats/"],
    }
    serializer = BookSerializer(data=data, context=context)

    assert colour.valid(serializer), serializer.errors
    assert serializer.validated_data["author"] == rows.ann
    assert serializer.validated_data["tags"] == [rows.tags[2]]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("/nowhere/", "no_match"),
        ("/tags/art/", "incorrect_match"),
        ("/authors/99999999/", "does_not_exist"),
        ("/authors/999999999999999999999999999999/", "does_not_exist"),
        (7, "incorrect_type"),
        ("/" + "a" * 5_000, "incorrect_type"),
    ],
)
def test_wrong_urls_are_refused_with_a_code(rows, context, url, code):
    serializer = BookSerializer(data={"author": url}, partial=True, context=context)

    assert not serializer.is_valid()
    assert [error.code for error in serializer.errors["author"]] == [code]


def test_urls_need_the_request(rows):
    with pytest.raises(ImproperlyConfigured, match=r'context=\{"request": request\}'):
        _ = BookSerializer(rows.emma).data


def test_an_unknown_view_is_told(rows, context):
    class Lost(serializers.Serializer):
        url = serializers.HyperlinkedIdentityField(view_name="lost-detail")

    with pytest.raises(ImproperlyConfigured, match="'lost-detail'"):
        _ = Lost(rows.emma, context=context).data
    with pytest.raises(TypeError, match="view_name"):
        serializers.HyperlinkedRelatedField(read_only=True)


class LabelField(serializers.RelatedField):
    def to_representation(self, value):
        return f"#{value.label}"

    def to_internal_value(self, data):
        try:
            return self.get_queryset().get(label=data.removeprefix("#"))
        except Tag.DoesNotExist:
            raise serializers.ValidationError("No such label.", code="label") from None


def test_a_relation_of_ones_own(rows, colour):
    class Labelled(serializers.ModelSerializer):
        tags = LabelField(many=True, queryset=Tag.objects.all())

        class Meta:
            model = Book
            fields = ["tags"]

    good, bad = Labelled(rows.dune, data={"tags": ["#Art"]}), Labelled(data={"tags": ["#Dogs"]})

    assert (colour.valid(good), colour.valid(bad)) == (True, False)
    assert colour.data(Labelled(rows.emma)) == {"tags": ["#Art", "#Bees"]}
    assert [error.code for error in bad.errors["tags"]] == ["label"]


def test_the_rows_to_choose_from_may_follow_the_context(rows):
    class Mine(serializers.PrimaryKeyRelatedField):
        def get_queryset(self):
            return Author.objects.filter(name=self.context["name"])

    class Serializer(serializers.Serializer):
        author = Mine()

    assert Serializer(data={"author": rows.ann.pk}, context={"name": "Ann"}).is_valid()
    assert not Serializer(data={"author": rows.ann.pk}, context={"name": "Bob"}).is_valid()


class Visible(models.QuerySet):
    def visible_to(self, user):
        return self.filter(owner=user)


class Folder(models.Model):
    owner = models.CharField(max_length=10)
    name = models.CharField(max_length=10, unique=True)

    objects = models.Manager.from_queryset(Visible)()

    class Meta:
        app_label = "folders"


def test_rows_that_the_user_may_not_see_cannot_be_named(database, colour):
    """H01: in a related look-up what is not visible does not exist, by key, by slug and in lists."""
    wait(create_tables(database, [Folder]))
    mine, other = Folder.objects.create(owner="ann", name="a"), Folder.objects.create(owner="bob", name="b")

    class File(serializers.Serializer):
        folder = serializers.PrimaryKeyRelatedField(queryset=Folder.objects.all())
        name = serializers.SlugRelatedField(slug_field="name", queryset=Folder.objects.all())
        several = serializers.PrimaryKeyRelatedField(queryset=Folder.objects.all(), many=True)

    context = {"request": SimpleNamespace(user="ann")}
    good = File(data={"folder": mine.pk, "name": "a", "several": [mine.pk]}, context=context)
    bad = File(data={"folder": other.pk, "name": "b", "several": [mine.pk, other.pk]}, context=context)

    assert (colour.valid(good), colour.valid(bad)) == (True, False)
    assert {name: errors[0].code for name, errors in bad.errors.items()} == dict.fromkeys(
        ("folder", "name", "several"), "does_not_exist"
    )


def test_choices_of_forms_are_the_rows(rows):
    serializer = BookSerializer()
    field = serializers.PrimaryKeyRelatedField(queryset=Tag.objects.all(), html_cutoff=2)

    assert list(field.iter_options()) == [(rows.tags[0].pk, "Art"), (rows.tags[1].pk, "Bees")]
    assert field.choices == {tag.pk: tag.label for tag in rows.tags}
    assert serializer.fields["tags"].child_relation.queryset is not None


@pytest.mark.parametrize(
    ("options", "words"),
    [({}, "needs queryset="), ({"read_only": True, "queryset": Tag.objects.all()}, "drop the queryset")],
)
def test_a_relation_needs_rows_or_is_read_only(options, words):
    with pytest.raises(TypeError, match=words):
        serializers.PrimaryKeyRelatedField(**options)


def test_a_key_may_have_a_form_of_its_own(rows):
    class Hex(serializers.IntegerField):
        def to_representation(self, value):
            return hex(value)

        def to_internal_value(self, data):
            return int(data, 16)

    class Serializer(serializers.ModelSerializer):
        author = serializers.PrimaryKeyRelatedField(queryset=Author.objects.all(), pk_field=Hex())

        class Meta:
            model = Book
            fields = ["author"]

    serializer = Serializer(data={"author": hex(rows.ann.pk)})
    assert serializer.is_valid()
    assert serializer.validated_data["author"] == rows.ann
    assert Serializer(rows.emma).data == {"author": hex(rows.ann.pk)}


def test_an_unsaved_instance_has_no_related_rows():
    class Serializer(serializers.ModelSerializer):
        class Meta:
            model = Book
            fields = ["title", "tags"]

    assert Serializer(Book(title="x")).data == {"title": "x", "tags": []}


class Shade(models.Model):
    name = models.CharField(max_length=10)

    class Meta:
        app_label = "shades"


class Pick(models.Model):
    shade = models.ForeignKey(Shade, on_delete=models.CASCADE, limit_choices_to={"name": "red"})

    class Meta:
        app_label = "shades"


def test_limits_of_the_model_hold(database):
    wait(create_tables(database, [Shade, Pick]))
    red, blue = Shade.objects.create(name="red"), Shade.objects.create(name="blue")

    class Serializer(serializers.ModelSerializer):
        class Meta:
            model = Pick
            fields = ["shade"]

    assert Serializer(data={"shade": red.pk}).is_valid()
    assert not Serializer(data={"shade": blue.pk}).is_valid()


def test_keys_of_many_items_are_looked_up_together(rows, counted, colour):
    class Serializer(serializers.ModelSerializer):
        class Meta:
            model = Book
            fields = ["title", "author", "tags"]
            validators = []

    keys = [tag.pk for tag in rows.tags]
    data = [{"title": str(number), "author": [rows.ann, rows.bob][number % 2].pk, "tags": keys} for number in range(20)]
    good = Serializer(data=data, many=True)
    with counted() as found:
        assert colour.valid(good), good.errors
    assert len(found) == 2
    assert good.validated_data[1]["author"] == rows.bob
    assert good.validated_data[7]["tags"] == rows.tags

    data[3] = {"title": "x", "author": 10_000_000, "tags": [True]}
    data[4] = {"title": "x", "author": "one", "tags": [10**30]}
    data[5] = 7
    bad = Serializer(data=data, many=True)
    assert not colour.valid(bad)
    codes = [{name: [error.code for error in errors] for name, errors in item.items()} for item in bad.errors]
    assert codes[2:7] == [
        {},
        {"author": ["does_not_exist"], "tags": ["incorrect_type"]},
        {"author": ["incorrect_type"], "tags": ["does_not_exist"]},
        {"non_field_errors": ["invalid"]},
        {},
    ]
    assert bad.child.fields["author"].run_validation(rows.ann.pk) == rows.ann  # nothing is remembered
