from __future__ import annotations

from manoir.templates import Context, Template
from tests.library.models import Book


def rendered(source, **context):
    return Template(source).render(Context(context))


def test_names_and_keys():
    assert (
        rendered('{% load admin_urls %}{{ opts|admin_urlname:"change" }}', opts=Book._meta)
        == "admin:library_book_change"
    )
    assert rendered("{% load admin_urls %}{{ key|admin_urlquote }}", key="a/b") == "a_2Fb"


def test_filters_are_kept():
    tag = '{% load admin_urls %}{% add_preserved_filters "/x/?a=1" popup %}'
    kept = "_changelist_filters=q%3Dx"
    assert rendered(tag, preserved_filters=kept, popup=False) == "/x/?_changelist_filters=q%3Dx&amp;a=1"
    assert rendered(tag, preserved_filters="", popup=True) == "/x/?_popup=1&amp;a=1"
