"""The door of the room: `__all__` is what it imports, each name there, all of it documented."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import types

import pytest

from manoir import forms, http, shortcuts, views
from manoir.conf import settings
from manoir.views import decorators, generic
from tests.library.models import Author, Book


def test_all_names_exist_and_nothing_public_is_left_out():
    public = {
        name
        for name, value in vars(forms).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "annotations"
    }
    assert set(forms.__all__) == public


def test_every_class_and_function_has_a_docstring():
    undocumented = [
        name
        for name in forms.__all__
        if (inspect.isclass(getattr(forms, name)) or inspect.isfunction(getattr(forms, name)))
        and not getattr(forms, name).__doc__
    ]
    assert undocumented == []


def modules_of(package):
    return [
        package.__name__,
        *(found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")),
    ]


@pytest.mark.parametrize("name", [*modules_of(forms), *modules_of(views), *modules_of(shortcuts)])
def test_the_examples_run(name):
    module = importlib.import_module(name)
    names = {**vars(forms), **vars(generic), **vars(decorators), **vars(shortcuts), **vars(http), **vars(module)}
    names.update(Author=Author, Book=Book, ContactForm=forms.Form)
    with settings.override(ROOT_URLCONF="tests.views.urls"):
        result = doctest.testmod(
            module, extraglobs=names, optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
        )
    assert result.failed == 0
