"""H01, H37: filters, searches and orders along relations tell nothing of related rows that are hidden."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from manoir import models, rest
from manoir.conf import settings
from manoir.rest import filters
from manoir.rest._scoped_paths import scoped_steps
from manoir.testing import assert_num_queries
from manoir.urls import path
from tests.rest.conftest import MIDDLEWARE, Caller
from tests.rest.notebook import Folder, Note


class Open(models.QuerySet):
    """All rows of it are visible, whatever those beside them are."""

    def visible_to(self, user):
        return self


class TitleSerializer(rest.ModelSerializer):
    class Meta:
        model = Note
        fields = ["title", "folder"]


class NameSerializer(rest.ModelSerializer):
    class Meta:
        model = Folder
        fields = ["name"]


class NoteFilter(rest.FilterSet):
    named = filters.CharFilter(field_name="folder__name")
    not_named = filters.CharFilter(field_name="folder__name", exclude=True)
    between = filters.RangeFilter(field_name="folder__id")
    known = filters.AllValuesFilter(field_name="folder__name")
    several = filters.MultipleChoiceFilter(
        field_name="folder__name", choices=[("ann's", "A"), ("bob's", "B")], null_label="none"
    )

    class Meta:
        model = Note
        fields = {"folder": ["exact", "in", "isnull"], "folder__name": ["startswith", "isnull"]}


class Notes(rest.ListAPIView):
    serializer_class = TitleSerializer
    permission_classes = [rest.IsAuthenticated]
    search_fields = ["folder__name"]
    ordering_fields = ["folder__name", "folder", "folder_id", "folder__pk", "folder__owner__username", "title"]
    ordering = "id"
    filter_backends = [rest.DjangoFilterBackend, rest.SearchFilter, rest.OrderingFilter]

    def get_queryset(self):
        return Open(Note)


class DeclaredNotes(Notes):
    filterset_fields = {
        "folder": ["exact", "in", "isnull"],
        "folder_id": ["exact"],
        "folder__name": ["exact", "startswith", "isnull"],
        "folder__owner__username": ["exact"],
        "folder__notes__title": ["exact"],
        "folder__notes": ["isnull"],
    }


class FilteredNotes(Notes):
    filterset_class = NoteFilter


class Slugs(rest.ModelSerializer):
    """A note that is named by its folder's name."""

    note = rest.SlugRelatedField(slug_field="folder__name", queryset=Open(Note))

    class Meta:
        model = Folder
        fields = ["note"]


class ByFolder(rest.RetrieveAPIView):
    serializer_class = TitleSerializer
    permission_classes = [rest.IsAuthenticated]
    lookup_field = "folder__name"
    lookup_url_kwarg = "name"

    def get_queryset(self):
        return Open(Note).filter(stars=1)


class Folders(rest.ListAPIView):
    serializer_class = NameSerializer
    permission_classes = [rest.IsAuthenticated]
    filterset_fields = {"notes__title": ["exact", "startswith"], "notes": ["isnull"], "notes__stars": ["isnull"]}
    search_fields = ["notes__title"]

    def get_queryset(self):
        return Open(Folder)


URLS = [
    path("declared/", DeclaredNotes.as_view()),
    path("filtered/", FilteredNotes.as_view()),
    path("folders/", Folders.as_view()),
    path("of/<name>/", ByFolder.as_view(), name="of"),
]
ANN, BOB = ["ann 1", "ann 2"], ["bob 1", "bob 2"]


@pytest.fixture
def api(colour, people):
    """A client of Ann, who sees all notes and folders of these views, but behind them only her own."""
    with settings.override(ROOT_URLCONF=URLS, MIDDLEWARE=MIDDLEWARE):
        caller = Caller(colour)
        caller.login(people.ann.user)
        caller.people = people
        yield caller


def found(api, address, key="title"):
    answer = api.get(address)
    assert answer.status_code == 200, answer.content
    return [row[key] for row in answer.json()]


@pytest.mark.parametrize("place", ["declared", "filtered"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [*ANN, *BOB]),
        ("folder={ann}", ANN),
        ("folder={bob}", []),
        ("folder__in={ann},{bob}", ANN),
        ("folder__isnull=true", BOB),
        ("folder__isnull=false", ANN),
        ("folder__name__startswith=a", ANN),
        ("folder__name__startswith=b", []),
        ("folder__name__isnull=true", BOB),
        ("folder__name__isnull=false", ANN),
        ("search=ann", ANN),
        ("search=bob", []),
    ],
)
def test_values_behind_a_foreign_key(api, place, query, expected):
    query = query.format(ann=api.people.ann.folder.pk, bob=api.people.bob.folder.pk)
    assert found(api, f"/{place}/?{query}") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("named=ann's", ANN),
        ("named=bob's", []),
        ("not_named=ann's", BOB),
        ("not_named=bob's", [*ANN, *BOB]),
        ("between_min={ann}&between_max={bob}", ANN),
        ("between_min={bob}", []),
        ("several=ann's&several=bob's", ANN),
        ("several=bob's", []),
        ("several=null", BOB),
        ("several=null&several=ann's", [*ANN, *BOB]),
        ("known=ann's", ANN),
    ],
)
def test_kinds_of_filters(api, query, expected):
    query = query.format(ann=api.people.ann.folder.pk, bob=api.people.bob.folder.pk)
    assert found(api, f"/filtered/?{query}") == expected


