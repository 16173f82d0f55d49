"""The answer of a view is closed also where nobody sends it: its client left, a layer failed, another took its place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from manoir.http import FileResponse, HttpResponse, StreamingHttpResponse
from manoir.middleware import PureMiddleware, async_only_middleware
from manoir.server import Handler
from manoir.testing import AsyncClient
from manoir.urls import path

closed: list[str] = []
reached = asyncio.Event()


def note() -> None:
    closed.append("closed")


async def plain(request):
    response = HttpResponse("plain")
    response.add_closer(note)
    return response


async def file(request):
    response = FileResponse(Path(__file__).open("rb"))  # noqa: SIM115 - closed by the response
    response.add_closer(note)
    return response


def in_thread(request):
    return asyncio.run(file(request))


async def stream(request):
    async def parts():
        yield b"never read"

    response = StreamingHttpResponse(parts())
    response.add_closer(note)
    return response


urlpatterns = [path(f"{view.__name__}/", view) for view in (plain, file, in_thread, stream)]


class Waits(PureMiddleware):
    """One that has the answer in its hands when the client leaves."""

    async def process_response(self, request, response):
        reached.set()
        await asyncio.sleep(60)
        return response


class Fails(PureMiddleware):
    def process_response(self, request, response):
        raise LookupError("out of order")


class Replaces(PureMiddleware):
    def process_response(self, request, response):
        assert not closed
        return HttpResponse("another")


class Wraps(PureMiddleware):
    """One whose answer reads the view's."""

    def process_response(self, request, response):
        async def parts():
            if response.streaming:
                async for part in response:
                    yield part
            yield b"the end" if not closed else b"closed too early"

        return StreamingHttpResponse(parts())


@async_only_middleware
def waits_too(get_response):
    async def layer(request):
        response = await get_response(request)
        reached.set()
        await asyncio.sleep(60)
        return response

    return layer


VIEWS = ["plain", "file", "in_thread", "stream"]


@pytest.fixture(autouse=True)
def _site(project):
    project.ROOT_URLCONF = __name__
    closed.clear()
    reached.clear()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("layer", ["Waits", "waits_too"])
async def test_a_client_leaves_while_a_layer_has_the_answer(project, rf, layer, view):
    project.MIDDLEWARE = [f"{__name__}.{layer}"]
    task = asyncio.ensure_future(Handler()(rf.get(f"/{view}/")))
    await asyncio.wait_for(reached.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == ["closed"]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("layer", "status"), [("Fails", 500), ("Replaces", 200)])
async def test_another_answer_is_sent(project, layer, status, view):
    project.MIDDLEWARE = [f"{__name__}.{layer}"]
    answer = await AsyncClient(raise_request_exception=False).get(f"/{view}/")
    assert answer.status_code == status
    assert closed == ["closed"]


@pytest.mark.parametrize("view", VIEWS)
async def test_another_answer_reads_it_to_its_end(project, view):
    project.MIDDLEWARE = [f"{__name__}.Wraps"]
    answer = await AsyncClient().get(f"/{view}/")
    assert b"".join([part async for part in answer]).endswith(b"the end")
    await answer.aclose()
    assert closed == ["closed"]


async def test_files_of_a_request_whose_client_left_are_removed(project, rf):
    project.MIDDLEWARE = [f"{__name__}.Waits"]
    with Path(__file__).open("rb") as source:
        request = rf.post("/plain/", {"upload": source})
    upload = request.FILES["upload"]
    task = asyncio.ensure_future(Handler()(request))
    await asyncio.wait_for(reached.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert upload.closed


async def test_a_client_leaves_while_its_answer_is_closed(project, rf):
    async def parts():
        try:
            yield b"first"
        finally:
            reached.set()
            await asyncio.sleep(60)

    response = StreamingHttpResponse(parts())
    response.add_closer(note)
    async for _ in response:
        break
    task = asyncio.ensure_future(Handler().finish_whole(rf.get("/stream/"), response))
    await asyncio.wait_for(reached.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == ["closed"]
