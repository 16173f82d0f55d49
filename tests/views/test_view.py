"""`View`: methods as handlers, in either colour."""

from __future__ import annotations

import inspect
import logging
import threading

import pytest

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.http import HttpResponse
from manoir.testing import RequestFactory
from manoir.views import View
from manoir.views.generic import ListView, TemplateView
from tests.views import site

rf = RequestFactory()


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("get", "/plain/", 200, "get []"),
        ("get", "/plain/7/", 200, "get [('pk', 7)]"),
        ("post", "/plain/", 200, "post"),
        ("get", "/async/", 200, "async get"),
        ("head", "/plain/", 200, ""),  # answered by get(), without its body
        ("head", "/async/", 200, ""),
    ],
)
def test_methods_answer(ask, method, path, status, text):
    response = ask(method, path)
    assert (response.status_code, response.text) == (status, text)


@pytest.mark.parametrize(
    ("path", "allowed"), [("/plain/", "GET, POST, HEAD, OPTIONS"), ("/async/", "GET, HEAD, OPTIONS")]
)
def test_other_methods_are_answered_405_with_those_that_are_there(ask, path, allowed, caplog):
    with caplog.at_level(logging.CRITICAL):
        response = ask("put", path)
    assert (response.status_code, set(response.headers["Allow"].split(", "))) == (405, set(allowed.split(", ")))


def test_options_lists_the_methods(ask):
    response = ask("options", "/async/")
    assert (response.status_code, set(response.headers["Allow"].split(", "))) == (200, {"GET", "HEAD", "OPTIONS"})


@pytest.mark.parametrize("verb", ["setup", "dispatch", "as_view", "__init__", "http_method_not_allowed", "trace"])
def test_no_verb_reaches_another_attribute(verb, caplog):
    request = rf.generic(verb.upper(), "/")
    with caplog.at_level(logging.CRITICAL):
        assert site.Plain.as_view()(request).status_code == 405
    request = rf.get("/")
    request.method = verb
    with caplog.at_level(logging.CRITICAL):
        assert site.Plain.as_view()(request).status_code == 405


def test_http_method_names_narrows(caplog):
    view = site.Plain.as_view(http_method_names=["get"])
    with caplog.at_level(logging.CRITICAL):
        assert view(rf.post("/")).status_code == 405


def test_as_view_takes_attributes_of_the_class_only():
    with pytest.raises(TypeError, match="would set what the class does not have: declare"):
        TemplateView.as_view(templatename="x")
    with pytest.raises(TypeError, match="takes no argument 'get': it is the name of a method"):
        TemplateView.as_view(get="x")


def test_the_view_function_knows_its_class():
    view = site.Page.as_view(template_name="x.html")
    assert (view.view_class, view.view_initkwargs, view.__name__) == (site.Page, {"template_name": "x.html"}, "Page")


def test_colours_of_handlers():
    assert (site.Plain.view_is_async, site.Async.view_is_async) == (False, True)
    assert inspect.iscoroutinefunction(site.Async.as_view())
    assert not inspect.iscoroutinefunction(site.Plain.as_view())


def test_a_mixture_of_colours_is_refused():
    class Mixture(View):
        def get(self, request): ...

        async def post(self, request): ...

    with pytest.raises(ImproperlyConfigured, match="must all be `async def` or all be `def`"):
        Mixture.as_view()


def test_every_request_has_an_instance_of_its_own():
    seen = []

    class Keeping(View):
        def get(self, request):
            seen.append(self)
            return HttpResponse(self.request.path)

    view = Keeping.as_view()
    assert (view(rf.get("/a/")).text, view(rf.get("/b/")).text, seen[0] is seen[1]) == ("/a/", "/b/", False)


def test_setup_without_super_is_named():
    class Forgetful(View):
        def setup(self, request, *args, **kwargs): ...

        def get(self, request): ...

    with pytest.raises(AttributeError, match=r"left this view without its request: call super\(\)\.setup"):
        Forgetful.as_view()(rf.get("/"))


def test_where_views_run(ask):
    loop = threading.current_thread()
    ask("get", "/async/")
    assert site.threads["async"] is loop
    with settings.override(SYNC_VIEWS="loop"):
        ask("get", "/plain/")
        assert site.threads["plain"] is loop


def test_async_overrides_keep_a_generic_view_on_the_loop_and_sync_ones_do_not():
    class Own(ListView):
        async def aget_queryset(self): ...

    class Sync(ListView):
        def get_queryset(self): ...

    modes = [getattr(cls.as_view(), "sync_view_mode", None) for cls in (ListView, Own, Sync)]
    assert modes == ["loop", "loop", None]


def test_generic_views_called_directly_answer_in_sync_code():
    response = site.Page.as_view()(rf.get("/"))
    assert response.render().text.strip() == "Extra||page.html"


async def test_generic_views_called_directly_answer_in_a_coroutine():
    response = await site.Page.as_view()(rf.get("/"))
    assert response.template_name == ["page.html"]


def test_a_sync_dispatch_around_async_handlers(ask):
    class Guarded(site.Async):
        def dispatch(self, request, *args, **kwargs):
            return HttpResponse("no", status=403) if "deny" in request.GET else super().dispatch(request)

    from manoir import bridge

    view = Guarded.as_view()
    assert bridge.run(view(rf.get("/?deny=1"))).status_code == 403
    assert bridge.run(view(rf.get("/"))).text == "async get"


async def test_an_async_dispatch_awaits_super_whatever_answers(caplog):
    class Awaiting(site.Async):
        async def dispatch(self, request, *args, **kwargs):
            response = await super().dispatch(request, *args, **kwargs)
            response.headers["X-Seen"] = "1"
            return response

    with caplog.at_level(logging.CRITICAL):
        answers = [await Awaiting.as_view()(rf.generic(verb, "/")) for verb in ("GET", "PUT", "OPTIONS")]
    assert [(answer.status_code, answer.headers["X-Seen"]) for answer in answers] == [
        (200, "1"),
        (405, "1"),
        (200, "1"),
    ]
