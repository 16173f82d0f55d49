"""What `manoir check` says about forms of installed apps."""

from __future__ import annotations

import pytest

from manoir import forms
from manoir.apps import apps, classes_below
from manoir.forms._checks import check_all_fields, check_form_hooks
from tests.library.models import Author


@pytest.fixture
def in_app():
    """Makes classes of the installed app; they are forgotten as all classes are, so each check asks for its own."""

    def make(base, **body):
        return type(base)("Made", (base,), {"__module__": "tests.library.forms", "__qualname__": "Made", **body})

    return make


def messages(check, form):
    return [message for message in check(None) if message.obj is form]


def test_both_colours_of_a_hook_are_an_error(in_app):
    async def later(self): ...

    form = in_app(
        forms.Form,
        name=forms.CharField(),
        clean=lambda self: None,
        aclean=later,
        clean_name=lambda self: None,
        aclean_name=later,
    )
    found = messages(check_form_hooks, form)
    assert [(message.id, message.msg) for message in found] == [
        ("manoir.forms.E001", "Made defines both clean() and aclean()."),
        ("manoir.forms.E001", "Made defines both clean_name() and aclean_name()."),
    ]


def test_one_colour_is_none(in_app):
    form = in_app(forms.Form, name=forms.CharField(), clean=lambda self: None, clean_name=lambda self: None)
    assert messages(check_form_hooks, form) == []


def test_all_fields_are_a_warning(in_app):
    wide = in_app(forms.ModelForm, Meta=type("Meta", (), {"model": Author, "fields": "__all__"}))
    narrow = in_app(forms.ModelForm, Meta=type("Meta", (), {"model": Author, "fields": ["name"]}))
    assert ([m.id for m in messages(check_all_fields, wide)], messages(check_all_fields, narrow)) == (
        ["manoir.forms.W001"],
        [],
    )
    assert "every field that is ever added to Author" in messages(check_all_fields, wide)[0].msg


def test_forms_outside_of_the_checked_apps_are_left_alone(in_app):
    form = in_app(forms.ModelForm, Meta=type("Meta", (), {"model": Author, "fields": "__all__"}))
    form.__module__ = "elsewhere"
    assert form in set(classes_below(forms.BaseForm))
    assert messages(check_all_fields, form) == []
    form.__module__ = "tests.library.forms"
    assert [m for m in check_all_fields([]) if m.obj is form] == []
    assert [m.id for m in check_all_fields([apps.get_app_config("library")]) if m.obj is form] == ["manoir.forms.W001"]
    form.__module__ = "elsewhere"


@pytest.fixture(autouse=True)
def forget():
    """Nobody else's checks shall meet the classes of these tests."""
    yield
    for form in classes_below(forms.BaseForm):
        if form.__module__ == "tests.library.forms":
            form.__module__ = "elsewhere"
