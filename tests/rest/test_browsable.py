"""The pages for people: what they show, to whom, and that they run under a strict policy (H03, H07, H13, H14)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.rest._json_tokens import safe_href, tokens_of
from manoir.testing import APIClient, APIRequestFactory, force_authenticate
from manoir.urls import path
from tests.rest.conftest import MIDDLEWARE, Caller
from tests.rest.notebook import Note, NoteViewSet

HTML = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onmouseover='alert(1)",
    "</pre></script><svg onload=alert(1)>",
    "{{ 7|add:7 }}{% csrf_token %}",
    "javascript:alert(1)",
]


@pytest.fixture
def page(api, people):
    api.login(people.ann.user)

    def get(address, **extra):
        answer = api.get(address, headers=HTML, **extra)
        assert answer["Content-Type"] == "text/html; charset=utf-8"
        return answer.text

    return get


def forms_in(text):
    return set(re.findall(r'name="_method" value="(\w+)"', text))


def test_a_browser_gets_a_page_and_a_program_json(api, people):
    api.login(people.ann.user)
    assert api.get("/notes/", headers=HTML)["Content-Type"].startswith("text/html")
    assert api.get("/notes/")["Content-Type"] == "application/json"
    assert api.get("/notes/?format=api")["Content-Type"].startswith("text/html")
    assert api.get("/notes/?format=json", headers=HTML)["Content-Type"] == "application/json"


def test_a_list_shows_data_filters_and_a_form(page):
    text = page("/notes/")
    assert "<h1>Note List</h1>" in text
    assert "Everybody&#x27;s own notes." in text or "Everybody&#39;s own notes." in text
    assert '<span class="text">&#34;ann 1&#34;</span>' in text
    assert "bob" not in text
    assert forms_in(text) == {"POST", "OPTIONS"}
    assert 'name="search"' in text
    assert 'name="ordering"' in text
    assert 'name="pinned"' in text
    assert '<option value="true"' in text


def test_an_object_shows_its_values_and_forms(page, people):
    text = page(f"/notes/{people.ann.notes[0].pk}/")
    assert forms_in(text) == {"PUT", "PATCH", "DELETE", "OPTIONS"}
    assert 'value="ann 1"' in text
    assert "Pin" in text


def test_related_rows_of_others_are_no_options(page, people):
    """H01: the select of a relation has what its user may see."""
    text = page("/notes/")
    assert f'<option value="{people.ann.folder.pk}"' in text
    assert f'<option value="{people.bob.folder.pk}"' not in text


def test_who_may_not_use_a_method_sees_no_form_for_it(colour, people):
    """H03: the permission is asked before any form is shown."""

    class ReadOnly(rest.BasePermission):
        def has_permission(self, request, view):
            return request.method in rest.permissions.SAFE_METHODS

    class OwnOnly(rest.BasePermission):
        async def ahas_object_permission(self, request, view, obj):
            return request.method != "DELETE"

    for permission, listed, single in (
        (ReadOnly, {"OPTIONS"}, {"OPTIONS"}),
        (OwnOnly, {"POST", "OPTIONS"}, {"PUT", "PATCH", "OPTIONS"}),
    ):
        view = type("V", (NoteViewSet,), {"permission_classes": [permission]})
        router = rest.SimpleRouter()
        router.register("notes", view)
        with settings.override(ROOT_URLCONF=router.urls, MIDDLEWARE=MIDDLEWARE):
            api = Caller(colour)
            api.login(people.ann.user)
            assert forms_in(api.get("/notes/", headers=HTML).text) == listed
            assert forms_in(api.get(f"/notes/{people.ann.notes[0].pk}/", headers=HTML).text) == single


def test_errors_are_pages_without_forms_that_would_fail(api, people):
    answer = api.get("/notes/", headers=HTML)
    assert (answer.status_code, forms_in(answer.text)) == (403, set())
    assert "Sign in first" in answer.text
    api.login(people.ann.user)
    answer = api.get(f"/notes/{people.bob.notes[0].pk}/", headers=HTML)
    assert (answer.status_code, "bob" in answer.text) == (404, False)


def token_in(text):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)[1]


def test_forms_change_things_without_any_script(colour, people):
    """PUT, PATCH and DELETE by hidden fields of a form, with the page's CSRF token."""
    with settings.override(ROOT_URLCONF="tests.rest.notebook", MIDDLEWARE=MIDDLEWARE):
        api = Caller(colour, enforce_csrf_checks=True)
        api.login(people.ann.user)
        note = people.ann.notes[0]
        address = f"/notes/{note.pk}/"
        token = token_in(api.get(address, headers=HTML).text)

        def send(**fields):
            return api.post(address, {"csrfmiddlewaretoken": token, **fields}, format="multipart", headers=HTML)

        answer = send(_method="PUT", title="by form", folder=people.ann.folder.pk, stars="")
        assert answer.status_code == 200, answer.text
        note.refresh_from_db()
        assert (note.title, note.stars, note.pinned) == ("by form", None, False)
        answer = send(_method="PATCH", _content='{"stars": 5}', _content_type="application/json")
        assert answer.status_code == 200, answer.text
        note.refresh_from_db()
        assert note.stars == 5
        wrong = send(_method="PUT", title="", folder=people.ann.folder.pk)
        assert wrong.status_code == 400
        assert 'class="error"' in wrong.text
        assert send(_method="OPTIONS").status_code == 200
        gone = send(_method="DELETE")
        assert (gone.status_code, "204" in gone.text) == (200, True)
        assert not Note.objects.filter(pk=note.pk).exists()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_forms_of_others_change_nothing(colour, people, method):
    """H07: a form that means another method needs the token, however its sender authenticates."""
    with settings.override(ROOT_URLCONF="tests.rest.notebook", MIDDLEWARE=MIDDLEWARE):
        api = Caller(colour, enforce_csrf_checks=True)
        note = people.ann.notes[0]
        for headers in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            api.force_authenticate(people.ann.user)
            answer = api.post(
                f"/notes/{note.pk}/", {"_method": method, "title": "x"}, format="multipart", headers=headers
            )
            assert answer.status_code in (403, 405)
        note.refresh_from_db()
        assert note.title == "ann 1"


