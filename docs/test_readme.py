"""The example in the README is a working project."""

from __future__ import annotations

import re
from pathlib import Path

from docs.test_tutorial import Reader

README = Path(__file__).parent.parent / "README.md"
FILE = re.compile(r"^# (?P<path>shop/\w+\.py)\n", re.MULTILINE)
TEMPLATE = (
    "{% for book in books %}{{ book.title }} by {{ book.author.name }}{% endfor %}{{ book.title }}: {{ cheaper }}"
)
TEST = """
from manoir import admin
from shop.models import Author, Book


def test_admin():
    assert admin.site.is_registered(Author)
    assert admin.site.is_registered(Book)


def test_pages(db, client, assert_num_queries):
    ada = Author.objects.create(name="Ada")
    books = [Book.objects.create(title=f"Book {price}", price=price, author=ada) for price in range(9)]
    with assert_num_queries(2):
        assert "Book 7 by Ada" in client.get("/").text
    assert "Book 7: 7" in client.get(f"/{books[7].pk}/").text
"""


def test_readme_shows_a_project_that_works(tmp_path):
    reader = Reader(tmp_path)
    reader.do_console("$ manoir startproject mysite\n$ cd mysite\n$ python manage.py startapp shop\n")
    blocks = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    _, *parts = FILE.split("".join(blocks))
    for path, text in zip(parts[::2], parts[1::2], strict=True):
        (reader.folder / path).write_text(text, encoding="utf-8")
    for name in ["books", "book"]:
        reader.write(f"{{# shop/templates/shop/{name}.html #}}\n{TEMPLATE}")
    reader.write(f"# tests/test_shop.py\n{TEST}")
    reader.do_diff('--- mysite/settings.py\n     "accounts",\n+    "shop",\n')
    reader.write("# mysite/urls.py\nfrom shop.urls import urlpatterns\n")
    reader.do_console("$ python manage.py makemigrations shop\n$ python manage.py test tests/test_shop.py\n2 passed\n")
