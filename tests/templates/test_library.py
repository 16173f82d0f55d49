"""Tags and filters of your own."""

from __future__ import annotations

from typing import Any

import pytest

from manoir.exceptions import InvalidTemplateLibrary, TemplateSyntaxError
from manoir.templates import (
    Context,
    Engine,
    Library,
    Node,
    NodeList,
    Variable,
    conditional_escape,
    format_html,
    mark_safe,
    register_builtins,
    stringfilter,
    token_kwargs,
)
from tests.templates.rendering import engine_of


def engine_with(library: Library, templates: dict[str, str] | None = None) -> Engine:
    engine = engine_of(templates)
    own = engine.builtin_libraries
    engine.builtin_libraries = lambda: [*own(), library]  # type: ignore[method-assign]
    return engine


def render(library: Library, source: str, templates: dict[str, str] | None = None, /, **variables: Any) -> str:
    return str(engine_with(library, templates).from_string(source).render(variables))


# -- filters ----------------------------------------------------------------------------------------------------------


def test_ways_to_register_a_filter():
    register = Library()
    register.filter("one", lambda value: value + 1)

    @register.filter
    def two(value):
        return value + 2

    @register.filter("three")
    def third(value, by):
        return value + 3 * by

    @register.filter(name="four")
    def fourth(value, by=4):
        return value + by

    assert two(1) == 3
    assert render(register, "{{ n|one }}{{ n|two }}{{ n|three:2 }}{{ n|four }}{{ n|four:1 }}", n=0) == "12641"


def test_wrong_use_of_filters():
    register = Library()
    with pytest.raises(TypeError, match="does not know the flag 'is_saf'"):
        register.filter("x", str, is_saf=True)
    with pytest.raises(TypeError, match="takes no value"):
        register.filter("x", lambda: None)
    with pytest.raises(TypeError, match="takes a name and a function"):
        register.filter(3)
    register.filter("needs", lambda value, arg: value)
    with pytest.raises(TemplateSyntaxError, match="the filter 'needs' takes an argument"):
        render(register, "{{ a|needs }}")


def test_flags_of_filters():
    register = Library()

    @register.filter(is_safe=True)
    @stringfilter
    def myfilter(value):
        return value + "!"

    @register.filter(needs_autoescape=True)
    def initial(text, autoescape=True):
        escape = conditional_escape if autoescape else str
        return mark_safe(f"<strong>{escape(text[0])}</strong>{escape(text[1:])}")

    source = "{{ t|myfilter }}{{ s|myfilter }}{{ t|initial }}{% autoescape off %}{{ t|initial }}{% endautoescape %}"
    assert render(register, source, t="<a", s=mark_safe("<b>")) == "&lt;a!<b>!<strong>&lt;</strong>a<strong><</strong>a"


# -- simple tags ------------------------------------------------------------------------------------------------------


