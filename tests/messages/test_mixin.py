"""SuccessMessageMixin on views of either colour, with a real form."""

from __future__ import annotations

import pytest

import manoir

manoir.setup()

from manoir import forms  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.http import HttpResponseRedirect  # noqa: E402
from manoir.messages import SuccessMessageMixin  # noqa: E402
from manoir.testing import Client  # noqa: E402
from manoir.urls import path  # noqa: E402
from manoir.views.generic import FormView  # noqa: E402


class Name(forms.Form):
    name = forms.CharField()


class Plain(SuccessMessageMixin, FormView):
    form_class = Name
    success_url = "/"
    success_message = "Hello %(name)s."


class Sync(Plain):
    def form_valid(self, form):
        return super().form_valid(form)


class Async(Plain):
    async def aform_valid(self, form):
        await super().aform_valid(form)
        return HttpResponseRedirect("/elsewhere/")


urlpatterns = [path("plain/", Plain.as_view()), path("sync/", Sync.as_view()), path("async/", Async.as_view())]


@pytest.mark.parametrize("address", ["/plain/", "/sync/", "/async/"])
def test_success_is_told(address):
    with settings.override(
        ROOT_URLCONF=__name__,
        MESSAGE_STORAGE="manoir.messages.CookieStorage",
        MIDDLEWARE=["manoir.messages.MessageMiddleware"],
    ):
        answer = Client().post(address, {"name": "Ada"})
        assert answer.status_code == 302
        assert [str(message) for message in answer.wsgi_request._messages._queued] == ["Hello Ada."]
