"""Steps of several layers are put together where nobody can tell the difference."""

from __future__ import annotations

import pytest

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.http import HttpResponse
from manoir.middleware import (
    AddsHeaders,
    CommonMiddleware,
    ContentSecurityPolicyMiddleware,
    MakesLate,
    OwnStep,
    PureMiddleware,
    SecurityMiddleware,
    XFrameOptionsMiddleware,
    compose,
)
from manoir.middleware._steps import put_together_inwards, put_together_outwards
from tests.http.builders import make_request


class Late(PureMiddleware):
    name, needs = "first", None

    def process_request(self, request):
        if self.needs is not None and not request.has(self.needs):
            raise ImproperlyConfigured(f"{self.needs} is missing")
        request.make_late(self.name, lambda request: self.name)

    def active_hooks(self):
        made = MakesLate({self.name: lambda request: self.name}, self.needs, self.process_request)
        return made, None


class Second(Late):
    name, needs = "second", "first"


class Looks(PureMiddleware):
    """A project's layer, which looks at what comes from inside."""

    def process_response(self, request, response):
        response["X-Seen"] = ", ".join(sorted(response.headers.raw))
        return response


async def answer(*layers, view=None, path="/"):
    async def center(request):
        return view(request) if view is not None else HttpResponse("content")

    async def convert(request, error):
        return HttpResponse(f"{type(error).__name__}: {error}", status=500)

    request = make_request(path)
    return request, await compose(center, layers, convert=convert).call(request)


async def test_attributes_of_neighbours_are_made_late_by_one_step():
    layers = [Late(lambda request: None), Second(lambda request: None)]
    steps = put_together_inwards([(depth, layer.active_hooks()[0]) for depth, layer in enumerate(layers)])

    request, response = await answer(Late, Second)

    assert [depth for depth, _ in steps] == [1]
    assert (response.status_code, request.first, request.second) == (200, "first", "second")
    assert "first" not in vars(request)


@pytest.mark.parametrize("layers", [(Second,), (Second, Late)])
async def test_a_layer_whose_attribute_is_missing_outside_says_so(layers):
    _, response = await answer(*layers)

    assert response.content == b"ImproperlyConfigured: first is missing"


async def test_one_request_does_not_change_what_others_have_made_late():
    class More(Late):
        def active_hooks(self):
            return lambda request: request.make_late("more", lambda request: "more"), None

    request, _ = await answer(Late, More)
    other, _ = await answer(Late)

    assert (request.first, request.more, other.first) == ("first", "more", "first")
    assert not other.has("more")


def test_headers_are_added_at_once_unless_somebody_may_look_between():
    inner, outer = AddsHeaders([("x-inner", "1")]), AddsHeaders([("x-outer", "1")])

    def looks(request, response):
        return response

    [_, together] = put_together_outwards([inner, OwnStep(looks, "session"), outer])
    apart = put_together_outwards([inner, looks, outer])

    assert together[1].items == [("x-inner", "1"), ("x-outer", "1")]
    assert apart == [(None, inner), (None, looks), (None, outer)]


async def test_a_layer_of_the_project_sees_what_the_inner_layers_added():
    own = (SecurityMiddleware, Looks, CommonMiddleware, XFrameOptionsMiddleware)
    _, response = await answer(*own)

    assert response["X-Seen"] == "content-length, content-type, x-frame-options"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("mark", ["nothing", "exempt", "policy", "no policy", "nonce", "own header"])
async def test_answers_with_a_policy_of_their_own_keep_it(mark):
    def view(request):
        response = HttpResponse("content")
        if mark == "exempt":
            response.xframe_options_exempt = True
        elif mark == "own header":
            response["X-Frame-Options"] = "SAMEORIGIN"
        elif mark == "nonce":
            assert request.csp_nonce
        elif mark != "nothing":
            response._csp_config = {"img-src": ["*"]} if mark == "policy" else {}
        return response

    with settings.override(SECURE_CSP={"default-src": ["'self'"], "script-src": ["<CSP_NONCE_SENTINEL>"]}):
        layers = (SecurityMiddleware, CommonMiddleware, XFrameOptionsMiddleware, ContentSecurityPolicyMiddleware)
        request, together = await answer(*layers, view=view)
        _, apart = await answer(*[layer for one in layers for layer in (one, Looks)], view=view)

    assert together.get("X-Frame-Options") == {"exempt": None, "own header": "SAMEORIGIN"}.get(mark, "DENY")
    assert (request.csp_nonce in together.get("Content-Security-Policy", "")) == (mark == "nonce")
    assert together.has_header("Content-Security-Policy") == (mark != "no policy")
    if mark != "nonce":
        assert dict(together.items()) == {name: value for name, value in apart.items() if name != "X-Seen"}
