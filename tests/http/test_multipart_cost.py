"""H22: what a multipart form costs grows with its size only, and ends at limits on parts, files, headers and bytes.

The cost is counted, not timed: the instructions of Python that run, in manoir and in the library below, and the bytes
that it looks at or copies in C.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from manoir.conf import settings
from manoir.exceptions import MultiPartParserError, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from manoir.http import MemoryFileUploadHandler
from manoir.http._multipart import MAX_PART_HEADERS, FormParser
from tests.http.builders import MULTIPART, form, make_request

SIZES = (2_000, 8_000, 32_000)
EXPONENT = 1.35
HEAD = b'--XX\r\nContent-Disposition: form-data; name="a"'
FILE = HEAD + b'; filename="f"\r\n\r\n'
END = b"\r\n--XX--\r\n"


def repeated(unit: bytes, before: bytes = b"", after: bytes = b"") -> Callable[[int], bytes]:
    return lambda size: before + unit * (size // len(unit)) + after


BODIES = {
    "fields": repeated(HEAD + b"\r\n\r\n1\r\n", after=END[2:]),
    "files": repeated(FILE + b"1\r\n", after=END[2:]),
    "empty files": repeated(HEAD + b'; filename=""\r\n\r\n\r\n', after=END[2:]),
    "one field": repeated(b"x", HEAD + b"\r\n\r\n", END),
    "one file": repeated(b"x", FILE, END),
    "preamble of line ends": repeated(b"\r\n", after=END),
    "preamble of dashes": repeated(b"-", after=END),
    "preamble of boundaries": repeated(b"--XX", after=END),
    "preamble of carriage returns": repeated(b"\r", after=END),
    "epilogue": repeated(b"\r\n--XX", form([("a", "1")])),
    "file of line ends": repeated(b"\r\n", FILE, END),
    "file of carriage returns": repeated(b"\r", FILE, END),
    "file of dashes": repeated(b"-", FILE, END),
    "file of half boundaries": repeated(b"\r\n--X", FILE, END),
    "boundaries that go on": repeated(b"\r\n--XXY", FILE, END),
    "a header without an end": repeated(b"a", b"--XX\r\nX: "),
    "headers without an end": repeated(b"X: y\r\n", b"--XX\r\n"),
    "a header of blanks": repeated(b" ", HEAD, b"\r\n\r\n1" + END),
    "a header of semicolons": repeated(b";", HEAD, b"\r\n\r\n1" + END),
    "a header of quotes": repeated(b'\\"', HEAD[:-2], b'"\r\n\r\n1' + END),
    "never closed": repeated(b"x", HEAD + b"\r\n\r\n"),
}


class CountedBytes(bytes):
    """Bytes that count, for all of them together, what is looked at or copied; what comes of them does, too."""

    touched = 0

    @classmethod
    def touch(cls, size: int) -> None:
        cls.touched += size

    def find(self, wanted: Any, start: int = 0, end: int | None = None) -> int:
        end = len(self) if end is None else end
        found = super().find(wanted, start, end)
        self.touch((end if found < 0 else found) - start)
        return found

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        if isinstance(found, int):
            return found
        self.touch(len(found))
        return CountedBytes(found)

    def __add__(self, more: Any) -> Any:
        self.touch(len(self) + len(more))
        return CountedBytes(super().__add__(more))

    def __radd__(self, before: Any) -> Any:
        self.touch(len(before) + len(self))
        return CountedBytes(bytes(before).__add__(self))


class Cost:
    """What ran while it was entered: `steps` are instructions of Python and bytes touched in C."""

    steps = 0

    def __enter__(self) -> Cost:
        CountedBytes.touched = 0
        self._before = sys.gettrace()
        sys.settrace(self._note)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(self._before)
        self.steps += CountedBytes.touched // 8  # about as many as one instruction costs

    def _note(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename == __file__:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        self.steps += event == "opcode"
        return self._note


def cost(body: bytes, piece: int) -> int:
    """Count what reading a form takes that arrives in pieces."""
    parser = FormParser("XX", "utf-8", [MemoryFileUploadHandler()])
    with Cost() as counted, suppress(MultiPartParserError):
        for start in range(0, len(body), piece):
            parser.feed(CountedBytes(body[start : start + piece]))
        parser.finish()
    return counted.steps


@pytest.fixture
def unlimited() -> Iterator[None]:
    limits = ("DATA_UPLOAD_MAX_MEMORY_SIZE", "DATA_UPLOAD_MAX_NUMBER_FIELDS", "DATA_UPLOAD_MAX_NUMBER_FILES")
    with settings.override(**dict.fromkeys(limits)):
        yield


def exponent(body: Callable[[int], bytes], piece: int | None) -> float:
    """Return the largest power by which the cost grows from one size to the next."""
    costs = [cost(made, piece or len(made)) for made in map(body, SIZES)]
    return max(math.log(large / small) / math.log(SIZES[1] / SIZES[0]) for small, large in itertools.pairwise(costs))


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("piece", [None, 500], ids=["at once", "in pieces"])
def test_h22_the_cost_of_a_form_grows_with_its_size_only(unlimited: None, name: str, piece: int | None) -> None:
    assert exponent(BODIES[name], piece) < EXPONENT


def test_growth_would_be_noticed(unlimited: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure itself: what the library copies is seen, and work that is done again with each piece fails the sweep."""
    CountedBytes.touched = 0
    assert cost(BODIES["one file"](SIZES[0]), 500) > 0
    assert CountedBytes.touched > SIZES[0]
    feed, read = FormParser.feed, CountedBytes()

    def feed_again(self: FormParser, chunk: bytes) -> int:
        nonlocal read
        read += chunk
        return feed(self, chunk)

    monkeypatch.setattr(FormParser, "feed", feed_again)
    assert exponent(BODIES["one file"], 500) > EXPONENT


