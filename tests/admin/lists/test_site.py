"""Sites: what is registered, who comes in, the pages that belong to no model."""

from __future__ import annotations

import pytest

from manoir import admin
from manoir.admin import AdminSite, AlreadyRegistered, ModelAdmin, NotRegistered
from manoir.apps import apps
from manoir.auth import get_user_model
from manoir.bridge import run
from manoir.exceptions import ImproperlyConfigured
from manoir.http import HttpResponse
from manoir.testing import AsyncClient, Client, override_settings
from manoir.urls import path, reverse
from manoir.views.decorators import loop_view
from tests.admin.lists.site import site as library_site
from tests.library.models import Author, Book, Stamped, Tag


def test_registering():
    site = AdminSite(name="one")
    site.register(Book)
    site.register([Author, Tag], list_per_page=7)
    assert site.is_registered(Book)
    assert type(site.get_model_admin(Book)) is ModelAdmin
    assert site.get_model_admin(Tag).list_per_page == 7
    with pytest.raises(AlreadyRegistered, match=r"library.Book is registered with 'one' already, by manoir.admin"):
        site.register(Book)
    with pytest.raises(ImproperlyConfigured, match="Stamped is abstract"):
        site.register(Stamped)
    site.unregister(Book)
    assert not site.is_registered(Book)
    with pytest.raises(NotRegistered, match=r"library.Book is not registered with the site 'one'.*library.Tag"):
        site.unregister(Book)
    with pytest.raises(NotRegistered):
        site.get_model_admin(Book)


def test_the_decorator_refuses_what_is_no_modeladmin():
    site = AdminSite(name="two")
    with pytest.raises(ValueError, match="at least one model"):
        admin.register(site=site)(ModelAdmin)
    with pytest.raises(ValueError, match="takes an AdminSite, not str"):
        admin.register(Book, site="two")(ModelAdmin)
    with pytest.raises(ValueError, match="subclasses of ModelAdmin, which int is not"):
        admin.register(Book, site=site)(int)


def test_the_default_site_is_of_the_class_that_the_app_names():
    config = apps.get_app_config("admin")
    assert config.default_site == "manoir.admin.AdminSite"
    assert isinstance(admin.site._made(), AdminSite)
    assert admin.site.name == "admin"


def test_site_actions():
    site = AdminSite(name="three")

    def stamp(modeladmin, request, queryset): ...

    site.add_action(stamp)
    site.add_action(stamp, "stamp_again")
    assert dict(site.actions)["stamp"] is stamp
    site.disable_action("delete_selected")
    assert "delete_selected" not in dict(site.actions)
    assert site.get_action("delete_selected") is admin.delete_selected
    with pytest.raises(KeyError, match=r"There is no action 'stmp'. Did you mean 'stamp'"):
        site.disable_action("stmp")


# -- who comes in ------------------------------------------------------------------------------------------------------

PAGES = ["/admin/", "/admin/library/", "/admin/library/book/", "/admin/library/book/export/", "/admin/password_change/",
         "/admin/nothing/here/"]  # fmt: skip


def test_who_is_not_signed_in_is_sent_to_sign_in(people):
    """H03: every page asks first; addresses that do not exist look the same."""
    for url in PAGES:
        answer = Client().get(url)
        assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={url}")


def test_who_is_no_staff_is_sent_to_sign_in(people):
    user = get_user_model().objects.create_user("guest", password="secret")
    client = Client()
    client.force_login(user)
    for url in PAGES:
        assert client.get(url).status_code == 302, url
    page = client.get(f"/admin/login/?next={PAGES[0]}").content.decode()
    assert "You are signed in as guest, who may not see this page" in page


def test_pages_are_private(client, books):
    """Nothing of the admin stays in a cache."""
    for url in (
        "/admin/",
        "/admin/library/book/",
        "/admin/library/book/export/",
        "/admin/login/?x",
        "/admin/password_change/",
    ):
        assert {"no-store", "private"} <= set(client.get(url)["Cache-Control"].replace(" ", "").split(","))


def test_signing_in_and_out(people):
    get_user_model().objects.create_user("ada", password="secret", is_staff=True)
    client = Client()
    page = client.get("/admin/login/?next=/admin/library/").content.decode()
    assert 'name="next" value="/admin/library/"' in page
    answer = client.post("/admin/login/", {"username": "ada", "password": "secret", "next": "/admin/library/"})
    assert answer["Location"] == "/admin/library/"
    assert client.get("/admin/login/")["Location"] == "/admin/"
    assert client.get("/admin/logout/").status_code == 405  # M17: no link signs anybody out
    page = client.post("/admin/logout/").content.decode()
    assert "Signed out" in page
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(people, target):
    get_user_model().objects.create_user("ada", password="secret", is_staff=True)
    answer = Client().post("/admin/login/", {"username": "ada", "password": "secret", "next": target})
    assert answer["Location"] == "/admin/"


def test_signing_in_says_the_same_to_all(people):
    """H33: who is no staff, and who does not exist, get one answer."""
    get_user_model().objects.create_user("guest", password="secret")
    texts = set()
    for name, password in (("guest", "secret"), ("guest", "wrong"), ("nobody", "x")):
        page = Client().post("/admin/login/", {"username": name, "password": password}).content.decode()
        texts.add("Nobody of the staff signs in with this name and password" in page)
    assert texts == {True}


