"""Every hook of the list and of the site goes through the shared table of two colours."""

from __future__ import annotations

import itertools

import pytest

from manoir.admin import AdminSite, ModelAdmin
from manoir.testing import RequestFactory
from tests.bridge.hook_table import PLACES, SHAPES, HookCase, check_hook
from tests.library.models import Book


class Somebody:
    """A user who may do everything; asking needs no database."""

    is_active = is_staff = is_superuser = is_authenticated = True

    def has_perm(self, name, obj=None):
        return True

    def has_module_perms(self, label):
        return True


def request():
    made = RequestFactory().get("/admin/library/book/")
    made.user = Somebody()
    return made


def made(cls):
    return cls(Book, AdminSite(name="hooks"))


def case(name, *args):
    return HookCase(ModelAdmin, name, made, args=(request(), *args))


ROWS = Book.objects.none()
CASES = [
    *(case(f"has_{action}_permission") for action in ("view", "add", "change", "delete", "view_or_change", "module")),
    *(case(f"get_{name}") for name in ("queryset", "ordering", "list_display", "list_filter", "list_select_related", "search_fields",
                                       "sortable_by", "autocomplete_fields", "changelist", "changelist_form", "changelist_formset",
                                       "actions", "model_perms")),
    case("get_list_display_links", ["title"]),
    case("get_search_results", ROWS, "x"),
    case("get_paginator", ROWS, 10),
    HookCase(ModelAdmin, "lookup_allowed", made, args=("title", "x", request())),
    HookCase(ModelAdmin, "get_empty_value_display", made),
    HookCase(AdminSite, "has_permission", lambda cls: cls(), args=(request(),)),
    HookCase(AdminSite, "get_app_list", lambda cls: cls(), args=(request(),)),
]  # fmt: skip

places = itertools.cycle(PLACES)
TABLE = [pytest.param(one, shape, next(places), id=f"{one.name}-{shape}") for one in CASES for shape in SHAPES]


@pytest.mark.parametrize(("hook", "shape", "place"), TABLE)
def test_hooks_of_either_colour(hook, shape, place):
    check_hook(hook, shape, place)
