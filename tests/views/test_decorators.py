"""Decorators on views of either colour, and on methods."""

from __future__ import annotations

import datetime as dt
import gzip
import inspect
import logging

import pytest

from manoir import bridge
from manoir.cache import cache
from manoir.http import HttpResponse
from manoir.middleware import MiddlewareMixin
from manoir.templates import TemplateResponse, engines
from manoir.testing import RequestFactory
from manoir.views import View
from manoir.views import decorators as door
from manoir.views.decorators import (
    cache_control,
    condition,
    conditional_page,
    decorator_from_middleware,
    decorator_from_middleware_with_args,
    etag,
    gzip_page,
    last_modified,
    loop_view,
    method_decorator,
    never_cache,
    no_append_slash,
    non_atomic_requests,
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
    thread_view,
    vary_on_cookie,
    vary_on_headers,
    xframe_options_deny,
    xframe_options_exempt,
    xframe_options_sameorigin,
)
from manoir.views.generic import TemplateView

rf = RequestFactory()


def sync_view(request, *args, **kwargs):
    """Says hello."""
    return HttpResponse("hello")


async def async_view(request, *args, **kwargs):
    """Says hello."""
    return HttpResponse("hello")


each_colour = pytest.mark.parametrize("view", [sync_view, async_view], ids=["sync", "async"])


def call(view, request, **kwargs):
    response = view(request, **kwargs)
    return bridge.run(awaited(response)) if inspect.isawaitable(response) else response


async def awaited(response):
    return await response


def test_the_door_names_what_is_there():
    assert [name for name in door.__all__ if not hasattr(door, name)] == []


@each_colour
@pytest.mark.parametrize(
    "decorator",
    [require_GET, never_cache, vary_on_cookie, xframe_options_deny, cache_control(private=True), loop_view,
     condition(), etag(lambda request: "x"), non_atomic_requests],
)  # fmt: skip
def test_decorators_keep_name_words_and_colour(view, decorator):
    wrapped = decorator(view)
    assert (wrapped.__name__, wrapped.__doc__, inspect.iscoroutinefunction(wrapped)) == (
        view.__name__,
        "Says hello.",
        inspect.iscoroutinefunction(view),
    )


@each_colour
@pytest.mark.parametrize(
    ("decorator", "allowed", "refused"),
    [
        (require_GET, ["GET"], ["POST", "HEAD"]),
        (require_POST, ["POST"], ["GET"]),
        (require_safe, ["GET", "HEAD"], ["POST"]),
        (require_http_methods(["GET", "PUT"]), ["GET", "PUT"], ["POST"]),
    ],
)
def test_methods_that_are_allowed(view, decorator, allowed, refused, caplog):
    with caplog.at_level(logging.CRITICAL):
        wrapped = decorator(view)
        assert {call(wrapped, rf.generic(method, "/")).status_code for method in allowed} == {200}
        for method in refused:
            response = call(wrapped, rf.generic(method, "/"))
            assert (response.status_code, response.headers["Allow"]) == (405, ", ".join(allowed))


@each_colour
@pytest.mark.parametrize(
    ("decorator", "header", "value"),
    [
        (vary_on_headers("Accept", "Cookie"), "Vary", "Accept, Cookie"),
        (vary_on_cookie, "Vary", "Cookie"),
        (cache_control(private=True, max_age=60), "Cache-Control", "private, max-age=60"),
        (xframe_options_deny, "X-Frame-Options", "DENY"),
        (xframe_options_sameorigin, "X-Frame-Options", "SAMEORIGIN"),
    ],
)
def test_headers(view, decorator, header, value):
    assert set(call(decorator(view), rf.get("/")).headers[header].split(", ")) == set(value.split(", "))


@each_colour
def test_never_cache_says_so_in_every_way(view):
    said = call(never_cache(view), rf.get("/")).headers["Cache-Control"]
    assert all(word in said for word in ("max-age=0", "no-cache", "no-store", "must-revalidate", "private"))


@each_colour
def test_frames_may_be_left_to_the_view(view):
    assert call(xframe_options_exempt(view), rf.get("/")).xframe_options_exempt is True


CHANGED = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


