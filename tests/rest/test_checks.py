"""Checks: views that nothing guards, lists without end, hooks of two colours, filters that cannot be."""

from __future__ import annotations

import pytest

from manoir import rest
from manoir.checks import run_checks
from manoir.conf import settings
from manoir.models.functions import Length
from manoir.rest import filters
from manoir.urls import include, path
from tests.rest.notebook import Note, NoteSerializer


class Open(rest.ListAPIView):
    queryset = Note.objects.all()
    serializer_class = NoteSerializer


class Both(rest.BasePermission):
    def has_permission(self, request, view):
        return True

    async def ahas_permission(self, request, view):
        return True


class Guarded(Open):
    permission_classes = [Both]
    pagination_class = type("P", (rest.PageNumberPagination,), {"page_size": 10})


class Wrong(Guarded):
    permission_classes = [rest.IsAuthenticated]
    filterset_fields = ["titel"]


def found(*views, **options):
    patterns = [path("api/", include([path(f"{number}/", view.as_view()) for number, view in enumerate(views)]))]
    with settings.override(ROOT_URLCONF=patterns, REST_FRAMEWORK=options):
        messages = run_checks(tags=["security", "urls", "async_support"])
    return [(message.id, message.msg) for message in messages if str(message.id).startswith("manoir.rest")]


def test_views_that_nothing_guards_are_named():
    """H03: with the strict setting such a view does not start; without it the check names it."""
    ids = dict(found(Open))
    assert ids["manoir.rest.W001"].startswith("tests.rest.test_checks.Open says nowhere who may use it")
    assert "manoir.rest.W001" not in dict(found(Open, DEFAULT_PERMISSION_CLASSES=["manoir.rest.permissions.AllowAny"]))


def test_lists_that_are_sent_whole_are_named():
    """H56."""
    assert dict(found(Open))["manoir.rest.W002"] == "tests.rest.test_checks.Open sends its list whole: it has no pages."
    paged = {"DEFAULT_PAGINATION_CLASS": "manoir.rest.PageNumberPagination", "PAGE_SIZE": 50}
    assert "manoir.rest.W002" not in dict(found(Open, **paged))


class Limited(Guarded):
    throttle_classes = [rest.AnonRateThrottle, rest.UserRateThrottle]


