"""What `manoir check` says about the serializers of installed apps."""

from __future__ import annotations

import pytest

from manoir.rest import serializers
from manoir.rest._serializer_checks import check_all_fields, check_declarations, check_serializer_hooks, check_slips
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


def declared(**meta):
    return {"Meta": type("Meta", (), {"model": Author, **meta})}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            declared(fields=["name"], read_only_fields=["nam"]),
            "Meta.read_only_fields names 'nam', which is no field of",
        ),
        (
            declared(fields=["name"], extra_kwargs={"emial": {}}),
            "which is no field of Author, so it has no effect. Did you",
        ),
        (
            declared(fields=["name"], extra_kwargs={"name": {"requird": 1}}),
            "Meta.extra_kwargs['name']: CharField has no",
        ),
        (
            {**declared(fields=["age"]), "age": serializers.SerializerMethodField()},
            "age is the answer of get_age(), which",
        ),
        (
            {
                **declared(fields=["mentor"]),
                "mentor": serializers.SlugRelatedField(slug_field="nam", queryset=Author.objects.all()),
            },
            "mentor, slug_field: Author has no field 'nam'",
        ),
        (
            declared(fields=["name"], validators=[serializers.UniqueTogetherValidator(Author.objects.all(), ["nam"])]),
            "UniqueTogetherValidator names 'nam', which is no field. Did you mean 'name'?",
        ),
        (
            declared(
                fields=["name"], validators=[serializers.UniqueForYearValidator(Author.objects.all(), "name", "born")]
            ),
            "UniqueForYearValidator names 'born', which is no field.",
        ),
    ],
)
def test_names_that_mean_nothing_are_errors(in_app, body, words):
    wrong = in_app(**body)
    [(number, told)] = messages(check_declarations, wrong)
    assert number == "manoir.rest.E101"
    assert words in told


def test_names_that_a_base_gives_for_all_below_it_are_right(in_app):
    meta = {"read_only_fields": ["id", "email", "books"], "extra_kwargs": {"born": {"required": True}}}
    assert messages(check_declarations, in_app(**declared(fields=["name"], **meta))) == []


def test_a_base_may_leave_methods_to_the_classes_below_it(in_app):
    base = in_app(base=serializers.Serializer, age=serializers.SerializerMethodField())
    below = in_app(base=base, get_age=lambda self, author: 7)
    assert messages(check_declarations, base) == []
    assert messages(check_declarations, below) == []


@pytest.mark.parametrize(
    ("body", "what", "hint"),
    [
        (
            declared(fields=["name"], readonly_fields=["name"]),
            "Meta.readonly_fields",
            "Did you mean `read_only_fields`?",
        ),
        (declared(fields=["name"], write_only_fields=[]), "Meta.write_only_fields", "Write extra_kwargs = {name: "),
        (declared(fields=["name"], extra_kwarg={}), "Meta.extra_kwarg", "Did you mean `extra_kwargs`?"),
        (
            {**declared(fields=["email"]), "validate_emial": lambda self, value: value},
            "validate_emial()",
            "There is no field 'emial'. Did you mean `validate_email`?",
        ),
    ],
)
def test_slips_that_mean_nothing_are_warnings(in_app, body, what, hint):
    slip = in_app(**body)
    [message] = [one for one in check_slips(None) if one.obj is slip]
    assert message.id == "manoir.rest.W102"
    assert message.msg == f"Made.{what} means nothing to a serializer."
    assert hint in message.hint


def test_what_a_project_reads_itself_is_no_slip(in_app):
    own = in_app(**declared(fields=["name"], ref_name="Person"), validate_all=lambda self, value: value)
    assert [one for one in check_slips(None) if one.obj is own] == []
