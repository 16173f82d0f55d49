"""Engines, loaders, templates by name, and the TEMPLATES setting."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, TemplateDoesNotExist, TemplateSyntaxError
from manoir.templates import (
    Engine,
    EngineHandler,
    Template,
    arender_to_string,
    engines,
    get_template,
    render_to_string,
    select_template,
)
from tests.templates.rendering import engine_of


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "site" / "shop").mkdir(parents=True)
    (tmp_path / "site" / "page.html").write_text("page {{ x }}", encoding="utf-8")
    (tmp_path / "site" / "shop" / "é.html").write_text("été", encoding="utf-8")
    (tmp_path / "secret.html").write_text("secret", encoding="utf-8")
    return tmp_path / "site"


def change(path: Path, text: str) -> None:
    """Write a file so that its time differs, however coarse the clock is."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 2_000_000_000, before + 2_000_000_000))


def test_templates_in_directories(directory: Path):
    engine = Engine(dirs=[directory], debug=False)
    assert engine.get_template("page.html").render({"x": 1}) == "page 1"
    assert engine.get_template("shop/é.html").render() == "été"
    assert engine.get_template("page.html") is engine.get_template("page.html")
    assert engine.get_template("page.html").origin.name == str(directory / "page.html")


@pytest.mark.parametrize(
    "name",
    ["../secret.html", "shop/../../secret.html", "/etc/passwd", "shop/../../site/../secret.html", "", ".", "shop", "a\0b", "x" * 5_000,
     "..\\secret.html", "page.html/x"],
)  # fmt: skip
def test_no_name_leads_out_of_a_directory(directory: Path, name: str):
    engine = Engine(dirs=[directory], debug=False)
    with pytest.raises(TemplateDoesNotExist):
        engine.get_template(name)
    with pytest.raises(TemplateDoesNotExist):
        engine.from_string("{% include name %}").render({"name": name})


