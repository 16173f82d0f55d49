import traceback

import pytest

from manoir.templates import TemplateLine, template_lines
from tests.templates.rendering import engine_of

TEMPLATES = {
    "base.html": "<html>\n{% block body %}{% endblock %}",
    "page.html": "{% extends 'base.html' %}\n{% block body %}\n  {% for x in l %}\n é {% include 'part.html' %}{% endfor %}{% endblock %}",
    "part.html": "\n{{ x.ok }} {{ x.broken|upper }}",
}


class Row:
    ok = "fine"

    @property
    def broken(self) -> str:
        return {}["absent"]


def fail() -> BaseException:
    with pytest.raises(KeyError) as caught:
        engine_of(TEMPLATES).get_template("page.html").render({"l": [Row()]})
    return caught.value


def test_template_lines_name_every_template_on_the_way():
    assert template_lines(fail()) == [
        TemplateLine("base.html", "base.html", 2, "{% block body %}{% endblock %}", "{% block body %}"),
        TemplateLine(
            "page.html",
            "page.html",
            4,
            " é {% include 'part.html' %}{% endfor %}{% endblock %}",
            "{% include 'part.html' %}",
        ),
        TemplateLine("part.html", "part.html", 2, "{{ x.ok }} {{ x.broken|upper }}", "{{ x.broken|upper }}"),
    ]


def test_a_note_names_files_lines_and_tags_once():
    assert fail().__notes__ == [
        "While rendering:\n  base.html:2: {% block body %}\n  page.html:4: {% include 'part.html' %}\n"
        "  part.html:2: {{ x.broken|upper }}"
    ]


def test_the_traceback_shows_the_line_of_the_template():
    text = "".join(traceback.format_exception(fail()))
    assert 'File "part.html", line 2, in template' in text
    assert "{{ x.ok }} {{ x.broken|upper }}\n               ^^^^^^^^^^^^^^^^^^^^" in text
    assert "During handling" not in text


def test_errors_out_of_templates_have_no_lines():
    assert template_lines(ValueError("x")) == []
