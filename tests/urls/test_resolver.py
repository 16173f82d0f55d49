from __future__ import annotations

import re
import sys
import types
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir import urls as door
from manoir.conf import settings
from manoir.exceptions import Http404, ImproperlyConfigured, ManoirError
from manoir.urls import (
    Resolver404,
    get_resolver,
    get_urlconf,
    include,
    is_valid_path,
    path,
    re_path,
    register_converter,
    resolve,
    set_urlconf,
    should_append_slash,
)
from manoir.urls._converters import Registry


def view(request, *args, **kwargs): ...


def other(request): ...


class Year:
    regex = "[0-9]{4}"

    def to_python(self, value):
        if value == "1900":
            raise ValueError
        return int(value)

    def to_url(self, value):
        return f"{value:04d}"


@pytest.fixture
def yyyy():
    register_converter(Year, "yyyy")
    yield
    Registry.registered.clear()


def test_the_documented_example(urlconf):
    urlconf(
        path("articles/2003/", other, name="special"),
        path("articles/<int:year>/", view, name="year"),
        path("articles/<int:year>/<int:month>/", view),
        path("articles/<int:year>/<int:month>/<slug:slug>/", view),
    )
    assert resolve("/articles/2003/").func is other
    func, args, kwargs = resolve("/articles/2005/03/")
    assert (func, args, kwargs) == (view, (), {"year": 2005, "month": 3})
    assert resolve("/articles/2003/03/building-x/").kwargs == {"year": 2003, "month": 3, "slug": "building-x"}
    with pytest.raises(Resolver404):
        resolve("/articles/2003")


@pytest.mark.parametrize(
    ("route", "found", "kwargs"),
    [
        ("<str:a>/", "/x y/", {"a": "x y"}),
        ("<a>/", "/é/", {"a": "é"}),
        ("<int:a>/", "/007/", {"a": 7}),
        ("<slug:a>/", "/a-B_9/", {"a": "a-B_9"}),
        ("<uuid:a>/", "/075194d3-6885-417e-a8a8-6c931e272f00/", {"a": UUID("075194d3-6885-417e-a8a8-6c931e272f00")}),
        ("<path:a>", "/x/y/z", {"a": "x/y/z"}),
        ("<path:a>/edit/", "/x/y/edit/", {"a": "x/y"}),
        ("a-<int:a>.html", "/a-3.html", {"a": 3}),
        ("<int:a>-<int:b>/", "/1-2/", {"a": 1, "b": 2}),
        ("a+b/<int:a>", "/a+b/3", {"a": 3}),
    ],
)
def test_converters(urlconf, route, found, kwargs):
    urlconf(path(route, view))
    assert resolve(found).kwargs == kwargs


@pytest.mark.parametrize(
    ("route", "missed"),
    [
        ("<str:a>/", "//"),
        ("<str:a>/", "/a/b/"),
        ("<int:a>/", "/-1/"),
        ("<int:a>/", "/1.0/"),
        ("<int:a>/", "/٣/"),
        ("<int:a>/", "/²/"),
        ("<int:a>/", "/" + "9" * 101 + "/"),
        ("<slug:a>/", "/é/"),
        ("<uuid:a>/", "/075194D3-6885-417E-A8A8-6C931E272F00/"),
        ("<path:a>", "/"),
        ("a-<int:a>.html", "/a-3xhtml"),
        ("x/", "/x/\n"),
        ("x", "/x\n"),
        ("<slug:a>", "/x\n"),
        ("<path:a>", "/x\n"),
        ("", "x"),
        ("", ""),
    ],
)
def test_what_does_not_match(urlconf, route, missed):
    urlconf(path(route, view))
    assert is_valid_path(missed) is False


def test_the_first_match_wins_across_all_kinds(urlconf):
    def named(name):
        return partial(view, name=name)

    kinds = {
        "literal": path("a/b/", named("literal")),
        "typed": path("a/<str:x>/", named("typed")),
        "prefix": path("<str:x>/b/", named("prefix")),
        "rest": path("<path:x>", named("rest")),
        "regex": re_path(r"^a/b/$", named("regex")),
    }
    for first in kinds:
        others = [pattern for name, pattern in kinds.items() if name != first]
        urlconf(kinds[first], *others)
        assert resolve("/a/b/").func.keywords["name"] == first
        urlconf(path("never/", view), include_only(kinds[first]), *others)
        assert resolve("/a/b/").func.keywords["name"] == first


def include_only(pattern):
    return path("", include([pattern]))


def test_a_value_that_a_converter_refuses_goes_on_to_the_next_pattern(urlconf, yyyy):
    urlconf(path("<yyyy:year>/", view), path("<int:n>/", other))
    assert resolve("/1999/").kwargs == {"year": 1999}
    assert resolve("/1900/").func is other
    urlconf(path("<yyyy:year>/", include([path("x/", view)])), path("1900/x/", other))
    assert resolve("/1900/x/").func is other


