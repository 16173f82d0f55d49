"""Viewsets, generic views and routers, on real rows, in both colours."""

from __future__ import annotations

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.rest.urlpatterns import format_suffix_patterns
from manoir.testing import APIRequestFactory, assert_num_queries
from manoir.urls import path, resolve, reverse
from tests.rest.conftest import MIDDLEWARE, Caller
from tests.rest.notebook import Folder, Note, NoteSerializer, NoteViewSet

factory = APIRequestFactory()


def test_the_six_actions_of_a_model(api, people):
    api.login(people.ann.user)
    folder = people.ann.folder.pk
    made = api.post("/notes/", {"folder": folder, "title": "New", "stars": 5}, format="json")
    assert made.status_code == 201
    pk = made.json()["id"]
    assert made.json() == {"id": pk, "folder": folder, "title": "New", "stars": 5, "pinned": False}
    assert [note["title"] for note in api.get("/notes/").json()] == ["ann 1", "ann 2", "New"]
    assert api.get(f"/notes/{pk}/").json()["title"] == "New"
    changed = api.put(f"/notes/{pk}/", {"folder": folder, "title": "Other"}, format="json")
    assert (changed.status_code, changed.json()["title"]) == (200, "Other")
    assert api.patch(f"/notes/{pk}/", {"stars": 1}, format="json").json()["stars"] == 1
    gone = api.delete(f"/notes/{pk}/")
    assert (gone.status_code, gone.content) == (204, b"")
    assert not Note.objects.filter(pk=pk).exists()


