"""Every setting manoir knows, with its type, its default and its meaning, by subject.

The annotations are checked against a project's values at start (`manoir.conf._validation`) and give editors completion
on `settings.`. No `from __future__ import annotations` here: the types are read at run time.
"""

import copy
import typing
from functools import cache
from typing import Any

from manoir.conf._defaults._admin import AdminDefaults
from manoir.conf._defaults._core import CoreDefaults
from manoir.conf._defaults._data import DataDefaults
from manoir.conf._defaults._formats import FormatDefaults
from manoir.conf._defaults._people import PeopleDefaults
from manoir.conf._defaults._web import WebDefaults

SUBJECTS = (CoreDefaults, WebDefaults, DataDefaults, PeopleDefaults, AdminDefaults, FormatDefaults)


class Defaults(CoreDefaults, WebDefaults, DataDefaults, PeopleDefaults, AdminDefaults, FormatDefaults):
    """All subjects together."""


def default_values() -> dict[str, Any]:
    """Return a fresh copy of every default; mutable values belong to the caller."""
    return {
        name: copy.deepcopy(value) if isinstance(value, (list, dict)) else value
        for subject in SUBJECTS
        for name, value in vars(subject).items()
        if name.isupper()
    }


@cache
def setting_types() -> dict[str, Any]:
    """Return the declared type of every known setting."""
    return {name: kind for name, kind in typing.get_type_hints(Defaults).items() if name.isupper()}


def known_settings() -> frozenset[str]:
    """Return the names of all known settings."""
    return frozenset(setting_types())