@pytest.fixture
def tags() -> Library:
    register = Library()

    @register.simple_tag
    def plus(a, b=1, *rest, sign="", **more):
        return f"{sign}{a + b + sum(rest) + sum(more.values())}"

    @register.simple_tag(name="echo")
    def anything(value):
        return value

    @register.simple_tag(takes_context=True)
    def remember(context, name, value):
        context[name] = value
        return ""

    @register.simple_tag(takes_context=True)
    def read(context, name):
        return context[name]

    @register.simple_tag
    async def waited(value):
        return value

    @register.simple_block_tag
    def box(content, level="info"):
        return format_html("<div class='{}'>{}</div>", level, content)

    @register.simple_block_tag(takes_context=True, end_name="done")
    def repeat(context, content, times):
        return mark_safe(content * times * context["factor"])

    return register


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% plus 1 %}{% plus 1 2 %}{% plus 1 2 3 %}", "236"),
        ("{% plus 1 b=5 sign='=' %}{% plus a=1 x=2 %}", "=64"),
        ("{% plus n|add:1 %}", "5"),
        ("{% plus 1 as x %}[{{ x }}]", "[2]"),
        ("{% echo '<b>' %}{% echo unsafe %}", "<b>&lt;b&gt;"),
        ("{% autoescape off %}{% echo unsafe %}{% endautoescape %}", "<b>"),
        ("{% echo unsafe as x %}{{ x }}", "&lt;b&gt;"),
        ("{% waited n %}", "3"),
        ("{% remember 'x' 5 %}{{ x }}", "5"),
        ("{% for i in 'ab' %}{% remember 'x' i %}{{ x }}{% endfor %}[{{ x }}]", "ab[]"),
        ("{% for i in 'ab' %}{% read 'i' %}{{ forloop.counter }}{% endfor %}", "a1b2"),
        ("{% with y=1 %}{% read 'y' %}{% if y %}{% read 'y' %}{% endif %}{% endwith %}", "11"),
        (
            "{% for i in 'ab' %}{% for j in 'cd' %}{% read 'j' %}{{ forloop.parentloop.counter }}{{ i }}{% endfor %}{% endfor %}",
            "c1ad1ac2bd2b",
        ),
        ("{% read 'n' %}{% cycle 'a' 'b' as c %}{% read 'c' %}", "3aa"),
        ("{% box %}{{ unsafe }}{% endbox %}", "<div class='info'>&lt;b&gt;</div>"),
        ("{% box level=unsafe %}x{% endbox %}", "<div class='&lt;b&gt;'>x</div>"),
        ("{% repeat 2 %}a{{ n }}{% done %}", "a3a3a3a3"),
        ("{% box as x %}y{% endbox %}{{ x }}", "<div class='info'>y</div>"),
    ],
)
def test_tags_made_of_functions(tags: Library, source: str, expected: str):
    assert render(tags, source, n=3, unsafe="<b>", factor=2) == expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% plus %}", "'plus' needs a value for 'a', which is missing"),
        ("{% echo 1 2 %}", "'echo' takes 1 values without a name at most, not 2"),
        ("{% echo valu=1 %}", "'echo' takes no argument called 'valu'. Did you mean 'value'?"),
        ("{% echo 1 value=2 %}", "'echo' is given 'value' twice"),
        ("{% plus a=1 2 %}", "'plus' takes values without a name before those with one: move 2 forward"),
        ("{% echo 1 as _x %}", "'_x' cannot be the name of a variable"),
        ("{% box %}", "{% endbox %} was expected"),
    ],
)
def test_wrong_arguments_are_found_when_the_template_is_compiled(tags: Library, source: str, message: str):
    with pytest.raises(TemplateSyntaxError) as caught:
        engine_with(tags).from_string(source)
    assert message in str(caught.value)


def test_tags_that_take_the_context_say_so():
    register = Library()
    with pytest.raises(TypeError, match="must be called 'context'"):
        register.simple_tag(takes_context=True)(lambda a: a)
    with pytest.raises(TypeError, match="must be called 'context' and 'content'"):
        register.simple_block_tag(takes_context=True)(lambda content: content)


# -- inclusion tags ---------------------------------------------------------------------------------------------------


def test_inclusion_tags():
    register = Library()

    @register.inclusion_tag("list.html")
    def show(items, title="none"):
        return {"items": items, "title": title}

    @register.inclusion_tag("list.html", takes_context=True, name="show_mine")
    def shown(context):
        return {"items": context["mine"]}

    templates = {"list.html": "{{ title }}{{ outside }}{{ csrf_token }}{% for i in items %}<{{ i }}>{% endfor %}"}
    source = "{% show mine title='<' %}{% show_mine %}{% for mine in nested %}{% show_mine %}{% endfor %}"
    assert (
        render(register, source, templates, mine=["&"], outside="o", csrf_token="t", nested=["x"])
        == "<t<&amp;>t<&amp;>t<x>"
    )

    @register.inclusion_tag("list.html")
    def bad():
        return 3

    with pytest.raises(TypeError, match="returns a dict of variables"):
        render(register, "{% bad %}", templates)


# -- low-level tags ---------------------------------------------------------------------------------------------------


class UpperNode(Node):
    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> str:
        return self.nodelist.render(context).upper()


class SetNode(Node):
    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def render(self, context: Context) -> str:
        for name, expression in self.values.items():
            context[name] = expression.resolve(context)
        return ""


class LocalNode(Node):
    def __init__(self, nodelist: NodeList, variable: Variable) -> None:
        self.nodelist = nodelist
        self.variable = variable

    def render(self, context: Context) -> str:
        with context.push(local=self.variable.resolve(context)):
            return "".join(str(node.render(context)) for node in self.nodelist)