def test_what_was_sent_is_checked(api, people):
    api.login(people.ann.user)
    answer = api.post("/notes/", {"title": "", "stars": "many"}, format="json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"folder", "title", "stars"}
    assert Note.objects.count() == 4


def test_hooks_of_either_colour_are_called(api, people):
    api.login(people.ann.user)
    made = api.post("/folders/", {"name": "Mine"}, format="json")
    assert made.status_code == 201
    assert Folder.objects.get(pk=made.json()["id"]).owner_id == people.ann.user.pk


def test_actions_of_either_colour_and_their_further_methods(api, people):
    api.login(people.ann.user)
    pk = people.ann.notes[0].pk
    assert api.post(f"/notes/{pk}/pin/").json() == {"pinned": True}
    assert api.delete(f"/notes/{pk}/pin/").json() == {"pinned": False}
    assert api.get("/notes/titles/").json() == ["ann 1", "ann 2"]
    assert api.get(f"/notes/{pk}/pin/").status_code == 405


@pytest.mark.parametrize("pk", ["0", "999999", "abc", "9" * 40, "1.5", "-1"])
def test_a_key_that_is_none_is_404(api, people, pk):
    api.login(people.ann.user)
    assert api.get(f"/notes/{pk}/").status_code == 404


def test_root_suffixes_and_names(api, people):
    api.login(people.ann.user)
    root = api.get("/").json()
    assert root["notes"] == "http://testserver/notes/"
    assert api.get("/notes.json").status_code == 200
    assert api.get(f"/notes/{people.ann.notes[0].pk}.json").json()["title"] == "ann 1"
    assert api.get("/notes.xml").status_code == 404
    assert reverse("note-detail", args=[3]) == "/notes/3/"
    assert reverse("note-pin", args=[3]) == "/notes/3/pin/"
    assert reverse("note-list", kwargs={"format": "json"}) == "/notes.json"


def test_a_list_costs_the_same_for_any_number_of_rows(api, people):
    api.login(people.ann.user)
    api.get("/notes/")
    with assert_num_queries(4):  # session, user, notes, which folders are visible
        api.get("/notes/")
    Note.objects.bulk_create(Note(folder=people.ann.folder, title=f"n{number}") for number in range(200))
    with assert_num_queries(4):
        assert len(api.get("/notes/").json()) == 202


def test_generic_views_of_both_colours(people, colour):
    class Notes(rest.ListCreateAPIView):
        queryset = Note.objects.all()
        serializer_class = NoteSerializer

    class One(rest.RetrieveUpdateDestroyAPIView):
        queryset = Note.objects.all()
        serializer_class = NoteSerializer

        def get_object(self):
            found = super().get_object()
            found.title = found.title.upper()
            return found

    class AsyncOne(One):
        async def aget_object(self):
            found = await super().aget_object()
            found.title = f"<{found.title}>"
            return found

    urls = [path("", Notes.as_view()), path("<int:pk>/", One.as_view()), path("a/<int:pk>/", AsyncOne.as_view())]
    with settings.override(ROOT_URLCONF=urls, MIDDLEWARE=MIDDLEWARE):
        api = Caller(colour)
        api.force_authenticate(people.ann.user)
        assert len(api.get("/").json()) == 2
        pk = people.ann.notes[0].pk
        assert api.get(f"/{pk}/").json()["title"] == "ANN 1"
        assert api.get(f"/a/{pk}/").json()["title"] == "<ANN 1>"
        assert api.patch(f"/{pk}/", {"stars": 3}, format="json").json()["stars"] == 3
        assert api.delete(f"/{pk}/").status_code == 204
        assert api.post("/", {"folder": people.ann.folder.pk, "title": "x"}, format="json").status_code == 201


def test_lookup_field_and_its_name_in_the_address(people):
    class ByTitle(rest.RetrieveAPIView):
        queryset = Note.objects.all()
        serializer_class = NoteSerializer
        lookup_field = "title"
        lookup_url_kwarg = "name"
        authentication_classes = []

    request = factory.get("/")
    from manoir.testing import force_authenticate

    force_authenticate(request, people.ann.user)
    assert ByTitle.as_view()(request, name="ann 1").data["title"] == "ann 1"
    with pytest.raises(AssertionError, match="captures no 'name'"):
        ByTitle.as_view()(request, pk=1)


def test_viewset_needs_actions_that_it_has():
    with pytest.raises(TypeError, match="needs the actions"):
        NoteViewSet.as_view()
    with pytest.raises(TypeError, match="no method 'fly'"):
        NoteViewSet.as_view({"get": "fly"})


def test_action_knows_its_name(people):
    seen = []

    class Named(rest.ViewSet):
        permission_classes = [rest.AllowAny]

        def initial(self, request, *args, **kwargs):
            seen.append(self.action)
            super().initial(request, *args, **kwargs)

        def list(self, request):
            return rest.Response([])

    view = Named.as_view({"get": "list"})
    for method in ("get", "head", "options", "post"):
        getattr(factory, method)
        view(getattr(factory, method)("/"))
    assert seen == ["list", "list", "metadata", None]


def test_action_kwargs_hold_for_the_action_only():
    class Books(rest.ViewSet):
        permission_classes = [rest.IsAuthenticated]

        def list(self, request):
            return rest.Response([])

        @rest.action(detail=False, permission_classes=[rest.AllowAny], url_path="open-day", url_name="open")
        def open_day(self, request):
            return rest.Response(self.reverse_action("list"))

    router = rest.SimpleRouter()
    router.register("books", Books, basename="book")
    with settings.override(ROOT_URLCONF=router.urls, MIDDLEWARE=[]):
        api = Caller("sync")
        assert api.get("/books/").status_code in (401, 403)
        assert api.get("/books/open-day/").json() == "http://testserver/books/"
        assert reverse("book-open") == "/books/open-day/"


def test_action_without_detail_is_told():
    with pytest.raises(TypeError, match="detail=True or detail=False"):
        rest.action()
    with pytest.raises(TypeError, match="'fetch'"):
        rest.action(detail=True, methods=["fetch"])


def test_routers_refuse_two_of_a_name_and_actions_of_theirs():
    router = rest.SimpleRouter()
    router.register("notes", NoteViewSet)
    with pytest.raises(ImproperlyConfigured, match="basename 'note' already"):
        router.register("others", NoteViewSet)

    class Wrong(rest.ViewSet):
        @rest.action(detail=False)
        def list(self, request): ...

    wrong = rest.SimpleRouter()
    wrong.register("w", Wrong, basename="w")
    with pytest.raises(ImproperlyConfigured, match="'list'"):
        _ = wrong.urls
    with pytest.raises(AssertionError, match="`basename`"):
        wrong.register("x", Wrong)


@pytest.mark.parametrize("trailing_slash", [True, False])
def test_routers_without_slash_with_regex_and_with_converters(trailing_slash):
    class Years(rest.ViewSet):
        permission_classes = [rest.AllowAny]
        lookup_value_regex = "[0-9]{4}"
        lookup_value_converter = "int"
        lookup_url_kwarg = "year"

        def retrieve(self, request, year):
            return rest.Response({"year": year, "type": type(year).__name__})

    slash = "/" if trailing_slash else ""
    for use_regex_path, kind in ((True, "str"), (False, "int")):
        router = rest.SimpleRouter(trailing_slash=trailing_slash, use_regex_path=use_regex_path)
        router.register("years", Years, basename="year")
        with settings.override(ROOT_URLCONF=router.urls, MIDDLEWARE=[]):
            assert Caller("sync").get(f"/years/2026{slash}").json()["type"] == kind
            assert Caller("sync").get(f"/years/x{slash}").status_code == 404


@pytest.mark.parametrize("prefix", ["/notes", "notes/", "/"])
def test_a_prefix_has_no_slash_at_an_end(prefix: str):
    with pytest.raises(ImproperlyConfigured, match=rf"register\('{prefix}', …\): .* write '{prefix.strip('/')}'"):
        rest.DefaultRouter().register(prefix, NoteViewSet)


def test_prefix_may_be_an_expression():
    class Nested(rest.ViewSet):
        permission_classes = [rest.AllowAny]

        def list(self, request, folder_pk):
            return rest.Response({"folder": folder_pk})

    router = rest.DefaultRouter()
    router.register(r"folders/(?P<folder_pk>\d+)/notes", Nested, basename="nested")
    with settings.override(ROOT_URLCONF=router.urls, MIDDLEWARE=[]):
        assert Caller("sync").get("/folders/3/notes/").json() == {"folder": "3"}
        assert Caller("sync").get("/folders/3/notes.json").json() == {"folder": "3"}
        assert Caller("sync").get("/").json() == {}


def test_format_suffixes_of_single_views():
    @rest.api_view(["GET"])
    @rest.decorators.permission_classes([rest.AllowAny])
    def hello(request, format=None):
        return rest.Response({"format": format})

    urls = format_suffix_patterns([path("hello/", hello)], allowed=["json", "txt"])
    with settings.override(ROOT_URLCONF=urls, MIDDLEWARE=[]):
        assert Caller("sync").get("/hello.json").json() == {"format": "json"}
        assert Caller("sync").get("/hello/").json() == {"format": None}
        assert Caller("sync").get("/hello.xml").status_code == 404
    assert resolve("/hello.json", urls).kwargs == {"format": "json"}
    with pytest.raises(ValueError, match="no format"):
        format_suffix_patterns([], allowed=["a/b"])


def test_a_property_that_fails_inside_tells_its_own_error():
    class Wrong(rest.ModelViewSet):
        @property
        def queryset(self):
            return self.kwargs.missing

    view = Wrong()
    view.kwargs = {}
    with pytest.raises(AttributeError, match=r"'dict' object has no attribute 'missing'"):
        _ = view.queryset
    with pytest.raises(AttributeError, match=r"'Wrong' object has no attribute 'nothing'"):
        _ = view.nothing
