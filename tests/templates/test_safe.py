import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

import manoir.templates
from manoir.i18n import gettext_lazy
from manoir.templates import SafeString, conditional_escape, force_escape, format_html, format_html_join, mark_safe
from manoir.templates._output import escape_str
from tests.templates.rendering import engine_of


def test_mark_safe():
    assert isinstance(mark_safe("<b>"), SafeString)
    assert mark_safe(lambda: "<b>")() == SafeString("<b>")
    assert conditional_escape(mark_safe("<b>")) == "<b>"
    assert force_escape(mark_safe("<b>")) == "&lt;b&gt;"
    assert conditional_escape(gettext_lazy("<b>")) == "&lt;b&gt;"
    assert conditional_escape(3) == "3"


def test_format_html():
    assert format_html("<b>{}</b>{x}", "<", x=mark_safe("<i>")) == "<b>&lt;</b><i>"
    assert format_html_join(", ", "<b>{}{}</b>", [("<", 1), (2, 3)]) == "<b>&lt;1</b>, <b>23</b>"
    assert format_html_join("<", "{a}", [{"a": ">"}, {"a": 1}]) == "&gt;&lt;1"
    with pytest.raises(TypeError, match="needs at least one value"):
        format_html("<b>x</b>")


@settings(derandomize=True, max_examples=200)
@given(st.text())
def test_the_inner_loop_of_markupsafe_does_what_escape_does(text: str):
    assert escape_str(text) == str(escape(text))


@settings(derandomize=True, max_examples=150)
@given(
    st.recursive(
        st.text(alphabet="<>&\"'ab ") | st.integers() | st.none() | st.floats(),
        lambda inner: st.lists(inner, max_size=3),
    )
)
def test_autoescape_never_leaks(value: object):
    page = engine_of({"inner.html": "{{ v }}{{ v|default:v }}"}).from_string(
        "{{ v }}{% for x in l %}{{ x }}{% endfor %}{% with w=v %}{{ w }}{% endwith %}{% firstof v %}{% cycle v v %}"
        "{% include 'inner.html' %}{% filter lower %}{{ v }}{% endfilter %}{{ d.v }}{{ l|join:v }}"
    )
    text = page.render({"v": value, "l": [value], "d": {"v": value}})
    assert not set("<>\"'") & set(text)


@settings(derandomize=True, max_examples=200)
@given(st.text(alphabet="ab{}%# |:.'\"\n<", max_size=60))
def test_random_templates_render_or_say_what_is_wrong(source: str):
    from manoir.exceptions import TemplateSyntaxError

    try:
        outcome = str(type(engine_of().from_string(source).render({"a": "x", "b": {"a": 1}})))
    except TemplateSyntaxError as error:
        outcome = str(error)
    assert outcome.startswith(("<template>:", "<class 'markupsafe.Markup'>"))


def test_text_without_braces_is_copied():
    assert engine_of().from_string("a\r\n'\"\\{ }\0é\u2028").render() == "a\r\n'\"\\{ }\0é\u2028"


def test_the_door_shows_all_its_names():
    assert sorted(manoir.templates.__all__) == manoir.templates.__all__
    assert all(hasattr(manoir.templates, name) for name in manoir.templates.__all__)
