from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from manoir.conf import parse_dotenv
from manoir.exceptions import ImproperlyConfigured


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("\n# comment\n   \n", {}),
        ("A=1", {"A": "1"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("\ufeffA=1", {"A": "1"}),
        ("  export A = 1  ", {"A": "1"}),
        ("export\tA=1", {"A": "1"}),
        ("A=", {"A": ""}),
        ("A= # nothing", {"A": ""}),
        ("A=x#y # z", {"A": "x#y"}),
        ("A=a b c", {"A": "a b c"}),
        ("A=$HOME `id` ${B}", {"A": "$HOME `id` ${B}"}),
        ("A=b=c", {"A": "b=c"}),
        ("A='it # costs $5' # comment", {"A": "it # costs $5"}),
        (r"A='\n'", {"A": "\\n"}),
        (r'A="one\ntwo \"x\" \$ \\ \q"', {"A": 'one\ntwo "x" $ \\ \\q'}),
        ('KEY="-----BEGIN\nline\n-----END"\nB=2', {"KEY": "-----BEGIN\nline\n-----END", "B": "2"}),
        ("A=1\nA=2", {"A": "2"}),
        ("A=''", {"A": ""}),
    ],
)
def test_assignments(text: str, expected: dict[str, str]) -> None:
    assert expected == parse_dotenv(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nnonsense marker", r"site\.env, line 2: there is no '='"),
        ("1A=marker", "line 1: the part before '=' is no name"),
        ("A B=marker", "is no name"),
        ("é=marker", "is no name"),
        ("=marker", "is no name"),
        ("\n\nA='marker", "line 3: the quote that opens the value of A is never closed"),
        ("A='x' marker\nB=1", "line 1: there is text after the closing quote of A"),
    ],
)
def test_errors_name_the_line_and_never_a_value(text: str, expected: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=expected) as caught:
        parse_dotenv(text, "site.env")
    assert "marker" not in str(caught.value)


def test_a_huge_file_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="longer than"):
        parse_dotenv("#" * 1_000_001)


@pytest.mark.parametrize(
    "line", ['A="' + "\\" * 900_000, "A=" + "#" * 900_000, "A" * 900_000, " " * 900_000, "A='" + "x" * 900_000]
)
def test_parsing_takes_linear_time(line: str) -> None:
    start = time.process_time()
    with contextlib.suppress(ImproperlyConfigured):
        parse_dotenv(line)
    assert time.process_time() - start < 3


@profile(derandomize=True, max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_parses_or_raises_the_documented_error(text: str) -> None:
    try:
        values = parse_dotenv(text)
    except ImproperlyConfigured:
        return
    assert all(name.isidentifier() for name in values)


@profile(derandomize=True, max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_double_quotes_can_hold_any_value(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r")
    assert {"A": value, "B": "1"} == parse_dotenv(f'A="{quoted}"\nB=1')
