from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest

from manoir.bridge import to_thread
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.http import HttpResponse
from manoir.middleware import (
    MiddlewareMixin,
    MiddlewareNotUsed,
    PureMiddleware,
    async_only_middleware,
    compose,
    sync_and_async_middleware,
    sync_only_middleware,
)
from tests.http.builders import make_request

log: list[str] = []
variable: ContextVar[str] = ContextVar("variable", default="")


@pytest.fixture(autouse=True)
def _empty_log():
    log.clear()


async def convert(request, error):
    log.append(f"converted {type(error).__name__}")
    return HttpResponse(str(error), status=500)


async def center(request):
    log.append("view")
    return HttpResponse("content")


async def failing(request):
    raise KeyError("from the view")


def onion(*factories, get_response=center):
    return compose(get_response, factories, convert=convert)


async def answer(*factories, get_response=center):
    return await onion(*factories, get_response=get_response).call(make_request())


def pure(name, before=None, after=None):
    class Layer(PureMiddleware):
        def process_request(self, request):
            log.append(f"{name} in")
            return before(request) if before else None

        def process_response(self, request, response):
            log.append(f"{name} out {response.status_code}")
            return after(request, response) if after else response

    return Layer


def sync_layer(name):
    @sync_only_middleware
    def factory(get_response):
        def middleware(request):
            log.append(f"{name} in {threading.current_thread() is threading.main_thread()}")
            response = get_response(request)
            log.append(f"{name} out {response.status_code}")
            return response

        return middleware

    return factory


def async_layer(name):
    @async_only_middleware
    def factory(get_response):
        async def middleware(request):
            log.append(f"{name} in")
            response = await get_response(request)
            log.append(f"{name} out {response.status_code}")
            return response

        return middleware

    return factory


async def test_layers_are_passed_outside_in_and_back():
    await answer(pure("a"), async_layer("b"), pure("c"), pure("d"))
    assert log == ["a in", "b in", "c in", "d in", "view", "d out 200", "c out 200", "b out 200", "a out 200"]


async def test_without_layers_the_middle_answers():
    assert (await answer()).content == b"content"


async def test_a_layer_that_answers_keeps_the_request_from_inner_ones_and_sees_its_answer():
    stop = lambda request: HttpResponse("stop", status=403)  # noqa: E731
    response = await answer(pure("a"), pure("b", before=stop), pure("c"))
    assert (response.content, log) == (b"stop", ["a in", "b in", "b out 403", "a out 403"])


def boom(*args):
    raise ValueError("boom")


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ((pure("a"), pure("b", before=boom), pure("c")), ["a in", "b in", "converted ValueError", "a out 500"]),
        (
            (pure("a"), pure("b", after=boom), pure("c")),
            ["a in", "b in", "c in", "view", "c out 200", "b out 200", "converted ValueError", "a out 500"],
        ),
        ((pure("a", before=boom), pure("b")), ["a in", "converted ValueError"]),
        ((pure("a"), async_layer("b")), ["a in", "b in", "view", "b out 200", "a out 200"]),
    ],
)
async def test_an_outer_layer_sees_a_response_never_an_exception(layers, expected):
    await answer(*layers)
    assert log == expected


async def test_an_error_of_the_view_is_a_response_for_the_innermost_layer():
    response = await answer(pure("a"), async_layer("b"), sync_layer("c"), get_response=failing)
    assert response.status_code == 500
    assert log == ["a in", "b in", "c in False", "converted KeyError", "c out 500", "b out 500", "a out 500"]


async def test_errors_of_functions_are_converted_in_both_colours():
    def sync_factory(get_response):
        return boom

    @async_only_middleware
    def async_factory(get_response):
        async def middleware(request):
            raise ValueError("boom")

        return middleware

    for factory in (sync_factory, async_factory):
        log.clear()
        assert (await answer(pure("a"), factory)).status_code == 500
        assert log == ["a in", "converted ValueError", "a out 500"]


