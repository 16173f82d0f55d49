"""Upload handlers: what they are asked, in which order, and how they change the course of an upload."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from manoir.conf import settings
from manoir.exceptions import BadRequest, ImproperlyConfigured, RequestDataTooBig, UnsupportedContentEncoding
from manoir.http import (
    FileUploadHandler,
    HttpRequest,
    HttpResponse,
    InMemoryUploadedFile,
    MemoryFileUploadHandler,
    MultiValueDict,
    QueryDict,
    SimpleUploadedFile,
    SkipFile,
    StopFutureHandlers,
    StopUpload,
    TemporaryFileUploadHandler,
    TemporaryUploadedFile,
)
from manoir.http._checks import check_upload_handlers
from manoir.testing import AsyncClient
from manoir.urls import path
from manoir.views import View
from manoir.views.decorators import max_body_size, method_decorator, upload_handlers
from tests.http.builders import MULTIPART, arriving, form, make_request

SMALL = {"FILE_UPLOAD_MAX_MEMORY_SIZE": 1_000, "DATA_UPLOAD_MAX_MEMORY_SIZE": 1_000}
CONTENT = bytes(range(256)) * 20


class Spy(FileUploadHandler):
    """Writes down what it is asked, and hands everything on."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.calls: list[Any] = []
        self.threads: set[Any] = set()

    def note(self, *call: Any) -> None:
        self.calls.append(call)
        self.threads.add(threading.current_thread())

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: Any, boundary: str, encoding: Any = None
    ) -> Any:
        self.note("raw", input_data is not None, META["REQUEST_METHOD"], content_length, boundary, encoding)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.note("new", *args)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.note("data", len(raw_data), start)
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        self.note("end", file_size)

    def upload_complete(self) -> None:
        self.note("complete")

    def upload_interrupted(self) -> None:
        self.note("interrupted")


def request_of(body: bytes, *, parts: int = 500) -> HttpRequest:
    """A request whose body comes in parts."""
    chunks = [body[start : start + parts] for start in range(0, len(body), parts)]
    return make_request("/", "POST", chunks, headers=MULTIPART)


async def loaded(body: bytes, *handlers: Any, **options: Any) -> tuple[HttpRequest, list[Any]]:
    """A request that was read with handlers before the usual ones."""
    request = request_of(body, **options)
    made = [handler(request) for handler in handlers]
    request.upload_handlers[:0] = made
    await request.aload()
    return request, made


# -- the usual ones ---------------------------------------------------------------------------------------------------


async def test_small_forms_stay_in_memory_and_large_ones_go_to_disk():
    with settings.override(**SMALL):
        small = request_of(form([], [("doc", "a.txt", b"x" * 100)]))
        await small.aload()
        assert type(small.FILES["doc"]) is InMemoryUploadedFile
        large = request_of(form([], [("doc", "a.txt", CONTENT)]))
        await large.aload()
        file = large.FILES["doc"]
        assert type(file) is TemporaryUploadedFile
        assert (file.size, file.read(), file.name, file.content_type) == (len(CONTENT), CONTENT, "a.txt", "text/plain")
        large.close()


def test_the_usual_handlers_come_from_the_settings():
    request = make_request("/", "POST", b"", headers=MULTIPART)
    assert list(map(type, request.upload_handlers)) == [MemoryFileUploadHandler, TemporaryFileUploadHandler]
    assert all(handler.request is request for handler in request.upload_handlers)
    with settings.override(FILE_UPLOAD_HANDLERS=[f"{__name__}.Spy"]):
        assert [type(one).__name__ for one in make_request("/", "POST", b"").upload_handlers] == ["Spy"]


