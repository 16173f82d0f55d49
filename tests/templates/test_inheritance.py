"""`extends`, `block`, `include`, `partialdef`."""

from __future__ import annotations

import pytest

from manoir.exceptions import TemplateDoesNotExist, TemplateSyntaxError
from manoir.templates import Context
from tests.templates.rendering import engine_of, render

BASE = "<{% block title %}base{% endblock %}|{% block body %}{% endblock %}>"


def render_named(name: str, templates: dict[str, str], /, **variables: object) -> str:
    return str(engine_of(templates).get_template(name).render(variables))


def test_blocks_are_replaced():
    templates = {
        "base.html": BASE,
        "a.html": '{% extends "base.html" %}ignored{% block body %}{{ x }}{% endblock body %}',
    }
    assert render_named("a.html", templates, x="<") == "<base|&lt;>"


def test_three_levels_and_super():
    templates = {
        "base.html": BASE,
        "mid.html": "{% extends 'base.html' %}{% block title %}mid {{ block.super }}{% endblock %}{% block body %}m{% endblock %}",
        "leaf.html": "{% extends 'mid.html' %}{% block title %}leaf {{ block.super }}{% endblock %}",
    }
    assert render_named("leaf.html", templates) == "<leaf mid base|m>"


def test_super_can_be_filtered_and_tested():
    templates = {
        "base.html": BASE,
        "a.html": "{% extends 'base.html' %}{% block title %}{{ block.super|upper }}{% if block.super %}!{% endif %}"
        "{{ block.name }}{% endblock %}{% block body %}[{{ block.super }}]{% endblock %}",
    }
    assert render_named("a.html", templates) == "<BASE!title|[]>"


def test_super_sees_the_variables_around_it():
    templates = {
        "base.html": "{% block row %}({{ x }}{{ forloop.counter }}){% endblock %}",
        "a.html": "{% extends 'base.html' %}{% block row %}{% for x in l %}{{ block.super }}{% endfor %}{% endblock %}",
    }
    assert render_named("a.html", templates, l=[5, 6]) == "(51)(62)"


def test_a_block_in_a_loop_sees_the_loop():
    templates = {
        "base.html": "{% for x in l %}{% block row %}{{ x }}{% endblock %}{% endfor %}",
        "a.html": "{% extends 'base.html' %}{% block row %}[{{ x }}{{ forloop.last }}]{% endblock %}",
    }
    assert render_named("a.html", templates, l=[1, 2]) == "[1False][2True]"


def test_nested_blocks():
    templates = {
        "base.html": "{% block outer %}<{% block inner %}i{% endblock %}>{% endblock %}",
        "inner.html": "{% extends 'base.html' %}{% block inner %}I{% endblock %}",
        "outer.html": "{% extends 'inner.html' %}{% block outer %}O{{ block.super }}{% endblock %}",
    }
    assert render_named("inner.html", templates) == "<I>"
    assert render_named("outer.html", templates) == "O<I>"


def test_the_parent_may_be_a_variable():
    engine = engine_of({"base.html": BASE, "dir/b.html": "{% extends '../base.html' %}"})
    template = engine.from_string("{% extends parent %}{% block body %}x{% endblock %}")
    assert template.render({"parent": "base.html"}) == "<base|x>"
    assert template.render({"parent": engine.get_template("base.html")}) == "<base|x>"
    assert engine.get_template("dir/b.html").render() == "<base|>"
    with pytest.raises(TemplateSyntaxError, match="the variable 'parent' has no value"):
        template.render()


def test_a_template_may_extend_its_namesake_further_down(tmp_path):
    from manoir.templates import Engine

    for directory, source in (
        ("one", "{% extends 'page.html' %}{% block a %}1{{ block.super }}{% endblock %}"),
        ("two", "[{% block a %}2{% endblock %}]"),
    ):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "page.html").write_text(source)
    engine = Engine(dirs=[tmp_path / "one", tmp_path / "two"], debug=False)
    assert engine.get_template("page.html").render() == "[12]"


def test_a_template_that_extends_itself_without_end_is_refused():
    with pytest.raises(TemplateDoesNotExist):
        render_named("a.html", {"a.html": "{% extends 'a.html' %}"})
    with pytest.raises(TemplateSyntaxError, match="extends more than 100 templates"):
        render("{% extends parent %}", parent=engine_of().from_string("{% extends parent %}"), x=1)


def test_variables_set_in_a_block_are_gone_after_it():
    assert render("{% block a %}{% firstof 'x' as y %}{{ y }}{% endblock %}[{{ y }}]") == "x[]"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ a }}{% extends 'b' %}", "must be the first tag"),
        ("{% extends %}", "it takes one template"),
        ("{% block a %}{% endblock %}{% block a %}{% endblock %}", "there is a block 'a' already"),
        ("{% block a %}{% endblock b %}", "this ends another block: {% endblock a %} was expected"),
        ("{% block %}{% endblock %}", "one word as its name"),
        ("x\n{% block a %}", ":2: {% block a %}: opened here and never closed"),
        ("{% include %}", "it takes a template"),
        ("{% include 'a' with %}", "needs at least one name=value"),
        ("{% include 'a' mit b=c %}", "'mit' is not expected here"),
        ("{% include '../a' %}", "this template has no name itself"),
        ("{% partial a %}", "this template has no partial 'a'"),
        ("{% partialdef a b %}{% endpartialdef %}", "it takes a name, and `inline`"),
    ],
)
def test_mistakes_are_explained(source: str, message: str):
    with pytest.raises(TemplateSyntaxError) as caught:
        render(source)
    assert message in str(caught.value)


