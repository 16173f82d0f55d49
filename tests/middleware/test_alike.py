"""A stack of late, fused layers answers as one whose layers are called one by one: same pages, sessions and messages."""

from __future__ import annotations

import random
from typing import Any

import pytest

import manoir
from manoir.conf import settings
from manoir.http import HttpResponse, StreamingHttpResponse
from manoir.urls import path

manoir.setup()

from manoir import messages  # noqa: E402
from manoir.auth import AuthenticationMiddleware  # noqa: E402
from manoir.messages import MessageMiddleware  # noqa: E402
from manoir.middleware import MiddlewareMixin, PureMiddleware  # noqa: E402
from manoir.sessions import DatabaseStore, SessionMiddleware  # noqa: E402
from manoir.testing import AsyncClient  # noqa: E402
from tests.sessions.conftest import _tables  # noqa: E402, F401 - the database has the table of sessions


class OneByOneSession(SessionMiddleware):
    """Hooks that are written anew are called for every request, whatever they do."""

    def process_request(self, request):
        return super().process_request(request)

    async def process_response(self, request, response):
        return await super().process_response(request, response)


class OneByOneUser(AuthenticationMiddleware):
    def process_request(self, request):
        return super().process_request(request)


class OneByOneMessages(MessageMiddleware):
    def process_request(self, request):
        return super().process_request(request)

    async def process_response(self, request, response):
        return await super().process_response(request, response)


class Refused(Exception):
    pass


class CatchesInThread(MiddlewareMixin):
    def process_exception(self, request, error):
        messages.warning(request, "caught in a thread")
        return HttpResponse("caught") if isinstance(error, Refused) else None


class Catches(MiddlewareMixin):
    async def process_exception(self, request, error):
        await request.session.aset("caught", 1)
        messages.warning(request, "caught")
        return HttpResponse("caught") if isinstance(error, Refused) else None


class ReadsOnTheWayIn(PureMiddleware):
    async def process_request(self, request):
        if "reads" in request.GET:
            await request.session.aget("a")


class WritesOnTheWayOut(PureMiddleware):
    async def process_response(self, request, response):
        if "writes" in request.GET:
            await request.session.aset("late", 1)
        return response


class Replaces(PureMiddleware):
    def process_response(self, request, response):
        return HttpResponse("replaced") if "replaces" in request.GET else response


class FailsOnTheWayOut(PureMiddleware):
    def process_response(self, request, response):
        if "fails" in request.GET:
            raise Refused
        return response


class Answers(PureMiddleware):
    def process_request(self, request):
        if "answers" not in request.GET:
            return None
        messages.info(request, "answered early")
        return HttpResponse("early")


class FailsOnTheWayIn(PureMiddleware):
    def process_request(self, request):
        if "refuses" in request.GET:
            raise Refused


def untouched(request):
    return HttpResponse("untouched")


async def write(request):
    await request.session.aset("a", 1)
    return HttpResponse("written")


async def flush(request):
    await request.session.aset("b", 1)
    await request.session.aflush()
    return HttpResponse("flushed")


async def cycle(request):
    await request.session.aset("b", 1)
    await request.session.acycle_key()
    return HttpResponse("cycled")


async def fail(request):
    messages.info(request, "before")
    raise Refused


async def stream(request):
    async def parts():
        yield str(await request.session.aget("a"))

    return StreamingHttpResponse(parts())


async def add_message(request):
    messages.success(request, "hello")
    return HttpResponse("added")


def show_messages(request):
    return HttpResponse("|".join(str(message) for message in messages.get_messages(request)))


async def user(request):
    return HttpResponse(str((await request.auser()).is_authenticated))


def user_in_thread(request):
    return HttpResponse(str(request.user))


def attributes(request):
    names = ("session", "user", "_messages", "none_such")
    return HttpResponse(str([name for name in names if hasattr(request, name)]))


def delete(request):
    request.session["q"] = 2
    request.session.delete()
    return HttpResponse("deleted")


def swap(request):
    request.session = DatabaseStore()
    request.session["swapped"] = 1
    return HttpResponse("swapped")


def error(request):
    request.session["q"] = 2
    return HttpResponse("an error", status=500)


async def show_session(request):
    return HttpResponse(str(sorted(await request.session.aitems())))


VIEWS = [
    *(untouched, write, flush, cycle, fail, stream, add_message, show_messages),
    *(user, user_in_thread, attributes, delete, swap, error, show_session),
]
urlpatterns = [path(f"{view.__name__}/", view) for view in VIEWS]

LATE = {
    SessionMiddleware: OneByOneSession,
    AuthenticationMiddleware: OneByOneUser,
    MessageMiddleware: OneByOneMessages,
}
OWN = [CatchesInThread, Catches, ReadsOnTheWayIn, WritesOnTheWayOut, Replaces]
OWN += [FailsOnTheWayOut, Answers, FailsOnTheWayIn]
FLAGS = ["reads", "writes", "replaces", "fails", "answers", "refuses"]
STORAGES = ["FallbackStorage", "SessionStorage", "CookieStorage"]
SEEDS = range(12)


def dotted(layer: type[Any]) -> str:
    return f"{layer.__module__}.{layer.__qualname__}"


async def visit(layers: list[type[Any]], steps: list[tuple[str, str]]) -> list[Any]:
    """Return what one visitor gets to see, without what is random in it."""
    client, seen = AsyncClient(raise_request_exception=False), list[Any]()
    with settings.override(MIDDLEWARE=[dotted(layer) for layer in layers]):
        for view, flags in steps:
            answer = await client.get(f"/{view}/?{flags}")
            body = b"".join([part async for part in answer]) if answer.streaming else answer.content
            cookies = sorted((name, bool(one.value), one["max-age"]) for name, one in answer.cookies.items())
            shown = body if answer.status_code < 400 else b""
            seen.append((view, flags, answer.status_code, shown, answer.headers.get("Vary"), cookies))
    return seen


@pytest.fixture(autouse=True)
def _site(database):
    with settings.override(ROOT_URLCONF=__name__):
        yield


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("seed", SEEDS)
async def test_late_and_fused_layers_answer_as_layers_one_by_one(seed, storage):
    chance = random.Random(seed)
    layers: list[type[Any]] = [*LATE]
    for layer in chance.sample(OWN, chance.randint(0, 4)):
        layers.insert(chance.randint(0, len(layers)), layer)
    steps = [
        (chance.choice(VIEWS).__name__, "&".join(chance.sample(FLAGS, chance.choice([0, 0, 1, 2])))) for _ in range(14)
    ]
    with settings.override(MESSAGE_STORAGE=f"manoir.messages.{storage}"):
        together = await visit(layers, steps)
        one_by_one = await visit([LATE.get(layer, layer) for layer in layers], steps)
    assert together == one_by_one
