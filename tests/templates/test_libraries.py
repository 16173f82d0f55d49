"""`{% load i18n %}`, `l10n`, `tz`, `cache`."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from manoir import i18n, timezone
from manoir.cache import caches, make_template_fragment_key
from manoir.conf import settings
from manoir.exceptions import TemplateSyntaxError
from manoir.sessions import DatabaseStore
from manoir.templates import engines
from manoir.testing import RequestFactory
from tests.templates.rendering import render

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def french(monkeypatch):
    """A tiny catalogue in place of compiled ones."""
    words = {
        "Welcome": "Bienvenue <b>",
        "%(count)s book": "%(count)s livre",
        "Hi %(name)s, 100%%": "Salut %(name)s, 100%%",
        "broken %(x)s": "cassé %(y)s",
    }
    monkeypatch.setattr(i18n, "gettext", lambda message: words.get(message, message))
    monkeypatch.setattr(i18n, "pgettext", lambda context, message: f"{context}:{message}")
    monkeypatch.setattr(i18n, "ngettext", lambda one, many, n: words.get(one, one) if n == 1 else many)


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% translate 'Welcome' %}", "Bienvenue <b>"),
        ("{% trans 'Welcome' noop %}", "Welcome"),
        ("{% translate word %}", "Bienvenue &lt;b&gt;"),
        ("{% translate 'May' context 'month' %}", "month:May"),
        ("{% translate 'Welcome' as w %}[{{ w }}]", "[Bienvenue <b>]"),
        ("{% blocktranslate %}Hi {{ name }}, 100%{% endblocktranslate %}", "Salut &lt;Ann&gt;, 100%"),
        (
            "{% blocktranslate with name=name|lower %}Hi {{ name }}, 100%{% endblocktranslate %}",
            "Salut &lt;ann&gt;, 100%",
        ),
        ("{% blocktrans count count=one %}{{ count }} book{% plural %}{{ count }} books{% endblocktrans %}", "1 livre"),
        ("{% blocktrans count count=two %}{{ count }} book{% plural %}{{ count }} books{% endblocktrans %}", "2 books"),
        ("{% blocktranslate trimmed %}\n  Hi {{ name }},\n  100%\n{% endblocktranslate %}", "Salut &lt;Ann&gt;, 100%"),
        (
            "{% blocktranslate asvar t %}Hi {{ name }}, 100%{% endblocktranslate %}[{{ t }}]",
            "[Salut &lt;Ann&gt;, 100%]",
        ),
        ("{% blocktranslate context 'c' %}x{% endblocktranslate %}", "c:x"),
        ("{% blocktranslate with x=one %}broken {{ x }}{% endblocktranslate %}", "broken 1"),
        (
            "{% for name in names %}{% blocktranslate %}Hi {{ name }}, 100%{% endblocktranslate %};{% endfor %}",
            "Salut a, 100%;Salut b, 100%;",
        ),
    ],
)
def test_translation(source: str, expected: str):
    values = {"word": "Welcome", "name": "<Ann>", "one": 1, "two": 2, "names": "ab"}
    assert render("{% load i18n %}" + source, **values) == expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% translate %}", "it takes a text"),
        ("{% translate 'a' nope %}", "'nope' is not expected here"),
        ("{% blocktranslate %}{{ a.b }}{% endblocktranslate %}", "write {% blocktranslate with name=a.b %}"),
        ("{% blocktranslate %}{% if a %}{% endblocktranslate %}", "there can be no tags inside {% blocktranslate %}"),
        ("{% blocktranslate count n=1 %}x{% endblocktranslate %}", "needs {% plural %} before its end"),
        ("{% blocktranslate %}x{% plural %}y{% endblocktranslate %}", "the plural needs a number"),
        ("{% blocktranslate %}x", "never closed"),
        ("{% language %}{% endlanguage %}", "it takes a language"),
        ("{% get_current_language %}", "it reads 'as name' after its name"),
    ],
)
def test_mistakes_in_translation_are_explained(source: str, message: str):
    with pytest.raises(TemplateSyntaxError) as caught:
        render("{% load i18n %}" + source)
    assert message in str(caught.value)


def test_languages():
    source = (
        "{% load i18n %}{% get_current_language as code %}{{ code }}{% language 'de' %}{% get_current_language as inner %}{{ inner }}"
        "{% get_current_language_bidi as bidi %}{{ bidi }}{% endlanguage %}{% get_language_info for 'de' as info %}{{ info.name_local }}"
        "{{ 'ar'|language_bidi }}{{ 'de'|language_name }}{% get_available_languages as all %}{{ all.0.0 }}"
    )
    with (
        settings.override(LANGUAGES=[("en", "English"), ("de", "German"), ("ar", "Arabic")], LANGUAGE_CODE="en"),
        i18n.override("en"),
    ):
        assert render(source) == "endeFalseDeutschTrueGermanen"


def test_numbers_and_dates_are_localised():
    source = "{% load l10n %}{{ n }} {{ d }} {{ day }} {{ n|unlocalize }}{% localize off %} {{ n }}{% endlocalize %}"
    values = {"n": 1234.5, "d": Decimal("1.50"), "day": NOON.date()}
    assert render(source, **values) == "1234.5 1.50 July 1, 2026 1234.5 1234.5"
    with settings.override(USE_THOUSAND_SEPARATOR=True):
        assert (
            render("{{ n }}{% load l10n %}{% localize off %} {{ n }}{% endlocalize %}", n=1234567)
            == "1,234,567 1234567"
        )
    with settings.override(DECIMAL_SEPARATOR=","):
        assert render("{% load l10n %}{{ n }} {{ n|unlocalize }} {{ i }}", n=1.5, i=7) == "1,5 1.5 7"


def test_time_zones():
    source = (
        "{% load tz %}{{ t|date:'H:i' }} {% localtime off %}{{ t|date:'H:i' }}{% endlocaltime %} "
        "{% timezone 'Asia/Tokyo' %}{{ t|date:'H:i' }}{% get_current_timezone as tz %}{{ tz }}{% endtimezone %} "
        "{{ t|timezone:'America/New_York'|date:'H:i' }} {{ t|utc|date:'H:i' }} {{ t|localtime|date:'H:i' }} {{ 'x'|utc }}{{ t|timezone:'No/Where' }}"
    )
    with settings.override(USE_TZ=True), timezone.override(ZoneInfo("Europe/Paris")):
        assert render(source, t=NOON) == "14:00 12:00 21:00Asia/Tokyo 08:00 12:00 14:00 "


def test_fragments_are_cached():
    with settings.override(CACHES={"default": {"BACKEND": "manoir.cache.LocMemCache", "LOCATION": "fragments"}}):
        source = "{% load cache %}{% cache 60 side user %}{{ x }}{% endcache %}"
        assert [render(source, user=1, x="<"), render(source, user=1, x="b"), render(source, user=2, x="c")] == [
            "&lt;",
            "&lt;",
            "c",
        ]
        key = make_template_fragment_key("side", [1])
        assert caches["default"].get(key) == "&lt;"
        caches["default"].delete(key)
        assert render(source, user=1, x="new") == "new"
        with pytest.raises(TemplateSyntaxError, match="the timeout is a number of seconds"):
            render("{% load cache %}{% cache x y %}{% endcache %}", x="soon")
        with pytest.raises(TemplateSyntaxError, match="the timeout is a number of seconds, or None, not ''"):
            render("{% load cache %}{% cache mistyped z %}{% endcache %}")
        for forever in ("None", "nothing"):
            source = f"{{% load cache %}}{{% cache {forever} kept-{forever} %}}{{{{ x }}}}{{% endcache %}}"
            assert [render(source, x=number, nothing=None) for number in (1, 2)] == ["1", "1"]


def visit(user=None):
    """A request with a session that knows its user."""
    request = RequestFactory().get("/", headers={"cookie": f"visitor={user}"})
    request.session = DatabaseStore(None)
    if user is not None:
        request.session["user"] = user
    request.session.accessed = False
    return request


GUARDED = {"default": {"BACKEND": "manoir.cache.LocMemCache", "LOCATION": "guarded"}}


def shown(source, request, **values):
    with settings.override(CACHES=GUARDED, TEMPLATES=[{"BACKEND": "manoir.templates.Engine"}]):
        return (
            engines["manoir"].from_string("{% load cache %}" + source).render({"request": request, **values}, request)
        )


@pytest.mark.parametrize(
    "inside",
    [
        "{% csrf_token %}",
        "{{ request.csp_nonce }}",
        "{{ request.session.user }}",
        "{{ request.session.session_key }}",
        "{{ request.COOKIES.visitor }}",
    ],
)
@pytest.mark.parametrize("before", ["", "{% csrf_token %}{{ request.csp_nonce }}"])
def test_a_fragment_with_something_of_one_visitor_is_not_kept(inside, before):
    """H40: a token in a kept fragment would forge requests in the name of whoever came first."""
    source = f"{before}{{% cache 60 private-{len(inside)}-{len(before)} %}}[{inside}|{{{{ n }}}}]{{% endcache %}}"
    first, second = (shown(source, visit(name), n=number) for number, name in enumerate(["ada", "bob"]))
    assert "|0]" in first
    assert "|1]" in second
    assert "ada" not in second


def test_a_fragment_that_varies_on_its_visitor_is_kept_for_each():
    source = "{% cache 60 by-user request.session.user %}{{ request.session.user }} {{ n }}{% endcache %}"
    asked = [("ada", 1), ("bob", 2), ("ada", 3)]
    assert [shown(source, visit(name), n=number) for name, number in asked] == ["ada 1", "bob 2", "ada 1"]


def test_a_token_beside_a_fragment_does_not_keep_it_from_being_kept():
    source = "{% csrf_token %}{{ request.csp_nonce }}{% cache 60 beside %}[{{ n }}]{% endcache %}"
    assert all("[1]" in shown(source, visit(), n=number) for number in (1, 2))


def test_fragment_keys_keep_values_apart():
    assert make_template_fragment_key("a", ["b", "c"]) != make_template_fragment_key("a", ["bc"])
    assert make_template_fragment_key("a", ["b:1", "c"]) != make_template_fragment_key("a", ["b", "1:c"])
