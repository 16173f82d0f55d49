"""Forms as HTML: groups, labels, errors, accessibility, templates of a project."""

from __future__ import annotations

import re

import pytest

from manoir import bridge, forms
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.forms import BoundField, TemplatesRenderer, TemplatesSetting
from manoir.templates import Engine, engines, mark_safe

PAYLOAD = "\"'><script>alert(1)</script>"


class Contact(forms.Form):
    error_css_class = "wrong"
    required_css_class = "needed"

    subject = forms.CharField(max_length=50, help_text="At most <b>50</b>.")
    copy = forms.BooleanField(required=False, label="Send a copy?")
    token = forms.CharField(widget=forms.HiddenInput, required=False, initial="t")


def test_as_div_is_the_default():
    expected = """<div class="needed">
<label for="id_subject" class="needed">Subject:</label>
<div class="helptext" id="id_subject_helptext">At most <b>50</b>.</div>
<input type="text" name="subject" maxlength="50" required aria-describedby="id_subject_helptext" id="id_subject">
</div>
<div>
<label for="id_copy">Send a copy?</label>
<input type="checkbox" name="copy" id="id_copy">
</div>
<input type="hidden" name="token" value="t" id="id_token">"""
    assert (expected, expected) == (str(Contact()), str(Contact().as_div()))


def test_errors_are_tied_to_their_widget():
    html = str(Contact({"subject": ""})["subject"].as_field_group())
    assert '<ul class="errorlist" id="id_subject_error"><li>This field is required.</li></ul>' in html
    assert 'aria-invalid="true" aria-describedby="id_subject_helptext id_subject_error"' in html
    assert Contact({})["subject"].css_classes() == "wrong needed"
    assert Contact({})["subject"].css_classes("mine wrong") == "mine wrong needed"


def test_errors_of_hidden_fields_stand_above_the_form():
    class Hidden(forms.Form):
        token = forms.CharField(widget=forms.HiddenInput)

    html = str(Hidden({}))
    assert html.startswith('<ul class="errorlist nonfield"><li>(Hidden field token) This field is required.</li></ul>')


def test_as_p():
    expected = """<p class="needed">
<label for="id_subject" class="needed">Subject:</label>
<input type="text" name="subject" maxlength="50" required aria-describedby="id_subject_helptext" id="id_subject">
<span class="helptext" id="id_subject_helptext">At most <b>50</b>.</span>
</p>
<p>
<label for="id_copy">Send a copy?</label>
<input type="checkbox" name="copy" id="id_copy">
<input type="hidden" name="token" value="t" id="id_token">
</p>"""
    assert expected == str(Contact().as_p())


@pytest.mark.parametrize(("method", "tags"), [("as_table", ("<tr", "<th>", "<td>")), ("as_ul", ("<li",))])
def test_as_table_and_as_ul(method, tags):
    html = getattr(Contact({}), method)()
    assert all(tag in html for tag in tags)
    assert html.count('type="hidden"') == 1
    assert "<table" not in html
    assert "<ul>" not in html


@pytest.mark.parametrize("method", ["as_div", "as_p", "as_ul", "as_table"])
def test_a_form_of_hidden_fields_alone_still_sends_them(method):
    class Hidden(forms.Form):
        token = forms.CharField(widget=forms.HiddenInput, initial="t")

    assert '<input type="hidden" name="token" value="t" id="id_token">' in getattr(Hidden(), method)()


@pytest.mark.parametrize("method", ["as_div", "as_p", "as_ul", "as_table"])
def test_nothing_that_is_sent_or_named_becomes_markup(method):
    class Form(forms.Form):
        text = forms.CharField(label=PAYLOAD, max_length=3)
        pick = forms.ChoiceField(choices=[(PAYLOAD, PAYLOAD)], widget=forms.RadioSelect)

        def clean(self):
            raise forms.ValidationError(PAYLOAD)

    form = Form({"text": PAYLOAD, "pick": PAYLOAD + "x"}, prefix=PAYLOAD, auto_id="id_%s", label_suffix=PAYLOAD)
    form.add_error("text", PAYLOAD)
    html = getattr(form, method)()
    assert "<script" not in html
    assert "\"'" not in html


