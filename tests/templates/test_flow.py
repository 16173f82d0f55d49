"""`if`, `for`, `with`, `cycle`, `ifchanged`, `regroup`."""

from __future__ import annotations

import itertools

import pytest

from manoir.exceptions import TemplateSyntaxError
from tests.templates.rendering import render

VALUES = {"t": True, "f": False, "n": 3, "s": "abc", "l": [1, 2, 3], "e": [], "none": None, "o": {"x": 5}}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("t", True),
        ("f", False),
        ("missing", False),
        ("not missing", True),
        ("e", False),
        ("t and f", False),
        ("t or f", True),
        ("f and f or t", True),
        ("t or f and f", True),
        ("not f and t", True),
        ("not t or t", True),
        ("n == 3", True),
        ("n != 3", False),
        ("n < 4 and n > 2", True),
        ("n <= 3", True),
        ("n >= 4", False),
        ("s < 3", False),
        ("n in l", True),
        ("n not in l", False),
        ('"b" in s', True),
        ("n in none", False),
        ("n not in none", False),
        ("none is None", True),
        ("n is not None", True),
        ("missing is None", True),
        ("missing == None", True),
        ("not n == 4", True),
        ("not n in l", False),
        ("s|length == 3", True),
        ("o.x == 5", True),
        ("o.y == 5", False),
        ("o.y.z", False),
        ('s == "abc"', True),
        ("missing|default:1 == 1", True),
        ("t == f or n == 3", True),
    ],
)
def test_conditions(condition: str, expected: bool):
    assert render("{% if " + condition + " %}1{% else %}0{% endif %}", **VALUES) == str(int(expected))


@pytest.mark.parametrize("bits", list(itertools.product("tf", repeat=3)))
def test_precedence_is_that_of_python(bits: tuple[str, str, str]):
    values = {name: bit == "t" for name, bit in zip("abc", bits, strict=True)}
    for condition in ("a or b and not c", "not a and b or c", "a and not b or not c", "not a == b or c"):
        expected = eval(condition, {}, values)
        assert render("{% if " + condition + " %}1{% endif %}", **values) == ("1" if expected else "")


@pytest.mark.parametrize(("n", "expected"), [(1, "one"), (2, "two"), (3, "three"), (4, "many")])
def test_elif_chains(n: int, expected: str):
    plain = "{% if n == 1 %}one{% elif n == 2 %}two{% elif n == 3 %}three{% else %}many{% endif %}"
    dotted = plain.replace("n ==", "o.n ==")
    assert render(plain, n=n) == expected
    assert render(dotted, o={"n": n}) == expected


def test_no_more_of_a_condition_is_evaluated_than_is_needed():
    calls: list[str] = []

    class Recorder:
        def __getattr__(self, name: str) -> object:
            calls.append(name)
            return name == "yes"

    source = "{% if r.yes or r.never %}{% elif r.never %}{% endif %}{% if r.no and r.never %}{% endif %}"
    render(source, r=Recorder())
    assert calls == ["yes", "no"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% if %}{% endif %}", "a condition is missing"),
        ("{% if a b %}{% endif %}", "an operator is missing before 'b'"),
        ("{% if a and %}{% endif %}", "a value is missing after 'and'"),
        ("{% if == b %}{% endif %}", "a value is missing before '=='"),
        ("{% if a = b %}{% endif %}", "an operator is missing before '='"),
        ("{% if a == && %}{% endif %}", "'&&' is no operator"),
        ("{% if a %}{% elif %}{% endif %}", "{% elif %}: a condition is missing"),
        ("{% if " + "not " * 60 + "a %}{% endif %}", "nested more than 50 deep"),
        ("{% if " + "a == " * 60 + "a %}{% endif %}", "more than 50 comparisons"),
        ("{% if " + "a or " * 600 + "a %}{% endif %}", "1201 words is too long"),
    ],
)
def test_bad_conditions_are_explained(source: str, message: str):
    with pytest.raises(TemplateSyntaxError) as caught:
        render(source)
    assert message in str(caught.value)


# -- for --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% for x in l %}{{ x }},{% endfor %}", "1,2,3,"),
        ("{% for x in l reversed %}{{ x }},{% endfor %}", "3,2,1,"),
        ("{% for x in e %}x{% empty %}none{% endfor %}", "none"),
        ("{% for x in missing %}x{% empty %}none{% endfor %}", "none"),
        ("{% for x in none %}x{% endfor %}", ""),
        ("{% for c in s %}{{ c }}-{% endfor %}", "a-b-c-"),
        ("{% for x in l %}{{ forloop.counter }}{{ forloop.counter0 }} {% endfor %}", "10 21 32 "),
        ("{% for x in l %}{{ forloop.revcounter }}{{ forloop.revcounter0 }} {% endfor %}", "32 21 10 "),
        ("{% for x in l %}{% if forloop.first %}[{% endif %}{% if forloop.last %}]{% endif %}{% endfor %}", "[]"),
        ("{% for x in l %}{{ forloop.length }}{% endfor %}", "333"),
        ("{% for k, v in o.items %}{{ k }}={{ v }}{% endfor %}", "x=5"),
        ("{% for a,b in pairs %}{{ a }}{{ b }}{% endfor %}", "1234"),
        (
            "{% for p in pairs %}{% for x in p %}{{ forloop.parentloop.counter }}{{ x }}{% endfor %}{% endfor %}",
            "11122324",
        ),
        ("{% for x in l %}{% endfor %}{{ x }}", ""),
        ("{% for x in l|slice:':2' %}{{ x }}{% endfor %}", "12"),
        ("{% for x in generator %}{{ x }}{{ forloop.last }}{% endfor %}", "0False1True"),
        ("{% for x in l %}{{ forloop.parentloop }}{% endfor %}", "{}{}{}"),
        ("{% for x in l %}{% with loop=forloop %}{{ loop.counter }}{% endwith %}{% endfor %}", "123"),
    ],
)
def test_loops(source: str, expected: str):
    values = {**VALUES, "pairs": [(1, 2), [3, 4]], "generator": (n for n in range(2))}
    assert render(source, **values) == expected