@each_colour
def test_conditions_save_the_view(view):
    wrapped = condition(lambda request: "x", lambda request: CHANGED)(view)
    fresh = call(wrapped, rf.get("/"))
    assert (fresh.status_code, fresh.headers["ETag"], fresh.headers["Last-Modified"]) == (
        200,
        '"x"',
        "Fri, 02 Jan 2026 03:04:05 GMT",
    )
    assert call(wrapped, rf.get("/", headers={"If-None-Match": '"x"'})).status_code == 304
    assert call(wrapped, rf.get("/", headers={"If-None-Match": '"y"'})).status_code == 200
    assert call(wrapped, rf.put("/", headers={"If-Match": '"y"'})).status_code == 412


@each_colour
def test_conditions_may_be_async(view):
    async def etag_of(request):
        return "x"

    assert call(etag(etag_of)(view), rf.get("/", headers={"If-None-Match": '"x"'})).status_code == 304


@each_colour
def test_last_modified_alone(view):
    wrapped = last_modified(lambda request: CHANGED.replace(tzinfo=None))(view)
    since = {"If-Modified-Since": "Fri, 02 Jan 2026 03:04:05 GMT"}
    assert call(wrapped, rf.get("/", headers=since)).status_code == 304


@each_colour
def test_an_etag_of_the_views_own_is_kept(view):
    async def own_async(request):
        return HttpResponse("x", headers={"ETag": '"own"'})

    def own(request):
        return HttpResponse("x", headers={"ETag": '"own"'})

    chosen = own_async if inspect.iscoroutinefunction(view) else own
    assert call(etag(lambda request: "x")(chosen), rf.get("/")).headers["ETag"] == '"own"'


@each_colour
def test_a_page_is_conditional_by_itself(view):
    page = conditional_page(view)
    tag = call(page, rf.get("/")).headers["ETag"]
    assert call(page, rf.get("/", headers={"If-None-Match": tag})).status_code == 304


def long(request):
    return HttpResponse("long " * 200)


async def along(request):
    return long(request)


@pytest.mark.parametrize("view", [long, along])
def test_a_page_is_compressed_by_itself(view):
    answer = call(gzip_page(view), rf.get("/", headers={"Accept-Encoding": "gzip"}))
    assert gzip.decompress(answer.content) == b"long " * 200
    assert call(gzip_page(view), rf.get("/")).content == b"long " * 200


class Noting(MiddlewareMixin):
    """A layer with all hooks of one view."""

    def __init__(self, get_response, word="noted"):
        super().__init__(get_response)
        self.word = word

    def process_request(self, request):
        return HttpResponse("early") if "early" in request.GET else None

    def process_view(self, request, view, args, kwargs):
        request.given = (args, kwargs)

    async def process_exception(self, request, exception):
        return HttpResponse(str(exception)) if "catch" in request.GET else None

    def process_response(self, request, response):
        response["X-Noted"] = f"{self.word} {getattr(request, 'given', '')}"
        return response


def faulty(request, pk):
    if "fail" in request.GET:
        raise ValueError("failed")
    return HttpResponse(f"page {pk}")


async def afaulty(request, pk):
    return faulty(request, pk)


@pytest.mark.parametrize("view", [faulty, afaulty])
def test_a_decorator_of_a_layer_calls_its_hooks(view):
    page = decorator_from_middleware_with_args(Noting)("word")(view)
    inside = call(page, rf.get("/"), pk=1)
    assert (inside.text, inside["X-Noted"]) == ("page 1", "word ((), {'pk': 1})")
    early = call(page, rf.get("/?early"), pk=1)
    assert (early.text, early["X-Noted"]) == ("early", "word ")
    assert call(page, rf.get("/?fail&catch"), pk=1).text == "failed"
    with pytest.raises(ValueError, match="failed"):
        call(decorator_from_middleware(Noting)(view), rf.get("/?fail"), pk=1)


def test_a_decorator_is_made_of_a_class_with_hooks():
    with pytest.raises(TypeError, match="class of middleware with hooks"):
        decorator_from_middleware(lambda get_response: get_response)


def test_an_unrendered_answer_goes_through_the_layer_when_it_is_rendered():
    page = conditional_page(lambda request: TemplateResponse(request, engines["manoir"].from_string("text")))
    answer = page(rf.get("/"))
    assert "ETag" not in answer.headers
    assert "ETag" in answer.render().headers


