"""Formsets: counts and their limits, deletion, order, rows of a model and of a parent, and what a visitor may forge."""

from __future__ import annotations

import pytest

from manoir import bridge, forms
from manoir.db import connections
from manoir.exceptions import ImproperlyConfigured
from manoir.forms import formset_factory, inlineformset_factory, modelformset_factory
from manoir.testing import CaptureQueriesContext, assert_num_queries
from tests.bridge.hook_table import HookCase, check_hook, each_hook
from tests.library.models import Author, Book, Review


class Choice(forms.Form):
    text = forms.CharField(max_length=20)
    votes = forms.IntegerField(required=False)


def sent(prefix, rows, initial=0, **more):
    """What a browser sends: the counts and the rows."""
    data = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": str(initial)}
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": str(value) for name, value in row.items()}
    return data | {f"{prefix}-{name}": str(value) for name, value in more.items()}


COLOURS = pytest.mark.parametrize(
    ("check", "save"),
    [
        (lambda one: one.is_valid(), lambda one, **options: one.save(**options)),
        (lambda one: bridge.run(one.ais_valid()), lambda one, **options: bridge.run(one.asave(**options))),
    ],
    ids=["sync", "async"],
)

# -- plain formsets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "initial", "forms_shown"),
    [
        ({}, 0, 1),
        ({"extra": 3}, 0, 3),
        ({"extra": 3}, 2, 5),
        ({"extra": 3, "max_num": 2}, 0, 2),
        ({"extra": 1, "max_num": 1}, 3, 3),
        ({"extra": 1, "min_num": 2}, 0, 3),
        ({"extra": 0}, 0, 0),
    ],
)
def test_number_of_forms_shown(options, initial, forms_shown):
    made = formset_factory(Choice, **options)(initial=[{"text": str(n)} for n in range(initial)])
    assert (len(made), len(made.initial_forms)) == (forms_shown, initial)


def test_html_has_the_counts_and_each_form():
    html = str(formset_factory(Choice, extra=2, can_delete=True, can_order=True)(prefix="c"))
    for name in ("c-TOTAL_FORMS", "c-INITIAL_FORMS", "c-1-text", "c-1-DELETE", "c-1-ORDER"):
        assert f'name="{name}"' in html
    empty = formset_factory(Choice)(prefix="c").empty_form
    assert 'name="c-__prefix__-text"' in str(empty)


def test_extra_forms_may_stay_empty():
    made = formset_factory(Choice)(sent("form", [{"text": "a"}, {"text": ""}]))
    assert made.is_valid(), made.errors
    assert made.cleaned_data == [{"text": "a", "votes": None}, {}]


def test_deleted_forms_need_not_be_valid_and_order_is_as_sent():
    rows = [{"text": "a", "ORDER": 3}, {"text": "b" * 99, "DELETE": "on"}, {"text": "c", "ORDER": 1}, {"text": "d"}]
    made = formset_factory(Choice, can_delete=True, can_order=True)(sent("form", rows))
    assert made.is_valid(), made.errors
    assert [form.cleaned_data["text"] for form in made.ordered_forms] == ["c", "a", "d"]
    assert made.deleted_forms == [made.forms[1]]


def test_extra_forms_without_deletion():
    made = formset_factory(Choice, can_delete=True, can_delete_extra=False)(initial=[{"text": "a"}])
    assert ["DELETE" in form.fields for form in made] == [True, False]


@pytest.mark.parametrize(
    ("options", "rows", "code"),
    [
        ({"max_num": 1, "validate_max": True}, 2, "too_many_forms"),
        ({"min_num": 2, "validate_min": True}, 1, "too_few_forms"),
        ({"max_num": 1, "absolute_max": 2}, 3, "too_many_forms"),
    ],
)
def test_too_many_and_too_few(options, rows, code):
    made = formset_factory(Choice, **options)(sent("form", [{"text": "a"}] * rows))
    assert not made.is_valid()
    assert [error.code for error in made.non_form_errors().as_data()] == [code]


def test_maximum_above_the_absolute_one_is_refused():
    with pytest.raises(ValueError, match=r"max_num \(5\)"):
        formset_factory(Choice, max_num=5, absolute_max=4)


