"""What `manoir check` says about the serializers of installed apps."""

from __future__ import annotations

import pytest

from manoir.rest import serializers
from manoir.rest._serializer_checks import check_all_fields, check_declarations, check_serializer_hooks
from tests.library.models import Author


@pytest.fixture
def in_app():
    """Makes serializers of the installed app."""

    def make(base=serializers.ModelSerializer, **body):
        meta = {name: body.pop(name) for name in ("fields", "exclude") if name in body}
        if meta:
            body["Meta"] = type("Meta", (), {"model": Author, **meta})
        return type("Made", (base,), {"__module__": "tests.library.api", "__qualname__": "Made", **body})

    return make


def messages(check, serializer):
    return [(message.id, message.msg) for message in check(None) if message.obj is serializer]


def test_all_fields_are_a_warning(in_app):
    """H39: an API shows what somebody decided to show."""
    wide, narrow = in_app(fields="__all__"), in_app(fields=["name"])

    assert messages(check_all_fields, narrow) == []
    [(number, words)] = messages(check_all_fields, wide)
    assert number == "manoir.rest.W101"
    assert "every field that is ever added to Author" in words


def test_declarations_that_cannot_work_are_errors(in_app):
    wrong, right = in_app(fields=["nam"]), in_app(fields=["name"])

    assert messages(check_declarations, right) == []
    [(number, words)] = messages(check_declarations, wrong)
    assert number == "manoir.rest.E101"
    assert "Did you mean 'name'" in words


def test_a_serializer_that_wants_its_context_is_left_alone(in_app):
    wants = in_app(fields=["name"], get_fields=lambda self: self.context["fields"])

    assert messages(check_declarations, wants) == []


def test_both_colours_of_a_hook_are_an_error(in_app):
    async def later(self, value): ...

    body = {
        "validate": lambda self, attrs: attrs,
        "avalidate": later,
        "validate_name": lambda self, value: value,
        "avalidate_name": later,
    }
    both, one = (
        in_app(serializers.Serializer, **body),
        in_app(serializers.Serializer, validate=lambda self, attrs: attrs),
    )

    assert messages(check_serializer_hooks, one) == []
    assert messages(check_serializer_hooks, both) == [
        ("manoir.rest.E102", "Made defines both validate() and avalidate()."),
        ("manoir.rest.E102", "Made defines both validate_name() and avalidate_name()."),
    ]