# -- include ----------------------------------------------------------------------------------------------------------

CARD = {"card.html": "[{{ title }}{{ extra }}{{ forloop.counter }}]"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% include 'card.html' %}", "[T]"),
        ("{% include name %}", "[T]"),
        ("{% include names %}", "[T]"),
        ("{% include 'card.html' with extra=title|lower %}", "[Tt]"),
        ("{% include 'card.html' with extra='<' only %}", "[<]"),
        ("{% include 'card.html' only %}", "[]"),
        ("{% for title in 'ab' %}{% include 'card.html' %}{% endfor %}", "[a1][b2]"),
        ("{% with title='w' %}{% include 'card.html' %}{% endwith %}{{ title }}", "[w]T"),
    ],
)
def test_include(source: str, expected: str):
    assert render(source, CARD, title="T", name="card.html", names=["missing.html", "card.html"]) == expected


def test_an_included_template_may_be_an_object():
    assert render("{% include card %}", card=engine_of().from_string("{{ x }}!"), x=1) == "1!"


def test_an_included_template_may_extend_another():
    templates = {"base.html": BASE, "part.html": "{% extends 'base.html' %}{% block body %}part{% endblock %}"}
    assert render("{% block body %}mine{% endblock %}{% include 'part.html' %}", templates) == "mine<base|part>"


def test_names_relative_to_the_template():
    templates = {
        "a/b/page.html": "{% include './x.html' %}{% include '../y.html' %}{% include name %}",
        "a/b/x.html": "x",
        "a/y.html": "y",
    }
    assert render_named("a/b/page.html", templates, name="./x.html") == "xyx"
    with pytest.raises(TemplateSyntaxError, match="leads out of the templates' root"):
        render_named("p.html", {"p.html": "{% include '../x.html' %}"})


def test_a_missing_included_template_names_near_ones():
    with pytest.raises(TemplateDoesNotExist, match=r"no template 'cart\.html'\. Did you mean 'card\.html'\?"):
        render("{% include 'cart.html' %}", CARD)


def test_recursion_with_an_end_works_and_without_is_refused():
    tree = {"node.html": "{{ n.v }}{% for n in n.c %}({% include 'node.html' %}){% endfor %}"}
    assert (
        render("{% include 'node.html' %}", tree, n={"v": 1, "c": [{"v": 2}, {"v": 3, "c": [{"v": 4}]}]})
        == "1(2)(3(4))"
    )
    with pytest.raises(TemplateSyntaxError, match=r"loop\.html: templates include each other more than 100 deep"):
        render("{% include 'loop.html' %}", {"loop.html": "{% include 'loop.html' %}"})
    with pytest.raises(TemplateSyntaxError, match="more than 100 deep"):
        render("{% partialdef a %}{% partial a %}{% endpartialdef %}{% partial a %}")


def test_autoescape_reaches_into_included_templates_and_blocks():
    templates = {
        "x.html": "{{ v }}",
        "base.html": "{% autoescape off %}{% block a %}{{ v }}{% endblock %}{% include 'x.html' %}{% endautoescape %}{{ v }}",
        "leaf.html": "{% extends 'base.html' %}{% block a %}[{{ v }}{{ block.super }}]{% endblock %}",
    }
    assert render_named("leaf.html", templates, v="<") == "[<<]<&lt;"


def test_the_context_is_as_before_after_an_error():
    context = Context({"l": [1]})
    template = engine_of({"bad.html": "{{ boom.x }}"}).from_string(
        "{% for x in l %}{% include 'bad.html' %}{% endfor %}"
    )
    context["boom"] = lambda: 1 / 0
    depth = len(context.dicts)
    with pytest.raises(ZeroDivisionError):
        template.render(context)
    assert (len(context.dicts), context.depth, context.frame) == (depth, 0, None)


# -- partials ---------------------------------------------------------------------------------------------------------


def test_partials():
    source = "{% partialdef card %}[{{ x }}]{% endpartialdef card %}{% partial card %}{% partial card with x=2 %}"
    assert render(source, x=1) == "[1][2]"
    assert render("{% partialdef a inline %}A{% endpartialdef %}{% partial a %}") == "AA"
    assert render("{% partial a %}{% partialdef a %}A{% endpartialdef %}") == "A"
    assert (
        render(
            "{% for x in l %}{% partial a %}{% endfor %}{% partialdef a %}{{ x }}{{ forloop.counter }}{% endpartialdef %}",
            l="xy",
        )
        == "x1y2"
    )


def test_a_partial_can_be_rendered_alone():
    templates = {"page.html": "before{% partialdef card %}[{{ x }}]{% endpartialdef %}after"}
    assert render_named("page.html#card", templates, x=1) == "[1]"
    assert render("{% include 'page.html#card' %}", templates, x=2) == "[2]"
    with pytest.raises(TemplateDoesNotExist, match=r"page\.html has no partial 'cart'\. Did you mean 'card'\?"):
        render_named("page.html#cart", templates)
