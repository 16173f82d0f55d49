"""Widgets: their HTML, and what they read out of what was sent."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from manoir import forms, i18n
from manoir.forms import flatatt
from manoir.http import MultiValueDict, QueryDict

PAYLOAD = "\"'><script>alert(1)</script>&"
ESCAPED = "&#34;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;"

CHOICES = [("", "Nothing"), ("s", "Small"), ("Big", [("l", "Large"), ("x", "Extra")])]


def one_line(html: object) -> str:
    return re.sub(r"\n\s*", "", str(html))


RENDERED = [
    (forms.TextInput(), "a", '<input type="text" name="f" value="a">'),
    (forms.TextInput(attrs={"type": "week"}), None, '<input type="week" name="f">'),
    (forms.NumberInput(), 1234567, '<input type="number" name="f" value="1234567">'),
    (forms.EmailInput(), "", '<input type="email" name="f">'),
    (forms.URLInput(), "x", '<input type="url" name="f" value="x">'),
    (forms.ColorInput(), "#fff", '<input type="color" name="f" value="#fff">'),
    (forms.SearchInput(), "x", '<input type="search" name="f" value="x">'),
    (forms.TelInput(), "1", '<input type="tel" name="f" value="1">'),
    (forms.PasswordInput(), "secret", '<input type="password" name="f">'),
    (forms.PasswordInput(render_value=True), "s", '<input type="password" name="f" value="s">'),
    (forms.HiddenInput(), 0, '<input type="hidden" name="f" value="0">'),
    (
        forms.MultipleHiddenInput(),
        [1, 2],
        '<input type="hidden" name="f" value="1"><input type="hidden" name="f" value="2">',
    ),
    (forms.Textarea(), "a", '<textarea name="f" cols="40" rows="10">a</textarea>'),
    (forms.DateInput(), dt.date(2026, 9, 3), '<input type="text" name="f" value="2026-09-03">'),
    (forms.DateInput(format="%d.%m.%Y"), dt.date(2026, 9, 3), '<input type="text" name="f" value="03.09.2026">'),
    (forms.DateTimeInput(), dt.datetime(2026, 9, 3, 8, 30), '<input type="text" name="f" value="2026-09-03 08:30:00">'),
    (forms.TimeInput(), dt.time(8, 30), '<input type="text" name="f" value="08:30:00">'),
    (forms.DateInput(), "not a date", '<input type="text" name="f" value="not a date">'),
    (forms.CheckboxInput(), True, '<input type="checkbox" name="f" checked>'),
    (forms.CheckboxInput(), False, '<input type="checkbox" name="f">'),
    (forms.CheckboxInput(), "yes", '<input type="checkbox" name="f" value="yes" checked>'),
    (forms.CheckboxInput(check_test=lambda v: v == 1), 2, '<input type="checkbox" name="f" value="2">'),
    (
        forms.Select(choices=CHOICES),
        "l",
        '<select name="f"><option value="">Nothing</option><option value="s">Small</option><optgroup label="Big">'
        '<option value="l" selected>Large</option><option value="x">Extra</option></optgroup></select>',
    ),
    (
        forms.SelectMultiple(choices=[(1, "1"), (2, "2"), (3, "3")]),
        [1, "3"],
        '<select name="f" multiple><option value="1" selected>1</option><option value="2">2</option>'
        '<option value="3" selected>3</option></select>',
    ),
    (
        forms.NullBooleanSelect(),
        True,
        '<select name="f"><option value="unknown">Unknown</option><option value="true" selected>Yes</option>'
        '<option value="false">No</option></select>',
    ),
    (
        forms.RadioSelect(choices=[("a", "A"), ("b", "B")]),
        "b",
        '<div><div><label><input type="radio" name="f" value="a"> A</label></div>'
        '<div><label><input type="radio" name="f" value="b" checked> B</label></div></div>',
    ),
    (
        forms.CheckboxSelectMultiple(choices=[("a", "A"), ("b", "B")]),
        ["a", "b"],
        '<div><div><label><input type="checkbox" name="f" value="a" checked> A</label></div>'
        '<div><label><input type="checkbox" name="f" value="b" checked> B</label></div></div>',
    ),
    (
        forms.SplitDateTimeWidget(date_attrs={"class": "d"}),
        dt.datetime(2026, 9, 3, 8, 30),
        '<input type="text" name="f_0" value="2026-09-03" class="d"><input type="text" name="f_1" value="08:30:00">',
    ),
    (
        forms.SplitHiddenDateTimeWidget(),
        None,
        '<input type="hidden" name="f_0"><input type="hidden" name="f_1">',
    ),
]


@pytest.mark.parametrize(("widget", "value", "expected"), RENDERED, ids=lambda value: type(value).__name__)
def test_html_of_a_widget(widget, value, expected):
    assert expected == one_line(widget.render("f", value))


EVERY = [
    forms.TextInput, forms.PasswordInput, forms.HiddenInput, forms.Textarea, forms.DateInput, forms.CheckboxInput,
    forms.Select, forms.SelectMultiple, forms.NullBooleanSelect, forms.RadioSelect, forms.CheckboxSelectMultiple,
    forms.MultipleHiddenInput, forms.SplitDateTimeWidget,
]  # fmt: skip


@pytest.mark.parametrize("widget_class", EVERY)
def test_no_slot_of_a_widget_lets_markup_through(widget_class):
    widget = widget_class(attrs={"class": PAYLOAD, "data-x": PAYLOAD})
    if hasattr(widget, "choices"):
        widget.choices = [(PAYLOAD, PAYLOAD), (PAYLOAD, [(PAYLOAD + "2", PAYLOAD)])]
    value = [PAYLOAD, PAYLOAD] if widget_class in (forms.MultipleHiddenInput, forms.SplitDateTimeWidget) else PAYLOAD
    html = str(widget.render(PAYLOAD, value, {"id": PAYLOAD}))
    assert ESCAPED in html
    assert "<script" not in html
    assert "\"'" not in html


@pytest.mark.parametrize("name", ["on click", "a=b", 'a"', "a>", "a/b", "", "a\0"])
def test_names_of_attributes_that_could_end_them_are_refused(name):
    with pytest.raises(ValueError, match="is no name of an HTML attribute"):
        flatatt({name: "x"})


def test_attributes_without_value_are_bare_and_those_that_are_off_are_left_out():
    assert flatatt({"required": True, "disabled": False, "x": None, "data-n": 0}) == ' required data-n="0"'


def test_ids_of_options_are_numbered_and_labelled():
    html = one_line(forms.RadioSelect(choices=[("a", "A"), ("G", [("b", "B")])]).render("f", None, {"id": "id_f"}))
    assert '<label for="id_f_0"><input type="radio" name="f" value="a" id="id_f_0"> A</label>' in html
    assert '<label for="id_f_1_0"><input type="radio" name="f" value="b" id="id_f_1_0"> B</label>' in html


def test_numbers_in_choices_are_never_localized():
    from manoir.conf import settings

    with settings.override(USE_THOUSAND_SEPARATOR=True), i18n.override("en"):
        html = str(forms.Select(choices=[(12345, "many")]).render("f", 12345))
    assert '<option value="12345" selected>many</option>' in html


def test_only_the_first_of_equal_values_is_selected_in_a_single_select():
    html = str(forms.Select(choices=[("a", "A"), ("a", "again")]).render("f", "a"))
    assert html.count("selected") == 1


READ = [
    (forms.TextInput(), "f=a&f=b", "b"),
    (forms.TextInput(), "", None),
    (forms.CheckboxInput(), "f=on", True),
    (forms.CheckboxInput(), "f=false", False),
    (forms.CheckboxInput(), "", False),
    (forms.Select(), "f=a&f=b", "b"),
    (forms.SelectMultiple(), "f=a&f=b", ["a", "b"]),
    (forms.CheckboxSelectMultiple(), "", []),
    (forms.MultipleHiddenInput(), "f=1&f=2", ["1", "2"]),
    (forms.NullBooleanSelect(), "f=true", True),
    (forms.NullBooleanSelect(), "f=3", False),
    (forms.NullBooleanSelect(), "f=unknown", None),
    (forms.SplitDateTimeWidget(), "f_0=a&f_1=b", ["a", "b"]),
]


@pytest.mark.parametrize(("widget", "query", "expected"), READ, ids=lambda value: type(value).__name__)
def test_value_out_of_what_was_sent(widget, query, expected):
    assert expected == widget.value_from_datadict(QueryDict(query), MultiValueDict(), "f")


def test_plain_dictionaries_are_data_too():
    assert forms.SelectMultiple().value_from_datadict({"f": ["a", "b"]}, {}, "f") == ["a", "b"]


OMITTED = [
    (forms.TextInput(), True),
    (forms.CheckboxInput(), False),
    (forms.SelectMultiple(), False),
    (forms.CheckboxSelectMultiple(), False),
    (forms.RadioSelect(), True),
    (forms.SplitDateTimeWidget(), True),
]


@pytest.mark.parametrize(("widget", "expected"), OMITTED, ids=lambda value: type(value).__name__)
def test_whether_nothing_sent_means_omitted(widget, expected):
    assert expected == widget.value_omitted_from_data({}, {}, "f")


REQUIRED = [
    (forms.TextInput(), True),
    (forms.HiddenInput(), False),
    (forms.CheckboxSelectMultiple(), False),
    (forms.Select(choices=[("a", "A")]), False),
    (forms.Select(choices=[("", "-"), ("a", "A")]), True),
    (forms.Select(choices=[("G", [("", "-")])]), False),
    (forms.SelectMultiple(choices=[("a", "A")]), True),
]


@pytest.mark.parametrize(("widget", "expected"), REQUIRED, ids=lambda value: type(value).__name__)
def test_where_html_allows_required(widget, expected):
    assert expected == widget.use_required_attribute(None)


def test_a_widget_of_ones_own_overrides_options():
    class Marked(forms.Select):
        def create_option(self, name, value, label, selected, index, subindex=None, attrs=None):
            option = super().create_option(name, value, label, selected, index, subindex, attrs)
            option["attrs"]["data-index"] = index
            return option

    assert '<option value="a" data-index="0">A</option>' in Marked(choices=[("a", "A")]).render("f", None)


def test_media_of_widgets_and_their_bases_are_joined_in_order():
    class Calendar(forms.TextInput):
        class Media:
            css = {"all": ["pretty.css"]}
            js = ["/jquery.js", "/calendar.js"]

    class Fancy(Calendar):
        class Media:
            js = ["/calendar.js", "https://cdn.example.com/x.js?a=1&b=2"]

    class Shop(forms.Form):
        day = forms.DateField(widget=Fancy)
        other = forms.DateField(widget=Calendar)

    expected = (
        '<link href="/static/pretty.css" media="all" rel="stylesheet">\n<script src="/jquery.js"></script>\n'
        '<script src="/calendar.js"></script>\n<script src="https://cdn.example.com/x.js?a=1&amp;b=2"></script>'
    )
    from manoir.conf import settings

    with settings.override(STATIC_URL="/static/"):
        assert expected == str(Shop().media)
        assert "<script" not in str(Shop().media["css"])


def test_media_that_contradict_each_other_warn():
    both = forms.Media(js=["/a.js", "/b.js"]) + forms.Media(js=["/b.js", "/a.js"])
    with pytest.warns(forms.MediaOrderConflictWarning, match="opposite orders"):
        assert str(both) == '<script src="/a.js"></script>\n<script src="/b.js"></script>'


def test_media_keep_the_order_in_which_they_were_named():
    first = forms.Media(css={"all": ["/p.css"]}, js=["/animations.js", "/actions.js"])
    second = forms.Media(js=["/whizbang.js"])
    assert (first + second)._js == ["/animations.js", "/actions.js", "/whizbang.js"]
    calendar = forms.Media(js=["/jquery.js", "/calendar.js", "/last.js"])
    time = forms.Media(js=["/jquery.js", "/time.js", "/last.js"])
    assert (calendar + time)._js == ["/jquery.js", "/calendar.js", "/time.js", "/last.js"]


def test_scripts_and_style_sheets_as_objects():
    media = forms.Media(
        css={"all": [forms.Stylesheet("/print.css", media="print"), "/all.css"]},
        js=[forms.Script("/map.js", type="module", defer=True, integrity='sha384-"'), "/map.js", "/b.js"],
    )
    assert str(media) == (
        '<link href="/print.css" rel="stylesheet" media="print">\n<link href="/all.css" media="all" rel="stylesheet">\n'
        '<script src="/map.js" type="module" defer integrity="sha384-&#34;"></script>\n<script src="/b.js"></script>'
    )
    assert '<script src="/b.js" nonce="x"></script>' in media.render({"nonce": "x"})
    assert 'defer integrity="sha384-&#34;"></script>' in media.render({"nonce": "x"})
    assert forms.Script("/a.js") == forms.Script("/a.js", defer=True)
    assert forms.Script("/a.js") != forms.Stylesheet("/a.js")
    assert len({forms.Script("/a.js"), "/a.js"}) == 1
    assert repr(forms.Script("a.js")) == "Script('a.js')"


def test_media_write_their_own_objects_without_escaping_them():
    class Own:
        def __html__(self) -> str:
            return '<script src="/own.js" async></script>'

    assert str(forms.Media(js=[Own()])) == '<script src="/own.js" async></script>'


def test_media_find_static_files_as_their_storage_does():
    from manoir.conf import settings

    with settings.override(STATIC_URL="static/"):
        assert str(forms.Media(js=["a b.js"])) == '<script src="/static/a%20b.js"></script>'
        assert forms.Script("a.js").path == "/static/a.js"


def test_media_of_formsets_and_dynamic_media():
    class Dynamic(forms.TextInput):
        @property
        def media(self) -> forms.Media:
            return forms.Media(js=["/dynamic.js"])

    Form = type("Form", (forms.Form,), {"f": forms.CharField(widget=Dynamic)})
    assert str(forms.formset_factory(Form)().media) == '<script src="/dynamic.js"></script>'
    assert str(forms.formset_factory(Form, extra=0)().media) == '<script src="/dynamic.js"></script>'


def test_multi_widgets_by_name():
    widget = forms.MultiWidget(widgets={"": forms.TextInput(), "last": forms.TextInput})
    html = one_line(widget.render("f", ["a", "b"], {"id": "id_f"}))
    assert (
        html
        == '<input type="text" name="f" value="a" id="id_f"><input type="text" name="f_last" value="b" id="id_f_last">'
    )


def test_no_shipped_template_holds_scripts_styles_or_handlers():
    from manoir.forms._renderers import SHIPPED

    for path in SHIPPED.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"<script|<style|style=|\son[a-z]+=", text), path
