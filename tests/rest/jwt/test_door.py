"""The room's door and its examples."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from manoir.auth import User
from manoir.rest import jwt

MODULES = ["_token_user", "settings", "tokens"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_right(name, people):
    module = import_module(f"manoir.rest.jwt.{name}")
    names = {**vars(jwt), **vars(module), "AccessToken": jwt.AccessToken, "ada": User.objects.get(username="ann")}
    results = doctest.testmod(module, extraglobs=names)
    assert results.attempted > 0
    assert results.failed == 0


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="'Tokens'"):
        jwt.Tokens
