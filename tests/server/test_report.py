"""Debug pages, whatever a request and a program put into them: C17, H14, M11."""

from __future__ import annotations

import re
import sys
from types import ModuleType
from urllib.parse import quote

import pytest

from manoir.exceptions import Http404
from manoir.server._report import show
from manoir.testing import Client
from manoir.urls import include, path, re_path
from manoir.views import public_file

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Written:
    def __repr__(self) -> str:
        return HOSTILE


class Unwritable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class Untouchable:
    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)


def slots(request):
    _local, _names = Written(), {HOSTILE: HOSTILE}
    error = ValueError(HOSTILE)
    error.add_note(HOSTILE)
    try:
        raise KeyError(HOSTILE)
    except KeyError as cause:
        raise error from cause


def missing(request):
    raise Http404(HOSTILE)


def unwritable(request):
    raise Unwritable


def untouchable(request):
    _odd = Untouchable()
    raise ValueError("seen")


def half_a_character(request):
    raise ValueError("\ud800 seen")


@pytest.fixture
def hostile(project, caplog):
    module = ModuleType("tests.server.urls_hostile")
    module.urlpatterns = [  # type: ignore[attr-defined]
        path("slots/", slots),
        path("missing/", missing),
        path("unwritable/", unwritable),
        path("untouchable/", untouchable),
        path("half/", half_a_character),
        re_path("^<script>alert(1)</script>$", slots, name=HOSTILE),
    ]
    sys.modules[module.__name__] = module
    project.ROOT_URLCONF = module.__name__
    project.DEBUG = True
    project.HOSTILE = {HOSTILE: HOSTILE}
    yield project
    del sys.modules[module.__name__]


@pytest.mark.parametrize("url", ["/slots/", "/missing/", f"/{quote(HOSTILE)}"])
def test_nothing_that_a_client_or_a_program_says_becomes_markup(hostile, url):
    client = Client(raise_request_exception=False)
    response = client.post(
        f"{url}?{quote(HOSTILE)}={quote(HOSTILE)}",
        {HOSTILE: HOSTILE},
        headers={"user-agent": HOSTILE, "referer": HOSTILE, "cookie": f"a={HOSTILE}", "x-odd": HOSTILE},
    )
    assert "&lt;script&gt;" in response.text
    assert "<script" not in response.text
    assert "<img" not in response.text
    assert "script-src" not in response["Content-Security-Policy"]  # so default-src 'none' counts


@pytest.mark.parametrize(
    ("url", "expected"),
    [("/unwritable/", "RuntimeError"), ("/untouchable/", "seen"), ("/half/", "\\ud800 seen")],
)
def test_what_cannot_be_written_does_not_hide_the_error(hostile, url, expected):
    response = Client(raise_request_exception=False).get(url)
    assert response.status_code == 500
    assert "Traceback" in response.text
    assert expected in response.text


def test_a_request_that_is_too_large_to_read_does_not_hide_the_error(hostile):
    hostile.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    response = Client(raise_request_exception=False).get("/slots/?a=1&a=1&a=1")
    assert response.status_code == 500
    assert "Traceback" in response.text


@pytest.mark.parametrize(
    "headers",
    [{"x-forwarded-for": "127.0.0.1"}, {"forwarded": "for=1.2.3.4"}, {"x-real-ip": "1.2.3.4"}, {"via": "1.1 tunnel"}],
)
def test_a_request_that_was_passed_on_is_no_developers(hostile, headers):
    response = Client(raise_request_exception=False).get("/slots/", headers=headers)
    assert (response.status_code, "Traceback" in response.text) == (500, False)


@pytest.mark.parametrize(
    ("hosts", "host", "shown"),
    [
        (["*"], "localhost", True),
        (["*"], "192.0.2.10:8000", True),
        (["*"], "rebound.example", False),
        (["dev.example"], "dev.example", True),
    ],
)
def test_internal_addresses_need_a_host_that_nobody_else_can_own(hostile, hosts, host, shown):
    hostile.ALLOWED_HOSTS = hosts
    hostile.INTERNAL_IPS = ["192.0.2.7"]
    client = Client(raise_request_exception=False, headers={"host": host}, REMOTE_ADDR="192.0.2.7")
    assert ("Traceback" in client.get("/slots/").text) == shown


def test_passwords_in_addresses_are_not_shown():
    assert (
        show({"LOCATION": "redis://user:hunter2@cache:6379/1"}) == "{'LOCATION': 'redis://user:********@cache:6379/1'}"
    )
    assert show("http://localhost:80/a@b") == "'http://localhost:80/a@b'"


def through_the_framework(request):
    from tests.library.models import Book

    return Book.objects.filter(titel="x")


@pytest.fixture
def debugged(project):
    """A project with DEBUG and some pages; gives what a path answers."""
    module = ModuleType("tests.server.urls_debugged")
    module.urlpatterns = [  # type: ignore[attr-defined]
        path("cities/", slots, name="cities"),
        path("cities/<slug:name>/", slots, name="city"),
        path("office/", include(([path("desk/", slots, name="desk")], "office"))),
        re_path(r"^old/(\d+)/$", slots),
        path("query/", through_the_framework),
        path("gone/", missing),
        path("numbers/<int:number>/", slots),
        path("files/<path:name>", public_file),
        path("filed/report/", slots),
    ]
    sys.modules[module.__name__] = module
    project.ROOT_URLCONF, project.DEBUG = module.__name__, True
    yield lambda url: Client(raise_request_exception=False).get(url).text
    del sys.modules[module.__name__]


@pytest.mark.parametrize(
    ("url", "address"),
    [("/citys/", "/cities/"), ("/cities/berlin", "/cities/berlin/"), ("/ofice/desk/", "/office/desk/")],
)
def test_a_404_names_the_nearest_address(debugged, url, address):
    assert f'<a class="mono" href="{address}">{address}</a>' in debugged(url)


def test_a_404_of_a_view_of_manoir_may_be_a_mistyped_address_as_well(debugged):
    assert '<a class="mono" href="/filed/report/">' in debugged("/files/report/")


def test_a_404_names_no_address_that_would_be_one_itself(debugged):
    assert "Did you mean" not in debugged("/number/seven/")
    assert '<a class="mono" href="/numbers/7/">' in debugged("/number/7/")


@pytest.mark.parametrize("url", ["/", "/entirely/different/", "/" + "c" * 500, "/old/7", "//cities//"])
def test_a_404_far_from_all_addresses_guesses_nothing(debugged, url):
    assert "Did you mean" not in debugged(url)


def test_a_404_lists_routes_from_the_root_with_names_as_reverse_takes_them(debugged):
    text = debugged("/entirely/different/")
    assert "/cities/&lt;slug:name&gt;/  <em>[name='city']</em>" in text
    assert "/office/desk/  <em>[name='office:desk']</em>" in text


def test_a_404_that_a_view_raised_shows_its_reason_before_the_folded_patterns(debugged):
    text = debugged("/gone/")
    assert text.index("Raised by") < text.index("<details><summary>The patterns of")
    assert "Did you mean" not in text


def test_a_500_unfolds_the_innermost_frame_of_the_project(debugged):
    opened = re.findall(r"<details open[^>]*>\s*<summary><code>([^<]*):\d+</code>", debugged("/query/"))
    assert opened == [__file__]


def test_a_500_says_first_what_was_raised(debugged):
    assert "<h1>FieldError</h1>" in debugged("/query/")
