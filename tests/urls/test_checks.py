from __future__ import annotations

import pytest

from manoir.checks import run_checks
from manoir.conf import settings
from manoir.urls import include, path, re_path


def view(request): ...


def wrong(request, one, two): ...


def ids(*tags):
    return [message.id for message in run_checks(tags=list(tags or ["urls"])) if message.id.startswith("manoir.urls")]


def test_a_good_urlconf_is_silent(urlconf):
    urlconf(path("a/<int:x>/", view, name="a"), re_path(r"^b/(?P<y>[0-9]{4})/$", view), path("c/", include(([], "c"))))
    assert ids() == []


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([path("^a/$", view)], ["manoir.urls.W001"]),
        ([path("(?P<x>a)/", view)], ["manoir.urls.W001"]),
        ([path("/a/", view)], ["manoir.urls.W002"]),
        ([re_path("^/a/$", view)], ["manoir.urls.W002"]),
        ([path("a/", view, name="a:b")], ["manoir.urls.W003"]),
        ([re_path("^a/$", include([path("b/", view)]))], ["manoir.urls.W004"]),
        ([path("a/", include(([], "x"))), path("b/", include(([], "x")))], ["manoir.urls.W005"]),
        ([re_path("^(a+)+$", view)], ["manoir.urls.W006"]),
        ([re_path("^([a-z]+/)*x$", view)], ["manoir.urls.W006"]),
        ([path("x/", include([path("/y/", view)]))], ["manoir.urls.W002"]),
    ],
)
def test_mistakes(urlconf, entries, expected):
    urlconf(*entries)
    assert ids() == expected


def test_handlers(urlconf):
    urlconf(handler404=wrong, handler500="no.such.view", handler403=view)
    assert ids() == ["manoir.urls.E007", "manoir.urls.E007", "manoir.urls.E008"]


def test_a_urlconf_that_cannot_be_loaded():
    with settings.override(ROOT_URLCONF="no.such.urls"):
        assert ids() == ["manoir.urls.E001"]
    with settings.override(ROOT_URLCONF=""):
        assert ids() == []


def test_url_settings(urlconf):
    urlconf()
    with settings.override(STATIC_URL="/static", MEDIA_URL="/media/"):
        assert ids() == ["manoir.urls.E006"]
