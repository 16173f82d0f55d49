from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest

from manoir.http import JSONEncoder, JsonResponse, QueryDict
from manoir.i18n import lazystr


class Colour(Enum):
    RED = "red"


def test_a_dict_is_written_compactly():
    response = JsonResponse({"a": [1, None, True, "é"]})
    assert (response.content, response["Content-Type"]) == ('{"a":[1,null,true,"é"]}'.encode(), "application/json")
    assert JsonResponse({}, content_type="application/problem+json", status=400).status_code == 400


@pytest.mark.parametrize("data", [[1], "x", 1, None])
def test_anything_else_only_when_it_is_declared_safe(data):
    with pytest.raises(TypeError, match="safe=False"):
        JsonResponse(data)
    assert json.loads(JsonResponse(data, safe=False).content) == data


def test_documented_types():
    data = {
        "when": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "day": date(2026, 1, 2),
        "time": time(3, 4, 5),
        "price": Decimal("3.50"),
        "id": UUID(int=1),
        "lazy": lazystr(lambda: "late"),
        "enum": Colour.RED,
        "query": QueryDict("a=1&a=2"),
    }
    expected = {
        "when": "2026-01-02T03:04:05Z",
        "day": "2026-01-02",
        "time": "03:04:05",
        "price": "3.50",
        "id": str(UUID(int=1)),
        "lazy": "late",
        "enum": "red",
        "query": {"a": ["1", "2"]},
    }
    assert json.loads(JsonResponse(data).content) == expected


def test_json_dumps_params_and_encoder():
    assert JsonResponse({"a": date(2026, 1, 2)}, json_dumps_params={"indent": 1}).content == b'{\n "a": "2026-01-02"\n}'

    class Own(json.JSONEncoder):
        def default(self, o):
            return "own"

    assert JsonResponse({"a": object()}, encoder=Own).content == b'{"a": "own"}'


def test_encoder_forms():
    write = lambda value: json.loads(json.dumps(value, cls=JSONEncoder))  # noqa: E731
    assert write(datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC)) == "2026-01-02T03:04:05.678Z"
    assert write(timedelta(days=1, hours=2, seconds=3.4)) == "P1DT02H00M03.400000S"
    assert write(-timedelta(hours=1)) == "-P0DT01H00M00S"
    assert write([Decimal("1.0"), UUID(int=0), lazystr(lambda: "x")]) == ["1.0", str(UUID(int=0)), "x"]
    with pytest.raises(ValueError, match="time zone"):
        write(time(1, tzinfo=UTC))


class Written:
    def encoded(self):
        return b'[{"a":1}]'


def test_what_is_json_already_is_put_in_as_it_is():
    assert JsonResponse({"rows": Written()}).content == b'{"rows":[{"a":1}]}'
    assert json.loads(json.dumps({"rows": Written()}, cls=JSONEncoder)) == {"rows": [{"a": 1}]}


def test_what_json_cannot_hold_is_named():
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        JsonResponse({"a": object()})


def test_data_that_contains_itself_is_no_recursion_error():
    data: dict[str, object] = {}
    data["self"] = data
    with pytest.raises(ValueError, match="contains itself"):
        JsonResponse(data)
