"""The app: what it imports, which class `admin.site` has, which files it serves out of other packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from manoir import admin
from manoir.admin._vendor import HTMX
from manoir.staticfiles import find
from manoir.testing import Client, override_settings

PROJECT = """
import sys
from manoir.conf import settings
settings.configure(
    SECRET_KEY="only-for-tests-0123456789-0123456789-0123456789",
    INSTALLED_APPS=["manoir.contenttypes", "manoir.auth", "manoir.sessions", "manoir.messages", {admin!r}, "shop"],
    DATABASES={{"default": {{"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}}}},
    DEFAULT_AUTO_FIELD="manoir.models.BigAutoField",
)
import manoir
manoir.setup()
from manoir import admin
"""
MODELS = "from manoir import models\n\n\nclass Book(models.Model):\n    title = models.CharField(max_length=20)\n"
ADMIN = "from manoir import admin\nfrom shop.models import Book\n\nadmin.site.register(Book)\n"


@pytest.fixture
def project(tmp_path):
    """Run a program in a project of its own, whose app `shop` registers a model."""

    def run(program, *, admin_app="manoir.admin", **files):
        (tmp_path / "shop").mkdir(exist_ok=True)
        for name, text in {"__init__": "", "models": MODELS, "admin": ADMIN, **files}.items():
            (tmp_path / "shop" / f"{name}.py").write_text(text)
        source = PROJECT.format(admin=admin_app) + program
        found = subprocess.run([sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert found.returncode == 0, found.stderr
        return found.stdout.split()

    return run


def test_admin_modules_are_found(project):
    program = "from shop.models import Book\nprint(admin.site.is_registered(Book), admin.site.name)"
    assert project(program) == ["True", "admin"]


def test_the_simple_app_looks_for_nothing(project):
    program = "from shop.models import Book\nprint(admin.site.is_registered(Book), 'shop.admin' in sys.modules)"
    assert project(program, admin_app="manoir.admin.apps.SimpleAdminConfig") == ["False", "False"]


def test_a_project_chooses_the_class_of_the_site(project):
    own = (
        "from manoir.admin import AdminSite\nfrom manoir.admin.apps import AdminConfig\n\n\n"
        "class MySite(AdminSite):\n    site_header = 'Mine'\n\n\n"
        "class MyConfig(AdminConfig):\n    default = False\n    default_site = 'shop.own.MySite'\n"
    )
    program = "from shop.models import Book\nprint(type(admin.site._made()).__name__, admin.site.site_header, admin.site.is_registered(Book))"
    assert project(program, admin_app="shop.own.MyConfig", own=own) == ["MySite", "Mine", "True"]


def test_a_mistake_in_an_admin_module_is_not_hidden(project):
    with pytest.raises(AssertionError, match="ModuleNotFoundError: No module named 'nothing_like_it'"):
        project("", admin="import nothing_like_it\n")


def test_people_are_there_and_can_be_replaced(project):
    replaced = ADMIN + (
        "from manoir.auth import User\n\n\n@admin.register(User)\nclass Mine(admin.ModelAdmin):\n    list_display = ['username']\n"
    )
    program = "from manoir.auth import User, Group\nprint(type(admin.site.get_model_admin(User)).__name__, admin.site.is_registered(Group))"
    assert project(program) == ["UserAdmin", "True"]
    assert project(program, admin=replaced) == ["Mine", "True"]


def test_htmx_comes_out_of_its_package(settings):
    settings.STATICFILES_FINDERS = ["manoir.staticfiles.FileSystemFinder", "manoir.staticfiles.AppDirectoriesFinder"]
    file = Path(find(HTMX))
    assert file.parts[-2:] == ("htmx", "htmx.min.js")
    assert "htmx" in file.read_text()[:200]
    repository = Path(admin.__file__).parent
    assert not list(repository.rglob("*htmx*"))


def test_the_default_site_can_be_given_attributes(monkeypatch):
    monkeypatch.setattr(admin.site, "site_header", "Ours")
    assert admin.site._made().site_header == "Ours"
    assert repr(admin.site) == "AdminSite(name='admin')"


def test_names_that_need_the_user_model_come_late():
    assert admin.AdminAuthenticationForm.__name__ == "AdminAuthenticationForm"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        admin.nothing


def test_who_has_every_permission_but_is_no_superuser(staff, books, at_most):
    """D4: permissions are read once, whatever a page asks."""
    names = [
        f"{action}_{model}"
        for action in ("view", "add", "change", "delete")
        for model in ("book", "author", "tag", "publisher")
    ]
    client = staff(*names)
    for url in ("/admin/", "/admin/library/book/", "/admin/library/author/", "/admin/library/publisher/"):
        with at_most(12):
            assert client.get(url).status_code == 200


def test_debug_pages_stay_out_of_the_way(client, books):
    """M04: an address that is not there is not repeated."""
    with override_settings(DEBUG=False):
        answer = client.get("/admin/library/book/%3Cscript%3E/change/")
        assert b"<script>" not in answer.content
        assert Client().get("/admin/%3Cscript%3E/").status_code == 302
