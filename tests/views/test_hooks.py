"""Every hook of the generic views goes through the shared table of two colours."""

from __future__ import annotations

import itertools

import pytest

from manoir import forms
from manoir.bridge import hook_conflicts, hook_pairs
from manoir.testing import RequestFactory
from manoir.views.generic import CreateView, DeleteView, DetailView, FormView, ListView, RedirectView, TemplateView
from tests.bridge.hook_table import PLACES, SHAPES, HookCase, check_hook
from tests.library.models import Author

rf = RequestFactory()


class Empty(forms.Form):
    pass


def made(cls):
    view = cls(
        **{
            name: value
            for name, value in {
                "template_name": "page.html",
                "model": Author,
                "form_class": Empty if issubclass(cls, FormView) else None,
                "fields": ["name"],
                "success_url": "/x/",
                "url": "/x/",
            }.items()
            if hasattr(cls, name)
        }
    )
    view.setup(rf.get("/"), pk=1)
    view.object = Author(name="Ada")
    view.object_list = []
    return view


CASES = [
    HookCase(TemplateView, "get_context_data", made),
    HookCase(TemplateView, "get_template_names", made),
    HookCase(TemplateView, "render_to_response", made, args=({},)),
    HookCase(RedirectView, "get_redirect_url", made),
    HookCase(DetailView, "get_queryset", made),
    HookCase(DetailView, "get_slug_field", made),
    HookCase(DetailView, "get_context_object_name", made, args=(None,)),
    HookCase(DetailView, "get_context_data", made),
    HookCase(ListView, "get_queryset", made),
    HookCase(ListView, "get_ordering", made),
    HookCase(ListView, "get_paginate_by", made, args=([],)),
    HookCase(ListView, "get_paginator", made, args=([1], 2)),
    HookCase(ListView, "paginate_queryset", made, args=([1, 2], 2)),
    HookCase(ListView, "get_allow_empty", made),
    HookCase(ListView, "get_context_data", made),
    HookCase(FormView, "get_form", made),
    HookCase(FormView, "get_form_class", made),
    HookCase(FormView, "get_form_kwargs", made),
    HookCase(FormView, "get_initial", made),
    HookCase(FormView, "get_success_url", made),
    HookCase(FormView, "form_valid", made, args=(Empty({}),)),
    HookCase(FormView, "form_invalid", made, args=(Empty({}),)),
    HookCase(CreateView, "get_form_class", made),
    HookCase(CreateView, "get_form_kwargs", made),
    HookCase(CreateView, "get_success_url", made),
    HookCase(DeleteView, "get_success_url", made),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.base.__name__}.{case.name}")
def test_hook_of_either_colour(case):
    for shape, place in itertools.product(SHAPES, PLACES):
        check_hook(case, shape, place)


@pytest.mark.parametrize("cls", [TemplateView, RedirectView, DetailView, ListView, FormView, CreateView, DeleteView])
def test_no_view_of_ours_overrides_both_colours(cls):
    assert (hook_conflicts(cls), bool(hook_pairs(cls))) == ([], True)