async def test_async_iterators_can_be_looped_over():
    from tests.templates.rendering import engine_of

    async def numbers():
        yield 1
        yield 2

    template = engine_of().from_string("{% for n in numbers %}{{ n }}{% endfor %}")
    assert await template.arender({"numbers": numbers()}) == "12"


def test_unpacking_another_number_of_values_is_an_error():
    with pytest.raises(ValueError, match="names 2 variables, but an item has 3 values"):
        render("{% for a, b in rows %}{% endfor %}", rows=[(1, 2, 3)])


def test_looping_over_what_cannot_be_iterated_is_an_error():
    with pytest.raises(TypeError, match="not iterable"):
        render("{% for a in n %}{% endfor %}", n=3)


def test_deep_nesting_works_up_to_the_cap_and_is_refused_beyond():
    for tag, end in (
        ("{% for x in l %}", "{% endfor %}"),
        ("{% if 1 %}", "{% endif %}"),
        ("{% with a=1 %}", "{% endwith %}"),
    ):
        assert render(tag * 99 + "{{ l.0 }}" + end * 99, l=[7]) == "7"
        with pytest.raises(TemplateSyntaxError, match="nested more than 100 deep"):
            render(tag * 200 + end * 200)


def test_loop_variables_are_seen_in_deep_nesting():
    depth = 40
    source = "".join(f"{{% for a{n} in l %}}" for n in range(depth))
    source += "{{ a0 }}{{ a39 }}{{ forloop.parentloop.parentloop.counter }}" + "{% endfor %}" * depth
    assert render(source, l=[7]) == "771"


def test_variables_set_in_a_loop_stay_set_in_it_and_are_gone_after_it():
    source = "{% for x in l %}{{ c }}{% cycle 'a' 'b' as c %}{% endfor %}[{{ c }}]"
    assert render(source, l=[1, 2, 3]) == "aabba[]"


# -- with -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% with a=1 b=s|upper %}{{ a }}{{ b }}{% endwith %}[{{ a }}]", "1ABC[]"),
        ("{% with s|upper as b %}{{ b }}{% endwith %}", "ABC"),
        ("{% with s='x' %}{{ s }}{% with s='y' %}{{ s }}{% endwith %}{{ s }}{% endwith %}{{ s }}", "xyxabc"),
        ("{% with a=missing %}[{{ a }}]{% endwith %}", "[]"),
    ],
)
def test_with(source: str, expected: str):
    assert render(source, **VALUES) == expected


# -- cycle, ifchanged, regroup ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% for x in l %}{% cycle 'a' n '<' %}{% endfor %}", "a3<"),
        ("{% for x in l %}{% cycle unsafe 'b' %}{% endfor %}", "&lt;b&lt;"),
        ("{% cycle 'a' 'b' as c %}{% cycle c %}{{ c }}", "abb"),
        ("{% cycle 'a' 'b' as c silent %}{{ c }}{% cycle c %}{{ c }}", "ab"),
        ("{% for x in l %}{% for y in l %}{% cycle 'a' 'b' %}{% endfor %}{% resetcycle %}{% endfor %}", "abaabaaba"),
        ("{% for x in l %}{% cycle 'a' 'b' as c %}{% if x == 1 %}{% resetcycle c %}{% endif %}{% endfor %}", "aab"),
    ],
)
def test_cycle(source: str, expected: str):
    assert render(source, unsafe="<", **VALUES) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% for x in d %}{% ifchanged %}{{ x }}{% endifchanged %}{% endfor %}", "121"),
        ("{% for x in d %}{% ifchanged x %}!{% else %}={% endifchanged %}{% endfor %}", "!=!!"),
        (
            "{% for y in '12' %}{% for x in d %}{% ifchanged x %}{{ x }}{% endifchanged %}{% endfor %};{% endfor %}",
            "121;121;",
        ),
        ("{% for x in d %}{% ifchanged x 1 %}{{ x }}{% endifchanged %}{% endfor %}", "121"),
        ("{% for x in d %}{% include 'changed.html' %}{% endfor %}", "121"),
    ],
)
def test_ifchanged(source: str, expected: str):
    templates = {"changed.html": "{% ifchanged x %}{{ x }}{% endifchanged %}"}
    assert render(source, templates, d=[1, 1, 2, 1]) == expected


def test_regroup():
    cities = [
        {"name": "Mumbai", "country": "India"},
        {"name": "Calcutta", "country": "India"},
        {"name": "Tokyo", "country": "Japan"},
    ]
    source = (
        "{% regroup cities by country as countries %}{% for country in countries %}{{ country.grouper }}:"
        "{% for city in country.list %}{{ city.name }} {% endfor %}{% endfor %}"
        "{% for name, members in countries %}{{ name }}{{ members|length }}{% endfor %}"
    )
    assert render(source, cities=cities) == "India:Mumbai Calcutta Japan:Tokyo India2Japan1"
    assert render("{% regroup cities by country|lower as c %}{{ c.0.grouper }}", cities=cities) == "india"