@pytest.fixture
def low() -> Library:
    register = Library()

    @register.tag
    def up(parser, token):
        nodelist = parser.parse(("endup",))
        parser.delete_first_token()
        return UpperNode(nodelist)

    @register.tag("set")
    def compile_set(parser, token):
        return SetNode(token_kwargs(token.split_contents()[1:], parser))

    def compile_local(parser, token):
        try:
            _name, variable = token.split_contents()
        except ValueError:
            raise TemplateSyntaxError("local takes one variable") from None
        nodelist = parser.parse(("endlocal",))
        parser.delete_first_token()
        return LocalNode(nodelist, Variable(variable))

    register.tag("local", compile_local)
    return register


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% up %}a{{ x }}{% if x %}y{% endif %}{% endup %}", "A&LT;Y"),
        ("{% set y=x|add:'b' %}{{ y }}", "&lt;b"),
        ("{% for i in l %}{% up %}{{ i }}{{ forloop.counter }}{% endup %}{% endfor %}", "A1B2"),
        ("{% for i in l %}{% set y=i %}{% endfor %}[{{ y }}]", "[]"),
        ("{% for i in l %}{{ y }}{% set y=i %}{% endfor %}", "a"),
        ("{% with z='q' %}{% up %}{{ z }}{% endup %}{% endwith %}", "Q"),
        ("{% local x %}{{ local }}{% up %}{{ local }}z{% endup %}{% endlocal %}{{ local }}", "&lt;&LT;Z"),
        ("{% up %}{% block b %}b{{ block.name }}{% endblock %}{% endup %}", "BB"),
        ("{% up %}{% cycle 'a' 'b' as c %}{{ c }}{% endup %}{{ c }}", "AAa"),
        ("{% up %}{% include 'i.html' %}{% endup %}", "I&LT;"),
        ("{% autoescape off %}{% up %}{{ x }}{% endup %}{% endautoescape %}", "<"),
    ],
)
def test_low_level_tags(low: Library, source: str, expected: str):
    assert render(low, source, {"i.html": "i{{ x }}"}, x="<", l=["a", "b"]) == expected


def test_blocks_inside_low_level_tags_are_replaced(low: Library):
    templates = {
        "base.html": "{% up %}{% block b %}base{% endblock %}{% endup %}",
        "leaf.html": "{% extends 'base.html' %}{% block b %}{{ block.super }}{{ x }}{% endblock %}",
    }
    assert engine_with(low, templates).get_template("leaf.html").render({"x": "leaf"}) == "BASELEAF"


def test_errors_of_compile_functions_say_where(low: Library):
    with pytest.raises(TemplateSyntaxError, match=r"^<template>:2: \{% local %\}: local takes one variable$"):
        engine_with(low).from_string("\n{% local %}")


def test_nodes_can_be_found(low: Library):
    template = engine_with(low).from_string("{% if a %}{% up %}{% up %}{% endup %}{% endup %}{% endif %}")
    assert len(template.nodelist.get_nodes_by_type(UpperNode)) == 2


def test_wrong_use_of_tag():
    with pytest.raises(TypeError, match="takes a name and a compile function"):
        Library().tag(3)


def test_a_node_without_render_is_named():
    register = Library()
    register.tag("x", lambda parser, token: Node())
    with pytest.raises(TypeError, match="Node has no render"):
        render(register, "{% x %}")


# -- where libraries come from ----------------------------------------------------------------------------------------


def test_template_tags_of_apps(tagged_app):
    engine = Engine(app_dirs=True, debug=False)
    source = "{% load shop_tags %}{{ x|shout }}{% double 4 suffix='!' %}{% uppercase %}a{% enduppercase %}{% card y %}"
    assert engine.from_string(source).render({"x": "hi", "y": "<"}) == "hi!8!A<b>&lt;</b>"
    assert engine.from_string("{% load shout double from shop_tags %}{{ 1|shout }}").render() == "1!"
    with pytest.raises(
        TemplateSyntaxError, match=r"there is no tag 'uppercase'\. It is in a library: write \{% load shop_tags %\}"
    ):
        engine.from_string("{% load shout from shop_tags %}{% uppercase %}{% enduppercase %}")
    with pytest.raises(TemplateSyntaxError, match="Did you mean 'shop_tags'"):
        engine.from_string("{% load shop_tag %}")


@pytest.mark.parametrize(
    ("name", "message"), [("broken_tags", "cannot be imported: not today"), ("empty_tags", "has no `register")]
)
def test_libraries_that_cannot_be_used(tagged_app, name: str, message: str):
    with pytest.raises(InvalidTemplateLibrary, match=message):
        Engine(debug=False).from_string("{% load " + name + " %}")


def test_libraries_and_builtins_of_the_options():
    path = "tests.templates.tagged_app.templatetags.shop_tags"
    assert Engine(libraries={"mine": path}, debug=False).from_string("{% load mine %}{{ 1|shout }}").render() == "1!"
    assert Engine(builtins=[path], debug=False).from_string("{{ 1|shout }}").render() == "1!"


def test_rooms_register_their_tags():
    from manoir.templates import _discovery

    register = Library()
    register.simple_tag(lambda: "here", name="from_a_room")
    register_builtins(register, name="room")
    try:
        assert (
            Engine(debug=False).from_string("{% from_a_room %}{% load room %}{% from_a_room %}").render() == "herehere"
        )
    finally:
        _discovery._builtins.remove(register)
        del _discovery._libraries["room"]