def test_an_absolute_name_of_a_file_inside_is_not_a_leak_but_a_neighbour_directory_is(tmp_path: Path):
    for name in ("site", "site-secret"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.html").write_text(name)
    engine = Engine(dirs=[tmp_path / "site"], debug=False)
    with pytest.raises(TemplateDoesNotExist):
        engine.get_template("../site-secret/a.html")
    with pytest.raises(TemplateDoesNotExist):
        engine.get_template(str(tmp_path / "site-secret" / "a.html"))


def test_a_missing_template_names_places_and_near_names(directory: Path):
    engine = Engine(dirs=[directory], debug=False)
    with pytest.raises(TemplateDoesNotExist) as caught:
        engine.get_template("pag.html")
    assert str(caught.value) == (
        f"There is no template 'pag.html'. Did you mean 'page.html' or 'shop/é.html'? Looked for:\n  {directory}/pag.html (Source does not exist)"
    )
    assert [reason for _origin, reason in caught.value.tried] == ["Source does not exist"]


def test_changed_files_are_seen_in_debug_only(directory: Path):
    for debug, expected in ((True, "new 1"), (False, "page 1")):
        (directory / "page.html").write_text("page {{ x }}")
        engine = Engine(dirs=[directory], debug=debug)
        assert engine.get_template("page.html").render({"x": 1}) == "page 1"
        change(directory / "page.html", "new {{ x }}")
        assert engine.get_template("page.html").render({"x": 1}) == expected


def test_changed_parents_and_new_files_are_seen_in_debug(directory: Path):
    (directory / "base.html").write_text("[{% block a %}{% endblock %}]")
    (directory / "leaf.html").write_text(
        "{% extends 'base.html' %}{% block a %}{% include 'part.html' %}{% endblock %}"
    )
    engine = Engine(dirs=[directory], debug=True)
    with pytest.raises(TemplateDoesNotExist):
        engine.get_template("leaf.html").render()
    (directory / "part.html").write_text("part")
    assert engine.get_template("leaf.html").render() == "[part]"
    change(directory / "base.html", "<{% block a %}{% endblock %}>")
    assert engine.get_template("leaf.html").render() == "<part>"


def test_directories_of_apps(tagged_app):
    engine = Engine(app_dirs=True, debug=False)
    assert engine.get_template("tagged/card.html").render({"title": "T"}) == "<b>T</b>"


def test_the_first_directory_wins(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.html").write_text(name)
    assert Engine(dirs=[tmp_path / "one", tmp_path / "two"], debug=False).get_template("a.html").render() == "one"


def test_select_template():
    engine = engine_of({"b.html": "b"})
    assert engine.select_template(["a.html", "b.html"]).render() == "b"
    with pytest.raises(TemplateDoesNotExist, match=r"'a\.html'[\s\S]*'c\.html'"):
        engine.select_template(["a.html", "c.html"])
    with pytest.raises(TemplateDoesNotExist, match="no names"):
        engine.select_template([])
    with pytest.raises(TypeError, match="takes a list of names"):
        engine.select_template("a.html")


def test_a_missing_parent_is_not_mistaken_for_a_missing_template():
    with pytest.raises(TemplateDoesNotExist, match=r"'missing\.html'"):
        engine_of({"a.html": "{% extends 'missing.html' %}", "b.html": "b"}).select_template(
            ["a.html", "b.html"]
        ).render()


# -- the setting ------------------------------------------------------------------------------------------------------


def test_engines_of_the_setting(directory: Path):
    entry = {"BACKEND": "manoir.templates.Engine", "DIRS": [directory], "OPTIONS": {"string_if_invalid": "?"}}
    other = {"BACKEND": "manoir.templates.Engine", "NAME": "other", "OPTIONS": {"autoescape": False}}
    with settings.override(TEMPLATES=[entry, other]):
        assert list(engines) == ["manoir", "other"]
        assert get_template("page.html").render() == "page ?"
        assert render_to_string("page.html", {"x": "<"}) == "page &lt;"
        assert render_to_string(["no.html", "page.html"], {"x": "<"}, using="manoir") == "page &lt;"
        assert engines["other"].from_string("{{ x }}").render({"x": "<"}) == "<"
        assert Template("{{ x }}").engine is engines["manoir"]
        assert select_template(["no.html", "page.html"]).name == "page.html"
        with pytest.raises(TemplateDoesNotExist):
            get_template("page.html", using="other")
        with pytest.raises(
            ImproperlyConfigured, match=r"no engine 'othr'\. Did you mean 'other'\? Engines: 'manoir', 'other'"
        ):
            get_template("page.html", using="othr")


async def test_rendering_in_a_coroutine(directory: Path):
    with settings.override(TEMPLATES=[{"BACKEND": "manoir.templates.Engine", "DIRS": [directory]}]):
        assert await arender_to_string("page.html", {"x": 1}) == "page 1"
        assert await get_template("page.html").arender({"x": 2}) == "page 2"


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{"NAME": "x"}], "has no BACKEND"),
        ([{"BACKEND": "manoir.templates.Engine"}] * 2, "are called 'manoir'"),
        (
            [{"BACKEND": "manoir.templates.Engine", "OPTIONS": {"autoescap": 1}}],
            "unknown option 'autoescap'. Did you mean 'autoescape'?",
        ),
        (
            [{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True, "OPTIONS": {"loaders": []}}],
            "APP_DIRS and loaders both say",
        ),
    ],
)
def test_mistakes_in_the_setting(entries: list[dict[str, object]], message: str):
    with pytest.raises(ImproperlyConfigured) as caught:
        EngineHandler(entries).all()
    assert message in str(caught.value)


def test_loaders_are_classes_of_loaders():
    with pytest.raises(ImproperlyConfigured, match="is a dotted path of a Loader class"):
        _ = Engine(loaders=[(3,)], debug=False).template_loaders


def test_source_that_is_too_long_is_refused():
    with pytest.raises(TemplateSyntaxError, match="characters are too many"):
        Engine(debug=False).from_string("x" * 6_000_000)
    with pytest.raises(TemplateSyntaxError, match="tags are too many"):
        Engine(debug=False).from_string("{{a}}" * 201_000)


def test_jinja2_beside_the_own_engine(directory: Path):
    pytest.importorskip("jinja2")
    (directory / "j.html").write_text("{% set y = x ~ '!' %}{{ y }}{{ request }}")
    (directory / "bad.html").write_text("{% if %}")
    handler = EngineHandler([{"BACKEND": "manoir.templates.Jinja2", "DIRS": [directory]}])
    assert list(handler) == ["jinja2"]
    assert handler["jinja2"].get_template("j.html").render({"x": "<"}) == "&lt;!"
    assert handler["jinja2"].from_string("{{ 1 + 1 }}").render() == "2"
    with pytest.raises(TemplateDoesNotExist):
        handler["jinja2"].get_template("nope.html")
    with pytest.raises(TemplateSyntaxError, match=r"bad\.html:1:"):
        handler["jinja2"].get_template("bad.html")