ROOMY = {"BACKEND": "manoir.cache.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}}
OF_DATABASE = {"BACKEND": "manoir.db.DatabaseCache", "LOCATION": "counts", "OPTIONS": {"MAX_ENTRIES": 10_000}}


@pytest.mark.parametrize(
    ("caches", "words"),
    [
        ({"default": {"BACKEND": "manoir.cache.LocMemCache"}}, "keeps 300 values"),
        ({"default": {"BACKEND": "manoir.cache.FileBasedCache", "LOCATION": "/nowhere"}}, "keeps 300 values"),
        ({"default": {"BACKEND": "manoir.cache.DummyCache"}}, "keeps nothing"),
        ({"default": OF_DATABASE}, "forgets the requests that are rolled back"),
        ({"default": ROOMY}, None),
        ({"default": {"BACKEND": "manoir.cache.LocMemCache"}, "throttles": ROOMY}, None),
        ({"default": {"BACKEND": "manoir.cache.RedisCache", "LOCATION": "redis://127.0.0.1:6379/1"}}, None),
    ],
)
def test_caches_that_lose_counts_are_named(caches, words):
    """H30"""
    databases = {**settings.DATABASES, "default": {**settings.DATABASES["default"], "ATOMIC_REQUESTS": True}}
    with settings.override(CACHES=caches, DATABASES=databases):
        messages = [text for code, text in found(Limited) if code == "manoir.rest.W004"]
    assert [words in text for text in messages] == ([] if words is None else [True])


def test_permissions_that_override_both_colours_are_named():
    assert found(Guarded) == [("manoir.rest.E001", "Both defines both has_permission() and ahas_permission().")]


def test_filters_that_cannot_be_declared_are_named():
    assert found(Wrong) == [
        ("manoir.rest.E002", "Wrong.filterset_fields: Note has no field 'titel' (in 'titel'). Did you mean 'title'?")
    ]


@pytest.mark.parametrize("urls", ["tests.rest.notebook"])
def test_a_project_without_mistakes_has_only_lists_to_cut(urls):
    with settings.override(ROOT_URLCONF=urls):
        ids = {message.id for message in run_checks(tags=["security", "urls", "async_support"])}
    assert {one for one in ids if str(one).startswith("manoir.rest")} == {"manoir.rest.W002"}


def told(*views):
    """The checks of what views declare, as `manoir check` says them."""
    return [(number, words) for number, words in found(*views) if number[-4:] in ("E002", "E003", "E004", "W003")]


class Paged(rest.GenericAPIView):
    permission_classes = [rest.IsAuthenticated]
    pagination_class = Guarded.pagination_class


def test_views_without_rows_or_serializer_are_named():
    class Nothing(rest.mixins.ListModelMixin, Paged):
        get = rest.ListAPIView.get

    assert told(Nothing) == [
        ("manoir.rest.E003", f"{__name__}.{Nothing.__qualname__} has no queryset, which `list` needs."),
        ("manoir.rest.E003", f"{__name__}.{Nothing.__qualname__} has no serializer_class, which `list` needs."),
    ]


def test_a_viewset_is_named_once_and_only_for_what_it_does():
    class Makes(rest.mixins.CreateModelMixin, rest.mixins.DestroyModelMixin, rest.GenericViewSet):
        permission_classes = [rest.IsAuthenticated]

    with settings.override(
        ROOT_URLCONF=[
            path("", Makes.as_view({"post": "create"})),
            path("<int:pk>/", Makes.as_view({"delete": "destroy"})),
        ]
    ):
        messages = [one.msg for one in run_checks(tags=["urls"]) if one.id == "manoir.rest.E003"]
    assert [words.partition(" has ")[2] for words in messages] == [
        "no serializer_class, which `create` needs.",
        "no queryset, which `destroy` needs.",
    ]


def test_views_that_say_it_otherwise_are_right():
    class ByMethods(Paged, rest.ListCreateAPIView):
        def get_queryset(self):
            return Note.objects.all()

        async def aget_serializer(self): ...

        def get_serializer_class(self):
            return NoteSerializer

    class ByObject(Paged, rest.RetrieveUpdateDestroyAPIView):
        serializer_class = NoteSerializer

        async def aget_object(self):
            return await Note.objects.afirst()

    class ByItself(Paged):
        def post(self, request):
            return rest.Response()

    assert told(ByMethods, ByObject, ByItself) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("search_fields", ["^titel"], "Note has no field 'titel' (in 'titel'). Did you mean 'title'?"),
        ("search_fields", ["folder__nam"], "Folder has no field 'nam' (in 'folder__nam'). Did you mean 'name'?"),
        ("ordering_fields", ["title", ("starz", "Stars")], "Note has no field 'starz'"),
        ("ordering", "-starz", "Note has no field 'starz'"),
        ("lookup_field", "slug", "Note has no field 'slug'."),
    ],
)
def test_names_that_lead_nowhere_are_named(name, value, words):
    wrong = type("Wrong", (Guarded,), {"permission_classes": [rest.IsAuthenticated], name: value})
    [(number, message)] = told(wrong)
    assert number == "manoir.rest.E004"
    assert message.startswith(f"{wrong.__module__}.Wrong.{name}: ")
    assert words in message


def test_names_that_the_rows_have_are_right():
    class Counted(Paged, rest.ListAPIView):
        queryset = Note.objects.annotate(size=Length("title"))
        serializer_class = NoteSerializer
        search_fields = ["size", "=folder__name"]
        ordering_fields = ["size", "folder__name"]
        ordering = ["-size"]
        lookup_field = "folder__name"

    class Late(Counted):
        search_fields = ["later"]

        def get_queryset(self):
            return Note.objects.annotate(later=Length("title"))

    assert told(Counted, Late) == []