LIMITED: dict[str, tuple[bytes, dict[str, Any], type[Exception], str]] = {
    "fields": (form([("a", "1")] * 3), {"DATA_UPLOAD_MAX_NUMBER_FIELDS": 2}, TooManyFieldsSent, "NUMBER_FIELDS"),
    "files": (form([], [("a", "f", b"1")] * 3), {"DATA_UPLOAD_MAX_NUMBER_FILES": 2}, TooManyFilesSent, "NUMBER_FILES"),
    "empty files": (
        form([], [("a", "", b"")] * 3),
        {"DATA_UPLOAD_MAX_NUMBER_FILES": 2},
        TooManyFilesSent,
        "NUMBER_FILES",
    ),
    "bytes of fields": (
        form([("a", "x" * 101)]),
        {"DATA_UPLOAD_MAX_MEMORY_SIZE": 100},
        RequestDataTooBig,
        "MEMORY_SIZE",
    ),
    "bytes of names": (
        form([("a" * 60, "")] * 2),
        {"DATA_UPLOAD_MAX_MEMORY_SIZE": 100},
        RequestDataTooBig,
        "MEMORY_SIZE",
    ),
    "headers": (
        b"--XX\r\n" + b"X: y\r\n" * MAX_PART_HEADERS + form([("a", "1")])[6:],
        {},
        MultiPartParserError,
        "exceeded",
    ),
    "bytes of a header": (b"--XX\r\nX: " + b"y" * 5_000 + form([("a", "1")])[6:], {}, MultiPartParserError, "exceeded"),
    "a header that does not end": (b"--XX\r\nX: " + b"y" * 5_000, {}, MultiPartParserError, "exceeded"),
    "an encoding": (
        form([("a", "YQ==")]).replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1),
        {},
        MultiPartParserError,
        "encoded as 'base64'",
    ),
}


@pytest.mark.parametrize("name", LIMITED)
@pytest.mark.parametrize("piece", [None, 7], ids=["at once", "in pieces"])
async def test_h22_a_form_ends_at_its_limits(name: str, piece: int | None) -> None:
    body, limits, error, message = LIMITED[name]
    step = piece or len(body)
    pieces = [body[start : start + step] for start in range(0, len(body), step)]
    with settings.override(**limits):
        request = make_request("/", "POST", pieces, headers=MULTIPART)
        await request.aload()
        with pytest.raises(error, match=message):
            request.POST
