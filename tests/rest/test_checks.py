"""Checks: views that nothing guards, lists without end, hooks of two colours, filters that cannot be."""

from __future__ import annotations

import pytest

from manoir import rest
from manoir.checks import run_checks
from manoir.conf import settings
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