def test_filter_sets_that_lead_nowhere_are_named():
    meta = type("Meta", (), {"model": Note, "fields": ["titel"]})
    by_meta = type("ByMeta", (rest.FilterSet,), {"Meta": meta})
    by_name = type("ByName", (rest.FilterSet,), {"low": filters.NumberFilter(field_name="starz", lookup_expr="lt")})
    views = [
        type("Wrong", (Guarded,), {"permission_classes": [rest.IsAuthenticated], "filterset_class": one})
        for one in (by_meta, by_name)
    ]
    assert told(*views) == [
        ("manoir.rest.E002", "ByMeta.Meta.fields: Note has no field 'titel' (in 'titel'). Did you mean 'title'?"),
        ("manoir.rest.E002", "ByName.low: Note has no field 'starz' (in 'starz'). Did you mean 'stars'?"),
    ]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("permission_class", "permission_classes"),
        ("permision_classes", "permission_classes"),
        ("filter_fields", "filterset_fields"),
        ("serializer_clas", "serializer_class"),
    ],
)
def test_attributes_that_mean_nothing_are_named(name, meant):
    """H03: who writes `permission_class` believes that the view is guarded."""
    slip = type("Slip", (Guarded,), {"permission_classes": [rest.IsAuthenticated], name: [rest.IsAdminUser]})
    with settings.override(ROOT_URLCONF=[path("", slip.as_view())]):
        [message] = [one for one in run_checks(tags=["security"]) if one.id == "manoir.rest.W003"]
    assert message.msg.endswith(f".Slip.{name} means nothing to a view.")
    assert message.hint == f"Did you mean `{meant}`?"


def test_attributes_of_a_projects_own_are_no_slips():
    class Own(Guarded):
        permission_classes = [rest.IsAuthenticated]
        serializer_classes = {"list": NoteSerializer}
        lookup_fields = ["folder", "title"]
        read_serializer_class = NoteSerializer

    assert told(Own) == []


class LinkedSerializer(rest.HyperlinkedModelSerializer):
    class Meta:
        model = Note
        fields = ["url", "title"]


class Linked(Paged, rest.ListAPIView):
    queryset = Note.objects.all()
    serializer_class = LinkedSerializer


@pytest.mark.parametrize(
    ("name", "namespace", "hint"),
    [("notes-detail", None, "Did you mean 'notes-detail'?"), ("note-detail", "api", "Did you mean 'api:note-detail'?")],
)
def test_links_that_lead_nowhere_are_named(name, namespace, hint):
    inner = [path("", Linked.as_view()), path("<int:pk>/", Guarded.as_view(), name=name)]
    patterns = inner if namespace is None else [path("api/", include((inner, namespace)))]
    with settings.override(ROOT_URLCONF=patterns):
        [message] = [one for one in run_checks(tags=["urls"]) if one.id == "manoir.rest.E103"]
    assert message.msg.endswith(
        "Linked: 'url' of its serializer links to 'note-detail', and no URL pattern has this name."
    )
    assert message.hint == hint


def test_links_that_lead_somewhere_are_right():
    below = type("Below", (LinkedSerializer,), {"url": rest.HyperlinkedIdentityField("api:note")})
    views = [Linked, type("Spaced", (Linked,), {"serializer_class": below})]
    versioned = type("Versioned", (Linked,), {"versioning_class": rest.NamespaceVersioning, "serializer_class": below})
    inner = [path("<int:pk>/", Guarded.as_view(), name="note")]
    patterns = [
        *[path(f"{number}/", view.as_view()) for number, view in enumerate([*views, versioned])],
        path("note/<int:pk>/", Guarded.as_view(), name="note-detail"),
        path("api/", include((inner, "api"), namespace="first")),
    ]
    with settings.override(ROOT_URLCONF=patterns):
        assert [one for one in run_checks(tags=["urls"]) if one.id == "manoir.rest.E103"] == []
