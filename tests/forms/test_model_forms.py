"""Forms of models: which fields, checking against the database, saving, in both colours and on both databases."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from manoir import bridge, forms, models, timezone
from manoir.exceptions import (
    FieldError,
    ImproperlyConfigured,
    IntegrityError,
    SynchronousOnlyOperation,
    ValidationError,
)
from manoir.forms import NON_FIELD_ERRORS, fields_for_model, model_to_dict, modelform_factory
from manoir.http import MultiValueDict
from manoir.testing import assert_num_queries
from tests.bridge.hook_table import HookCase, check_hook, each_hook
from tests.library.models import Author, Book, Profile, Publisher, Review, Size, Stars, Status, Tag


class AuthorForm(forms.ModelForm):
    class Meta:
        model = Author
        fields = ["name", "email", "born", "active"]


class BookForm(forms.ModelForm):
    class Meta:
        model = Book
        fields = ["title", "isbn", "price", "status", "author", "publisher", "tags"]


def both_colours(test):
    """Run a test whose function takes `check(form)` and `save(form, **options)`, in sync code and in a coroutine."""
    sync = (lambda form: form.is_valid(), lambda form, **options: form.save(**options))
    awaited = (
        lambda form: bridge.run(form.ais_valid()),
        lambda form, **options: bridge.run(form.asave(**options)),
    )
    return pytest.mark.parametrize(("check", "save"), [sync, awaited], ids=["sync", "async"])(test)


# -- which fields -----------------------------------------------------------------------------------------------------

EXPECTED = {
    "title": (forms.CharField, True, forms.TextInput),
    "subtitle": (forms.CharField, False, forms.TextInput),
    "price": (forms.DecimalField, True, forms.NumberInput),
    "pages": (forms.IntegerField, True, forms.NumberInput),
    "rating": (forms.FloatField, False, forms.NumberInput),
    "published": (forms.DateField, False, forms.DateInput),
    "status": (forms.TypedChoiceField, True, forms.Select),
    "on_sale": (forms.BooleanField, False, forms.CheckboxInput),
    "extra": (forms.JSONField, False, forms.Textarea),
    "reading_time": (forms.DurationField, False, forms.TextInput),
    "author": (forms.ModelChoiceField, True, forms.Select),
    "sequel_to": (forms.ModelChoiceField, False, forms.Select),
    "tags": (forms.ModelMultipleChoiceField, False, forms.SelectMultiple),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_form_field_of_a_model_field(name):
    made = Book._meta.get_field(name).formfield()
    assert EXPECTED[name] == (type(made), made.required, type(made.widget))


def test_all_fields_are_those_that_may_be_edited_in_order():
    names = list(fields_for_model(Book))
    assert names[:3] == ["title", "subtitle", "isbn"]
    assert {"created", "updated", "cover", "id"}.isdisjoint(names)


def test_options_of_model_fields_reach_the_form():
    status = Book._meta.get_field("status").formfield()
    assert (
        list(status.choices),
        status.prepare_value(status.initial),
    ) == ([("draft", "Draft"), ("live", "On sale"), ("gone", "Out of print")], "draft")
    assert Status.LIVE is status.clean("live")
    stars = Review._meta.get_field("stars").formfield()
    assert Stars.GREAT is stars.clean("5")
    assert Book._meta.get_field("title").formfield().widget.attrs["maxlength"] == "200"
    assert (
        Book._meta.get_field("price").formfield().widget.attrs["step"],
        Book._meta.get_field("pages").formfield().widget.attrs["min"],
    ) == ("0.01", 0)
    assert Book._meta.get_field("isbn").formfield().clean("") is None
    assert Review._meta.get_field("helpful").formfield().initial == 0


def test_a_choice_without_default_starts_empty():
    role = Book._meta.get_field("contributors").remote_field.through._meta.get_field("role").formfield()
    assert next(iter(role.choices)) == ("", "---------")


def test_automatic_keys_have_no_form_field():
    assert Author._meta.pk.formfield() is None


def test_a_field_of_ones_own_uses_the_form_field_of_its_internal_type():
    class Upper(models.Field):
        def get_internal_type(self):
            return "CharField"

    class Special(models.CharField):
        def formfield(self, **kwargs):
            return super().formfield(**{"form_class": forms.SlugField, **kwargs})

    upper, special = Upper(max_length=3), Special(max_length=3)
    upper.set_attributes_from_name("upper")
    special.set_attributes_from_name("special_name")
    assert (forms.CharField, forms.SlugField, "Special name") == (
        type(upper.formfield()),
        type(special.formfield()),
        special.formfield().label,
    )


def test_meta_changes_labels_widgets_and_the_rest():
    class Form(forms.ModelForm):
        class Meta:
            model = Book
            fields = ["title", "price", "status", "pages"]
            labels = {"title": "Name"}
            help_texts = {"title": "Short."}
            widgets = {"title": forms.Textarea(attrs={"rows": 2}), "status": forms.RadioSelect}
            error_messages = {"title": {"required": "A book needs a name."}}
            field_classes = {"pages": forms.FloatField}
            localized_fields = ["price"]

    form = Form({})
    assert ("Name", "Short.", ["A book needs a name."], True, forms.FloatField, forms.RadioSelect) == (
        form["title"].label,
        form["title"].help_text,
        form.errors["title"],
        form.fields["price"].localize,
        type(form.fields["pages"]),
        type(form.fields["status"].widget),
    )
    assert 'rows="2"' in str(form["title"])


def test_meta_is_inherited_and_declared_fields_win():
    class Lower(AuthorForm):
        name = forms.CharField(max_length=2)
        email = None

        class Meta(AuthorForm.Meta):
            exclude = ["born"]

    assert list(Lower.base_fields) == ["name", "active"]
    assert Lower.base_fields["name"].max_length == 2


def test_a_callback_builds_the_fields():
    def callback(field, **options):
        return None if field.name == "email" else field.formfield(**options, label=field.name.upper())

    made = modelform_factory(Author, fields=["name", "email"], formfield_callback=callback)
    assert {name: field.label for name, field in made.base_fields.items()} == {"name": "NAME"}


def test_mistakes_in_meta_are_named():
    with pytest.raises(ImproperlyConfigured, match=r"Bare\.Meta does not say which fields of Author"):
        type(forms.ModelForm)("Bare", (forms.ModelForm,), {"Meta": type("Meta", (), {"model": Author})})
    with pytest.raises(FieldError, match=r"what Author does not have: nmae\. Did you mean 'name'"):
        modelform_factory(Author, fields=["nmae"])
    with pytest.raises(FieldError, match=r"'created', which nobody edits: Book\.created has editable=False"):
        modelform_factory(Book, fields=["created"])
    with pytest.raises(TypeError, match=r"not the text 'name'. Did you mean \['name'\]\?"):
        modelform_factory(Author, fields="name")
    with pytest.raises(ImproperlyConfigured, match="Say which fields of Author the form has"):
        modelform_factory(Author)
    with pytest.raises(ValueError, match="has no model"):
        forms.ModelForm()


def test_all_fields_may_be_asked_for_and_are_marked_for_checks():
    made = modelform_factory(Publisher, fields="__all__")
    assert (
        list(made.base_fields),
        made.uses_all_fields,
        made.__name__,
    ) == (["name", "country", "founded", "website"], True, "PublisherForm")


# -- checking ---------------------------------------------------------------------------------------------------------


@both_colours
def test_a_form_creates_an_instance(database, check, save):
    form = AuthorForm({"name": " Ada ", "email": "ada@example.com", "born": "1815-12-10", "active": "on"})
    assert check(form), form.errors
    author = save(form)
    assert author.pk
    found = Author.objects.get(pk=author.pk)
    assert ("Ada", "ada@example.com", dt.date(1815, 12, 10), True) == (
        found.name,
        found.email,
        found.born,
        found.active,
    )


@both_colours
def test_a_form_changes_an_instance(database, check, save):
    author = Author.objects.create(name="Ada", email="a@example.com")
    form = AuthorForm({"name": "Grace", "email": "a@example.com"}, instance=author)
    assert form["name"].initial == "Ada"
    assert check(form), form.errors
    assert author is save(form)
    assert (Author.objects.get().name, Author.objects.get().active, Author.objects.count()) == ("Grace", False, 1)


@both_colours
def test_uniqueness_is_checked(database, check, save):
    Author.objects.create(name="Ada", email="a@example.com")
    form = AuthorForm({"name": "Grace", "email": "a@example.com"})
    assert not check(form)
    assert form.errors["email"] == ["Author with this Email already exists."]
    assert [error.code for error in form.errors.as_data()["email"]] == ["unique"]
    with pytest.raises(ValueError, match="was not created, because the form has errors"):
        save(form)


@both_colours
def test_constraints_are_checked(database, check, save):
    ada = Author.objects.create(name="Ada")
    Book.objects.create(title="Notes", author=ada)
    form = BookForm({"title": "Notes", "price": "-1", "status": "live", "author": ada.pk})
    assert not check(form)
    assert {NON_FIELD_ERRORS} == set(form.errors)
    assert len(form.non_field_errors()) == 2


@both_colours
def test_fields_that_are_not_in_the_form_are_not_checked(database, check, save):
    form = modelform_factory(Book, fields=["title"])({"title": "x"})
    assert check(form), form.errors


@both_colours
def test_unknown_rows_and_choices_are_refused(database, check, save):
    form = BookForm({"title": "x", "price": "1", "status": "no", "author": "99", "publisher": "x", "tags": ["1"]})
    assert not check(form)
    assert {name: [error.code for error in errors] for name, errors in form.errors.as_data().items()} == {
        "status": ["invalid_choice"],
        "author": ["invalid_choice"],
        "publisher": ["invalid_choice"],
        "tags": ["invalid_choice"],
    }


@both_colours
def test_hooks_of_the_model_run(database, check, save):
    form = PickyForm({"name": "bad"})
    assert not check(form)
    assert form.errors["name"] == ["Not bad."]


class PickyAuthor(Author):
    class Meta:
        proxy = True
        app_label = "forms_tests"

    async def aclean(self):
        if self.name == "bad":
            raise ValidationError({"name": "Not bad."})


class PickyForm(forms.ModelForm):
    class Meta:
        model = PickyAuthor
        fields = ["name"]


def test_queries_of_a_form_are_few(database):
    ada = Author.objects.create(name="Ada")
    tags = [Tag.objects.create(label=str(n), slug=str(n)) for n in range(3)]
    sent = {"title": "x", "isbn": "1", "price": "1", "status": "live", "author": ada.pk, "tags": [t.pk for t in tags]}
    form = BookForm(sent)
    # author, tags (all three at once), uniqueness of isbn and of title with author together, the check constraint
    with assert_num_queries(4):
        assert form.is_valid(), form.errors


def test_defaults_hold_for_what_was_not_sent(database):
    made = modelform_factory(Book, fields=["title", "pages", "price", "status"])
    form = made({"title": "x", "price": "2"})
    form.fields["pages"].required = form.fields["status"].required = False
    assert form.is_valid(), form.errors
    assert (0, Status.DRAFT, Decimal("2")) == (form.instance.pages, form.instance.status, form.instance.price)


def test_errors_of_fields_outside_the_form_stand_above_it(database):
    class Strange(PickyForm):
        class Meta:
            model = PickyAuthor
            fields = ["email"]

    form = Strange({"email": ""}, instance=PickyAuthor(name="bad"))
    assert not form.is_valid()
    assert form.non_field_errors() == ["Not bad."]


async def test_in_a_coroutine_the_form_says_what_to_await(database):
    form = AuthorForm({"name": "Ada", "email": "a@example.com"})
    with pytest.raises(SynchronousOnlyOperation, match=r"await form\.ais_valid\(\)"):
        form.is_valid()
    assert await form.ais_valid()
    assert (await form.asave()).pk


# -- saving -----------------------------------------------------------------------------------------------------------


@both_colours
def test_many_to_many_relations_are_saved_with_the_instance(database, check, save):
    ada = Author.objects.create(name="Ada")
    tags = [Tag.objects.create(label=str(n), slug=str(n)) for n in range(3)]
    sent = {"title": "x", "price": "1", "status": "live", "author": ada.pk, "tags": [tags[0].pk, str(tags[2].pk)]}
    form = BookForm(sent)
    assert check(form), form.errors
    book = save(form)
    assert {"0", "2"} == {tag.label for tag in Book.objects.get(pk=book.pk).tags.all()}
    smaller = BookForm({**sent, "tags": [tags[1].pk]}, instance=Book.objects.get(pk=book.pk))
    assert check(smaller), smaller.errors
    save(smaller)
    assert [tag.label for tag in Book.objects.get(pk=book.pk).tags.all()] == ["1"]


@both_colours
def test_without_commit_nothing_is_written_until_the_project_does(database, check, save):
    ada = Author.objects.create(name="Ada")
    tag = Tag.objects.create(label="t", slug="t")
    form = BookForm({"title": "x", "price": "1", "status": "live", "author": ada.pk, "tags": [tag.pk]})
    assert check(form), form.errors
    book = save(form, commit=False)
    assert (book.pk, Book.objects.count()) == (None, 0)
    book.pages = 7
    book.save()
    form.save_m2m()
    assert (Book.objects.get().pages, [tag.label for tag in Book.objects.get().tags.all()]) == (7, ["t"])


@both_colours
def test_a_lost_race_becomes_an_error_of_the_form(database, check, save):
    form = AuthorForm({"name": "Grace", "email": "a@example.com"})
    assert check(form)
    Author.objects.create(name="Ada", email="a@example.com")  # another visitor was faster
    with pytest.raises(ValidationError):
        save(form)
    assert (form.errors["email"], Author.objects.count()) == (["Author with this Email already exists."], 1)


def test_save_may_be_overridden_as_documented(database):
    class Owned(AuthorForm):
        def save(self, commit=True):
            author = super().save(commit=False)
            author.name = author.name.upper()
            if commit:
                author.save()
                self.save_m2m()
            return author

    assert Owned({"name": "Ada"}).save().name == "ADA"
    assert bridge.run(Owned({"name": "Ada"}).asave()).name == "ADA"


@each_hook
def test_save_is_a_hook_of_two_colours(shape, place):
    case = HookCase(AuthorForm, "save", lambda cls: cls({"name": "Ada"}), kwargs={"commit": False})
    assert check_hook(case, shape, place).name == "Ada"


@each_hook
def test_save_m2m_is_a_hook_of_two_colours(shape, place):
    def make(cls):
        form = cls({"name": "Ada"})
        form.cleaned_data = {}
        return form

    assert check_hook(HookCase(AuthorForm, "save_m2m", make), shape, place) is None


# -- values -----------------------------------------------------------------------------------------------------------


def test_values_of_an_instance(database):
    ada = Author.objects.create(name="Ada")
    tag = Tag.objects.create(label="t", slug="t")
    book = Book.objects.create(title="x", author=ada)
    book.tags.add(tag)
    assert {"title": "x", "author": ada.pk, "tags": [tag]} == model_to_dict(book, fields=["title", "author", "tags"])
    assert "tags" not in model_to_dict(book, exclude=["tags"])


def test_relations_of_an_instance_are_read_when_they_are_shown(database):
    ada = Author.objects.create(name="Ada")
    tag = Tag.objects.create(label="<t>", slug="t")
    book = Book.objects.create(title="x", author=ada)
    book.tags.add(tag)
    with assert_num_queries(0):
        form = BookForm(instance=book)
    html = str(form["tags"])
    assert f'<option value="{tag.pk}" selected>&lt;t&gt;</option>' in html
    assert f'<option value="{ada.pk}" selected>Ada</option>' in str(form["author"])


def test_rows_to_choose_are_read_anew(database):
    field = forms.ModelChoiceField(Author.objects.all())
    assert len(list(field.choices)) == 1
    ada = Author.objects.create(name="Ada")
    assert [("", "---------"), (ada.pk, "Ada")] == list(field.choices)
    assert len(field.choices) == 2


def test_only_rows_of_the_queryset_may_be_chosen(database):
    ada, grace = Author.objects.create(name="Ada"), Author.objects.create(name="Grace", active=False)
    field = forms.ModelChoiceField(Author.objects.filter(active=True))
    assert ada == field.clean(str(ada.pk))
    assert ada == field.clean(ada)
    for bad in (grace.pk, "x", "9" * 30, True, 1.0, ["1"], {"pk": 1}, "1; DROP TABLE", "\0"):
        with pytest.raises(ValidationError) as caught:
            field.clean(bad)
        assert caught.value.code == "invalid_choice"


def test_rows_by_another_field(database):
    tag = Tag.objects.create(label="T", slug="t-1")
    field = forms.ModelChoiceField(Tag.objects.all(), to_field_name="slug", empty_label=None)
    assert (tag, [("t-1", "T")], "t-1") == (field.clean("t-1"), list(field.choices), field.prepare_value(tag))


def test_keys_of_many_rows_are_checked_by_one_query(database):
    tags = [Tag.objects.create(label=str(n), slug=str(n)) for n in range(5)]
    field = forms.ModelMultipleChoiceField(Tag.objects.all())
    with assert_num_queries(1):
        rows = field.clean([str(tag.pk) for tag in tags])
        assert {tag.pk for tag in tags} == {row.pk for row in rows}
    for sent, code in [([tags[0].pk, 10_000], "invalid_choice"), (["x"], "invalid_pk_value"), ("1", "invalid_list")]:
        with pytest.raises(ValidationError) as caught:
            field.clean(sent)
        assert code == caught.value.code
    assert list(forms.ModelMultipleChoiceField(Tag.objects.all(), required=False).clean([])) == []


def test_what_counts_as_changed_for_rows(database):
    first, second = (Tag.objects.create(label=str(n), slug=str(n)) for n in range(2))
    one, many = forms.ModelChoiceField(Tag.objects.all()), forms.ModelMultipleChoiceField(Tag.objects.all())
    assert (
        one.has_changed(first.pk, str(first.pk)),
        one.has_changed(None, str(first.pk)),
        many.has_changed([first, second], [str(second.pk), str(first.pk)]),
        many.has_changed([first], []),
    ) == (False, True, False, True)


def test_limited_relations_offer_and_accept_only_their_rows(database):
    class Limited(forms.ModelForm):
        class Meta:
            model = Profile
            fields = ["author"]

        author = forms.ModelChoiceField(Author.objects.all(), limit_choices_to=lambda: {"active": True})

    Author.objects.create(name="Off", active=False)
    on = Author.objects.create(name="On")
    assert [label for _key, label in Limited().fields["author"].choices] == ["---------", "On"]
    assert Limited({"author": on.pk}).is_valid()


@both_colours
def test_a_models_own_limit_holds_in_its_forms(database, monkeypatch, check, save):
    monkeypatch.setattr(Book._meta.get_field("author").remote_field, "limit_choices_to", lambda: {"active": True})
    off, on = Author.objects.create(name="Off", active=False), Author.objects.create(name="On")
    make = modelform_factory(Book, fields=["title", "author"])
    assert [label for _key, label in make().fields["author"].choices] == ["---------", "On"]
    assert (check(make({"title": "x", "author": off.pk})), check(make({"title": "x", "author": on.pk}))) == (
        False,
        True,
    )


@both_colours
def test_nothing_is_saved_when_a_relation_cannot_be(database, monkeypatch, check, save):
    class Failing(BookForm):
        async def asave_m2m(self):
            await super().asave_m2m()
            raise IntegrityError("the relation is refused")

    ada = Author.objects.create(name="Ada")
    form = Failing({"title": "x", "price": "1", "status": "live", "author": ada.pk})
    assert check(form), form.errors
    with pytest.raises(IntegrityError, match="the relation is refused"):
        save(form)
    assert (Book.objects.count(), form.instance.pk, form.instance._state.adding) == (0, None, True)


def test_labels_of_rows_are_escaped_and_may_be_overridden(database):
    Author.objects.create(name="<script>")

    class Named(forms.ModelChoiceField):
        def label_from_instance(self, obj):
            return f"Dr. {obj.name}"

    class Form(forms.Form):
        author = Named(Author.objects.all())

    assert ">Dr. &lt;script&gt;</option>" in str(Form())


async def test_forms_of_rows_are_shown_under_spawn(database):
    await Author.objects.acreate(name="Ada")
    assert ">Ada</option>" in await bridge.spawn(str, BookForm())


def test_checks_of_ones_own_are_always_asked(database):
    asked = []

    class Own(AuthorForm):
        def validate_unique(self):
            asked.append("unique")
            super().validate_unique()

        async def avalidate_constraints(self):
            asked.append("constraints")
            await super().avalidate_constraints()

    assert Own({"name": "Ada"}).is_valid()
    assert asked == ["unique", "constraints"]


def test_overriding_clean_without_super_skips_uniqueness_as_documented(database):
    class Careless(AuthorForm):
        def clean(self):
            return self.cleaned_data

    Author.objects.create(name="Ada", email="a@example.com")
    assert Careless({"name": "Grace", "email": "a@example.com"}).is_valid()


class Browser(HTMLParser):
    """What a browser would send for a page of inputs, without touching one."""

    def __init__(self, html):
        super().__init__()
        self.sent = MultiValueDict()
        self.select = self.textarea = None
        self.first = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "select":
            self.select, self.multiple, self.chosen = found["name"], "multiple" in found, []
            self.first = None
        elif tag == "option":
            self.first = found["value"] if self.first is None else self.first
            if "selected" in found:
                self.chosen.append(found["value"])
        elif tag == "textarea":
            self.textarea, self.text = found["name"], ""
        elif tag == "input" and (found["type"] != "checkbox" or "checked" in found):
            self.sent.appendlist(found["name"], found.get("value", "on" if found["type"] == "checkbox" else ""))

    def handle_data(self, data):
        if self.textarea:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "select":
            chosen = self.chosen or ([] if self.multiple else [self.first])
            self.sent.setlist(self.select, chosen)
        elif tag == "textarea":
            self.sent.appendlist(self.textarea, self.text.removeprefix("\n"))
            self.textarea = None


def a_full_row_of_each_model():
    press = Publisher.objects.create(
        name="Press & Söhne", country="DE", founded=dt.date(1901, 2, 3), website="https://a.de/"
    )
    ada = Author.objects.create(name="<Ada>", email="ada@example.com", born=dt.date(1815, 12, 10), active=True)
    yield press
    yield ada
    yield Profile.objects.create(
        author=ada, bio='"quoted"\n two lines', preferences={"a": [1, "ä"]}, address="2001:db8::1"
    )
    tag = Tag.objects.create(label="Maths", slug="maths")
    yield tag
    book = Book.objects.create(
        title="Notes", subtitle=None, isbn="123", price=Decimal("12.30"), pages=3, rating=4.5, published=dt.date(2026, 1, 2),
        status=Status.LIVE, on_sale=True, size=Size(3, 4), extra={"x": None}, reading_time=dt.timedelta(hours=3, seconds=1),
        author=ada, publisher=press,
    )  # fmt: skip
    book.tags.add(tag)
    yield book
    moment = dt.datetime(2026, 7, 1, 10, 30, 5, 123, tzinfo=dt.UTC)
    yield Review.objects.create(
        book=book, reader="R", stars=Stars.GREAT, text="", posted=moment, posted_at=dt.time(8, 5)
    )


def test_what_a_browser_sends_back_untouched_is_no_change_and_valid(database):
    with timezone.override("Europe/Berlin"):
        for row in a_full_row_of_each_model():
            row = type(row).objects.get(pk=row.pk)
            make = modelform_factory(type(row), fields="__all__", exclude=["contributors"])
            sent = Browser(str(make(instance=row))).sent
            form = make(sent, instance=row)
            assert (type(row).__name__, form.changed_data) == (type(row).__name__, [])
            assert form.is_valid(), (type(row), form.errors)
            before = model_to_dict(type(row).objects.get(pk=row.pk))
            form.save()
            after = model_to_dict(type(row).objects.get(pk=row.pk))
            if isinstance(row, Review):
                before["posted"] = before["posted"].replace(microsecond=0)  # the widget shows no more
            assert after == before