def test_choices_stand_in_a_fieldset_with_a_legend():
    class Size(forms.Form):
        size = forms.ChoiceField(choices=[("s", "S")], widget=forms.RadioSelect, help_text="Pick")

    html = re.sub(r"\n", "", str(Size()["size"].as_field_group()))
    assert html.startswith('<fieldset aria-describedby="id_size_helptext"><legend>Size:</legend>')
    assert '<label for="id_size_0"><input type="radio" name="size" value="s" required id="id_size_0"> S</label>' in html


LABELS = [
    ({}, '<label for="id_subject" class="needed">Subject:</label>'),
    ({"contents": "<i>"}, '<label for="id_subject" class="needed">&lt;i&gt;:</label>'),
    (
        {"contents": mark_safe("<i>x</i>!"), "attrs": {"class": "a"}},
        '<label for="id_subject" class="a needed"><i>x</i>!</label>',
    ),
    ({"label_suffix": " →"}, '<label for="id_subject" class="needed">Subject →</label>'),
    ({"label_suffix": ""}, '<label for="id_subject" class="needed">Subject</label>'),
    ({"attrs": {"for": "other"}}, '<label for="other" class="needed">Subject:</label>'),
]


@pytest.mark.parametrize(("options", "expected"), LABELS)
def test_label_tag(options, expected):
    assert expected == str(Contact()["subject"].label_tag(**options))


def test_labels_that_end_a_sentence_need_no_suffix_and_legends_no_target():
    form = Contact()
    assert str(form["copy"].label_tag()) == '<label for="id_copy">Send a copy?</label>'
    assert str(form["subject"].legend_tag()) == '<legend class="needed">Subject:</legend>'


@pytest.mark.parametrize(
    ("auto_id", "expected"), [("x_%s", "x_subject"), (True, "subject"), (False, ""), ("", ""), ("fixed", "subject")]
)
def test_auto_id(auto_id, expected):
    bound = Contact(auto_id=auto_id)["subject"]
    assert (expected, bool(expected)) == (bound.auto_id, "<label" in bound.label_tag())


def test_ids_of_attributes_win():
    class Own(forms.Form):
        text = forms.CharField(widget=forms.TextInput(attrs={"id": "mine"}))

    bound = Own()["text"]
    assert (bound.id_for_label, str(bound.label_tag())) == ("mine", '<label for="mine">Text:</label>')
    assert str(bound).count("id=") == 1


def test_parts_of_a_choice_are_shown_alone():
    class Size(forms.Form):
        size = forms.ChoiceField(choices=[("s", "Small"), ("l", "Large")], widget=forms.RadioSelect)

    parts = list(Size({"size": "l"})["size"])
    assert [part.choice_label for part in parts] == ["Small", "Large"]
    assert str(parts[1].tag()) == '<input type="radio" name="size" value="l" id="id_size_1" required checked>'
    assert '<label for="id_size_1">' in str(parts[1])
    assert (Size()["size"][0].id_for_label, len(Size()["size"])) == ("id_size_0", 2)
    with pytest.raises(TypeError, match="indexed by a whole number or a slice, not by"):
        Size()["size"]["s"]


def test_other_widgets_for_one_field():
    bound = Contact({"subject": "x"})["subject"]
    assert "<textarea" in bound.as_textarea({"class": "big"})
    assert str(bound.as_hidden()) == '<input type="hidden" name="subject" value="x" id="id_subject">'
    assert (bound.widget_type, Contact()["copy"].widget_type) == ("text", "checkbox")


def test_required_attribute_may_be_left_out():
    assert "required" not in str(Contact(use_required_attribute=False)["subject"])


