"""A project for the tests of the testing room: views of every kind that write to and read from one table."""

import asyncio
import itertools
import tempfile

from manoir import bridge
from manoir.db import connections, transaction
from manoir.http import (
    FileResponse,
    FileUploadHandler,
    Http404,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from manoir.mail import send_mail
from manoir.templates import TemplateResponse
from manoir.urls import path
from manoir.views import View
from manoir.views.decorators import max_body_size


async def aadd(name):
    connection = connections["default"]
    mark = "?" if connection.placeholder_style == "?" else "$1"
    await connection.execute(f"INSERT INTO note (name) VALUES ({mark})", [name])


async def anames():
    return [row[0] for row in await connections["default"].fetch("SELECT name FROM note ORDER BY name")]


add = bridge.blocking_function(aadd)
names = bridge.blocking_function(anames)


async def async_view(request):
    if request.method == "POST":
        await aadd(request.POST["name"])
    return JsonResponse(await anames(), safe=False)


def def_view(request):
    if request.method == "POST":
        add(request.POST["name"])
    return JsonResponse(names(), safe=False)


def loop_view(request):
    return def_view(request)


loop_view.sync_view_mode = "loop"


class NotesView(View):
    def get(self, request):
        return JsonResponse(names(), safe=False)

    def post(self, request):
        add(request.POST["name"])
        return self.get(request)


class AsyncNotesView(View):
    async def get(self, request):
        return JsonResponse(await anames(), safe=False)

    async def post(self, request):
        await aadd(request.POST["name"])
        return await self.get(request)


@transaction.atomic
async def atomic_view(request):
    return await async_view(request)


@transaction.atomic(durable=True)
def durable_view(request):
    return def_view(request)


async def failing_view(request):
    await aadd("before the failure")
    raise RuntimeError("this view fails")


@transaction.atomic
def failing_atomic_view(request):
    add("rolled back")
    raise LookupError("this view fails inside its transaction")


async def streaming_view(request):
    async def rows():
        for name in await anames():
            yield f"{name}\n"

    return StreamingHttpResponse(rows())


def sync_streaming_view(request):
    return StreamingHttpResponse(f"{name}\n" for name in ["one", "two"])


def committing_view(request):
    with transaction.atomic():
        add("ordered")
        transaction.on_commit(lambda: send_mail("Receipt", "Thank you", "shop@example.com", ["you@example.com"]))
    return HttpResponse("ordered")


async def gathering_view(request):
    await asyncio.gather(*(aadd(f"gathered {number}") for number in range(3)))
    return JsonResponse(await anames(), safe=False)


def echo(request, **kwargs):
    return JsonResponse(
        {
            "method": request.method,
            "path": request.path,
            "query": {name: request.GET.getlist(name) for name in request.GET},
            "form": {name: request.POST.getlist(name) for name in request.POST},
            "files": {
                name: [[file.name, file.content_type, file.read().decode()] for file in request.FILES.getlist(name)]
                for name in request.FILES
            },
            "body": request.body.decode() if "multipart" not in request.content_type else "",
            "content_type": request.content_type,
            "secure": request.is_secure(),
            "host": request.get_host(),
            "address": request.META["REMOTE_ADDR"],
            "accept": request.headers.get("Accept", ""),
            "cookies": request.COOKIES,
        }
    )


def set_cookie(request):
    response = HttpResponse("set")
    response.set_cookie("basket", request.GET.get("value", "full"))
    return response


def delete_cookie(request):
    response = HttpResponse("deleted")
    response.delete_cookie("basket")
    return response


def page(request):
    return TemplateResponse(request, "testing/page.html", {"title": "A page", "items": [1, 2]})


def file(request):
    request.opened = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    request.opened.write(b"content of the file")
    request.opened.seek(0)
    return FileResponse(request.opened)


def endless(request):
    return StreamingHttpResponse(f"{number}\n" for number in itertools.count())


def item(request, number):
    if number == 404:
        raise Http404("no such item")
    return HttpResponse(f"item {number}")


def adding_a_handler_too_late(request):
    request.upload_handlers.insert(0, FileUploadHandler(request))
    return HttpResponse()


@max_body_size(1_000)
async def taking_little(request):
    return HttpResponse(f"{sum(file.size for file in request.FILES.values())}")


urlpatterns = [
    path("too-late/", adding_a_handler_too_late),
    path("little/", taking_little),
    path("async/", async_view),
    path("def/", def_view),
    path("loop/", loop_view),
    path("generic/", NotesView.as_view()),
    path("async-generic/", AsyncNotesView.as_view()),
    path("atomic/", atomic_view),
    path("durable/", durable_view),
    path("fails/", failing_view),
    path("fails-in-transaction/", failing_atomic_view),
    path("stream/", streaming_view),
    path("sync-stream/", sync_streaming_view),
    path("commit/", committing_view),
    path("gather/", gathering_view),
    path("echo/", echo, name="echo"),
    path("set-cookie/", set_cookie),
    path("delete-cookie/", delete_cookie),
    path("file/", file),
    path("endless/", endless),
    path("page/", page, name="page"),
    path("item/<int:number>/", item, name="item"),
    path("moved/", lambda request: HttpResponsePermanentRedirect("/found/?again=1")),
    path("found/", lambda request: HttpResponseRedirect("../echo/?page=2")),
    path("keep/", lambda request: HttpResponse(status=307, headers={"Location": "/echo/"})),
    path("secure/", lambda request: HttpResponseRedirect("https://other.example/echo/")),
    path("circle/", lambda request: HttpResponseRedirect("/circle/")),
    path("down/<int:number>/", lambda request, number: HttpResponseRedirect(f"/down/{number + 1}/")),
]