def test_a_converter_that_crosses_slashes(urlconf):
    class Version:
        regex = r"[0-9]+/[0-9]+"

        def to_python(self, value):
            return tuple(map(int, value.split("/")))

        def to_url(self, value):
            return "/".join(map(str, value))

    register_converter(Version, "version")
    try:
        urlconf(path("v/<version:v>/<slug:s>/", view, name="v"))
        assert resolve("/v/1/2/x/").kwargs == {"v": (1, 2), "s": "x"}
        assert door.reverse("v", args=[(3, 4), "y"]) == "/v/3/4/y/"
    finally:
        Registry.registered.clear()


@pytest.mark.parametrize(
    ("converter", "name", "message"),
    [
        (Year, "int", "already"),
        (type("G", (Year,), {"regex": "(a)"}), "g", "must not capture"),
        (type("B", (Year,), {"regex": "["}), "b", "does not compile"),
        (object, "o", "needs `regex`"),
    ],
)
def test_converters_that_are_refused(converter, name, message):
    with pytest.raises(ValueError, match=message):
        register_converter(converter, name)


def test_regular_expressions(urlconf):
    urlconf(
        re_path(r"^named/(?P<year>[0-9]{4})/(\w+)/$", view),
        re_path(r"^unnamed/([0-9]+)/(\w+)/$", view),
        re_path(r"^optional(?:/(?P<page>[0-9]+))?/$", view),
        re_path(r"^open/", view),
        re_path(r"json$", view),
    )
    assert resolve("/named/2020/x/")[1:] if False else resolve("/named/2020/x/").kwargs == {"year": "2020"}
    assert resolve("/named/2020/x/").args == ()
    assert resolve("/unnamed/7/x/").args == ("7", "x")
    assert resolve("/optional/").kwargs == {}
    assert resolve("/optional/3/").kwargs == {"page": "3"}
    assert resolve("/open/anything").func is view
    assert is_valid_path("/named/2020/x/\n") is False
    assert is_valid_path("/a.json") is False
    assert resolve("/json")


def test_prefixes_of_expressions(urlconf):
    urlconf(
        re_path(r"^(?P<user>\w+)/", include([path("<int:pk>/", view), re_path(r"^page-(\d+)/$", view)])),
        re_path(r"^u/(\d+)/", include([re_path(r"^(\d+)/$", other)])),
    )
    assert resolve("/ann/3/").kwargs == {"user": "ann", "pk": 3}
    assert (resolve("/ann/page-2/").args, resolve("/ann/page-2/").kwargs) == (("2",), {"user": "ann"})
    urlconf(re_path(r"^u/(\d+)/", include([re_path(r"^(\d+)/$", other)])))
    assert resolve("/u/1/2/").args == ("1", "2")


def test_extra_arguments(urlconf):
    urlconf(
        path("a/<int:x>/", view, {"x": 9, "y": 1}),
        path("b/", include([path("<int:x>/", view, {"z": 2})]), {"y": 1}),
    )
    match = resolve("/a/3/")
    assert (match.kwargs, match.captured_kwargs, match.extra_kwargs) == ({"x": 9, "y": 1}, {"x": 3}, {"x": 9, "y": 1})
    assert resolve("/b/3/").kwargs == {"x": 3, "y": 1, "z": 2}


def test_what_a_match_says(urlconf):
    shop = types.ModuleType("tests.urls.shop")
    shop.app_name = "shop"
    shop.urlpatterns = [path("<int:pk>/", view, name="book"), path("plain/", view)]
    urlconf(path("x/", view), path("books/", include(shop, namespace="store")))
    match = resolve("/books/3/")
    assert (match.url_name, match.view_name, match.route) == ("book", "store:book", "books/<int:pk>/")
    assert (match.app_name, match.app_names, match.namespace, match.namespaces) == (
        "shop",
        ["shop"],
        "store",
        ["store"],
    )
    assert resolve("/books/plain/").view_name == "store:tests.urls.test_resolver.view"
    assert [[str(step) for step in chain] for chain in match.tried] == [["x/"], ["books/", "<int:pk>/"]]
    assert "url_name='book'" in repr(match)
    with pytest.raises(ManoirError, match="pickled"):
        match.__reduce__()


def test_nothing_found_says_what_was_tried(urlconf):
    urlconf(path("a/", view), path("b/", include([path("c/", view)])))
    with pytest.raises(Http404) as caught:
        resolve("/nope/")
    told = caught.value.args[0]
    assert told["path"] == "nope/"
    assert [[str(step) for step in chain] for chain in told["tried"]] == [["a/"], ["b/", "c/"]]
    assert len(told["tried"]) == 2
    assert told["tried"][0]


