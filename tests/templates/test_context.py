import pytest

from manoir.exceptions import ContextPopException
from manoir.templates import Context, RequestContext, template_rendered
from tests.templates.rendering import engine_of


def test_a_context_reads_like_a_dict():
    context = Context({"a": 1})
    context["b"] = 2
    assert (context["a"], context["b"], context.get("c"), context.get("c", 3), "a" in context, "c" in context) == (
        1,
        2,
        None,
        3,
        True,
        False,
    )
    assert context.setdefault("c", 4) == 4
    del context["c"]
    with pytest.raises(KeyError):
        context["c"]
    assert context.flatten() == {"a": 1, "b": 2}
    assert context == Context({"a": 1, "b": 2})


def test_push_pop_and_update():
    context = Context({"a": 1})
    with context.push({"a": 2}, b=3):
        assert (context["a"], context["b"]) == (2, 3)
        context.set_upward("a", 5)
        context.set_upward("new", 6)
        assert (context["a"], context["new"]) == (5, 6)
    assert (context["a"], context.get("b")) == (1, None)
    with context.update({"a": 9}):
        assert context["a"] == 9
    assert context["a"] == 1
    context.push(a=7)
    assert context.pop() == {"a": 7}
    context.pop()
    with pytest.raises(ContextPopException, match="more often than push"):
        context.pop()


def test_a_new_context_keeps_the_switches():
    fresh = Context({"a": 1}, autoescape=False, use_tz=True).new({"b": 2})
    assert (fresh.flatten(), fresh.autoescape, fresh.use_tz) == ({"b": 2}, False, True)


def test_processors_of_a_request_context():
    request = object()
    engine = engine_of({"inner.html": "{{ seen }}{{ x }}"})
    engine._processors = (lambda given: {"seen": given is request, "x": "processor"},)
    template = engine.from_string("{{ seen }}{{ x }}{% include 'inner.html' %}|{% include 'inner.html' only %}|")
    assert template.render({"x": "mine"}, request) == "TruemineTruemine||"
    context = RequestContext(request, {}, [lambda given: {"x": "own"}])
    assert template.render(context) == "TrueownTrueown||"
    assert context.flatten() == {}


def test_a_context_is_a_dict_or_a_context():
    with pytest.raises(TypeError, match="is a dict of variables, not list"):
        engine_of().from_string("").render(["a"])


def test_the_callers_dict_is_not_changed():
    values = {"a": 1}
    engine_of().from_string("{% firstof 'x' as y %}{% for a in 'bc' %}{% endfor %}").render(values)
    assert values == {"a": 1}


def test_a_signal_tells_which_templates_are_rendered():
    seen: list[tuple[str | None, object]] = []

    def note(sender: object, template: object, context: dict[str, object], **extra: object) -> None:
        seen.append((template.name, context.get("x")))

    engine = engine_of(
        {
            "base.html": "{% block a %}{% endblock %}",
            "leaf.html": "{% extends 'base.html' %}{% block a %}{% include 'part.html' with x=2 %}{% endblock %}",
            "part.html": "",
        }
    )
    template_rendered.connect(note)
    try:
        engine.get_template("leaf.html").render({"x": 1})
    finally:
        template_rendered.disconnect(note)
    assert seen == [("leaf.html", 1), ("base.html", 1), ("part.html", 2)]