def test_marks():
    assert no_append_slash(lambda request: None).should_append_slash is False
    assert (loop_view(lambda r: r).sync_view_mode, thread_view(lambda r: r).sync_view_mode) == ("loop", "thread")
    assert non_atomic_requests(lambda r: r)._non_atomic_requests == {"default"}
    assert non_atomic_requests("a")(non_atomic_requests(lambda r: r))._non_atomic_requests == {"default", "a"}


# -- on methods -------------------------------------------------------------------------------------------------------


class Base(View):
    def get(self, request, *args, **kwargs):
        return HttpResponse(type(self).__name__)


class AsyncDispatch(View):
    async def dispatch(self, request, *args, **kwargs):
        return HttpResponse("Own")


class AsyncBase(View):
    async def get(self, request, *args, **kwargs):
        return HttpResponse(type(self).__name__)


@pytest.mark.parametrize("base", [Base, AsyncBase])
def test_a_decorator_on_a_method(base):
    class Own(base):
        if base is Base:

            @method_decorator(never_cache)
            def get(self, request, *args, **kwargs):
                return super().get(request)
        else:

            @method_decorator(never_cache)
            async def get(self, request, *args, **kwargs):
                return await super().get(request)

    response = call(Own.as_view(), rf.get("/"))
    assert (response.text, "no-store" in response.headers["Cache-Control"]) == ("Own", True)


@pytest.mark.parametrize("base", [Base, AsyncBase])
@pytest.mark.parametrize("name", ["dispatch", "get"])
def test_a_decorator_on_a_method_of_a_class(base, name):
    decorate = method_decorator([never_cache, vary_on_cookie], name=name)
    cls = decorate(type("Own", (base,), {}))
    response = call(cls.as_view(), rf.get("/"))
    assert (response.text, response.headers["Vary"], "no-store" in response.headers["Cache-Control"]) == (
        "Own",
        "Cookie",
        True,
    )


@pytest.mark.parametrize("base", [Base, AsyncBase, AsyncDispatch])
def test_conditions_on_a_class_of_either_colour(base):
    def tag_of(request):
        return cache.get_or_set("tag", "x")  # waits, which an event loop would not let it

    cls = method_decorator(condition(tag_of), name="dispatch")(type("Own", (base,), {}))
    assert call(cls.as_view(), rf.get("/")).headers["ETag"] == '"x"'
    assert call(cls.as_view(), rf.get("/", headers={"If-None-Match": '"x"'})).status_code == 304


@pytest.mark.parametrize("base", [Base, AsyncBase, AsyncDispatch])
def test_a_class_is_conditional_by_itself(base):
    cls = method_decorator(conditional_page, name="dispatch")(type("Own", (base,), {}))
    assert "ETag" in call(cls.as_view(), rf.get("/")).headers


def test_decorators_in_a_list_run_outermost_first():
    order = []

    def noting(name):
        def decorator(view):
            def wrapped(*args, **kwargs):
                order.append(name)
                return view(*args, **kwargs)

            return wrapped

        return decorator

    cls = method_decorator([noting("first"), noting("second")], name="dispatch")(type("Own", (Base,), {}))
    call(cls.as_view(), rf.get("/"))
    assert order == ["first", "second"]


@pytest.mark.parametrize("base", [Base, AsyncBase, AsyncDispatch])
def test_marks_on_dispatch_reach_the_view_function_of_every_colour(base):
    exempt = method_decorator(non_atomic_requests, name="dispatch")(type("Own", (base,), {}))
    assert exempt.as_view()._non_atomic_requests == {"default"}


def test_marks_on_dispatch_reach_the_view_function():
    cls = method_decorator(loop_view, name="dispatch")(type("Own", (Base,), {}))
    exempt = method_decorator(non_atomic_requests, name="dispatch")(type("Own", (Base,), {}))
    assert (cls.as_view().sync_view_mode, exempt.as_view()._non_atomic_requests) == ("loop", {"default"})


def test_a_decorated_generic_view_still_answers_in_both_colours():
    page = never_cache(TemplateView.as_view(template_name="page.html"))
    assert "no-store" in page(rf.get("/")).headers["Cache-Control"]
    assert "no-store" in bridge.run(inner(page)).headers["Cache-Control"]


async def inner(view):
    return await view(rf.get("/"))


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="the class Base needs to know the method: give it name"):
        method_decorator(never_cache)(Base)
    with pytest.raises(TypeError, match="Base has no method 'put' to decorate"):
        method_decorator(never_cache, name="put")(Base)