def test_views_without_pages_know_no_forms_that_mean_other_methods(people):
    class Plain(NoteViewSet):
        renderer_classes = [rest.JSONRenderer]

    view = Plain.as_view({"get": "retrieve", "delete": "destroy"})
    request = APIRequestFactory().post("/", {"_method": "DELETE"})
    force_authenticate(request, people.ann.user)
    assert view(request, pk=people.ann.notes[0].pk).status_code == 405


class Markup(HTMLParser):
    """The tags, attributes and words of a page, as a browser reads them."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.words = set(), [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.words += data


WORDS = """
html head meta title link body a header nav ol li div span form input button main h1 h2 p details summary select
option label section strong dl dt dd pre textarea
"""
TAGS = frozenset(WORDS.split())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_is_shown_becomes_markup(colour, people, payload):
    """H14: payload x every slot: data, names, descriptions, options, values, errors, headers, addresses, crumbs."""
    folder = people.ann.folder
    folder.name = payload
    folder.save()
    note = Note.objects.create(folder=folder, title=payload[:50])

    class Odd(NoteViewSet):
        description = payload
        filterset_fields = {"title": ["icontains"]}

        def get_view_name(self):
            return payload

        def finalize_response(self, request, response, *args, **kwargs):
            response = super().finalize_response(request, response, *args, **kwargs)
            response["X-Odd"] = payload
            return response

        @rest.action(detail=True, name=payload)
        def odd(self, request, pk=None): ...

    router = rest.DefaultRouter()
    router.register("notes", Odd)
    with settings.override(ROOT_URLCONF=router.urls, MIDDLEWARE=MIDDLEWARE):
        api = Caller(colour)
        api.login(people.ann.user)
        pages = [
            api.get("/notes/", {"title__icontains": payload, "search": payload, "q": payload}, headers=HTML),
            api.get(f"/notes/{note.pk}/", headers=HTML),
            api.post(
                "/notes/",
                {"_method": "POST", "title": payload * 20, "folder": payload},
                format="multipart",
                headers=HTML,
            ),
        ]
        assert pages[2].status_code == 400
        for answer in pages:
            found = Markup()
            found.feed(answer.text)
            assert found.tags <= TAGS
            assert [name for name, _ in found.attributes if name.startswith("on") or name == "style"] == []
            addresses = [value for name, value in found.attributes if name in ("href", "action", "src", "formaction")]
            assert [one for one in addresses if not re.match(r"https?://|/|#", one)] == []  # H13
            assert payload in found.words  # it is there, as text


def test_pages_say_their_own_policy_and_are_not_kept(api, people):
    api.login(people.ann.user)
    with settings.override(STATIC_URL="/static/"):
        answer = api.get("/notes/", headers=HTML)
    assert '<link rel="stylesheet" href="/static/rest/api.css"' in answer.text
    policy = answer["Content-Security-Policy"]
    nonce = re.search(r'<link rel="stylesheet"[^>]*nonce="([^"]+)"', answer.text)[1]
    assert f"style-src 'nonce-{nonce}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "http:evil",
        "//evil.example",
        "http://",
        "https:// x",
        "http://a.example/\x00",
        "http://a.example\\@b",
        "vbscript:x",
        " http://a.example",
    ],
)
def test_addresses_that_are_no_links(address):
    """H13: scheme allow list in one helper."""
    assert safe_href(address) == ""


def test_a_string_without_its_end_is_read_once():
    """H56: behind each of its escaped quotes it could begin anew, which took minutes for a page of 200,000 characters."""
    text = "[" + '\\"' * 99_000
    found = tokens_of(text)
    assert "".join(token.text for token in found) == text
    assert len(found) < 4


def test_addresses_in_json_are_links():
    found = tokens_of('{"self": "https://a.example/1/", "n": -1.5e3, "ok": true}')
    assert [(token.kind, token.href) for token in found if token.kind] == [
        ("key", ""),
        ("text", "https://a.example/1/"),
        ("key", ""),
        ("number", ""),
        ("key", ""),
        ("word", ""),
    ]
    assert "".join(token.text for token in found) == '{"self": "https://a.example/1/", "n": -1.5e3, "ok": true}'


def test_breadcrumbs_lead_through_the_views_above(page, people):
    text = page(f"/notes/{people.ann.notes[0].pk}/")
    crumbs = re.findall(r'<li><a href="([^"]+)"', text)
    assert crumbs == ["/", "/notes/", f"/notes/{people.ann.notes[0].pk}/"]


def test_log_in_and_out(colour, people):
    from manoir.auth.urls import urlpatterns as accounts
    from tests.rest.notebook import urlpatterns

    with settings.override(ROOT_URLCONF=[*urlpatterns, *accounts], MIDDLEWARE=MIDDLEWARE):
        api = Caller(colour)
        assert '?next=%2Fnotes%2F">Log in</a>' in api.get("/notes/", headers=HTML).text
        api.login(people.ann.user)
        text = api.get("/notes/", headers=HTML).text
        assert "Log out" in text
        assert "Log in" not in text


def test_pages_of_a_list_have_links(colour, people):
    class Paged(NoteViewSet):
        pagination_class = type("P", (rest.PageNumberPagination,), {"page_size": 1})

    with settings.override(ROOT_URLCONF=[path("n/", Paged.as_view({"get": "list"}))], MIDDLEWARE=MIDDLEWARE):
        api = Caller(colour)
        api.login(people.ann.user)
        text = api.get("/n/?page=2", headers=HTML).text
        assert 'rel="prev" href="http://testserver/n/"' in text
        assert 'rel="next"' not in text


def test_a_view_of_plain_data_has_a_page(colour, people):
    class Plain(rest.APIView):
        permission_classes = [rest.AllowAny]

        async def get(self, request):
            return rest.Response({"a": [1, None], "b": "é"})

        def post(self, request):
            return rest.Response(request.data)

    with settings.override(ROOT_URLCONF=[path("", Plain.as_view())], MIDDLEWARE=MIDDLEWARE):
        text = Caller(colour).get("/", headers=HTML).text
        assert "<h1>Plain</h1>" in text
        assert "é" in text
        assert forms_in(text) == {"POST", "OPTIONS"}
        sent = Caller(colour).post(
            "/", {"_method": "POST", "_content": '{"x": 1}', "_content_type": "application/json"}, headers=HTML
        )
        assert '<span class="key">&#34;x&#34;</span>' in sent.text


def test_a_page_of_the_projects_own(tmp_path, colour, people):
    (tmp_path / "mine.html").write_text("<title>{{ name }}</title>{% for t in content %}{{ t.text }}{% endfor %}")

    class Mine(rest.BrowsableAPIRenderer):
        template = "mine.html"

    @rest.api_view(["GET"])
    @rest.decorators.permission_classes([rest.AllowAny])
    @rest.decorators.renderer_classes([rest.JSONRenderer, Mine])
    def hello(request):
        return rest.Response("<b>")

    engine = {"BACKEND": "manoir.templates.Engine", "DIRS": [tmp_path], "APP_DIRS": False, "OPTIONS": {}}
    with settings.override(ROOT_URLCONF=[path("", hello)], MIDDLEWARE=[], TEMPLATES=[engine]):
        assert Caller(colour).get("/", headers=HTML).text == "<title>Hello</title>&#34;&lt;b&gt;&#34;"


@pytest.mark.parametrize("sent", [True, 5, "ab", {"a": 1}])
def test_a_form_of_what_was_sent_bears_any_value(sent):
    class Serializer(rest.Serializer):
        tags = rest.MultipleChoiceField(choices=["a", "b"])

    class Tags(rest.APIView):
        renderer_classes = [rest.BrowsableAPIRenderer]
        permission_classes = [rest.AllowAny]

        def get_serializer(self, *args, **kwargs):
            return Serializer(*args, **kwargs)

        def post(self, request):
            serializer = Serializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            return rest.Response(serializer.data)

    with settings.override(ROOT_URLCONF=[path("", Tags.as_view())], MIDDLEWARE=[]):
        answer = APIClient().post("/", {"tags": sent}, format="json", headers={"accept": "text/html"})
    assert answer.status_code == 400