@pytest.mark.parametrize("path", ["manoir.http.Nothing", "no.such.module", "manoir.http.cookies"])
def test_handlers_that_cannot_be_imported(path: str):
    with (
        settings.override(FILE_UPLOAD_HANDLERS=[path]),
        pytest.raises(ImproperlyConfigured, match="FILE_UPLOAD_HANDLERS"),
    ):
        _ = make_request("/", "POST", b"").upload_handlers
    with settings.override(FILE_UPLOAD_HANDLERS=[path]):
        assert [message.id for message in check_upload_handlers(None)] == ["manoir.http.E002"]
    assert check_upload_handlers(None) == []


def test_a_handler_defines_two_methods():
    with pytest.raises(NotImplementedError, match=r"must define receive_data_chunk"):
        FileUploadHandler().receive_data_chunk(b"", 0)
    with pytest.raises(NotImplementedError, match=r"must define file_complete"):
        FileUploadHandler().file_complete(0)


# -- what they are asked ----------------------------------------------------------------------------------------------


async def test_a_handler_sees_the_whole_course_of_a_small_form():
    body = form([("a", "1")], [("doc", "C:\\x\\a.txt", b"12345"), ("empty", "", b"")])
    request, (spy,) = await loaded(body, Spy)
    assert spy.calls == [
        ("raw", True, "POST", len(body), "XX", "utf-8"),
        ("new", "doc", "a.txt", "text/plain", None, None, {}),
        ("data", 5, 0),
        ("end", 5),
        ("complete",),
    ]
    assert threading.current_thread() not in spy.threads
    assert request.FILES["doc"].read() == b"12345"
    assert request.POST["a"] == "1"


async def test_a_handler_sees_a_large_form_as_it_comes():
    class Small(Spy):
        chunk_size = 100

    with settings.override(**SMALL):
        request, (spy,) = await loaded(form([("a", "1")], [("doc", "a.txt", CONTENT)]), Small)
    assert spy.calls[0][:2] == ("raw", False)
    data = [call for call in spy.calls if call[0] == "data"]
    assert sum(size for _, size, _ in data) == len(CONTENT)
    assert max(size for _, size, _ in data) == 100
    assert [start for _, _, start in data] == [sum(size for _, size, _ in data[:number]) for number in range(len(data))]
    assert spy.calls[-2:] == [("end", len(CONTENT)), ("complete",)]
    assert threading.current_thread() not in spy.threads
    assert request.FILES["doc"].read() == CONTENT
    request.close()


async def test_parameters_of_the_content_type():
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="a"; filename="a.txt"\r\nContent-Length: 3\r\n'
        b'Content-Type: text/plain; charset=latin-1; "x=1"; note="b;c"\r\n\r\nabc\r\n--XX--\r\n'
    )
    _, (spy,) = await loaded(body, Spy)
    assert spy.content_length == 3
    assert spy.charset == "latin-1"
    assert spy.content_type_extra["note"] == "b;c"


async def test_what_a_handler_answers_goes_to_the_next():
    class Upper(Spy):
        def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
            return raw_data.upper()

    request, (_, spy) = await loaded(form([], [("doc", "a.txt", b"abc")]), Upper, Spy)
    assert ("data", 3, 0) in spy.calls
    assert request.FILES["doc"].read() == b"ABC"


async def test_a_handler_that_keeps_the_file():
    class Own(Spy):
        def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
            return None

        def file_complete(self, file_size: int) -> Any:
            return SimpleUploadedFile(f"own-{self.file_name}", b"mine")

    request, (_, spy) = await loaded(form([], [("doc", "a.txt", b"abc")]), Own, Spy)
    assert (request.FILES["doc"].name, request.FILES["doc"].read()) == ("own-a.txt", b"mine")
    assert not [call for call in spy.calls if call[0] == "data"]


async def test_a_handler_that_reads_the_form_itself():
    class Whole(Spy):
        def handle_raw_input(self, input_data: Any, *args: Any) -> Any:
            fields = QueryDict("own=1")
            return fields, MultiValueDict(
                {"doc": [SimpleUploadedFile("a", b"" if input_data is None else input_data.read())]}
            )

    body = form([("a", "1")], [("doc", "a.txt", b"abc")])
    request, _ = await loaded(body, Whole)
    assert dict(request.POST) == {"own": ["1"]}
    assert request.FILES["doc"].read() == body
    with settings.override(**SMALL):
        request, _ = await loaded(form([], [("doc", "a.txt", CONTENT)]), Whole)
        assert request.POST["own"] == "1"


