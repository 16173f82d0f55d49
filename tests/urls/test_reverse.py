from __future__ import annotations

import contextvars

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir.exceptions import NoReverseMatch
from manoir.http import QueryDict
from manoir.urls import (
    get_script_prefix,
    include,
    path,
    re_path,
    resolve,
    reverse,
    reverse_lazy,
    set_script_prefix,
)


def view(request, *args, **kwargs): ...


def other(request): ...


def test_names_and_arguments(urlconf):
    urlconf(
        path("", view, name="home"),
        path("books/<int:pk>/", view, name="book"),
        path("by/<str:name>/", other, name="by"),
        path("files/<path:rest>", view, name="files"),
    )
    assert reverse("home") == "/"
    assert reverse("book", args=[3]) == reverse("book", kwargs={"pk": "3"}) == "/books/3/"
    assert reverse(other, args=["é ?#/x"[:4]]) == "/by/%C3%A9%20%3F%23/"
    assert reverse("files", args=["a b/c"]) == "/files/a%20b/c"
    assert reverse("by", args=["@a,b"]) == "/by/@a,b/"


def test_query_and_fragment(urlconf):
    urlconf(path("a/", view, name="a"))
    assert reverse("a", query={"q": "x y", "p": [1, 2]}, fragment="top é") == "/a/?q=x+y&p=1&p=2#top%20%C3%A9"
    assert reverse("a", query=QueryDict("b=1&b=2")) == "/a/?b=1&b=2"
    assert reverse("a", query=[("z", 1)]) == "/a/?z=1"
    assert reverse("a", query={}, fragment="") == "/a/"


def test_one_name_with_several_argument_lists(urlconf):
    urlconf(path("a/", view, name="a"), path("a/<int:x>/", view, name="a"), path("b/<int:x>/<int:y>/", view, name="a"))
    assert [reverse("a"), reverse("a", args=[1]), reverse("a", args=[1, 2])] == ["/a/", "/a/1/", "/b/1/2/"]


def test_of_equals_the_last_declared_is_taken(urlconf):
    urlconf(path("first/", view, name="a"), path("second/", view, name="a"))
    assert reverse("a") == "/second/"


def test_extra_arguments_may_be_named_with_their_value(urlconf):
    urlconf(path("a/<int:x>/", view, {"kind": "b"}, name="a"))
    assert reverse("a", kwargs={"x": 1}) == reverse("a", kwargs={"x": 1, "kind": "b"}) == "/a/1/"
    with pytest.raises(NoReverseMatch):
        reverse("a", kwargs={"x": 1, "kind": "c"})


def test_expressions(urlconf):
    urlconf(
        re_path(r"^y/(?P<year>[0-9]{4})/$", view, name="year"),
        re_path(r"^u/([a-z]+)/([0-9]+)/$", view, name="unnamed"),
        re_path(r"^o(?:/(?P<page>[0-9]+))?/$", view, name="optional"),
        re_path(r"^(?:en|de)/x\.html$", view, name="choice"),
        re_path(r"^p/(?P<a>\w+)/", include([path("<int:b>/", view, name="below")])),
    )
    assert reverse("year", args=[2020]) == reverse("year", kwargs={"year": "2020"}) == "/y/2020/"
    assert reverse("unnamed", args=["ab", 3]) == "/u/ab/3/"
    assert [reverse("optional"), reverse("optional", kwargs={"page": 2})] == ["/o/", "/o/2/"]
    assert reverse("choice") == "/en/x.html"
    assert reverse("below", kwargs={"a": "x", "b": 1}) == reverse("below", args=["x", 1]) == "/p/x/1/"
    for bad in ({"year": "20"}, {"year": "abcd"}, {}):
        with pytest.raises(NoReverseMatch):
            reverse("year", kwargs=bad)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"viewname": "bok"}, "Did you mean 'book'"),
        (
            {"viewname": "book"},
            r"No URL of 'book' fits a call without arguments. It takes: pk \(int\) in '/books/<int:pk>/'",
        ),
        ({"viewname": "book", "kwargs": {"id": 1}}, r"keyword arguments \{'id': 1\}"),
        ({"viewname": "book", "args": ["x"]}, r"arguments \('x',\)"),
        ({"viewname": "book", "args": [1, 2]}, "It takes: pk"),
        ({"viewname": "book", "args": [-1]}, "It takes: pk"),
        ({"viewname": "shp:x"}, r"There is no namespace 'shp' \(in 'shp:x'\). Did you mean 'shop'"),
        ({"viewname": "shop:x:y"}, "There is no namespace 'x' inside 'shop'"),
        ({"viewname": "shop:crt"}, "Did you mean 'shop:cart'"),
        ({"viewname": other}, r"No URL leads to the view tests\.urls\.test_reverse\.other"),
        ({"viewname": "os.system"}, "no URL pattern has this name"),
    ],
)
def test_errors_name_what_would_have_been_right(urlconf, kwargs, message):
    urlconf(path("books/<int:pk>/", view, name="book"), path("s/", include(([path("c/", view, name="cart")], "shop"))))
    with pytest.raises(NoReverseMatch, match=message):
        reverse(**kwargs)


