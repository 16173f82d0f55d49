"""What pages of the list must never do, whatever is in the database or the address."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from manoir.admin import AdminSite, ModelAdmin
from manoir.admin import display as displayed
from manoir.admin._display import display_for_field, display_for_value, safe_url
from manoir.apps import apps
from manoir.auth import User
from manoir.templates import format_html
from tests.admin.lists.site import site
from tests.library.models import Author, Book, Publisher, Tag

PAYLOADS = [
    '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "'-alert(1)-'</title><svg onload=alert(1)>{{ 7|add:7 }}",
    "javascript:alert(1)",
]


class Page(HTMLParser):
    """Collects what could run: elements, attributes, addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.dangerous: list[str] = []
        self.scripts = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "script":
            self.scripts += 1
            if "src" not in given:
                self.dangerous.append("inline script")
        if tag == "style":
            self.dangerous.append("inline style")
        for name, value in given.items():
            if name.startswith("on") or name in ("style", "srcdoc") or name.startswith("hx-on"):
                self.dangerous.append(f"{tag} {name}")
            if name in ("href", "src", "action", "formaction") and (value or "").strip().lower().startswith(
                ("javascript:", "data:", "vbscript:")
            ):
                self.dangerous.append(f"{tag} {name}={value}")


def pages_with(payload):
    yield "/admin/"
    yield "/admin/library/"
    for name in ("book", "author", "tag", "publisher"):
        yield f"/admin/library/{name}/"
    yield f"/admin/library/book/?q={quote_url(payload)}"
    yield f"/admin/library/book/?o={quote_url(payload)}"
    yield f"/admin/library/book/?_facets={quote_url(payload)}"
    yield f"/admin/library/book/?band={quote_url(payload)}"
    yield f"/admin/library/book/?_popup=1&band={quote_url(payload)}"
    yield f"/admin/library/book/?_part=facets&band={quote_url(payload)}"
    yield f"/admin/login/?next={quote_url(payload)}"


def quote_url(text):
    from urllib.parse import quote as escaped

    return escaped(text, safe="")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_a_page_runs(client, books, boss, payload):
    """H14, M02: each payload in each slot of each page stays text; no page has inline code or style."""
    author = Author.objects.create(name=payload)
    tag = Tag.objects.create(label=payload[:40], slug="x")
    house = Publisher.objects.create(name=payload, country="XX", website="javascript:alert(1)")
    book = Book.objects.create(title=payload, author=author, publisher=house, subtitle=payload)
    book.tags.set([tag])
    apps.get_model("admin", "LogEntry").objects.log_actions(boss.pk, [book], 2, payload, single_object=True)
    for url in pages_with(payload):
        answer = client.get(url)
        assert answer.status_code in (200, 302), url
        text = answer.content.decode()
        assert Page(text).dangerous == [], url
        assert "<script>alert(1)" not in text
        assert "<img src=x" not in text
        assert "<svg onload" not in text
    send = {"action": "delete_selected", "_selected_action": [book.pk], "index": "0"}
    text = client.post("/admin/library/book/", send).content.decode()
    assert Page(text).dangerous == []


def test_what_a_project_returns_is_escaped(client, books, monkeypatch):
    """H14: text is escaped, format_html stays."""

    @displayed(description="<b>Head</b>")
    def column(book):
        return "<i>text</i>"

    def marked(book):
        return format_html("<b>{}</b>", "<i>")

    monkeypatch.setattr(site.get_model_admin(Book), "list_display", ["title", column, marked, "price", "on_sale"])
    text = client.get("/admin/library/book/").content.decode()
    assert "&lt;i&gt;text&lt;/i&gt;" in text
    assert "<b>&lt;i&gt;</b>" in text
    assert "&lt;b&gt;Head&lt;/b&gt;" in text
    assert "<i>text" not in text


