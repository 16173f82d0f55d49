"""Filters and their facets."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest

from manoir import admin
from manoir.admin import FieldListFilter, ModelAdmin, SimpleListFilter
from manoir.exceptions import ImproperlyConfigured
from manoir.testing import override_settings
from tests.admin.lists.site import site
from tests.library.models import Author, Book, Publisher, Review, Tag

LIST = "/admin/library/book/"


def titles(client, query, url=LIST):
    return re.findall(r">(Book \d\d)</a>", client.get(f"{url}{query}&all=&o=1").content.decode())


def choices(client, title, query="", url=LIST):
    """The choices of a filter as the page shows them: text, number, whether chosen."""
    text = client.get(url + query).content.decode()
    body = text.partition(f'data-filter="{title}"')[2].partition("</details>")[0]
    found = re.findall(
        r'<li( class="selected")?><a [^>]*><span>(.*?)</span>(?:<span class="count">(.*?)</span>)?', body
    )
    return [(unescape(display), count, bool(selected)) for selected, display, count in found]


def test_booleans(client, books):
    assert titles(client, "?on_sale__exact=1") == [f"Book {number:02}" for number in range(0, 25, 3)]
    assert len(titles(client, "?on_sale__exact=0")) == 16
    assert choices(client, "on sale", "?on_sale__exact=1") == [("All", "", False), ("Yes", "", True), ("No", "", False)]


def test_choices(client, books):
    assert titles(client, "?status__exact=live") == [f"Book {number:02}" for number in range(1, 25, 2)]
    assert [text for text, _count, _chosen in choices(client, "status")] == ["All", "Draft", "On sale", "Out of print"]


def test_relations(client, books):
    ann = Author.objects.get(name="Ann")
    assert titles(client, f"?author__id__exact={ann.pk}")[:2] == ["Book 00", "Book 03"]
    red = Tag.objects.get(label="red")
    assert len(titles(client, f"?tags__id__exact={red.pk}")) == 13
    assert len(titles(client, "?tags__isnull=True")) == 12
    assert [text for text, _count, _chosen in choices(client, "tags")] == ["All", "blue", "red", "-"]
    assert "Idle" not in [text for text, _count, _chosen in choices(client, "publisher")]
    assert len(titles(client, "?publisher__isnull=True")) == 5
    south = Publisher.objects.get(name="South")
    assert len(titles(client, f"?publisher__id__exact={south.pk}&tags__id__exact={red.pk}")) == 0


def test_filters_offer_only_related_rows_that_may_be_seen(client, books, monkeypatch):
    """H01: names of rows that a related ModelAdmin hides from somebody are no choices either."""
    authors = site.get_model_admin(Author)
    monkeypatch.setattr(authors, "get_queryset", lambda request: Author.objects.exclude(name="Bob"))
    assert [text for text, _count, _chosen in choices(client, "author")] == ["All", "Ann", "Cem"]


def test_empty_and_all_values(client, books):
    assert len(titles(client, "?subtitle__isempty=1")) == 18
    assert len(titles(client, "?subtitle__isempty=0")) == 7
    for reader in ("Sam", "Kim"):
        Review.objects.create(book=books[0], reader=reader)
    url = "/admin/library/review/"
    assert [text for text, _count, _chosen in choices(client, "reader", url=url)] == ["All", "Kim", "Sam"]
    assert "1 review of 2" in client.get(f"{url}?reader=Kim").content.decode()


def test_dates(client, books):
    Book.objects.filter(title="Book 07").update(published=dt.datetime.now(tz=dt.UTC).date())
    text = unescape(client.get(LIST).content.decode())
    today = re.search(r'href="(\?published__gte=[^"]*)"[^>]*><span>Today', text)[1]
    assert titles(client, today) == ["Book 07"]
    assert titles(client, "?published__isnull=True") == []
    assert len(titles(client, "?published__isnull=False")) == 25
    Review.objects.create(book=books[0], reader="Sam", posted=dt.datetime.now(tz=dt.UTC))
    text = unescape(client.get("/admin/library/review/").content.decode())
    today = re.search(r'href="(\?posted__gte=[^"]*)"[^>]*><span>Today', text)[1]
    assert "1 review of 1" in client.get(f"/admin/library/review/{today}").content.decode()


def test_own_filters(client, books):
    assert titles(client, "?band=cheap") == [f"Book {number:02}" for number in range(10)]
    assert choices(client, "price", "?band=dear") == [("All", "", False), ("Cheap", "", False), ("Dear", "", True)]
    assert len(titles(client, "?band=nonsense")) == 25


def test_own_filters_of_either_colour(client, books):
    class Decade(SimpleListFilter):
        title = "decade"
        parameter_name = "decade"

        def lookups(self, request, model_admin):
            return [("x", "X")]

        async def aqueryset(self, request, queryset):
            first = await queryset.order_by("title").afirst()
            return queryset.filter(pk=first.pk) if self.value() else queryset

    model_admin = ModelAdmin(Book, site)
    made = Decade(None, {"decade": ["x"]}, Book, model_admin)
    assert [book.title for book in made.queryset(None, Book.objects.all())] == ["Book 00"]


def test_filters_say_what_is_missing(books):
    model_admin = ModelAdmin(Book, site)

    class Untitled(SimpleListFilter):
        parameter_name = "x"

    class Nameless(SimpleListFilter):
        title = "x"

    with pytest.raises(ImproperlyConfigured, match="Untitled has no title"):
        Untitled(None, {}, Book, model_admin)
    with pytest.raises(ImproperlyConfigured, match="Nameless has no parameter_name"):
        Nameless(None, {}, Book, model_admin)
    field = Book._meta.get_field("on_sale")
    with pytest.raises(ImproperlyConfigured, match="neither text nor nullable"):
        admin.EmptyFieldListFilter(field, None, {}, Book, model_admin, "on_sale")


def test_registered_filters_come_first(books):
    class Mine(FieldListFilter):
        def expected_parameters(self):
            return ["mine"]

    registered = list(FieldListFilter._registered)
    try:
        FieldListFilter.register(lambda field: field.name == "isbn", Mine, take_priority=True)
        made = FieldListFilter.create(Book._meta.get_field("isbn"), None, {}, Book, ModelAdmin(Book, site), "isbn")
        assert type(made) is Mine
    finally:
        FieldListFilter._registered[:] = registered
        FieldListFilter._own -= 1


IMPOSSIBLE = (
    ["on_sale__exact=maybe", "author__id__exact=x", "published__gte=yesterday",
     "subtitle__isempty=3", "author__id__exact=%00", "published__gte=2020-13-45", "tags__id__exact=1;DROP"]
)  # fmt: skip


def test_values_that_cannot_be_lead_to_the_whole_list(client, books):
    for query in IMPOSSIBLE:
        assert client.get(f"{LIST}?{query}").headers.get("Location") == f"{LIST}?e=1", query
    assert "a filter or page that cannot be" in client.get(f"{LIST}?e=1").content.decode()


# -- what may be asked (H37) -------------------------------------------------------------------------------------------

UNDECLARED = ["author__name__startswith=A", "title__startswith=B", "title__regex=^B", "author__mentor__name=x", "author__books__title=x",
              "price__gt=1", "published__year__regex=2", "on_sale__exact__regex=1", "author__id__regex=1", "pk__in=1,2", "nothing=1",
              "tags__label__contains=r", "author__email=x", "published__week_day=1"]  # fmt: skip


TOKENS = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


def test_what_is_not_declared_cannot_be_asked(client, books):
    """H37: filters are no oracle; a lookup that no filter declares is 400, and names nothing."""
    for query in UNDECLARED:
        assert client.get(f"{LIST}?{query}").status_code == 400, query


def test_what_is_refused_is_said_on_a_page_of_the_admin(client, books):
    """H37: with a way back, and in the same words for a field, a secret, and a name that nothing has."""
    first, *others = [
        client.get(f"{LIST}?{query}") for query in ("author__email=x", "nothing=1", "title__startswith=B")
    ]
    assert f'<a class="button primary" href="{LIST}">Show all books</a>' in first.text
    assert "author__email" not in first.text
    assert [TOKENS.sub("", page.text) for page in others] == [TOKENS.sub("", first.text)] * 2


def test_secrets_cannot_be_asked(client):
    """H37, H38: no part of an address touches a password, whatever is declared."""
    for query in ("password__startswith=pbkdf2", "password=x", "password__isnull=False"):
        assert client.get(f"/admin/auth/user/?{query}").status_code == 400, query
    model_admin = ModelAdmin(Book, site)
    from manoir.auth import User

    users = ModelAdmin(User, site)
    users.list_filter = ["password"]
    assert users.lookup_allowed("password", "x", None) is False
    assert model_admin.lookup_allowed("author__name", "x", None) is False


def test_declared_lookups(client, books):
    for query in ("published__year=2021", "author__in=1,2", "author__isnull=False", "published__gte=2020-01-01"):
        assert client.get(f"{LIST}?{query}").status_code == 200, query


def test_lookup_allowed_can_be_overridden(client, books, monkeypatch):
    monkeypatch.setattr(
        site.get_model_admin(Book), "lookup_allowed", lambda lookup, value, request: lookup == "price__gt"
    )
    assert titles(client, "?price__gt=23") == ["Book 24"]


def test_addresses_have_caps(client, books):
    """H44: no more filters than an address of a list can have."""
    many = "&".join(f"a{number}=1" for number in range(60))
    assert client.get(f"{LIST}?{many}")["Location"] == f"{LIST}?e=1"


# -- facets ------------------------------------------------------------------------------------------------------------


def test_facets_count_beside_the_other_filters(client, books):
    query = "?_facets=1&status__exact=live"
    assert choices(client, "on sale", query) == [("All", "", True), ("Yes", "4", False), ("No", "8", False)]
    assert choices(client, "status", query) == [
        ("All", "", False),
        ("Draft", "13", False),
        ("On sale", "12", True),
        ("Out of print", "0", False),
    ]
    assert choices(client, "author", query)[1:] == [("Ann", "4", False), ("Bob", "4", False), ("Cem", "4", False)]
    assert choices(client, "tags", query)[1:] == [("blue", "0", False), ("red", "0", False), ("-", "12", False)]
    assert choices(client, "price", query)[1:] == [("Cheap", "5", False), ("Dear", "7", False)]
    assert choices(client, "subtitle", "?_facets=1")[1:] == [("Empty", "18", False), ("Not empty", "7", False)]
    assert choices(client, "published", "?_facets=1")[-1] == ("Has date", "25", False)


def test_facets_follow_the_search(client, books):
    assert choices(client, "on sale", "?_facets=1&q=%22Book+0%22")[1:] == [("Yes", "4", False), ("No", "6", False)]


def test_facets_take_one_query(client, books, at_most):
    """D2: two queries at most for all filters together."""
    with at_most(12) as without:
        client.get(LIST)
    with at_most(13) as with_facets:
        client.get(f"{LIST}?_facets=1")
    assert len(with_facets) - len(without) == 1
    with at_most(6):  # session, user, three lists of related rows, the numbers
        client.get(f"{LIST}?_part=facets")


def test_facets_come_after_the_page(client, books):
    """D2: the page does not wait for them where scripting runs."""
    text = client.get("/admin/library/author/").content.decode()
    assert 'hx-get="?_part=facets" hx-trigger="load"' in text
    assert '<span class="count">' not in text.partition('id="filters"')[2]
    part = client.get("/admin/library/author/?_part=facets").content.decode()
    assert "<html" not in part
    assert '<span class="count">3</span>' in part
    text = client.get(f"{LIST}?_facets=1", headers={"HX-Request": "true"}).content.decode()
    assert "_part=facets" in text


def test_facets_of_rows_that_compute_something(client, books, monkeypatch):
    """A queryset that counts related rows groups; the numbers are of its rows all the same."""
    monkeypatch.setattr(site.get_model_admin(Publisher), "show_facets", admin.ShowFacets.ALLOW)
    found = choices(client, "country", "?_facets=1", url="/admin/library/publisher/")
    assert found[1:] == [("NO", "1", False), ("XX", "1", False), ("ZA", "1", False)]


def test_facets_can_be_forbidden(client, books):
    text = client.get("/admin/library/publisher/?_facets=1").content.decode()
    assert '<span class="count">' not in text
    assert "Show numbers" not in text


def test_facets_look_at_so_many_rows(client, books):
    with override_settings(ADMIN_FACET_LIMIT=10):
        found = choices(client, "on sale", "?_facets=1")
        assert all(count.endswith("+") for _text, count, _chosen in found[1:])
        assert "10 rows were looked at" in client.get(f"{LIST}?_facets=1").content.decode()