# -- how they change the course ---------------------------------------------------------------------------------------


@pytest.fixture(params=[b"abc", CONTENT], ids=["memory", "disk"])
def content(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[bytes]:
    """Content of a file that stays in memory, and of one that goes to disk; afterwards nothing is left there."""
    with settings.override(FILE_UPLOAD_TEMP_DIR=tmp_path, **SMALL):
        yield request.param
        assert list(tmp_path.iterdir()) == []


def raising(error: Exception, name: str) -> type[Spy]:
    def method(self: Any, *args: Any) -> Any:
        self.note(name)
        if self.field_name != "good":
            raise error
        return args[0] if name == "receive_data_chunk" else None

    class Raising(Spy):
        def new_file(self, *args: Any) -> None:
            FileUploadHandler.new_file(self, *args)
            if name == "new_file":
                method(self)

    if name != "new_file":
        setattr(Raising, name, method)
    return Raising


@pytest.mark.parametrize("name", ["new_file", "receive_data_chunk", "file_complete"])
async def test_a_skipped_file(content: bytes, name: str):
    body = form([("a", "1")], [("doc", "a.txt", content), ("good", "b.txt", b"good")])
    request, _ = await loaded(body, raising(SkipFile(), name))
    assert list(request.FILES) == ["good"]
    assert request.FILES["good"].read() == b"good"
    assert request.POST["a"] == "1"
    request.close()


@pytest.mark.parametrize("name", ["new_file", "receive_data_chunk", "file_complete"])
async def test_a_stopped_upload(content: bytes, name: str):
    body = form([], [("good", "b.txt", b"good"), ("doc", "a.txt", content), ("good", "c.txt", b"good")])
    request, (_, spy) = await loaded(body, raising(StopUpload(), name), Spy)
    assert dict(request.FILES) == {}
    assert spy.calls[-1] == ("complete",)
    request.close()


async def test_an_upload_that_ends_the_connection(content: bytes):
    seen = 0

    async def endless() -> Any:
        nonlocal seen
        yield form([], [("doc", "a.txt", content)])[:-8]
        for _ in range(20):
            seen += 1
            yield b"x" * 600_000

    request = HttpRequest(make_request("/", "POST", b"", headers=MULTIPART).head, None)
    from manoir.http import RequestBody

    request.body_stream = RequestBody(endless())
    request.upload_handlers.insert(0, raising(StopUpload(connection_reset=True), "receive_data_chunk")(request))
    with pytest.raises(BadRequest, match="refused while it arrived"):
        await request.aload()
    assert seen <= 2


async def test_later_handlers_do_not_see_a_file_that_was_taken(content: bytes):
    class Taking(Spy):
        def new_file(self, *args: Any) -> None:
            super().new_file(*args)
            raise StopFutureHandlers

        def file_complete(self, file_size: int) -> Any:
            return SimpleUploadedFile("taken", b"taken")

    request, (_, spy) = await loaded(form([], [("doc", "a.txt", content)]), Taking, Spy)
    assert request.FILES["doc"].read() == b"taken"
    assert [call[0] for call in spy.calls] == ["raw", "complete"]


async def test_an_interrupted_upload_is_told_and_leaves_nothing(content: bytes):
    body = form([], [("good", "b.txt", b"good"), ("doc", "a.txt", content)])[:-10]
    request = request_of(body)
    spy = Spy(request)
    request.upload_handlers.insert(0, spy)
    with pytest.raises(BadRequest.__base__):  # type: ignore[arg-type]
        await request.aload()
    assert spy.calls[-1] == ("interrupted",)


async def test_a_handler_that_fails_leaves_nothing(content: bytes):
    with pytest.raises(ZeroDivisionError):
        await loaded(form([], [("doc", "a.txt", content)]), raising(ZeroDivisionError(), "file_complete"))


async def test_a_client_that_goes_leaves_nothing(content: bytes):
    gone = asyncio.Event()

    async def slow() -> Any:
        yield form([], [("doc", "a.txt", CONTENT)])[:3_000]
        gone.set()
        await asyncio.Event().wait()

    from manoir.http import RequestBody

    request = make_request("/", "POST", b"", headers=MULTIPART)
    request.body_stream = RequestBody(slow())
    task = asyncio.ensure_future(request.aload())
    await gone.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# -- when they may be chosen ------------------------------------------------------------------------------------------


async def test_after_the_body_was_read_handlers_cannot_change():
    request = request_of(form([], [("doc", "a.txt", b"abc")]))
    await request.aload()
    with pytest.raises(AttributeError, match=r"@upload_handlers\(\.\.\.\).*streams_body = True"):
        request.upload_handlers.insert(0, Spy(request))
    with pytest.raises(AttributeError, match="was read before"):
        request.upload_handlers = []
    assert len(request.upload_handlers) == 2


def test_handlers_can_be_replaced_before():
    request = make_request("/", "POST", form([], [("doc", "a.txt", b"abc")]), headers=MULTIPART)
    request.upload_handlers = [TemporaryFileUploadHandler(request)]
    assert type(request.FILES["doc"]) is TemporaryUploadedFile
    request.close()


class Counting(Spy):
    """Counts the bytes of all files."""

    total = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        type(self).total += len(raw_data)
        return raw_data


@upload_handlers(Counting)
async def decorated(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.FILES['doc'].size} {type(request.upload_handlers[0]).__name__}")


async def own(request: HttpRequest) -> HttpResponse:
    request.upload_handlers.insert(0, Counting(request))
    await request.aload()
    return HttpResponse(str(request.FILES["doc"].size))


own.streams_body = True  # type: ignore[attr-defined]


def own_sync(request: HttpRequest) -> HttpResponse:
    request.upload_handlers = [Counting(request), MemoryFileUploadHandler(request)]
    return HttpResponse(str(request.FILES["doc"].size))


own_sync.streams_body = True  # type: ignore[attr-defined]


@max_body_size("2KB")
async def limited(request: HttpRequest) -> HttpResponse:
    return HttpResponse("fine")


@max_body_size(2_000)
async def limited_stream(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(sum([len(chunk) async for chunk in request])))


limited_stream.streams_body = True  # type: ignore[attr-defined]


@method_decorator([max_body_size("2KB"), upload_handlers(Counting)], name="dispatch")
class Limited(View):
    async def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("fine")


urlpatterns = [
    path("limited-class/", Limited.as_view()),
    path("limited/", limited),
    path("limited-stream/", limited_stream),
    path("decorated/", decorated),
    path("own/", own),
    path("own-sync/", own_sync),
]


@pytest.mark.parametrize("address", ["/decorated/", "/own/", "/own-sync/"])
async def test_a_view_chooses_its_handlers(address: str):
    Counting.total = 0
    with settings.override(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        response = await AsyncClient().post(address, {"doc": SimpleUploadedFile("a.txt", b"12345")})
    assert response.content.split()[0] == b"5"
    assert Counting.total == 5


# -- limits -----------------------------------------------------------------------------------------------------------

MEGABYTE = 1_000_000


def body_of(kind: str, size: int) -> tuple[bytes, dict[str, str]]:
    if kind == "form":
        return b"a=" + b"x" * size, {"Content-Type": "application/x-www-form-urlencoded"}
    if kind == "json":
        return b'"' + b"x" * size + b'"', {"Content-Type": "application/json"}
    if kind == "field":
        return form([("a", "x" * size)]), MULTIPART
    return b"x" * size, {"Content-Type": "application/octet-stream"}


@pytest.mark.parametrize("kind", ["form", "json", "field", "raw"])
@pytest.mark.parametrize("framing", ["length", "no length", "small length"])
async def test_three_megabytes_are_too_many_for_every_parser_and_framing(kind: str, framing: str):
    """H21: 3 MB through each parser and framing: 413."""
    body, headers = body_of(kind, 3 * MEGABYTE)
    request = make_request(
        "/", "POST", [body[start : start + 65_536] for start in range(0, len(body), 65_536)], headers=headers
    )
    assert request.body_stream is not None
    request.body_stream.content_length = {"length": len(body), "no length": None, "small length": 10}[framing]

    async def read() -> Any:
        await request.aload()
        return await request.aread() if kind == "raw" else request.body if kind == "json" else request.POST

    with pytest.raises(RequestDataTooBig) as refused:
        await read()
    assert refused.value.status == 413
    request.close()


async def test_a_limit_on_all_bodies_stops_reading_early():
    """H21: files are counted too, while they arrive."""
    read = 0

    async def endless() -> Any:
        nonlocal read
        yield form([], [("doc", "a", b"x")])[:-10]
        while True:
            read += 1
            yield b"x" * 100_000

    from manoir.http import RequestBody

    request = make_request("/", "POST", b"", headers=MULTIPART)
    request.body_stream = RequestBody(endless())
    with settings.override(DATA_UPLOAD_MAX_BODY_SIZE=5 * MEGABYTE), pytest.raises(RequestDataTooBig):
        await request.aload()
    assert read <= 51


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "GZIP ", "gzip, gzip", "bz2"])
@pytest.mark.parametrize("kind", ["form", "field"])
async def test_compressed_forms_are_refused(coding: str, kind: str):
    """H20: nothing unpacks a body, so a small one never becomes a large one: 415."""
    body, headers = body_of(kind, 10)

    async def read(value: str) -> Any:
        request = make_request("/", "POST", [body], headers={**headers, "Content-Encoding": value})
        await request.aload()
        return request.POST

    with pytest.raises(UnsupportedContentEncoding) as refused:
        await read(coding)
    assert refused.value.status == 415
    assert dict(await read("identity"))


