"""Names and bytes out of requests choose nothing: no module, no attribute, no class (C09, C11)."""

from __future__ import annotations

import base64
import pickle
import sys

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.rest.models import Token
from manoir.rest.schemas import get_schema_view
from manoir.urls import path
from tests.rest.conftest import Caller
from tests.rest.notebook import urlpatterns as notebook

HOSTILE = [
    "os.system",
    "__class__",
    "__init__.__globals__",
    "manoir.conf.settings.SECRET_KEY",
    "dispatch",
    "as_view",
    "../../etc/passwd",
    "subprocess:Popen",
    "..\\x00",
]
EXPLOIT = base64.b64encode(pickle.dumps(print)).decode()


@pytest.fixture
def api(colour, people):
    urls = [path("docs/", get_schema_view(permission_classes=[rest.AllowAny])), *notebook]
    with settings.override(ROOT_URLCONF=urls, MIDDLEWARE=[]):
        caller = Caller(colour)
        caller.force_authenticate(people.ann.user)
        yield caller


@pytest.fixture
def watched(monkeypatch):
    """Names that something tried to import while the test ran."""
    seen = []

    class Watch:
        def find_spec(self, name, path=None, target=None):
            seen.append(name)

    watch = Watch()
    sys.meta_path.insert(0, watch)
    yield seen
    sys.meta_path.remove(watch)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_reach_no_import_and_no_attribute(api, people, name, watched):
    """C11: names on every registry; the import hook sees none of them."""
    note = people.ann.notes[0].pk
    answers = [
        api.get("/notes/", {"format": name}),
        api.get("/notes/", {"ordering": name, "search": name}),
        api.get("/notes/", {name: "1", f"{name}__exact": "1", f"folder__{name}": "1"}),
        api.get("/notes/", {"page": name, "cursor": name, "limit": name, "version": name}),
        api.get("/docs/", {"asset": name}),
        api.post("/notes/", {"_method": name, "title": "x"}, format="multipart"),
        api.post("/notes/", {"_method": "PUT", "_content_type": name, "_content": "{}"}, format="multipart"),
        api.patch(f"/notes/{note}/", {name: "x", "__class__": "x", "_state": {"db": "x"}}, format="json"),
        api.client.generic(
            "GET", "/notes/", headers={"accept": f"application/{name.encode('ascii', 'replace').decode()}"}
        )
        if api.colour == "sync" and name.isprintable() and "\\" not in name
        else api.get("/notes/"),
    ]
    assert {answer.status_code for answer in answers} <= {200, 201, 400, 403, 404, 405, 406, 415}
    assert [one for one in watched if one.split(".")[0] in ("subprocess:Popen", "__class__", "..")] == []
    assert name not in watched
    people.ann.notes[0].refresh_from_db()
    assert people.ann.notes[0].title == "ann 1"


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "__CLASS__", "DISPATCH", "AS_VIEW", "LIST", "INITIAL"])
def test_methods_are_of_a_closed_set(people, method):
    with settings.override(ROOT_URLCONF=notebook, MIDDLEWARE=[]):
        caller = Caller("sync")
        caller.force_authenticate(people.ann.user)
        assert caller.client.generic(method, "/notes/").status_code in (400, 405)


@pytest.mark.parametrize(
    "content", [EXPLOIT, "gASVHwAAAAAAAACMCGJ1aWx0aW5zlIwFcHJpbnSUk5Qu", "!!python/object/apply:os.system [id]"]
)
def test_bytes_that_would_be_code_are_text(api, people, content, capsys):
    """C09: cursors, tokens and bodies are JSON or random; nothing is unpickled."""
    assert api.get("/notes/", {"cursor": content}).status_code == 200  # this view has no cursors
    assert api.post("/notes/", content, content_type="application/x-python-pickle").status_code == 415
    assert api.post("/notes/", content, content_type="application/yaml").status_code == 415
    assert api.post("/notes/", content, content_type="application/json").status_code == 400
    assert Token.objects.for_key(content) is None
    assert capsys.readouterr().out == ""