def test_a_forged_count_never_makes_more_than_the_absolute_maximum_of_forms():
    """H44"""
    made = formset_factory(Choice, absolute_max=7, max_num=5)(sent("form", [], TOTAL_FORMS=10**9))
    assert (made.is_valid(), len(made.forms)) == (False, 7)


@pytest.mark.parametrize("total", ["", "-1", "x", "1e9", "9" * 5000, None])
def test_counts_that_cannot_be_read_are_an_error_not_a_crash(total):
    """H44"""
    data = {"form-INITIAL_FORMS": "0"} | ({} if total is None else {"form-TOTAL_FORMS": total})
    made = formset_factory(Choice)(data)
    assert not made.is_valid()
    assert made.non_form_errors().as_data()[0].code == "missing_management_form"
    assert "form-TOTAL_FORMS" in str(made)


@each_hook
def test_clean_is_a_hook_of_two_colours(shape, place):
    check_hook(HookCase(formset_factory(Choice), "clean", lambda cls: cls(sent("form", []))), shape, place)


def test_clean_of_the_formset():
    class Distinct(forms.BaseFormSet):
        async def aclean(self):
            if len({form.cleaned_data.get("text") for form in self.forms}) < len(self.forms):
                raise forms.ValidationError("Twice.")

    made = formset_factory(Choice, formset=Distinct)
    assert not made(sent("form", [{"text": "a"}, {"text": "a"}])).is_valid()
    assert bridge.run(made(sent("form", [{"text": "a"}, {"text": "b"}])).ais_valid())


# -- rows of a model --------------------------------------------------------------------------------------------------

AuthorSet = modelformset_factory(Author, fields=["name", "email"], can_delete=True, extra=1)


@COLOURS
def test_rows_are_changed_deleted_and_added(database, check, save):
    ada, bob, eve = (Author.objects.create(name=name) for name in ("Ada", "Bob", "Eve"))
    rows = [
        {"id": ada.pk, "name": "Ada L."},
        {"id": bob.pk, "name": "Bob", "DELETE": "on"},
        {"id": eve.pk, "name": "Eve"},
    ]
    made = AuthorSet(sent("form", [*rows, {"name": "New"}, {"name": ""}], initial=3))
    assert check(made), made.errors
    assert [row.name for row in save(made)] == ["Ada L.", "New"]
    assert [name for _, name in made.changed_objects] == [["name"]]
    assert [row.name for row in made.new_objects] == ["New"]
    assert len(made.deleted_objects) == 1
    assert list(Author.objects.values_list("name", flat=True)) == ["Ada L.", "Eve", "New"]


@COLOURS
def test_without_commit_nothing_is_written(database, check, save):
    ada = Author.objects.create(name="Ada")
    made = AuthorSet(sent("form", [{"id": ada.pk, "name": "x", "DELETE": "on"}, {"name": "New"}], initial=1))
    assert check(made)
    rows = save(made, commit=False)
    assert ([row.pk for row in rows], made.deleted_objects, Author.objects.count()) == ([None], [ada], 1)


@COLOURS
def test_keys_outside_of_the_queryset_change_nothing(database, check, save):
    """H02, H03: a key that was sent is only found in the formset's own queryset, and each row once."""
    mine, other = Author.objects.create(name="Mine"), Author.objects.create(name="Other")
    own = Author.objects.filter(pk=mine.pk)
    for key in (other.pk, 10**30, "x", "", -1, "1e3"):
        made = AuthorSet(sent("form", [{"id": key, "name": "Forged"}], initial=1), queryset=own)
        assert not check(made)
        with pytest.raises(ValueError, match="cannot be saved"):
            save(made)
    twice = AuthorSet(
        sent("form", [{"id": mine.pk, "name": "A"}, {"id": mine.pk, "name": "B"}], initial=2), queryset=own
    )
    assert not check(twice)
    gone = AuthorSet(sent("form", [{"id": other.pk, "name": "F", "DELETE": "on"}], initial=1), queryset=own)
    if check(gone):
        save(gone)
    assert sorted(Author.objects.values_list("name", flat=True)) == ["Mine", "Other"]


def test_a_new_row_cannot_bring_a_key(database):
    """H02: counts that call a row new do not make its key one to be written."""
    ada = Author.objects.create(name="Ada")
    made = AuthorSet(sent("form", [{"id": ada.pk, "name": "Forged"}], initial=0))
    assert not made.is_valid()