def test_guessing_is_locked(people):
    """H31: the page to sign in to a site counts as every page to sign in does, and says so."""
    get_user_model().objects.create_user("ada", password="secret", is_staff=True)
    client = Client()
    with override_settings(LOGIN_FAILURE_LIMIT=3):
        for _ in range(3):
            client.post("/admin/login/", {"username": "ada", "password": "wrong"})
        answer = client.post("/admin/login/", {"username": "ada", "password": "secret"})
    assert answer.status_code == 429
    assert "errorlist" in answer.content.decode()
    assert client.get("/admin/").status_code == 302


def test_changing_the_own_password(client, boss):
    data = {"old_password": "secret", "new_password1": "long and new 7", "new_password2": "long and new 7"}
    assert client.post("/admin/password_change/", data)["Location"] == "/admin/password_change/done/"
    assert "Your password was changed" in client.get("/admin/password_change/done/").content.decode()
    boss.refresh_from_db()
    assert boss.check_password("long and new 7")


def test_forged_requests_are_refused(boss):
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    for url in ("/admin/logout/", "/admin/library/book/", "/admin/password_change/"):
        assert client.post(url, {"action": "delete_selected"}).status_code == 403


# -- what is shown -----------------------------------------------------------------------------------------------------


def test_the_dashboard(ask, books, at_most):
    with at_most(12):
        page = ask("get", "/admin/").content.decode()
    assert "Books" in page
    assert '<span class="count">25</span>' in page
    assert '<span class="count">3</span>' in page  # the publishers' queryset computes something of each row


def test_models_that_may_not_be_seen_are_not_there(staff, books):
    """H03: navigation and dashboard show what the user may."""
    page = staff("view_book", "add_tag").get("/admin/").content.decode()
    assert "/admin/library/book/" in page
    assert "/admin/library/book/add/" not in page
    assert "/admin/library/tag/add/" in page
    assert 'href="/admin/library/tag/"' not in page
    assert "/admin/library/author/" not in page
    assert "/admin/auth/" not in page


@pytest.mark.parametrize(
    ("icon", "address"),
    [("globe", "/static/admin/icons.svg#globe"), ("shop/icons.svg#book", "/static/shop/icons.svg#book")],
)
def test_icons_in_the_navigation(client, books, monkeypatch, icon, address):
    assert "</svg> Books</a>" not in client.get("/admin/").text
    monkeypatch.setattr(type(library_site.get_model_admin(Book)), "icon", icon)
    page = client.get("/admin/").text
    assert f'<use href="{address}"></use></svg> Books</a>' in page


def test_an_icon_that_is_no_name_is_found_by_check(monkeypatch):
    model_admin = library_site.get_model_admin(Book)
    monkeypatch.setattr(type(model_admin), "icon", 7)
    assert [message.id for message in model_admin.check()] == ["manoir.admin.E126"]


def test_an_app_without_anything_to_see_is_not_there(staff, books):
    client = staff("view_book")
    assert client.get("/admin/library/").status_code == 200
    assert client.get("/admin/auth/").status_code == 404


def test_the_dashboard_counts_only_what_the_user_sees(client, books, monkeypatch):
    """H01: a number is information too."""
    model_admin = library_site.get_model_admin(Book)
    monkeypatch.setattr(model_admin, "get_queryset", lambda request: Book.objects.filter(author__name="Ann"))
    assert '<span class="count">9</span>' in client.get("/admin/library/").content.decode()


def test_missing_slashes_are_added(client):
    assert client.get("/admin/library/book?q=x")["Location"] == "/admin/library/book/?q=x"
    assert client.get("/admin/nothing/").status_code == 404


def test_two_sites_lead_to_themselves(client, boss, books):
    class Two:
        urlpatterns = [path("a/", library_site.urls), path("b/", AdminSite(name="second").urls)]

    with override_settings(ROOT_URLCONF=Two):
        assert reverse("admin:index", current_app="library") == "/a/"
        assert reverse("admin:index", current_app="second") == "/b/"
        page = client.get("/b/").content.decode()
        assert '<a class="brand" href="/b/">' in page
        assert 'action="/b/logout/"' in page


# -- pages of others ---------------------------------------------------------------------------------------------------


def test_pages_of_others(staff, boss):
    site = AdminSite(name="pages")

    async def tasks(request):
        return HttpResponse("tasks")

    @loop_view
    def cache(request):
        return HttpResponse("cache")

    site.register_page("tasks/", tasks, "tasks", "Tasks")
    site.register_page("cache/", cache, "cache", "Cache", section="House", has_permission=lambda request: True)
    with pytest.raises(ImproperlyConfigured, match="has a page 'cache' already: cache/"):
        site.register_page("other/", cache, "cache", "Cache")

    class Urls:
        urlpatterns = [path("admin/", site.urls)]

    with override_settings(ROOT_URLCONF=Urls):
        superuser, helper = Client(), staff()
        superuser.force_login(boss)
        assert superuser.get("/admin/tasks/").content == b"tasks"
        assert helper.get("/admin/tasks/").status_code == 403
        assert helper.get("/admin/cache/").content == b"cache"
        assert Client().get("/admin/cache/").status_code == 302
        page = helper.get("/admin/").content.decode()
        assert "House" in page
        assert "/admin/cache/" in page
        assert "/admin/tasks/" not in page
        asynchronous = AsyncClient()
        run(asynchronous.aforce_login(boss))
        assert run(asynchronous.get("/admin/tasks/")).content == b"tasks"
