"""Variables: how they are looked up, called and printed."""

from __future__ import annotations

import enum
from collections import defaultdict

import pytest

from manoir.exceptions import ObjectDoesNotExist, OperationalError, RelationNotLoaded
from manoir.templates import Context, Variable, VariableDoesNotExist, mark_safe
from tests.templates.rendering import engine_of, render


class Shelf:
    label = "front"

    def __init__(self) -> None:
        self.books = ["Emma", "Persuasion"]

    def first(self) -> str:
        return self.books[0]

    def by_number(self, number: int) -> str:
        return self.books[number]

    def delete(self) -> str:
        raise AssertionError("must not be called")

    delete.alters_data = True

    @property
    def broken(self) -> str:
        raise AttributeError("inside the property")

    @property
    def absent(self) -> str:
        raise ObjectDoesNotExist("nothing there")

    @property
    def unloaded(self) -> str:
        raise RelationNotLoaded("await book.aload('author')")

    async def counted(self) -> int:
        return len(self.books)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ name }}", "Jane"),
        ("{{ shelf.label }}", "front"),
        ("{{ shelf.books.1 }}", "Persuasion"),
        ("{{ shelf.first }}", "Emma"),
        ("{{ shelf.first.0 }}", "E"),
        ("{{ data.key }}", "value"),
        ("{{ data.items }}", "in the dict"),
        ("{{ data.3 }}", "three"),
        ("{{ other.keys }}", "dict_keys([&#39;a&#39;])"),
        ("{{ pair.0 }}{{ pair.1 }}", "xy"),
        ("{{ function }}", "called"),
        ("{{ number }}", "7"),
        ("{{ flag }}{{ nothing }}", "TrueNone"),
        ("{{ True }}{{ False }}{{ None }}", "TrueFalseNone"),
        ("{{ 'literal & raw' }}", "literal & raw"),
        ("{{ shelf.counted }}", "2"),
        ("{{ numbered.0 }}", "zero"),
    ],
)
def test_dotted_lookup(source: str, expected: str):
    variables = {
        "name": "Jane",
        "shelf": Shelf(),
        "data": {"key": "value", "items": "in the dict", 3: "three"},
        "other": {"a": 1},
        "pair": ("x", "y"),
        "function": lambda: "called",
        "number": 7,
        "flag": True,
        "nothing": None,
        "numbered": {0: "zero"},
    }
    assert render(source, **variables) == expected


def test_a_key_comes_before_an_attribute():
    class Both(dict):
        title = "attribute"

    assert render("{{ both.title }}{{ plain.title }}", both=Both(title="key"), plain=Both()) == "keyattribute"


@pytest.mark.parametrize(
    "path",
    ["missing", "missing.more", "shelf.nothing", "shelf.books.9", "shelf.by_number", "shelf.delete", "shelf.absent"],
)
def test_what_is_not_there_prints_nothing(path: str):
    assert render(f"[{{{{ {path} }}}}]", shelf=Shelf()) == "[]"


@pytest.mark.parametrize("path", ["shelf.broken", "shelf.unloaded"])
def test_an_error_inside_a_property_is_not_hidden(path: str):
    with pytest.raises(AttributeError) as caught:
        render("{{ " + path + " }}", shelf=Shelf())
    assert caught.value.__notes__ == [f"While rendering:\n  <template>:1: {{{{ {path} }}}}"]


def test_a_failing_property_is_asked_once():
    asked: list[int] = []

    class Row:
        @property
        def author(self) -> str:
            asked.append(1)
            raise OperationalError("connection lost")

    for source in ("{{ row.author.name }}", "{% if row.author %}{% endif %}", "{% if 1 in row.author %}{% endif %}"):
        with pytest.raises(OperationalError):
            render(source, row=Row())
    assert len(asked) == 3


def test_failed_queries_are_no_comparisons():
    class Rows:
        def __contains__(self, item: object) -> bool:
            raise OperationalError("connection lost")

    with pytest.raises(OperationalError):
        render("{% if 1 in rows %}{% endif %}", rows=Rows())


def test_a_type_error_inside_a_function_is_not_hidden():
    def broken():
        return len(3)

    with pytest.raises(TypeError, match="has no len"):
        render("{{ broken }}", broken=broken)


def test_do_not_call_in_templates():
    class Colour(enum.Enum):
        RED = "red"

    Colour.do_not_call_in_templates = True
    assert render("{{ Colour.RED.value }}", Colour=Colour) == "red"


def test_classes_are_called():
    class Greeting:
        def __str__(self) -> str:
            return "hello"

    assert render("{{ Greeting }}", Greeting=Greeting) == "hello"


def test_a_default_dict_makes_its_default():
    assert render("{{ counts.x }}", counts=defaultdict(int)) == "0"


@pytest.mark.parametrize("name", ["_private", "__class__", "__globals__"])
def test_private_names_cannot_be_reached_in_any_way(name: str):
    from manoir.exceptions import TemplateSyntaxError

    for source in (f"{{{{ a.{name} }}}}", f"{{% if a.{name} %}}{{% endif %}}", f"{{{{ a|default:a.{name} }}}}"):
        with pytest.raises(TemplateSyntaxError, match="underscore"):
            render(source, a=Shelf())


def test_the_same_variable_of_many_types():
    class Row:
        def __init__(self, title: str) -> None:
            self.title = title

    rows = [{"title": "dict"}, Row("object"), None, 3, "text", {"other": 1}, [1], lambda: {"title": "called"}]
    source = "{% for row in rows %}{{ row.title }}{{ row.title }},{% endfor %}"
    bound = str(str.title)
    assert render(source, rows=[row for row in rows if row != "text"]) == "dictdict,objectobject,,,,,calledcalled,"
    assert bound  # a str has a method `title`, which is called
    assert render("{{ text.title }}", text="a b") == "A B"


def test_string_if_invalid():
    engine = engine_of(string_if_invalid="<%s?>")
    source = "{{ a.b }}{{ a|upper }}{% if a %}x{% else %}-{% endif %}{% for b in a %}x{% endfor %}{{ ok|upper }}"
    assert engine.from_string(source).render({"ok": "y"}) == "<a.b?><a?>-Y"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<b>", "&lt;b&gt;"),
        ("'\"&", "&#39;&#34;&amp;"),
        (mark_safe("<b>"), "<b>"),
        (["<b>"], "[&#39;&lt;b&gt;&#39;]"),
        (3, "3"),
        (2.5, "2.5"),
        (None, "None"),
    ],
)
def test_printing_escapes_what_is_not_safe(value: object, expected: str):
    assert render("{{ value }}", value=value) == expected


def test_a_context_without_autoescape():
    template = engine_of().from_string("{{ a }}{{ a|upper }}{{ n }}")
    assert template.render(Context({"a": "<b>", "n": 3}, autoescape=False)) == "<b><B>3"


def test_variable_objects_resolve():
    assert Variable("a.b.0").resolve({"a": {"b": ["x"]}}) == "x"
    assert Variable("'<b>'").resolve({}) == mark_safe("<b>")
    assert Variable("3").resolve({}) == 3
    with pytest.raises(VariableDoesNotExist, match=r"no 'a\.b' in this context"):
        Variable("a.b").resolve({"a": 1})


async def test_lazy_values_wait_under_arender():
    class Later:
        async def title(self) -> str:
            return "awaited"

    assert await engine_of().from_string("{{ later.title }}").arender({"later": Later()}) == "awaited"