@COLOURS
def test_edit_only_adds_nothing_whatever_the_counts_say(database, check, save):
    """H03: a forged management form adds no row."""
    ada = Author.objects.create(name="Ada")
    made = modelformset_factory(Author, fields=["name"], edit_only=True)
    for initial in (0, 1):
        formset = made(sent("form", [{"id": ada.pk, "name": "Ada"}, {"name": "Forged"}], initial=initial))
        if check(formset):
            save(formset)
    assert Author.objects.count() == 1


def test_keys_are_checked_by_one_query(database):
    """H44"""
    rows = [Author.objects.create(name=f"a{n}") for n in range(30)]
    plain = modelformset_factory(Author, fields=["name"], extra=0)
    data = sent("form", [{"id": row.pk, "name": row.name} for row in rows], initial=30)
    with assert_num_queries(1):
        assert plain(data).is_valid()
    with assert_num_queries(1):
        assert len(plain().forms) == 30


def test_unique_values_that_are_sent_twice(database):
    made = AuthorSet(sent("form", [{"name": "a", "email": "x@example.com"}, {"name": "b", "email": "x@example.com"}]))
    assert not made.is_valid()
    assert "email" in made.non_form_errors()[0]


def test_saving_is_all_or_nothing(database):
    class Breaks(forms.BaseModelFormSet):
        def save_new(self, form, commit=True):
            super().save_new(form, commit=commit)
            raise RuntimeError("stop")

    ada = Author.objects.create(name="Ada")
    made = modelformset_factory(Author, fields=["name"], formset=Breaks)
    formset = made(sent("form", [{"id": ada.pk, "name": "x"}, {"name": "New"}], initial=1))
    assert formset.is_valid()
    with pytest.raises(RuntimeError, match="stop"):
        formset.save()
    assert list(Author.objects.values_list("name", flat=True)) == ["Ada"]


@pytest.mark.parametrize(
    "make",
    [
        lambda **options: modelformset_factory(Author, **options),
        lambda **options: inlineformset_factory(Author, Book, **options),
    ],
)
def test_an_option_that_is_none_names_the_nearest(make):
    with pytest.raises(
        TypeError, match=r"has no option 'extras'\. Did you mean 'extra'\? Its options are: absolute_max"
    ):
        make(fields=["name"], extras=1)
    with pytest.raises(ImproperlyConfigured, match=r"Say which fields of \w+ the form has: fields="):
        make()


def test_hidden_keys_are_in_the_html(database):
    ada = Author.objects.create(name="Ada")
    assert f'name="form-0-id" value="{ada.pk}"' in str(AuthorSet())


# -- rows of a parent -------------------------------------------------------------------------------------------------

BookSet = inlineformset_factory(Author, Book, fields=["title", "price", "status"], extra=1)


def book(author, title):
    return Book.objects.create(title=title, price="1", author=author)


@COLOURS
def test_rows_of_a_parent(database, check, save):
    ada = Author.objects.create(name="Ada")
    old = book(ada, "Old")
    rows = [
        {"id": old.pk, "title": "Older", "price": "1", "status": "live"},
        {"title": "New", "price": "2", "status": "live"},
    ]
    made = BookSet(sent("books", rows, initial=1), instance=ada)
    assert check(made), made.errors
    save(made)
    assert sorted(ada.books.values_list("title", flat=True)) == ["New", "Older"]


@COLOURS
def test_rows_of_a_parent_that_is_new(database, check, save):
    ada = Author(name="Ada")
    made = BookSet(sent("books", [{"title": "New", "price": "2", "status": "live"}]), instance=ada)
    assert check(made), made.errors
    ada.save()
    save(made)
    assert Book.objects.get().author_id == ada.pk


@COLOURS
def test_rows_and_parents_of_others_are_out_of_reach(database, check, save):
    """H02, H03: neither a row of another parent nor another parent can be named."""
    ada, eve = Author.objects.create(name="Ada"), Author.objects.create(name="Eve")
    hers, mine = book(eve, "Hers"), book(ada, "Mine")
    row = {"title": "Forged", "price": "1", "status": "live"}
    for forged in ({**row, "id": hers.pk}, {**row, "id": mine.pk, "author": eve.pk}):
        assert not check(BookSet(sent("books", [forged], initial=1), instance=ada))
    made = BookSet(sent("books", [{**row, "author": eve.pk}]), instance=ada)
    assert not check(made)
    assert sorted(Book.objects.values_list("title", "author_id")) == [("Hers", eve.pk), ("Mine", ada.pk)]