def test_the_strict_policy_is_enough(client, books):
    """M02: the pages of a site whose policy allows nothing but its own files."""
    answer = client.get("/admin/library/book/")
    assert answer["Content-Security-Policy"].startswith("default-src 'self'")
    assert "unsafe" not in answer["Content-Security-Policy"]
    scripts = re.findall(r'<script src="([^"]+)"', answer.content.decode())
    assert scripts
    assert all(address.startswith("/static/") for address in scripts)
    config = re.search(r"<meta name=\"htmx-config\" content='([^']+)'", answer.content.decode())[1]
    for word in ('"allowEval":false', '"allowScriptTags":false', '"includeIndicatorStyles":false', '"selfRequestsOnly":true',
                 '"historyCacheSize":0'):  # fmt: skip
        assert word in config


def test_pages_cannot_be_framed(client, books):
    assert client.get("/admin/library/book/")["X-Frame-Options"] == "DENY"


def test_reading_writes_nothing(client, books, database):
    """M17: no GET or HEAD of these pages writes a row."""
    from manoir.testing import CaptureQueriesContext

    with CaptureQueriesContext(database) as queries:
        for url in ("/admin/", "/admin/library/", "/admin/library/book/?_save=1&form-0-price=9&action=mark_gone", "/admin/login/",
                    "/admin/library/book/export/", "/admin/autocomplete/"):  # fmt: skip
            client.get(url)
            client.head(url)
    written = [query["sql"] for query in queries if re.match(r"\s*(INSERT|UPDATE|DELETE)", query["sql"], re.I)]
    assert [sql for sql in written if "django_session" not in sql] == []


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_change_nothing(client, books, method):
    getattr(client, method)(
        "/admin/library/book/", {"action": "mark_gone", "_selected_action": books[0].pk, "index": "0"}
    )
    assert Book.objects.filter(status="gone").count() == 0


def test_secrets_are_shown_nowhere(client, boss, staff):
    """H38: a column, an export, a search or a filter of hashes shows nothing, to nobody."""
    hashed = boss.password
    for person in (client, staff("view_user")):
        for url in (
            "/admin/auth/user/",
            "/admin/auth/user/?q=boss",
            "/admin/auth/user/?o=2",
            "/admin/auth/user/?_facets=1",
        ):
            text = person.get(url).content.decode()
            assert "boss" in text
            assert hashed not in text
            assert hashed[:12] not in text
    field = User._meta.get_field("password")
    assert str(display_for_field(hashed, field, "-")) == "-"


def test_a_secret_is_no_order(client, boss):
    """H37: to sort by a hash is to read it, bit by bit."""
    text = client.get("/admin/auth/user/").content.decode()
    assert 'id="sort-password"' not in text
    assert 'id="sort-username"' in text


def test_secrets_cannot_be_searched(boss):
    from manoir.exceptions import ImproperlyConfigured

    model_admin = ModelAdmin(User, AdminSite(name="secret"))
    model_admin.search_fields = ["password"]
    with pytest.raises(ImproperlyConfigured, match="'password' is a secret"):
        model_admin.get_search_results(None, User.objects.all(), "x")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/", "https://example.com/"),
        ("/media/a.png", "/media/a.png"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("javascript:alert(1)", ""),
        (" JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("vbscript:x", ""),
        ("a/b:c", "a/b:c"),
    ],
)
def test_links_lead_to_pages(url, expected):
    assert safe_url(url) == expected


def test_values_have_caps():
    """H44: one cell never grows beyond what people read."""
    assert len(str(display_for_value("x" * 1_000_000, "-"))) == 10_000
    assert len(str(display_for_value(["x" * 100] * 1_000, "-"))) < 1_000
    assert str(display_for_value(list(range(100)), "-")).endswith("92 more")


def test_kept_filters_are_only_an_address(client, books):
    """What an address of a form keeps for its list is read and written again: names and values, nothing else."""
    model_admin = site.get_model_admin(Book)
    request = type("Request", (), {"GET": {"_changelist_filters": 'q=x"><script>&p=2'}, "resolver_match": object()})()
    request.resolver_match = type("Match", (), {"url_name": "library_book_change"})()
    assert model_admin.get_preserved_filters(request) == "_changelist_filters=q%3Dx%2522%253E%253Cscript%253E%26p%3D2"
    request.GET = {"_changelist_filters": "x" * 100_000}
    assert model_admin.get_preserved_filters(request) == ""
