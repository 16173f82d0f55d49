"""ErrorList and ErrorDict."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from manoir.forms import NON_FIELD_ERRORS, CharField, ErrorDict, ErrorList, Form, IntegerField, ValidationError


class Person(Form):
    name = CharField(max_length=3)
    age = IntegerField()

    def clean(self):
        raise ValidationError("<all wrong>", code="wrong")


@pytest.fixture
def errors():
    return Person({"name": "abcd"}).errors


def test_errors_as_data(errors):
    data = errors.as_data()
    assert {field: [error.code for error in found] for field, found in data.items()} == {
        "name": ["max_length"],
        "age": ["required"],
        NON_FIELD_ERRORS: ["wrong"],
    }


def test_errors_as_json(errors):
    assert json.loads(errors.as_json())[NON_FIELD_ERRORS] == [{"message": "<all wrong>", "code": "wrong"}]
    escaped = json.loads(errors.as_json(escape_html=True))[NON_FIELD_ERRORS]
    assert escaped == [{"message": "&lt;all wrong&gt;", "code": "wrong"}]


def test_errors_as_text(errors):
    assert (
        errors.as_text()
        == "* name\n  * Ensure this value has at most 3 characters (it has 4).\n* age\n  * This field is required.\n"
        "* __all__\n  * <all wrong>"
    )


def test_errors_as_html_are_escaped(errors):
    html = errors.as_ul()
    assert '<li>age<ul class="errorlist" id="id_age_error"><li>This field is required.</li></ul></li>' in html
    assert '<ul class="errorlist nonfield"><li>&lt;all wrong&gt;</li></ul>' in html


def test_a_list_reads_as_messages():
    found = ErrorList([ValidationError("Odd: %(n)s", params={"n": 3}), "plain"])
    assert found == ["Odd: 3", "plain"]
    assert (found[0], found[1:], len(found), bool(found), "plain" in found) == ("Odd: 3", ["plain"], 2, True, True)
    assert repr(found) == "['Odd: 3', 'plain']"


def test_an_empty_list_shows_nothing():
    assert (str(ErrorList()), ErrorList().as_text()) == ("", "")


def test_copies_keep_class_and_id():
    first = ErrorList(["a"], error_class="x", field_id="id_f")
    for twin in (first.copy(), copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
        assert str(twin) == '<ul class="errorlist x" id="id_f_error"><li>a</li></ul>'


def test_a_class_of_ones_own_shows_them_otherwise():
    class Divs(ErrorList):
        template_name = "manoir/forms/errors/list/text.txt"

    form = Person({"name": "abcd"}, error_class=Divs)
    assert str(form["name"].errors) == "* Ensure this value has at most 3 characters (it has 4)."


def test_an_empty_dictionary():
    assert (ErrorDict().get_json_data(), ErrorDict().as_json(), str(ErrorDict())) == ({}, "{}", "")