@pytest.mark.parametrize("address", ["/limited/", "/limited-stream/", "/limited-class/"])
async def test_a_view_limits_its_body(address: str):
    """H21: a limit of one view's own, counted in the stream whatever its length is said to be."""
    from manoir.http import RequestBody
    from manoir.server import Handler

    async def status(size: int, said: int | None) -> int:
        body = form([], [("doc", "a", b"x" * size)])
        request = make_request(address, "POST", b"", headers=MULTIPART)
        request.body_stream = RequestBody(arriving([body[:100], body[100:]]), said)
        return (await handler(request)).status_code

    with settings.override(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        handler = Handler()
        handler.load()
        assert [await status(1_000, None), await status(3_000, None), await status(3_000, 5_000)] == [200, 413, 413]


async def test_the_loop_turns_while_an_upload_is_written():
    """M16: others are answered while a large upload goes to disk."""
    turns = 0

    async def chunks() -> Any:
        body = form([], [("doc", "a", b"x" * 20 * MEGABYTE)])
        for start in range(0, len(body), 200_000):
            yield body[start : start + 200_000]

    from manoir.http import RequestBody

    request = make_request("/", "POST", b"", headers=MULTIPART)
    request.body_stream = RequestBody(chunks())
    reading = asyncio.ensure_future(request.aload())
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
    await reading
    assert request.FILES["doc"].size == 20 * MEGABYTE
    assert turns > 30
    request.close()


def test_sync_code_reads_with_handlers_of_its_own():
    request = request_of(form([], [("doc", "a.txt", b"abc")]))
    spy = Spy(request)
    request.upload_handlers.insert(0, spy)
    assert request.FILES["doc"].read() == b"abc"
    assert spy.calls[-1] == ("complete",)
