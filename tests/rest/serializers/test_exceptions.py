"""Errors of APIs: words with codes, in the shape of what was sent."""

from __future__ import annotations

import pickle

import pytest

from manoir.exceptions import HTTPError
from manoir.rest import exceptions


def test_every_error_has_its_documented_status_for_apis_and_for_plain_views():
    statuses = {
        exceptions.APIException: 500,
        exceptions.ValidationError: 400,
        exceptions.ParseError: 400,
        exceptions.AuthenticationFailed: 401,
        exceptions.NotAuthenticated: 401,
        exceptions.PermissionDenied: 403,
        exceptions.NotFound: 404,
        exceptions.MethodNotAllowed: 405,
        exceptions.NotAcceptable: 406,
        exceptions.UnsupportedMediaType: 415,
        exceptions.Throttled: 429,
    }

    assert {cls: (cls.status_code, cls.status) for cls in statuses} == {
        cls: (code, code) for cls, code in statuses.items()
    }
    assert all(issubclass(cls, HTTPError) for cls in statuses)


def test_a_subclass_says_its_status_and_words():
    class ServiceUnavailable(exceptions.APIException):
        status_code = 503
        default_detail = "The bank does not answer."
        default_code = "bank"

    error = ServiceUnavailable()

    assert (error.detail, error.detail.code, error.status) == ("The bank does not answer.", "bank", 503)


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("Wrong.", ["Wrong."]),
        (["Wrong.", "Worse."], ["Wrong.", "Worse."]),
        (("Wrong.",), ["Wrong."]),
        ({"title": ["Too long."]}, {"title": ["Too long."]}),
    ],
)
def test_the_detail_of_a_validation_error_is_a_list_or_a_mapping(detail: object, expected: object):
    assert exceptions.ValidationError(detail).detail == expected


def test_codes_and_full_details_have_the_shape_of_the_detail():
    error = exceptions.ValidationError(
        {"title": [exceptions.ErrorDetail("Too long.", "max_length")], "rows": [{}, {"n": ["Odd."]}]}
    )

    assert error.get_codes() == {"title": ["max_length"], "rows": [{}, {"n": ["invalid"]}]}
    assert error.get_full_details()["title"] == [{"message": "Too long.", "code": "max_length"}]


def test_an_error_detail_equals_its_text_and_differs_by_code():
    detail = exceptions.ErrorDetail("Too long.", "max_length")

    assert detail == "Too long."
    assert detail != exceptions.ErrorDetail("Too long.", "invalid")
    assert len({detail, "Too long."}) == 1
    assert repr(detail) == "ErrorDetail(string='Too long.', code='max_length')"


def test_throttled_says_when_to_try_again_in_whole_seconds():
    error = exceptions.Throttled(wait=2.1)

    assert (error.wait, str(error)) == (3, "Too many requests. Try again in 3 s.")
    assert exceptions.Throttled().wait is None


def test_errors_about_the_request_name_what_was_refused():
    assert "PUT" in str(exceptions.MethodNotAllowed("PUT"))
    assert "text/x-yaml" in str(exceptions.UnsupportedMediaType("text/x-yaml"))


@pytest.mark.parametrize("name", exceptions.__all__)
def test_the_name_of_a_class_is_the_documented_one(name):
    """Handlers of projects go by `exc.__class__.__name__`."""
    found = getattr(exceptions, name)
    assert found.__name__ == name
    if isinstance(found, type):
        assert pickle.loads(pickle.dumps(found)) is found