def test_templates_show_forms_and_fields():
    source = "{{ form.non_field_errors }}{% for field in form %}{{ field.name }} {% endfor %}{{ form.copy }}{{ form }}"
    html = Engine().from_string(source).render({"form": Contact()})
    assert "subject copy token" in html
    assert '<input type="checkbox" name="copy" id="id_copy"><div' in html


async def test_templates_under_spawn_show_forms():
    form = Contact({"subject": ""})
    template = Engine().from_string("{{ form }}")
    assert "This field is required." in await bridge.spawn(template.render, {"form": form})


def test_hidden_and_visible_fields():
    form = Contact()
    assert (
        [bound.name for bound in form.hidden_fields()],
        [bound.name for bound in form.visible_fields()],
        form.is_multipart(),
    ) == (["token"], ["subject", "copy"], False)


@pytest.fixture
def project_templates(tmp_path):
    (tmp_path / "manoir" / "forms" / "widgets").mkdir(parents=True)
    (tmp_path / "manoir" / "forms" / "widgets" / "text.html").write_text("<mine name={{ widget.name }}>")
    (tmp_path / "group.html").write_text("<group>{{ field }}</group>")
    (tmp_path / "form.html").write_text("<mine>{% for field, errors in fields %}{{ field.name }};{% endfor %}</mine>")
    with settings.override(TEMPLATES=[{"BACKEND": "manoir.templates.Engine", "DIRS": [tmp_path]}]):
        yield tmp_path


def test_a_project_replaces_templates_through_its_engines(project_templates):
    assert str(Contact(renderer=TemplatesSetting())["subject"]) == "<mine name=subject>"
    assert 'type="checkbox"' in str(Contact(renderer=TemplatesSetting())["copy"])
    with settings.override(FORM_RENDERER="manoir.forms.TemplatesSetting"):
        assert str(Contact()["subject"]) == "<mine name=subject>"
    assert "<mine" not in str(Contact()["subject"])


def test_shipped_templates_escape_even_where_the_project_does_not():
    unsafe = [{"BACKEND": "manoir.templates.Engine", "OPTIONS": {"autoescape": False}}]
    with settings.override(TEMPLATES=unsafe, FORM_RENDERER="manoir.forms.TemplatesSetting"):
        html = str(Contact({"subject": PAYLOAD})["subject"])
    assert "<script" not in html


def test_templates_of_a_form_and_of_a_group(project_templates):
    class Own(TemplatesSetting):
        form_template_name = "form.html"
        field_template_name = "group.html"

    form = Contact(renderer=Own())
    assert str(form) == "<mine>subject;copy;</mine>"
    assert "<group>" in form["copy"].as_field_group()
    assert str(Contact(renderer=TemplatesSetting()).render("form.html")) == "<mine>subject;copy;</mine>"


def test_bound_fields_of_ones_own():
    class Loud(BoundField):
        def css_classes(self, extra_classes=None):
            return "loud"

    class Renderer(TemplatesRenderer):
        bound_field_class = Loud

    class OfForm(Contact):
        bound_field_class = Loud

    class OfField(forms.Form):
        text = forms.CharField(bound_field_class=Loud)

    assert {"loud"} == {
        Contact(renderer=Renderer())["copy"].css_classes(),
        OfForm()["copy"].css_classes(),
        OfField()["text"].css_classes(),
        Contact(bound_field_class=Loud)["copy"].css_classes(),
    }


def test_renderers_that_do_not_exist_are_named():
    with (
        settings.override(FORM_RENDERER="manoir.forms.Missing"),
        pytest.raises(ImproperlyConfigured, match="FORM_RENDERER"),
    ):
        str(Contact())
    with settings.override(FORM_RENDERER="manoir.forms.Form"), pytest.raises(ImproperlyConfigured, match="no subclass"):
        str(Contact())


def test_engines_of_the_project_are_not_needed():
    with settings.override(TEMPLATES=[]):
        assert not engines.all()
        assert "<label" in str(Contact())
