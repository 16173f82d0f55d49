"""`makemessages` and `compilemessages`: texts of a project into catalogues, and those into what pages say."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manoir import i18n
from manoir.cli import _messages
from manoir.cli._messages import Text, texts_of_python, texts_of_template
from manoir.commands import call_command
from manoir.exceptions import CommandError, TemplateSyntaxError
from manoir.templates import Template

VIEWS = """
from manoir.i18n import gettext as _, gettext_lazy, ngettext, pgettext

# Translators: on the start page
title = _("Dear reader")
label = gettext_lazy(
    "A rather long text "
    "in two pieces")
count = ngettext("%(n)d book", "%(n)d books", 3)
month = pgettext("month name", "May")
inside = f"{_('In a text')} {i18n.gettext('by its module')}"
unmarked = "not for translators"
nothing = _(""), _(unmarked), ngettext("only one")
# Translators: two lines
# about a text
last = npgettext("cart", "a", "b", 2)
"""
PAGE = """{% load i18n %}
{# Translators: a greeting #}
<h1>{% translate "Good morning" %}</h1> {% trans 'Bye' context "at the door" %} {{ _("In an expression")|upper }}
{% blocktranslate with name=user.name trimmed %}
  Hello {{ name }},
  you are 100% right.
{% endblocktranslate %}
{% blocktranslate count n=items|length context "cart" %}{{ n }} item{% plural %}{{ n }} items{% endblocktranslate %}
{% translate variable %} {% verbatim %}{% translate "shown as it is" %}{% endverbatim %}
{% comment %}Translators: said at night{% endcomment %}{% translate "Good \\"night\\"" %}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Path:
    """A folder with a view, a template and a place for catalogues, which is the current one."""
    for folder in ("locale", "shop/templates", "node_modules"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "views.py").write_text(VIEWS)
    (tmp_path / "shop/templates/page.html").write_text(PAGE)
    (tmp_path / "node_modules/other.html").write_text('{% translate "of others" %}')
    monkeypatch.chdir(tmp_path)
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    settings.LANGUAGES = [("en", "English"), ("de", "German"), ("fr", "French")]
    yield tmp_path
    i18n.forget_catalogues()


def ran(command: str, **options: Any) -> str:
    output = io.StringIO()
    call_command(command, stdout=output, **options)
    return output.getvalue()


def catalogue(project: Path, language: str = "de", folder: str = "locale") -> Path:
    return project / folder / language / "LC_MESSAGES" / "manoir.po"


def translate(file: Path, **texts: str) -> None:
    """Write translations into a catalogue, for messages of one line."""
    content = file.read_text()
    for text, translation in texts.items():
        before = f'msgid "{text.replace("_", " ")}"\nmsgstr ""'
        assert before in content, content
        content = content.replace(before, before[:-1] + f'{translation}"')
    file.write_text(content)


# -- finding ----------------------------------------------------------------------------------------------------------


def test_texts_of_python():
    found = {one.id: one for one in texts_of_python(VIEWS.encode(), "views.py")}
    assert list(found) == [
        "Dear reader", "A rather long text in two pieces", ("%(n)d book", "%(n)d books"), "May", "In a text", "by its module",
        ("a", "b"),
    ]  # fmt: skip
    assert found["a", "b"].comments == ("Translators: two lines", "about a text")
    assert found["a", "b"].context == "cart"
    assert found["Dear reader"].comments == ("Translators: on the start page",)
    assert (found["May"].context, found["May"].line) == ("month name", 10)


def test_texts_of_a_template():
    found = list(texts_of_template(PAGE, "page.html"))
    assert [(one.id, one.context, one.line) for one in found] == [
        ("Good morning", None, 3),
        ("Bye", "at the door", 3),
        ("In an expression", None, 3),
        ("Hello %(name)s, you are 100%% right.", None, 4),
        (("%(n)s item", "%(n)s items"), "cart", 8),
        ('Good "night"', None, 10),
    ]
    assert [one.comments for one in found if one.comments] == [
        ("Translators: a greeting",),
        ("Translators: said at night",),
    ]


def test_a_block_without_an_end_is_told():
    with pytest.raises(
        TemplateSyntaxError, match=r"blocktranslate trimmed %} in line 2 has no {% endblocktranslate %}"
    ):
        list(texts_of_template("\n{% blocktranslate trimmed %}a", "page.html"))


@given(st.text(alphabet='{%}_("trans late")\\\'\n#', max_size=60))
def test_any_template_is_read(source: str):
    try:
        found = list(texts_of_template(source, "page.html"))
    except TemplateSyntaxError:
        return
    assert all(isinstance(one, Text) and one.id for one in found)


@given(st.text(max_size=30).filter(lambda text: not set(text) & set('{}%"\\\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029')))
def test_what_is_found_is_what_pages_look_up(text: str):
    """The same text reaches gettext by either way."""
    asked: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(i18n, "gettext", lambda message: asked.append(message) or message)
        source = f'{{% load i18n %}}{{% translate "{text}" %}}{{% blocktranslate %}}{text}{{% endblocktranslate %}}'
        Template(source).render({})
    assert [one for one in asked if one] == [one.id for one in texts_of_template(source, "page.html") if one.id]


# -- both commands ----------------------------------------------------------------------------------------------------


def test_a_page_speaks_german_after_three_steps(project: Path):
    said = ran("makemessages", locale=["de"])
    assert "locale/de/LC_MESSAGES/manoir.po: 13 texts, 13 to translate" in said
    content = catalogue(project).read_text()
    assert '#. Translators: on the start page\n#: views.py:5\nmsgid "Dear reader"' in content
    assert 'msgctxt "at the door"' in content
    assert "of others" not in content
    translate(catalogue(project), Dear_reader="Werte Leserin", Good_morning="Guten Morgen")
    assert "Compiled" in ran("compilemessages")
    i18n.forget_catalogues()
    with i18n.override("de"):
        assert i18n.gettext("Dear reader") == "Werte Leserin"
        assert Template('{% load i18n %}{% translate "Good morning" %}').render({}) == "Guten Morgen"
        assert i18n.gettext("May") == "May"


def test_translations_stay_and_new_texts_come(project: Path):
    ran("makemessages", locale=["de"])
    translate(catalogue(project), Dear_reader="Werte Leserin")
    (project / "views.py").write_text(VIEWS + '\nmore = _("A new text")\n')
    assert "14 texts, 13 to translate" in ran("makemessages", all=True)
    assert 'msgid "Dear reader"\nmsgstr "Werte Leserin"' in catalogue(project).read_text()


def test_nothing_is_written_where_nothing_changed(project: Path):
    ran("makemessages", locale=["de"])
    before = catalogue(project).stat().st_mtime_ns
    assert ran("makemessages", locale=["de"]) == ""
    assert catalogue(project).stat().st_mtime_ns == before
    ran("compilemessages")
    assert ran("compilemessages") == ""


def test_texts_that_are_gone_are_kept_aside_or_removed(project: Path):
    ran("makemessages", locale=["de"])
    translate(catalogue(project), Dear_reader="Werte Leserin")
    (project / "views.py").write_text("")
    ran("makemessages", locale=["de"])
    assert '#~ msgid "Dear reader"\n#~ msgstr "Werte Leserin"' in catalogue(project).read_text()
    ran("makemessages", locale=["de"], no_obsolete=True)
    assert "Dear reader" not in catalogue(project).read_text()


def test_an_app_with_catalogues_has_its_own_texts(project: Path):
    (project / "shop/locale").mkdir()
    ran("makemessages", locale=["de", "fr"], no_location=True)
    assert "Good morning" in catalogue(project, "fr", "shop/locale").read_text()
    assert "Dear reader" not in catalogue(project, "fr", "shop/locale").read_text()
    assert "Dear reader" in catalogue(project, "fr").read_text()
    assert "#: " not in catalogue(project, "fr").read_text()


def test_languages_endings_and_names_are_chosen(project: Path):
    ran("makemessages", locale=["de", "fr", "pt-br"], exclude=["fr"], extensions=["py"])
    assert sorted(path.name for path in (project / "locale").iterdir()) == ["de", "pt_BR"]
    assert "Good morning" not in catalogue(project).read_text()
    ran("makemessages", locale=["de"], ignore_patterns=["views.py"], add_location="file", keep_pot=True)
    assert "#: shop/templates/page.html\n" in catalogue(project).read_text()
    assert (project / "locale/manoir.pot").exists()


def test_a_long_text_may_stay_in_one_line(project: Path):
    (project / "views.py").write_text(f'_("{"long " * 40}")')
    ran("makemessages", locale=["de"], no_wrap=True)
    assert f'msgid "{"long " * 40}"' in catalogue(project).read_text()


# -- errors -----------------------------------------------------------------------------------------------------------


def test_a_translation_with_other_places_is_no_catalogue(project: Path):
    ran("makemessages", locale=["de"])
    content = catalogue(project).read_text()
    catalogue(project).write_text(content.replace('100%% right."\nmsgstr ""', '100%% right."\nmsgstr "Hallo %(nom)s"'))
    with pytest.raises(CommandError, match=r"manoir\.po:\d+: "):
        ran("compilemessages")
    assert not catalogue(project).with_suffix(".mo").exists()


def test_uncertain_translations_are_taken_when_asked(project: Path):
    ran("makemessages", locale=["de"])
    content = (
        catalogue(project)
        .read_text()
        .replace('msgid "Dear reader"\nmsgstr ""', '#, fuzzy\nmsgid "Dear reader"\nmsgstr "Werte Leserin"')
    )
    catalogue(project).write_text(content)
    for fuzzy, text in ((False, "Dear reader"), (True, "Werte Leserin")):
        ran("compilemessages", fuzzy=fuzzy)
        i18n.forget_catalogues()
        with i18n.override("de"):
            assert i18n.gettext("Dear reader") == text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Say for which languages"),
        ({"locale": ["de"], "domain": "djangojs"}, '"manoir" or "django", not \'djangojs\''),
        ({"locale": ["dee"]}, "'dee' is no language that Babel or LANGUAGES knows. Did you mean 'de'"),
    ],
)
def test_misuse_is_told(project: Path, options: dict[str, Any], words: str):
    with pytest.raises(CommandError, match=words):
        ran("makemessages", **options)


