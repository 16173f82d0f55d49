"""Fused layers leave out what the settings give nothing to do, and follow the settings when they change."""

import pytest

from manoir.conf import settings
from manoir.http import BadHeaderError, HttpResponse
from manoir.middleware import CommonMiddleware, SecurityMiddleware, XFrameOptionsMiddleware, compose
from manoir.security import CsrfViewMiddleware
from tests.http.builders import make_request


async def convert(request, error):
    raise error


async def view(request):
    return HttpResponse("done")


async def test_a_composed_stack_follows_the_settings():
    call = compose(view, [SecurityMiddleware, XFrameOptionsMiddleware], convert=convert).call
    assert (await call(make_request()))["X-Frame-Options"] == "DENY"
    with settings.override(X_FRAME_OPTIONS="SAMEORIGIN", SECURE_SSL_REDIRECT=True):
        assert (await call(make_request())).status_code == 301
        assert (await call(make_request(scheme="https")))["X-Frame-Options"] == "SAMEORIGIN"
    assert (await call(make_request())).status_code == 200


async def test_a_setting_that_cannot_be_worked_out_is_refused_to_every_request():
    call = compose(view, [XFrameOptionsMiddleware], convert=convert).call
    with settings.override(X_FRAME_OPTIONS="DENY\r\nX-Evil: 1"):
        for _ in range(2):
            with pytest.raises(BadHeaderError):
                await call(make_request())


async def test_hooks_that_a_subclass_wrote_are_called():
    class Own(SecurityMiddleware):
        def process_request(self, request):
            return HttpResponse("stopped", status=418)

    class OwnFrames(XFrameOptionsMiddleware):
        def get_xframe_options_value(self, request, response):
            return f"for {request.path}"

    class OwnCommon(CommonMiddleware):
        def process_request(self, request):
            request.seen = True

    request = make_request("/a/")
    response = await compose(view, [OwnFrames, OwnCommon, Own], convert=convert).call(request)
    assert (response.status_code, response["X-Frame-Options"], request.seen) == (418, "for /a/", True)


def test_a_view_hook_written_anew_is_never_skipped():
    class Own(CsrfViewMiddleware):
        async def process_view(self, request, view, args=(), kwargs=None):
            return HttpResponse("asked")

    skips = [step[0] for step in compose(view, [CsrfViewMiddleware, Own], convert=convert).view_steps]
    assert (skips[0] is not None, skips[1]) == (True, None)
