from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir.conf import settings
from manoir.exceptions import TooManyFieldsSent
from manoir.http import MultiValueDict, MultiValueDictKeyError, QueryDict
from tests.http.builders import make_request


def test_the_last_value_counts_and_all_are_there():
    fields = QueryDict("a=1&a=2&c=3&empty=&flag")
    assert (fields["a"], fields.get("a"), fields.getlist("a"), fields["empty"], fields["flag"]) == (
        "2",
        "2",
        ["1", "2"],
        "",
        "",
    )
    assert list(fields.items()) == [("a", "2"), ("c", "3"), ("empty", ""), ("flag", "")]
    assert fields.dict() == {"a": "2", "c": "3", "empty": "", "flag": ""}
    assert next(iter(fields.lists())) == ("a", ["1", "2"])
    assert (fields.get("z"), fields.get("z", 7), fields.getlist("z"), fields.getlist("z", [1])) == (None, 7, [], [1])


def test_a_missing_key_names_near_ones():
    with pytest.raises(MultiValueDictKeyError, match="Did you mean 'page'"):
        QueryDict("page=1")["pgae"]
    with pytest.raises(KeyError):
        QueryDict("")["x"]


def test_semicolons_do_not_separate():
    assert QueryDict("a=1;b=2").dict() == {"a": "1;b=2"}


def test_decoding():
    assert QueryDict("q=caf%C3%A9+x&%C3%A9=1").dict() == {"q": "café x", "é": "1"}
    assert QueryDict(b"q=caf\xe9", encoding="latin-1")["q"] == "café"
    assert QueryDict("q=%FF")["q"] == "\ufffd"


def test_it_is_read_only_until_copied():
    fields = QueryDict("a=1")
    for change in (
        lambda: fields.__setitem__("a", "2"),
        lambda: fields.__delitem__("a"),
        lambda: fields.setlist("a", []),
        lambda: fields.appendlist("a", "2"),
        lambda: fields.update({"a": "2"}),
        lambda: fields.pop("a"),
        fields.popitem,
        fields.clear,
        lambda: fields.setdefault("b", "1"),
        lambda: fields.setlistdefault("b"),
    ):
        with pytest.raises(AttributeError, match="read-only"):
            change()
    other = fields.copy()
    other["a"] = "2"
    other.update({"a": "3"})
    assert (fields.getlist("a"), other.getlist("a")) == (["1"], ["2", "3"])


def test_mutable_methods():
    fields = QueryDict(mutable=True)
    fields.setlist("a", ["1", "2"])
    fields.appendlist("a", "3")
    assert fields.setdefault("b", "x") == "x"
    assert fields.setlistdefault("c", ["y"]) == ["y"]
    assert fields.pop("a") == ["1", "2", "3"]
    assert fields.urlencode() == "b=x&c=y"
    assert QueryDict.fromkeys(["a", "a", "b"], "v").urlencode() == "a=v&a=v&b=v"


def test_copies_and_pickles_keep_everything():
    fields = QueryDict("a=1&a=2")
    assert pickle.loads(pickle.dumps(fields)) == fields
    assert copy.copy(fields).getlist("a") == ["1", "2"]
    with pytest.raises(AttributeError):
        pickle.loads(pickle.dumps(fields))["a"] = "3"
    assert copy.deepcopy(MultiValueDict({"a": [1]})).getlist("a") == [1]


def test_too_many_fields_are_refused():
    with settings.override(DATA_UPLOAD_MAX_NUMBER_FIELDS=3):
        assert len(QueryDict("a=1&b=2&c=3")) == 3
        with pytest.raises(TooManyFieldsSent, match="DATA_UPLOAD_MAX_NUMBER_FIELDS"):
            make_request(query="a=1&b=2&c=3&d=4").GET


@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=8)), max_size=6))
@hypothesis_settings(derandomize=True, max_examples=100)
def test_urlencode_and_parsing_are_inverse(pairs):
    fields = QueryDict(mutable=True)
    try:
        for key, value in pairs:
            fields.appendlist(key, value)
        text = fields.urlencode()
    except UnicodeEncodeError:
        return
    assert QueryDict(text) == fields
