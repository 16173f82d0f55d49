"""Forms of the pages for people: what is sent as it was shown changes nothing, whatever a page has room for."""

from __future__ import annotations

import html
import re
from contextlib import ExitStack
from html.parser import HTMLParser

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.rest._browsable_forms import inputs_of
from manoir.rest._description import Piece, paragraphs_of
from manoir.urls import path
from tests.rest.conftest import MIDDLEWARE, Caller
from tests.rest.notebook import Folder, NoteSerializer, NoteViewSet

HTML = {"accept": "text/html"}


class FormReader(HTMLParser):
    """Collects what a browser sends for the form of a method when nobody touched it."""

    def __init__(self, text, method):
        super().__init__()
        self.method, self.forms, self.select = method, [], None
        self.feed(text)

    def fields(self):
        """Return names and values of the first form of the method."""
        return next(form for form in self.forms if ("_method", self.method) in form)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "form":
            self.forms.append([])
        elif tag == "select":
            self.select = (values["name"], [], "multiple" in values)
        elif tag == "option":
            self.select[1].append((values["value"], "selected" in values))
        elif tag == "input" and values.get("name") and self.is_sent(values):
            self.forms[-1].append((values["name"], values.get("value", "")))

    def is_sent(self, values):
        return values.get("type") != "file" and (values.get("type") != "checkbox" or "checked" in values)

    def handle_endtag(self, tag):
        if tag == "select":
            name, options, multiple = self.select
            chosen = [value for value, selected in options if selected]
            if not chosen and not multiple and options:
                chosen = [options[0][0]]
            self.forms[-1] += [(name, value) for value in chosen]
            self.select = None


@pytest.fixture
def project(colour, people):
    """Gives a client of notes whose serializer is a variant."""

    with ExitStack() as stack:

        def start(serializer):
            router = rest.SimpleRouter()
            router.register("notes", type("Notes", (NoteViewSet,), {"serializer_class": serializer}))
            stack.enter_context(settings.override(ROOT_URLCONF=router.urls, MIDDLEWARE=MIDDLEWARE))
            api = Caller(colour)
            api.login(people.ann.user)
            return api

        yield start


def few_options(cutoff):
    class Few(NoteSerializer):
        folder = rest.PrimaryKeyRelatedField(queryset=Folder.objects.all(), html_cutoff=cutoff)

    return Few


def test_a_row_among_more_than_a_page_shows_is_named_by_its_value(project, people):
    note, others = people.ann.notes[0], [Folder.objects.create(owner=people.ann.user, name=f"f{n}") for n in range(3)]
    note.folder = others[-1]
    note.save()
    api = project(few_options(2))
    text = api.get(f"/notes/{note.pk}/", headers=HTML).text
    sent = dict(FormReader(text, "PUT").fields())
    assert sent["folder"] == str(others[-1].pk)
    first = people.ann.folder
    assert f"More than 2 items… Write the value of one, such as {first.pk} for {first}." in html.unescape(text)
    assert api.post(f"/notes/{note.pk}/", sent, format="multipart", headers=HTML).status_code == 200
    note.refresh_from_db()
    assert note.folder_id == others[-1].pk


def test_as_many_rows_as_a_page_shows_are_a_select(project, people):
    text = project(few_options(1)).get(f"/notes/{people.ann.notes[0].pk}/", headers=HTML).text
    assert f'<option value="{people.ann.folder.pk}" selected>' in text
    assert "More than" not in text


def test_a_new_row_begins_with_no_choice_made_for_its_writer(project):
    text = project(NoteSerializer).get("/notes/", headers=HTML).text
    assert dict(FormReader(text, "POST").fields())["folder"] == ""
    assert '<option value="" selected>Choose …</option>' in text


class Chosen(rest.Serializer):
    tags = rest.PrimaryKeyRelatedField(queryset=Folder.objects.order_by("pk"), many=True, html_cutoff=1)
    kinds = rest.MultipleChoiceField(choices=["a", "b", "c"])
    sure = rest.BooleanField(allow_null=True)
    state = rest.ChoiceField(choices=["new", "old"])


def inputs(values):
    return {one.name: one for one in inputs_of(Chosen(), values, {})}


def chosen(one):
    return [value for value, _, selected in one.options if selected]


def test_chosen_rows_that_are_not_shown_stay_chosen(people):
    keys = [people.ann.folder.pk, people.bob.folder.pk]
    tags = inputs({"tags": keys})["tags"]
    assert chosen(tags) == [str(key) for key in keys]
    assert tags.hint == "More than 1 items… Others can be named in the raw JSON below."


def test_a_value_that_is_no_choice_any_more_stays_until_another_is_chosen(people):
    assert chosen(inputs({"state": "gone"})["state"]) == ["gone"]
    assert chosen(inputs({"state": "old"})["state"]) == ["old"]


@pytest.mark.parametrize(("value", "option"), [(None, ""), (True, "true"), (False, "false")])
def test_a_truth_that_may_be_unknown_has_three_options(value, option, people):
    sure = inputs({"sure": value})["sure"]
    assert (sure.kind, chosen(sure)) == ("select", [option])


def test_after_an_error_everything_that_was_chosen_is_chosen_still(colour, people):
    class Ask(rest.GenericAPIView):
        serializer_class = Chosen
        permission_classes = [rest.AllowAny]

        def post(self, request):
            serializer = self.get_serializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            return rest.Response({})

    with settings.override(ROOT_URLCONF=[path("ask/", Ask.as_view())], MIDDLEWARE=MIDDLEWARE):
        answer = Caller(colour).post(
            "/ask/", {"_method": "POST", "kinds": ["a", "c"], "state": "new?"}, format="multipart", headers=HTML
        )
    assert answer.status_code == 400
    sent = FormReader(answer.text, "POST").fields()
    assert [value for name, value in sent if name == "kinds"] == ["a", "c"]
    assert re.search(
        r'<select id="POST-state"[^>]* aria-invalid="true" aria-describedby="POST-state-says"', answer.text
    )


def test_a_filter_that_was_wrong_can_be_corrected(project):
    answer = project(NoteSerializer).get("/notes/?folder=nothing", headers=HTML)
    assert answer.status_code == 400
    assert '<input name="folder" value="nothing"' in answer.text
    assert '<details class="card" open>' in answer.text
    assert '<a class="button" href="/notes/">Clear</a>' in answer.text


def test_filters_are_folded_until_one_is_used(project):
    api = project(NoteSerializer)
    assert '<details class="card">' in api.get("/notes/", headers=HTML).text
    assert '<details class="card" open>' in api.get("/notes/?search=ann", headers=HTML).text


def test_a_description_shows_code_and_joins_lines_that_were_broken():
    text = "Notes of `visible_to`\nand more.\n\nKinds:\n- `a` one\n- two"
    assert paragraphs_of(text) == [
        [Piece("Notes of "), Piece("visible_to", code=True), Piece(" and more.")],
        [Piece("Kinds:"), Piece("- ", item=True), Piece("a", code=True), Piece(" one"), Piece("- two", item=True)],
    ]


@pytest.mark.parametrize("text", ["", "   ", "`", "``", "a ` b", "```", "<b>`<i>`</b>"])
def test_a_description_of_any_text_loses_nothing_but_backticks(text):
    shown = "".join(piece.text for pieces in paragraphs_of(text) for piece in pieces)
    assert shown.replace("`", "") == text.strip().replace("`", "")