def test_save_as_new_copies_the_rows(database):
    ada, eve = Author.objects.create(name="Ada"), Author.objects.create(name="Eve")
    old = book(ada, "Old")
    row = {"id": old.pk, "author": ada.pk, "title": "Copy", "price": "1", "status": "live"}
    data = sent("books", [row], initial=1)
    made = BookSet(data, instance=eve, save_as_new=True)
    assert made.is_valid(), made.errors
    made.save()
    assert sorted(Book.objects.values_list("title", "author_id")) == [("Copy", eve.pk), ("Old", ada.pk)]


def test_rows_with_keys_made_in_python(database):
    owner = book(Author.objects.create(name="Ada"), "x")
    made = inlineformset_factory(Book, Review, fields=["reader", "stars"])
    old = Review.objects.create(book=owner, reader="r")
    rows = [{"id": old.pk, "reader": "changed", "stars": 3}, {"reader": "new", "stars": 3}]
    formset = made(sent("reviews", rows, initial=1), instance=owner)
    assert formset.is_valid(), formset.errors
    formset.save()
    assert sorted(Review.objects.values_list("reader", flat=True)) == ["changed", "new"]


def test_which_foreign_key():
    with pytest.raises(ValueError, match="no foreign key"):
        inlineformset_factory(Book, Author, fields=["name"])
    with pytest.raises(ValueError, match="Did you mean 'author'"):
        inlineformset_factory(Author, Book, fields=["title"], fk_name="autor")


def test_rows_that_are_chosen_in_many_forms_are_read_together(database):
    """Ten forms that choose an author each ask for the authors once, and name a wrong one as a single form does."""
    authors = [Author.objects.create(name=f"Author {number}") for number in range(10)]
    books = modelformset_factory(Book, fields=["title", "price", "status", "author"], extra=0)
    rows = [{"title": f"T{one.pk}", "price": "1", "status": "live", "author": one.pk} for one in authors]
    with CaptureQueriesContext(connections["default"]) as queries:
        formset = books(sent("form", rows))
        assert formset.is_valid(), formset.errors
    assert sum("library_author" in query["sql"] for query in queries.captured_queries) == 1
    assert [form.cleaned_data["author"] for form in formset.forms] == authors
    rows[3]["author"] = 999_999
    rows[4]["author"] = "x"
    formset = books(sent("form", rows))
    assert not formset.is_valid()
    assert [bool(errors) for errors in formset.errors[2:6]] == [False, True, True, False]


def test_rows_that_were_not_changed_ask_for_nothing(database):
    """Twenty rows, one of them changed: its uniqueness is asked for, and nothing for the others."""
    ada = Author.objects.create(name="Ada")
    made = inlineformset_factory(Author, Book, fields=["title", "isbn", "price", "status", "author"], extra=0)
    rows = []
    for number in range(20):
        one = Book.objects.create(title=f"T{number}", isbn=f"{number:013}", price=1, author=ada)
        rows.append(
            {"id": one.pk, "author": ada.pk, "title": one.title, "isbn": one.isbn, "price": 1, "status": one.status}
        )
    rows[7]["title"] = "Changed"
    with CaptureQueriesContext(connections["default"]) as queries:
        formset = made(sent("books", rows, initial=20), instance=ada)
        assert formset.is_valid(), formset.errors
    assert len(queries) <= 3, queries.captured_queries
    assert [pair[1] for pair in (formset.save() and formset.changed_objects)] == [["title"]]
    rows[3]["isbn"] = rows[4]["isbn"]
    assert not made(sent("books", rows, initial=20), instance=ada).is_valid()


def test_a_new_parent_and_its_rows_are_valid_together(database):
    made = inlineformset_factory(Author, Book, fields="__all__", extra=1)
    ada = Author(name="Ada")
    data = sent("books", [{"title": "T", "isbn": "1", "price": "1", "status": "live", "pages": "1", "stars": "3"}])
    formset = made(data, instance=ada)
    assert "author" not in {name for errors in formset.errors for name in errors}