def test_include_forms(urlconf, monkeypatch):
    module = types.ModuleType("some_urls")
    module.urlpatterns = [path("m/", view)]
    monkeypatch.setitem(sys.modules, "some_urls", module)
    urlconf(
        path("1/", include("some_urls")),
        path("2/", include(module)),
        path("3/", include([path("l/", view)])),
        path("4/", include(([path("t/", view)], "app"))),
        path("5/", ([path("old/", view)], "app", "ns")),
    )
    for found in ("/1/m/", "/2/m/", "/3/l/", "/4/t/", "/5/old/"):
        assert resolve(found).func is view
    assert resolve("/4/t/").namespace == "app"
    with pytest.raises(ImproperlyConfigured, match="app_name"):
        include(module, namespace="x")
    with pytest.raises(ImproperlyConfigured, match="tuple of 3"):
        include(([], "a", "b"))
    with pytest.raises(ImproperlyConfigured, match="has no patterns to include"):
        include(types.ModuleType("empty"))
    with pytest.raises(ImproperlyConfigured, match=r"write path\(route, view\)"):
        include([("a", view)])
    with pytest.raises(ModuleNotFoundError):
        include("no.such.urls")


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ("<int:pk", "not closed"),
        ("int:pk>", "without a '<'"),
        ("<int: pk>", "a space between"),
        ("<int:1a>", "no Python identifier"),
        ("<int:a>/<str:a>", "two parameters"),
        ("<itn:a>", "Did you mean 'int'"),
    ],
)
def test_malformed_routes_are_named(route, message):
    with pytest.raises(ImproperlyConfigured, match=re.escape(message)):
        path(route, view)


def test_other_mistakes_are_named():
    class Page:
        @classmethod
        def as_view(cls): ...

    with pytest.raises(TypeError, match=r"Page\.as_view\(\)"):
        path("", Page)
    with pytest.raises(TypeError, match="callable"):
        path("", "shop.views.home")
    with pytest.raises(TypeError, match="must be a dict"):
        path("", view, ["x"])
    with pytest.raises(ImproperlyConfigured, match="does not compile as a regular expression"):
        re_path("(", view)
    with settings.override(ROOT_URLCONF=""), pytest.raises(ImproperlyConfigured, match="ROOT_URLCONF"):
        get_resolver()


def test_another_urlconf(urlconf):
    urlconf(path("a/", view))
    patterns = [path("b/", other)]
    assert resolve("/b/", patterns).func is other
    set_urlconf(patterns)
    assert get_urlconf() is patterns
    assert resolve("/b/").func is other
    set_urlconf(None)
    assert (get_urlconf(), get_urlconf("x"), resolve("/a/").func) == (None, "x", view)


def test_error_handlers(urlconf):
    urlconf(handler404=other, handler500="tests.urls.test_resolver.view")
    resolver = get_resolver()
    assert resolver.resolve_error_handler(404) is other
    assert resolver.resolve_error_handler(500).__name__ == "view"
    assert resolver.resolve_error_handler(403) is None


def test_appending_a_slash(urlconf):
    def shy(request): ...

    shy.should_append_slash = False
    urlconf(path("a/", view), path("b", view), path("c/", shy))
    assert [should_append_slash(found) for found in ("/a", "/a/", "/b", "/c", "/none")] == [
        True,
        False,
        False,
        False,
        False,
    ]


def test_expressions_are_not_tried_on_endless_paths(urlconf):
    urlconf(re_path(r"^(a+)+$", view), path("<slug:a>-<slug:b>/", view), path("rest/<path:p>", view))
    assert is_valid_path("/" + "a" * 30 + "a") is not False
    assert is_valid_path("/" + "a" * 3_000) is False
    assert is_valid_path("/" + "-" * 3_000 + "/") is False
    assert resolve("/rest/" + "a/" * 10_000).func is view


def test_thousands_of_segments_are_split_no_deeper_than_the_routes(urlconf):
    urlconf(path("a/<int:x>/", view))
    assert is_valid_path("/" + "a/" * 100_000) is False


SEGMENTS = st.sampled_from(["a", "b", "<int:i>", "<str:s>", "<slug:g>", "x<int:n>", ""])


@given(
    st.lists(st.lists(SEGMENTS, min_size=1, max_size=3, unique=True).map("/".join), min_size=1, max_size=12),
    st.lists(st.sampled_from(["a", "b", "7", "x7", "é", ""]), min_size=1, max_size=4).map("/".join),
)
@hypothesis_settings(derandomize=True, max_examples=300)
def test_the_tree_answers_like_a_walk_through_the_list(routes, asked):
    patterns = [path(route, partial(view, order=order)) for order, route in enumerate(routes)]
    resolver = door.RootResolver(patterns)
    walked = next(
        ((leaf.order, found) for leaf in resolver.leaves if (found := leaf.match(asked)) and ends(leaf, asked)), None
    )
    match = resolver._find(asked)
    assert (match[0].order, match[2]) == (walked[0], walked[1][1]) if walked else match is None


def ends(leaf, asked):
    return leaf.pattern.pattern.match(asked)[0] == ""


def test_the_door_lists_what_it_offers():
    assert sorted(door.__all__) == door.__all__
    assert all(hasattr(door, name) for name in door.__all__)


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (
            "rest_framework.urls",
            r"no package or module 'rest_framework' .* manoir's counterpart is 'manoir\.rest\.urls'",
        ),
        ("manoir.auth.ulrs", r"Package 'manoir\.auth' has no module 'ulrs'.* Did you mean '(signup_)?urls'"),
    ],
)
def test_a_module_that_is_not_there_names_the_nearest(module, words):
    with pytest.raises(ModuleNotFoundError, match=words):
        include(module)