def test_args_and_kwargs_together_are_refused(urlconf):
    urlconf()
    with pytest.raises(ValueError, match="not both"):
        reverse("a", args=[1], kwargs={"a": 1})


def test_the_documented_namespaces(urlconf):
    """Two instances of one application, one named like it or not: the rules of the documentation, one by one."""
    polls = [path("", view, name="index"), path("<int:pk>/", view, name="detail")]
    urlconf(
        path("author-polls/", include((polls, "polls"), namespace="author-polls")),
        path("publisher-polls/", include((polls, "polls"), namespace="publisher-polls")),
    )
    assert reverse("polls:index") == "/publisher-polls/"
    assert reverse("polls:index", current_app="author-polls") == "/author-polls/"
    assert reverse("polls:index", current_app="elsewhere") == "/publisher-polls/"
    assert reverse("author-polls:detail", args=[1]) == "/author-polls/1/"
    urlconf(
        path("polls/", include((polls, "polls"))),
        path("more/", include((polls, "polls"), namespace="more")),
    )
    assert reverse("polls:index") == "/polls/"
    assert reverse("polls:index", current_app="more") == "/more/"


def test_nested_namespaces(urlconf):
    inner = ([path("x/", view, name="x")], "inner")
    urlconf(path("o/", include(([path("i/", include(inner, namespace="one")), path("j/", include(inner))], "outer"))))
    assert reverse("outer:one:x") == "/o/i/x/"
    assert reverse("outer:inner:x") == "/o/j/x/"
    assert reverse("outer:inner:x", current_app="outer:one") == "/o/i/x/"
    assert resolve("/o/i/x/").view_name == "outer:one:x"


def test_parameters_of_prefixes(urlconf):
    urlconf(path("<slug:user>/", include(([path("<int:pk>/", view, name="p")], "u"))))
    assert reverse("u:p", kwargs={"user": "ann", "pk": 2}) == reverse("u:p", args=["ann", 2]) == "/ann/2/"


def test_script_prefix_belongs_to_the_context(urlconf):
    urlconf(path("a/", view, name="a"))

    def inside():
        set_script_prefix("/site")
        return get_script_prefix(), reverse("a")

    assert contextvars.copy_context().run(inside) == ("/site/", "/site/a/")
    assert reverse("a") == "/a/"


def test_a_path_that_begins_with_a_slash_does_not_become_a_host(urlconf):
    urlconf(path("<path:p>", view, name="p"))
    assert reverse("p", args=["/evil.example/"]) == "/%2Fevil.example/"


def test_lazily(urlconf):
    lazy = reverse_lazy("a", query={"b": 1})
    urlconf(path("a/", view, name="a"))
    assert str(lazy) == f"{lazy}" == "/a/?b=1"
    urlconf(path("b/", view, name="a"))
    assert str(lazy) == "/b/?b=1"


@given(st.text(min_size=1, max_size=12), st.integers(0, 10**12))
@hypothesis_settings(derandomize=True, max_examples=150)
def test_what_is_reversed_resolves_to_the_same(text, number):
    patterns = [path("<str:a>/<int:b>/", view, name="a")]
    try:
        address = reverse("a", patterns, args=[text, number])
    except (NoReverseMatch, UnicodeEncodeError):
        assert "/" in text or not text.isprintable() or "\n" in text
        return
    from urllib.parse import unquote

    assert resolve(unquote(address), patterns).kwargs == {"a": text, "b": number}
