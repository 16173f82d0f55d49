"""A project that `manoir startproject` has written, with a model, its migration, views and tests, on both databases."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from manoir import bridge
from tests import databases
from tests.programs import run
from tests.services import require_postgresql
from tests.testing.test_plugin import postgresql_databases

pytestmark = pytest.mark.slow

MODELS = """
from manoir import models


class Author(models.Model):
    name = models.CharField(max_length=50)


class Post(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="posts")

    class Meta:
        ordering = ["title"]
"""

URLS = """
from manoir.http import HttpResponse, JsonResponse
from manoir.shortcuts import render
from manoir.urls import include, path
from manoir.views.generic import ListView

from blog.models import Author, Post


async def make_async(request):
    author = await Author.objects.aget()
    await Post.objects.acreate(title="by async view", author=author)
    return JsonResponse([post.title async for post in Post.objects.all()], safe=False)


def make_def(request):
    Post.objects.create(title="by def view", author=Author.objects.get())
    return JsonResponse([post.title for post in Post.objects.all()], safe=False)


class Posts(ListView):
    model = Post


async def page(request):
    return render(request, "blog/page.html", {"posts": Post.objects.all()})


urlpatterns = [
    path("accounts/", include("manoir.auth.urls")),
    path("async/", make_async),
    path("def/", make_def),
    path("posts/", Posts.as_view()),
    path("page/", page),
]
"""

TESTS = """
import pytest
from blog.models import Author, Post
from manoir.db import IntegrityError, transaction
from manoir.testing import TestCase


@pytest.fixture
def author(db):
    return Author.objects.create(name="Ursula")


def test_views_of_all_kinds_from_sync(author, client, assert_num_queries):
    assert client.get("/async/").json() == ["by async view"]
    assert client.get("/def/").json() == ["by async view", "by def view"]
    with assert_num_queries(1):
        response = client.get("/posts/")
    assert [post.title for post in response.context["object_list"]] == ["by async view", "by def view"]
    with assert_num_queries(2):
        assert b"by async view by Ursula;by def view by Ursula;" in client.get("/page/").content


async def test_views_of_all_kinds_from_async(author, async_client):
    assert (await async_client.get("/def/")).json() == ["by def view"]
    assert (await async_client.get("/async/")).json() == ["by async view", "by def view"]
    assert (await async_client.get("/posts/")).status_code == 200
    assert (await async_client.get("/page/")).status_code == 200
    assert await Post.objects.acount() == 2


def test_nothing_is_left(db):
    assert Author.objects.count() == Post.objects.count() == 0


def test_error_inside_an_inner_block(author):
    with pytest.raises(IntegrityError), transaction.atomic():
        Author.objects.create(pk=author.pk, name="twice")
    assert Author.objects.count() == 1


class PostTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.author = Author.objects.create(name="shared")
        cls.post = Post.objects.create(title="shared", author=cls.author)

    def test_changes_stay_in_their_test_1(self):
        self.post.title = "changed"
        self.post.save()
        self.assertIs(self.post.author, self.author)
        self.assertEqual(self.author.posts.get().title, "changed")

    def test_changes_stay_in_their_test_2(self):
        self.assertEqual(self.post.title, "shared")
        self.assertQuerySetEqual(Post.objects.all(), [self.post])

    async def test_async_changes(self):
        await Post.objects.all().adelete()
        self.assertContains(await self.async_client.get("/async/"), "by async view")


def test_committed(transactional_db):
    Author.objects.create(name="committed")


def test_committed_is_gone_and_counters_begin_anew(transactional_db):
    assert not Author.objects.exists()
    assert Author.objects.create(name="first").pk == 1
"""


def manage(folder: Path, *words: str, **environment: str) -> str:
    done = run([sys.executable, *words], folder, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new")
    manage(folder, "-m", "manoir", "startproject", "mysite")
    folder /= "mysite"
    manage(folder, "manage.py", "startapp", "blog")
    settings = folder / "mysite/settings.py"
    settings.write_text(settings.read_text().replace("INSTALLED_APPS = [", 'INSTALLED_APPS = ["blog",', 1))
    (folder / "blog/models.py").write_text(MODELS)
    (folder / "mysite/urls.py").write_text(URLS)
    (folder / "blog/templates/blog").mkdir(parents=True)
    (folder / "blog/templates/blog/page.html").write_text(
        "{% for post in posts %}{{ post.title }} by {{ post.author.name }};{% endfor %}"
    )
    (folder / "blog/templates/blog/post_list.html").write_text("{{ object_list|length }}")
    (folder / "tests/test_blog.py").write_text(TESTS)
    manage(folder, "manage.py", "makemigrations")
    (folder / "db.sqlite3").unlink(missing_ok=True)  # makemigrations looked into it
    return folder


@pytest.mark.parametrize("vendor", databases.VENDORS)
def test_its_tests_pass_and_leave_nothing(project, vendor):
    environment: dict[str, str] = {}
    if vendor == "postgresql":
        url = require_postgresql().rpartition("/")[0]
        environment["DATABASE_URL"] = f"{url}/manoir_new_{os.getpid()}"
    output = manage(project, "manage.py", "test", "-q", "-p", "no:cacheprovider", **environment)
    assert f"{TESTS.count('def test_') + 3} passed" in output, output
    assert not list(project.glob("*.sqlite3"))
    if vendor == "postgresql":
        assert [name for name in bridge.run(postgresql_databases()) if f"manoir_new_{os.getpid()}" in name] == []
