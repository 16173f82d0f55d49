"""URLs for the tests of the server: views of every colour, and views that go wrong."""

import asyncio

from manoir.exceptions import BadRequest, Http404, PermissionDenied
from manoir.http import HttpResponse, JsonResponse, StreamingHttpResponse
from manoir.shortcuts import render
from manoir.templates import TemplateResponse
from manoir.urls import path

gone: list[str] = []
"""What was cancelled because its client went away."""


released = asyncio.Event()
"""Lets the work of `followed` end."""


async def followed(request):
    async def work():
        await released.wait()
        gone.append("followed")

    async def broken():
        raise ValueError("broken follow-up")

    response = HttpResponse("answered")
    response.add_follow_up(broken)
    response.add_follow_up(work)
    return response


async def release(request):
    released.set()
    return HttpResponse("released")


async def hello(request):
    return HttpResponse(f"hello {request.method}")


def in_thread(request):
    return JsonResponse({"thread": True})


async def echo(request):
    return HttpResponse(request.body, content_type="application/octet-stream")


async def fails(request):
    password = "hunter2-secret"  # noqa: F841 - the debug page must not show it
    shown = "a visible value"  # noqa: F841
    raise ValueError("<script>alert(1)</script>")


def fails_in_thread(request):
    raise ValueError("in a thread")


async def not_found(request):
    raise Http404("no such thing <b>")


async def forbidden(request):
    raise PermissionDenied


async def suspicious(request):
    raise BadRequest("odd")


async def nothing(request):
    return None


async def unawaited(request):
    return hello(request)


def unawaited_in_thread(request):
    return 42


async def page(request):
    return TemplateResponse(request, "server/page.html", {"name": "<world>"})


async def rendered(request):
    return render(request, "server/page.html", {"name": "<shortcut>"})


async def stream(request):
    async def chunks():
        for number in range(3):
            yield f"chunk {number}\n"
            await asyncio.sleep(0)

    return StreamingHttpResponse(chunks(), content_type="text/plain")


async def slow(request):
    try:
        await asyncio.sleep(20)
    except asyncio.CancelledError:
        gone.append("slow")
        raise
    return HttpResponse("late")


async def endless(request):
    async def chunks():
        try:
            while True:
                yield b"x" * 1000
                await asyncio.sleep(0.01)
        finally:
            gone.append("endless")

    return StreamingHttpResponse(chunks(), content_type="text/plain")


async def breaks_while_sent(request):
    async def chunks():
        yield "chunk 0\n"
        raise ValueError("in the middle")

    return StreamingHttpResponse(chunks())


async def cannot_be_sent(request):
    response = HttpResponse("never seen")
    response.set_cookie("a", "b")
    response.cookies["a"]["path"] = "/\r\nX-Odd: yes"
    return response


urlpatterns = [
    path("followed/", followed),
    path("release/", release),
    path("hello/", hello, name="hello"),
    path("thread/", in_thread),
    path("echo/", echo),
    path("fails/", fails),
    path("fails-in-thread/", fails_in_thread),
    path("not-found/", not_found),
    path("forbidden/", forbidden),
    path("suspicious/", suspicious),
    path("nothing/", nothing),
    path("unawaited/", unawaited),
    path("number/", unawaited_in_thread),
    path("page/", page),
    path("rendered/", rendered),
    path("stream/", stream),
    path("slow/", slow),
    path("endless/", endless),
    path("breaks-while-sent/", breaks_while_sent),
    path("cannot-be-sent/", cannot_be_sent),
]
