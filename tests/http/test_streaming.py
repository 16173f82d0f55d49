from __future__ import annotations

import threading

import pytest

from manoir.bridge import spawn, to_thread
from manoir.http import StreamingHttpResponse


async def numbers(closed=None):
    try:
        for number in range(3):
            yield str(number)
    finally:
        if closed is not None:
            closed.append(True)


async def test_both_colours_are_sent_from_a_coroutine():
    assert [part async for part in StreamingHttpResponse(["a", b"b", 1])] == [b"a", b"b", b"1"]
    assert [part async for part in StreamingHttpResponse(numbers())] == [b"0", b"1", b"2"]


def test_both_colours_are_read_by_sync_code():
    assert list(StreamingHttpResponse(iter(["a"]))) == [b"a"]
    assert list(StreamingHttpResponse(numbers())) == [b"0", b"1", b"2"]
    assert StreamingHttpResponse(["a", "b"]).getvalue() == b"ab"


async def test_a_sync_iterator_runs_in_a_thread_with_the_callers_context():
    threads = []

    def rows():
        for _ in range(3):
            threads.append(threading.current_thread())
            yield "x"

    assert [part async for part in StreamingHttpResponse(rows())] == [b"x"] * 3
    assert threading.current_thread() not in threads


async def test_large_streams_arrive_whole():
    parts = [bytes([number % 256]) * 1_000 for number in range(500)]
    assert b"".join([part async for part in StreamingHttpResponse(iter(parts))]) == b"".join(parts)


def test_there_is_no_content():
    response = StreamingHttpResponse(["a"])
    assert response.streaming
    with pytest.raises(AttributeError, match="streaming_content"):
        response.content
    with pytest.raises(AttributeError, match="streamed"):
        response.text
    with pytest.raises(OSError, match="cannot be written"):
        response.write("x")


async def test_closing_closes_the_iterators():
    closed: list[bool] = []
    response = StreamingHttpResponse(numbers(closed))
    assert await anext(aiter(response)) == b"0"
    await response.aclose()
    assert closed == [True]

    def rows():
        try:
            yield "a"
        finally:
            closed.append(False)

    response = StreamingHttpResponse(rows())
    assert next(iter(response)) == b"a"
    response.close()
    assert closed == [True, False]


async def test_a_replaced_stream_is_closed_with_its_source():
    closed: list[bool] = []
    response = StreamingHttpResponse(numbers(closed))

    async def louder(content):
        async for part in content:
            yield part * 2

    response.streaming_content = louder(response.streaming_content)
    iterator = aiter(response)
    assert await anext(iterator) == b"00"
    await response.aclose()
    assert closed == [True]


async def test_async_streams_are_read_in_spawned_code_and_threads():
    assert await spawn(lambda: list(StreamingHttpResponse(numbers()))) == [b"0", b"1", b"2"]
    assert await to_thread(lambda: list(StreamingHttpResponse(numbers()))) == [b"0", b"1", b"2"]