def test_a_file_that_cannot_be_read_is_named(project: Path):
    (project / "views.py").write_text("_('a'")
    with pytest.raises(CommandError, match=r"views\.py cannot be read for its texts"):
        ran("makemessages", locale=["de"])
    (project / "views.py").write_text("")
    catalogue(project).parent.mkdir(parents=True)
    catalogue(project).write_text('msgid "a\n')
    with pytest.raises(CommandError, match=r"manoir\.po cannot be read"):
        ran("makemessages", locale=["de"])


def test_texts_without_a_place_are_told(project: Path, settings: Any):
    settings.LOCALE_PATHS = []
    (project / "locale").rmdir()
    with pytest.raises(CommandError, match="no place for the texts of"):
        ran("makemessages", locale=["de"])
    with pytest.raises(CommandError, match="There is no catalogue"):
        ran("compilemessages")


def test_a_project_without_texts_is_told(project: Path):
    (project / "views.py").write_text("x = 'plain'")
    (project / "shop/templates/page.html").write_text("plain")
    errors = io.StringIO()
    call_command("makemessages", locale=["de"], stderr=errors)
    assert "Nothing below" in errors.getvalue()


def test_without_babel_it_is_said_how_to_get_it(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_messages, "find_spec", lambda name: None)
    for command in ("makemessages", "compilemessages"):
        with pytest.raises(CommandError, match=r"pip install 'manoir\[i18n\]'"):
            ran(command, locale=["de"])


def test_an_uncertain_translation_is_no_fault_where_it_is_not_taken(project: Path):
    ran("makemessages", locale=["de"])
    content = catalogue(project).read_text()
    wrong = 'msgid "%(gone)s left"\nmsgstr "%(other)s ging"\n'
    catalogue(project).write_text(f"{content}\n#, fuzzy, python-format\n{wrong}")
    ran("compilemessages")
    with pytest.raises(CommandError, match=r"manoir\.po:\d+: "):
        ran("compilemessages", fuzzy=True)
