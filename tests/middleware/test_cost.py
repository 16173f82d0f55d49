"""Call counts of hot paths: they grow when somebody adds work to every request, on any machine."""

from __future__ import annotations

import sys

from manoir.conf import settings
from manoir.http import HttpRequest, JsonResponse, RequestHead
from manoir.middleware import (
    CommonMiddleware,
    ContentSecurityPolicyMiddleware,
    SecurityMiddleware,
    XFrameOptionsMiddleware,
    compose,
)
from manoir.security import CsrfViewMiddleware

LAYERS = [
    SecurityMiddleware,
    CommonMiddleware,
    CsrfViewMiddleware,
    XFrameOptionsMiddleware,
    ContentSecurityPolicyMiddleware,
]


async def convert(request, error):
    raise error


def calls(coroutine) -> int:
    """Run a coroutine that never waits, and count the calls of Python functions and builtins."""
    count = 0

    def watch(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(watch)
    try:
        coroutine.send(None)
    except StopIteration:
        pass
    finally:
        sys.setprofile(None)
    return count


def stack(layers):
    async def view(request):
        return JsonResponse({"a": 1})

    return compose(view, layers, convert=convert).call


def make():
    return HttpRequest(RequestHead(raw_path="/a/", headers=[("host", "testserver"), ("cookie", "a=b")]))


def test_five_layers_add_few_calls_to_a_request():
    with settings.override(SECURE_CSP={"default-src": ["'self'"]}):
        bare, layered = stack([]), stack(LAYERS)
        for call in (bare, layered):
            calls(call(make()))
        assert calls(layered(make())) - calls(bare(make())) <= 32


def test_a_request_is_settled_in_few_calls():
    async def settle():
        make().settle()

    calls(settle())
    assert calls(settle()) <= 34


def test_nothing_is_parsed_that_nobody_asked_for():
    request = make()
    calls(stack(LAYERS)(request))
    assert [request._get, request._post, request._cookies, request._meta, request._accepted, request.csrf] == [None] * 6