async def test_cancellation_is_not_converted():
    async def cancelled(request):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await answer(pure("a"), async_layer("b"), get_response=cancelled)


# -- colours ----------------------------------------------------------------------------------------------------------


class Counter:
    """Counts how often work goes to a thread, by watching the bridge."""

    def __init__(self, monkeypatch):
        from manoir import bridge

        self.hops = 0
        original = bridge.run_sync

        async def counted(func, *args):
            self.hops += 1
            return await original(func, *args)

        monkeypatch.setattr(bridge, "run_sync", counted)


class Documented(MiddlewareMixin):
    def process_request(self, request):
        log.append(f"mixin in {threading.current_thread() is threading.main_thread()}")

    def process_response(self, request, response):
        log.append("mixin out")
        return response


async def test_a_stretch_of_sync_layers_is_one_trip_to_a_thread(monkeypatch):
    counter = Counter(monkeypatch)
    await answer(pure("o"), sync_layer("a"), pure("p"), Documented, sync_layer("b"), pure("q"))
    assert counter.hops == 1
    assert log == [
        "o in", "a in False", "p in", "mixin in False", "b in False", "q in", "view",
        "q out 200", "b out 200", "mixin out", "p out 200", "a out 200", "o out 200",
    ]  # fmt: skip


async def test_pure_and_async_layers_need_no_thread(monkeypatch):
    counter = Counter(monkeypatch)

    class Waits(MiddlewareMixin):
        async def process_request(self, request):
            await asyncio.sleep(0)

        async def process_response(self, request, response):
            return response

    await answer(pure("a"), Waits, async_layer("b"))
    assert counter.hops == 0


async def test_an_async_layer_between_sync_ones_occupies_no_second_thread():
    threads = set()

    @sync_only_middleware
    def remember(get_response):
        def middleware(request):
            threads.add(threading.current_thread())
            return get_response(request)

        return middleware

    await answer(remember, async_layer("a"), remember)
    assert len(threads) == 1


async def test_context_variables_flow_through_every_change_of_colour():
    @sync_only_middleware
    def setter(get_response):
        def middleware(request):
            variable.set(variable.get() + "s")
            response = get_response(request)
            log.append(variable.get())
            return response

        return middleware

    async def view(request):
        variable.set(variable.get() + "v")
        return HttpResponse(variable.get())

    response = await answer(setter, async_layer("x"), setter, get_response=view)
    assert (response.content, [entry for entry in log if entry.startswith("s")]) == (b"ssv", ["ssv", "ssv"])


async def test_a_factory_of_both_colours_gets_the_one_that_costs_least():
    colours = []

    @sync_and_async_middleware
    def factory(get_response):
        if asyncio.iscoroutinefunction(get_response):
            colours.append("async")

            async def middleware(request):
                return await get_response(request)
        else:
            colours.append("sync")

            def middleware(request):
                return get_response(request)

        return middleware

    await answer(factory, sync_layer("a"), factory, sync_layer("b"), factory)
    assert colours == ["async", "sync", "async"]


async def test_sync_layers_run_on_the_loop_in_loop_mode():
    with settings.override(SYNC_VIEWS="loop"):
        await answer(sync_layer("a"))
    assert log[0] in ("a in True", "a in False")
    assert "view" in log


async def test_a_plain_class_as_documented():
    class Simple:
        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            response = self.get_response(request)
            response["X-Simple"] = "1"
            return response

    assert (await answer(Simple))["X-Simple"] == "1"


# -- hooks ------------------------------------------------------------------------------------------------------------


class Hooks(PureMiddleware):
    name = "a"

    def process_view(self, request, view, args, kwargs):
        log.append(f"view {self.name}")

    def process_exception(self, request, error):
        log.append(f"exception {self.name}")

    def process_template_response(self, request, response):
        log.append(f"template {self.name}")
        return response


