"""Static files: found, collected, linked, and served without leaving their directories."""

import asyncio
import threading

import pytest

from manoir.commands import call_command
from manoir.exceptions import CommandError, ImproperlyConfigured
from manoir.server import Handler
from manoir.staticfiles import StaticFilesHandler, find, static
from manoir.staticfiles.management.commands import collectstatic, findstatic
from manoir.templates import Template
from manoir.testing import Client


@pytest.fixture
def project(settings, tmp_path):
    """A project with one directory of static files beside a directory that must not be reachable."""
    (tmp_path / "assets/shop").mkdir(parents=True)
    (tmp_path / "assets/shop/style.css").write_text("body { color: teal }")
    (tmp_path / "assets/.hidden").write_text("hidden")
    (tmp_path / "assets-secret").mkdir()
    (tmp_path / "assets-secret/key.txt").write_text("secret")
    (tmp_path / "outside.txt").write_text("outside")
    (tmp_path / "assets/link.txt").symlink_to(tmp_path / "outside.txt")
    settings.STATIC_URL = "static/"
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STATICFILES_DIRS = [tmp_path / "assets"]
    settings.STATICFILES_FINDERS = ["manoir.staticfiles.FileSystemFinder"]
    settings.STORAGES = {"staticfiles": {"BACKEND": "manoir.staticfiles.StaticFilesStorage"}}
    settings.ROOT_URLCONF = "tests.server.urls_empty"
    settings.MIDDLEWARE = []
    return settings


@pytest.fixture
def static_client(project):
    client = Client()
    client.handler = StaticFilesHandler(Handler())
    return client


def test_find_returns_the_first_match(project, tmp_path):
    assert find("shop/style.css") == str(tmp_path / "assets/shop/style.css")


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "shop/../../outside.txt",
        "/etc/passwd",
        "..\\outside.txt",
        "link.txt",
        "",
        ".",
        "shop",
        "a\x00b",
        "C:/x",
        "../assets-secret/key.txt",
        "shop//style.css",
    ],
)
def test_paths_out_of_the_directory_are_not_found(project, path):
    assert find(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "%2e%2e/outside.txt",
        "..%2foutside.txt",
        "link.txt",
        "-secret/key.txt",
        "shop/none.css",
        ".hidden/",
    ],
)
@pytest.mark.parametrize("debug", [True, False])
def test_requests_out_of_the_directory_are_404(project, static_client, path, debug):
    """C21: dots, escaped ones, a link, a sibling that begins alike."""
    project.DEBUG = debug
    static_client.handler.load()
    response = static_client.get(f"/static/{path}")
    assert response.status_code == 404


@pytest.mark.parametrize("debug", [True, False])
def test_file_is_served_with_its_type(project, static_client, debug):
    project.DEBUG = debug
    static_client.handler.load()
    response = static_client.get("/static/shop/style.css")
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"body { color: teal }"
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_unchanged_file_is_304(project, static_client):
    project.DEBUG = True
    first = static_client.get("/static/shop/style.css")
    again = static_client.get("/static/shop/style.css", headers={"if-modified-since": first.headers["Last-Modified"]})
    assert again.status_code == 304


def test_only_get_and_head_are_answered(project, static_client):
    project.DEBUG = True
    assert static_client.post("/static/shop/style.css").status_code == 405


def test_collectstatic_copies_and_then_leaves_alone(project, tmp_path, capsys):
    call_command(collectstatic.Command(), interactive=False)
    assert (tmp_path / "collected/shop/style.css").read_text() == "body { color: teal }"
    assert not (tmp_path / "collected/.hidden").exists()
    assert "copied" in capsys.readouterr().out
    call_command(collectstatic.Command(), interactive=False)
    assert "0 static files copied" in capsys.readouterr().out


def test_collectstatic_copies_what_changed(project, tmp_path):
    call_command(collectstatic.Command(), interactive=False, verbosity=0)
    (tmp_path / "assets/shop/style.css").write_text("body { color: tomato }")
    call_command(collectstatic.Command(), interactive=False, verbosity=0)
    assert (tmp_path / "collected/shop/style.css").read_text() == "body { color: tomato }"


def test_collectstatic_copies_what_changed_in_the_same_second_to_the_same_length(project, tmp_path):
    call_command(collectstatic.Command(), interactive=False, verbosity=0)
    (tmp_path / "assets/shop/style.css").write_text("body { color: TEAL }")
    call_command(collectstatic.Command(), interactive=False, verbosity=0)
    assert (tmp_path / "collected/shop/style.css").read_text() == "body { color: TEAL }"


def test_collectstatic_follows_a_changed_static_root(project, tmp_path):
    call_command(collectstatic.Command(), interactive=False, verbosity=0)
    project.STATIC_ROOT = tmp_path / "elsewhere"
    call_command(collectstatic.Command(), interactive=False, verbosity=0)
    assert (tmp_path / "elsewhere/shop/style.css").is_file()


def test_collectstatic_clear_removes_what_has_no_source(project, tmp_path):
    call_command(collectstatic.Command(), interactive=False, verbosity=0)
    (tmp_path / "assets/shop/style.css").unlink()
    call_command(collectstatic.Command(), interactive=False, clear=True, verbosity=0)
    assert not (tmp_path / "collected/shop/style.css").exists()


def test_collectstatic_without_static_root_says_what_to_set(project):
    project.STATIC_ROOT = None
    with pytest.raises(ImproperlyConfigured, match="STATIC_ROOT"):
        call_command(collectstatic.Command(), interactive=False)


def test_findstatic_of_a_missing_file_says_where_it_looked(project, tmp_path):
    with pytest.raises(CommandError, match="assets"):
        call_command(findstatic.Command(), "shop/none.css")


def test_static_quotes_paths(project):
    assert static("shop/a b.css") == "/static/shop/a%20b.css"


def test_static_tag(project):
    project.INSTALLED_APPS = [*project.INSTALLED_APPS]
    project.TEMPLATES = [
        {
            "BACKEND": "manoir.templates.Engine",
            "OPTIONS": {"libraries": {"static": "manoir.staticfiles.templatetags.static"}},
        }
    ]
    source = "{% load static %}{% static 'shop/style.css' %} {% static 'a.js' as url %}[{{ url }}]"
    assert Template(source).render({}) == "/static/shop/style.css [/static/a.js]"


async def test_a_file_whose_reader_left_while_it_was_opened_is_closed(project, rf):
    opened, left, files = threading.Event(), threading.Event(), []

    class Slow(StaticFilesHandler):
        def serve(self, request):
            response = super().serve(request)
            files.append(response.file_to_stream)
            opened.set()
            left.wait(10)
            return response

    handler = Slow(Handler())
    handler.load()
    task = asyncio.ensure_future(handler(rf.get("/static/shop/style.css")))
    while not opened.is_set():
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.sleep(0)
    left.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [file.closed for file in files] == [True]
