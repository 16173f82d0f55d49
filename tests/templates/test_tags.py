"""Tags that print, change or leave out text, and tags of addresses."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from manoir.conf import settings
from manoir.exceptions import NoReverseMatch, TemplateSyntaxError
from manoir.forms import Media
from manoir.http import QueryDict
from manoir.templates import Context, Engine
from manoir.urls import path, set_urlconf
from tests.templates.rendering import engine_of, render


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% autoescape off %}{{ v }}{% endautoescape %}{{ v }}", "<b>&lt;b&gt;"),
        ("{% autoescape off %}{% autoescape on %}{{ v }}{% endautoescape %}{% endautoescape %}", "&lt;b&gt;"),
        ("{% autoescape off %}{{ v|linebreaksbr }}{{ l|join:v }}{% endautoescape %}", "<b>1<b>2"),
        ("a{% comment %}{{ x|nope }}{% nope %}{% endcomment %}b{# {{ c }} #}c", "abc"),
        ("{% comment 'note' %}x{% endcomment %}", ""),
        ("{% filter upper %}a{{ v }}{% endfilter %}", "A&LT;B&GT;"),
        ("{% filter force_escape|upper %}<i>{% endfilter %}", "&LT;I&GT;"),
        ("{% firstof a b v 'x' %}", "&lt;b&gt;"),
        ("{% firstof a b '<x>' %}", "<x>"),
        ("{% firstof a b %}", ""),
        ("{% firstof v as x %}[{{ x }}]", "[&lt;b&gt;]"),
        ("{% spaceless %} <p>\n <a> x </a>\t</p> {% endspaceless %}", "<p><a> x </a></p>"),
        ("{% templatetag openblock %}{% templatetag closevariable %}{% templatetag opencomment %}", "{%}}{#"),
        ("{% verbatim %}{{ v }}{% if %}{% endverbatim %}", "{{ v }}{% if %}"),
        ("{% verbatim my %}{% endverbatim %}{{ v }}{% endverbatim my %}", "{% endverbatim %}{{ v }}"),
        ("{% widthratio 175 200 100 %}", "88"),
        ("{% widthratio n 0 100 %}{% widthratio v 1 1 %}", "0"),
        ("{% widthratio n 4 100 as w %}{{ w }}", "75"),
        ("{% now 'Y' as year %}{% if year %}ok{% endif %}", "ok"),
        ("{% lorem 2 w %}", "lorem ipsum"),
        ("{% lorem 0 p %}", ""),
        ("{% debug %}", ""),
        ("{% with a='x' %}{{ a }}{% endwith %}{% csp_nonce_attr %}", "x"),
    ],
)
def test_results(source: str, expected: str):
    assert render(source, v="<b>", n=3, l=[1, 2]) == expected


def test_lorem_of_paragraphs():
    text = render("{% lorem 2 p random %}")
    assert text.count("<p>") == text.count("</p>") == 2


def test_debug_is_for_developers():
    with settings.override(DEBUG=True):
        text = render("{% for x in l %}{% debug %}{% endfor %}", l=["<b>"])
    assert "&#39;x&#39;: &#39;&lt;b&gt;&#39;" in text


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% autoescape %}{% endautoescape %}", "it takes `on` or `off`"),
        ("{% filter safe %}{% endfilter %}", "'safe' cannot be used here"),
        ("{% templatetag openblok %}", "Did you mean 'openblock' or"),
        ("{% widthratio 1 2 %}", "it takes three values"),
        ("{% widthratio 1 2 v %}", "the last argument must be a number"),
        ("{% now %}", "it takes a format"),
        ("{% firstof %}", "it takes values"),
        ("{% cycle %}", "it takes values"),
        ("{% cycle nam %}", "there is no cycle 'nam' before this"),
        ("{% resetcycle %}", "there is no cycle before this"),
        ("{% regroup a by b %}", "it reads {% regroup books by author as groups %}"),
        ("{% for a of b %}{% endfor %}", "it reads {% for item in items %}"),
        ("{% for a.b in c %}{% endfor %}", "'a.b' cannot be the name of a variable"),
        ("{% for _a in c %}{% endfor %}", "'_a' cannot be the name of a variable"),
        ("{% with %}{% endwith %}", "it reads {% with name=value %}"),
        ("{% with a=1 b %}{% endwith %}", "What is 'b'?"),
        ("{% url %}", "it takes the name of a view"),
        ("{% load %}", "it takes names of libraries"),
        ("{% load nope %}", "there is no library 'nope'"),
        ("{% load translat from i18n %}", "has no tag or filter 'translat'. Did you mean 'translate'"),
        ("{% iff a %}", "there is no tag 'iff'. Did you mean 'if'?"),
        ("{% translate 'a' %}", "It is in a library: write {% load i18n %} first."),
        ("{{ a|language_bidi }}", "It is in a library: write {% load i18n %} first."),
        ("{{ a|uper }}", "there is no filter 'uper'. Did you mean 'upper'?"),
        ("{% endif %}", "nothing is open that this could end"),
        ("{% if a %}{% endfor %}", "this does not belong here: {% elif %}, {% else %} or {% endif %} was expected. {% if a %}, opened on line 1"),
        ("{% else %}", "there is no tag 'else'"),
        ("{%  %}", "the tag is empty"),
        ("{{ }}", "there is nothing between the braces"),
        ("{% comment %}", "opened here and never closed: {% endcomment %} was expected"),
        ("{% verbatim %}", "opened here and never closed"),
        ("{% csp_nonce_attr x y %}", "it takes one argument at most"),
        ("{% csp_nonce_attr v %}", "it takes a Media"),
    ],
)  # fmt: skip
def test_mistakes_are_explained(source: str, message: str):
    with pytest.raises(TemplateSyntaxError) as caught:
        render(source, v="x")
    assert message in str(caught.value)


def test_errors_name_file_line_and_tag():
    engine = engine_of({"shop/a.html": "one\n\n  {% for x in l %}\n{{ x }}"})
    with pytest.raises(TemplateSyntaxError) as caught:
        engine.get_template("shop/a.html")
    assert str(caught.value) == (
        "shop/a.html:3: {% for x in l %}: opened here and never closed: {% empty %} or {% endfor %} was expected before the "
        "template ends."
    )
    assert (caught.value.template_name, caught.value.lineno) == ("shop/a.html", 3)


# -- addresses --------------------------------------------------------------------------------------------------------


class Urls:
    @staticmethod
    def view(request: object) -> None: ...

    urlpatterns = [
        path("books/<int:pk>/", view, name="book"),
        path("", view, name="home"),
        path("q/<str:q>/", view, name="q"),
    ]


@pytest.fixture
def urls():
    set_urlconf(Urls)
    yield
    set_urlconf(None)


@pytest.mark.usefixtures("urls")
def test_url():
    assert render("{% url 'book' 3 %}{% url 'book' pk=n %}{% url name %}", n=4, name="home") == "/books/3//books/4//"
    assert render("{% url 'book' pk=n as link %}[{{ link }}]", n=4) == "[/books/4/]"
    assert render("{% url 'nope' as link %}[{{ link }}]") == "[]"
    assert render("{% url 'q' \"<'&>\" %}") == "/q/%3C&#39;&amp;%3E/"
    with pytest.raises(NoReverseMatch, match="boook"):
        render("{% url 'boook' 3 %}")
    with pytest.raises(NoReverseMatch, match="empty name"):
        render("{% url missing %}")


def test_querystring():
    request = SimpleNamespace(GET=QueryDict("a=1&b=2&b=3"))
    assert render("{% querystring page=2 %}", request=request) == "?a=1&amp;b=2&amp;b=3&amp;page=2"
    assert render("{% querystring a=None b='x' %}", request=request) == "?b=x"
    assert render("{% querystring a=None b=None %}", request=request) == "?"
    assert render("{% querystring b=l as q %}{{ q|safe }}", request=request, l=[7, 8]) == "?a=1&b=7&b=8"
    assert (
        render("{% querystring one two x=1 %}", one={"a": "<"}, two={"b": [1, 2]}) == "?a=%3C&amp;b=1&amp;b=2&amp;x=1"
    )
    assert list(request.GET.lists()) == [("a", ["1"]), ("b", ["2", "3"])]
    with pytest.raises(TemplateSyntaxError, match="there is no request in this context"):
        render("{% querystring a=1 %}")
    with pytest.raises(TemplateSyntaxError, match="positional arguments are mappings"):
        render("{% querystring n %}", n=3)


def test_csp_nonce_attr():
    assert (
        render("<script {% csp_nonce_attr %}>", request=SimpleNamespace(csp_nonce='a"b')) == '<script nonce="a&#34;b">'
    )
    assert render("{% csp_nonce_attr %}", csp_nonce="abc") == 'nonce="abc"'


def test_csp_nonce_attr_gives_the_nonce_to_the_media_of_a_form():
    media = Media(js=["/a.js"], css={"all": ["/a.css"]})
    html = render("{% csp_nonce_attr media %}", media=media, csp_nonce='a"b')
    assert '<script src="/a.js" nonce="a&#34;b"></script>' in html
    assert '<link href="/a.css" media="all" rel="stylesheet" nonce="a&#34;b">' in html
    assert render("{% csp_nonce_attr media %}", media=media) == str(media)
    assert render("{% csp_nonce_attr none %}", csp_nonce="abc") == ""


def test_variables_of_a_tag_reach_the_context_of_the_caller():
    context = Context({})
    Engine(debug=False).from_string("{% firstof 'x' as y %}").render(context)
    assert context["y"] == "x"