class Inner(Hooks):
    name = "b"

    async def process_view(self, request, view, args, kwargs):
        log.append("view b")


async def test_hooks_stand_in_their_documented_order_and_can_all_be_awaited():
    built = onion(Hooks, Inner)
    for hook in built.view_hooks:
        assert await hook(None, None, (), {}) is None
    for hook in built.template_response_hooks:
        assert await hook(None, "response") == "response"
    for hook in built.exception_hooks:
        assert await hook(None, ValueError()) is None
    assert log == ["view a", "view b", "template b", "template a", "exception b", "exception a"]


async def test_blocking_hooks_of_a_projects_middleware_run_in_a_thread():
    class Blocking(MiddlewareMixin):
        def process_view(self, request, view, args, kwargs):
            return threading.current_thread() is threading.main_thread()

    assert await onion(Blocking).view_hooks[0](None, None, (), {}) is False


# -- mistakes ---------------------------------------------------------------------------------------------------------


def test_a_layer_may_have_nothing_to_do():
    def factory(get_response):
        raise MiddlewareNotUsed("nothing to do")

    assert onion(factory, pure("a")).view_hooks == []


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        (lambda get_response: None, "returned None"),
        (lambda get_response: 3, "cannot be called"),
        (lambda get_response: center, "@async_only_middleware"),
    ],
)
def test_factories_that_cannot_work_are_named(factory, message):
    with pytest.raises(ImproperlyConfigured, match=message):
        onion(factory)


def test_a_factory_of_no_colour_is_refused():
    def factory(get_response): ...

    factory.sync_capable = False
    with pytest.raises(ImproperlyConfigured, match="neither"):
        onion(factory)


async def test_a_forgotten_return_or_await_is_named():
    @async_only_middleware
    def forgets(get_response):
        async def middleware(request):
            await get_response(request)

        return middleware

    assert b"is a `return` missing?" in (await answer(forgets)).content
    assert b"is a `return` missing?" in (await answer(pure("a", after=lambda *args: None))).content

    def unawaited(get_response):
        def middleware(request):
            return center(request)

        return middleware

    assert b"add an `await`" in (await answer(unawaited)).content


def test_a_middleware_needs_the_next_layer():
    with pytest.raises(ValueError, match="get_response"):
        Documented(None)


async def test_mixins_work_alone_in_both_colours():
    assert (await Documented(center)(make_request())).content == b"content"
    response = await to_thread(lambda: Documented(lambda request: HttpResponse("sync"))(make_request()))
    assert response.content == b"sync"
    assert (await pure("a")(center)(make_request())).content == b"content"


class Waits(PureMiddleware):
    """Its hooks have to wait, for some requests or always."""

    async def process_request(self, request):
        await asyncio.sleep(0)
        log.append("waits in")
        return HttpResponse("early") if request.path == "/early/" else None

    def process_response(self, request, response):
        return self.later(response) if request.path != "/at-once/" else response

    async def later(self, response):
        await asyncio.sleep(0)
        log.append("waits out")
        return response


class WaitsForNothing(Waits):
    async def later(self, response):
        return None


@pytest.mark.parametrize("around", [(), (sync_only_middleware(lambda get_response: get_response),)])
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ["waits in", "b in", "view", "b out 200", "waits out"]),
        ("/at-once/", ["waits in", "b in", "view", "b out 200"]),
        ("/early/", ["waits in", "waits out"]),
    ],
)
async def test_a_pure_layer_may_wait_for_the_requests_that_need_it(around, path, expected):
    layers = (*around, Waits, pure("b"), *around)

    response = await onion(*layers).call(make_request(path))

    assert log == expected
    assert response.content == (b"early" if path == "/early/" else b"content")


async def test_a_pure_layer_that_waits_for_nothing_is_told():
    response = await answer(WaitsForNothing)

    assert response.status_code == 500
    assert log[-1] == "converted ValueError"