def test_values_of_hidden_rows_are_none_that_there_are(api):
    said, unknown = (api.get(f"/filtered/?known={name}") for name in ("bob's", "zoe's"))
    assert (said.status_code, unknown.status_code) == (400, 400)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["ann's", "bob's"]),
        ("notes__title=ann 1", ["ann's"]),
        ("notes__title=bob 1", []),
        ("notes__title__startswith=bob", []),
        ("notes__isnull=true", ["bob's"]),
        ("notes__isnull=false", ["ann's"]),
        ("notes__stars__isnull=true", ["bob's"]),
        ("search=ann", ["ann's"]),
        ("search=bob", []),
    ],
)
def test_values_behind_a_reverse_relation(api, query, expected):
    assert found(api, f"/folders/?{query}", "name") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("folder_id={ann}", ANN),
        ("folder_id={bob}", []),
        ("folder__owner__username=ann", ANN),
        ("folder__owner__username=bob", []),
        ("folder__notes__title=ann 2", ANN),
        ("folder__notes__title=bob 2", []),
        ("folder__notes__isnull=true", BOB),
        ("folder__notes__isnull=false", ANN),
    ],
)
def test_other_names_and_longer_paths(api, query, expected):
    query = query.format(ann=api.people.ann.folder.pk, bob=api.people.bob.folder.pk)
    assert found(api, f"/declared/?{query}") == expected


@pytest.mark.parametrize(
    "order",
    ["folder__name", "-folder__name", "folder", "-folder", "folder_id", "-folder__pk", "folder__owner__username"],
)
def test_orders_do_not_rank_hidden_rows(api, order):
    """Whatever the hidden folder is called, and whatever its key is, its notes stand in the same place."""
    address = f"/declared/?ordering={order},title"
    before = found(api, address)
    Folder.objects.filter(pk=api.people.bob.folder.pk).update(name="a")
    assert found(api, address) == before
    Note.objects.filter(title="bob 1").update(folder=Folder.objects.create(owner=api.people.bob.user, name="zz"))
    assert found(api, address) == before


def test_visible_rows_are_in_order(api):
    other = Folder.objects.create(owner=api.people.ann.user, name="aa")
    Note.objects.create(folder=other, title="more")
    mine = {"folder__name": ["more", *ANN], "-folder__name": [*ANN, "more"], "-folder": ["more", *ANN]}
    for order, expected in mine.items():
        assert [one for one in found(api, f"/declared/?ordering={order},title") if one not in BOB] == expected


def test_addresses_along_a_relation(api):
    assert [api.get(f"/of/{name}/").status_code for name in ("ann's", "bob's", "zoe's")] == [200, 404, 404]


def test_slugs_along_a_relation(people):
    Note.objects.filter(stars=2).delete()
    request = SimpleNamespace(user=people.ann.user)
    found = {name: Slugs(data={"note": name}, context={"request": request}) for name in ("ann's", "bob's", "zoe's")}
    assert [one.is_valid() for one in found.values()] == [True, False, False]
    words = [str(found[name].errors["note"][0]).replace(name, "") for name in ("bob's", "zoe's")]
    assert words[0] == words[1]


def test_links_along_a_relation(people):
    with settings.override(ROOT_URLCONF=URLS, MIDDLEWARE=MIDDLEWARE):
        field = rest.HyperlinkedRelatedField(
            "of", lookup_field="folder__name", lookup_url_kwarg="name", queryset=Open(Note).filter(stars=1)
        )
        field._context = {"request": SimpleNamespace(user=people.ann.user)}
        assert field.run_validation("/of/ann's/") == people.ann.notes[0]
        with pytest.raises(rest.ValidationError, match="nothing at this URL"):
            field.run_validation("/of/bob's/")


def test_no_filter_asks_by_a_query_of_its_own(api):
    found(api, "/declared/?search=ann")
    with assert_num_queries(4):  # session, user, notes, which of their folders are visible
        found(api, "/declared/?search=ann&folder__name__startswith=a&ordering=folder__name&folder__isnull=false")


def test_without_a_request_nothing_is_hidden(people):
    rows = NoteFilter({"named": "bob's"}, queryset=Note.objects.all())
    assert [one.title for one in rows.qs] == BOB


class Cover(models.Model):
    folder = models.OneToOneField(Folder, models.CASCADE, primary_key=True)

    class Meta:
        app_label = "notebook"


def test_a_key_that_is_a_relation_leads_to_visible_rows_too():
    assert scoped_steps(Cover, "pk__name") == scoped_steps(Cover, "folder__name") == (("folder", Folder),)
