"""Forms: declaration, checking in both colours, changes, prefixes."""

from __future__ import annotations

import threading

import pytest

from manoir import bridge, forms
from manoir.conf import settings
from manoir.exceptions import SynchronousOnlyOperation
from manoir.forms import NON_FIELD_ERRORS, ValidationError
from manoir.http import QueryDict
from tests.bridge.hook_table import HookCase, check_hook, each_hook


class Person(forms.Form):
    first = forms.CharField(initial="Ada")
    last = forms.CharField(required=False)
    born = forms.DateField(required=False)


# -- declaration ------------------------------------------------------------------------------------------------------


def test_fields_come_in_the_order_of_declaration_bases_first():
    class Customer(Person):
        number = forms.IntegerField()

    assert list(Customer.base_fields) == ["first", "last", "born", "number"]


def test_none_removes_an_inherited_field():
    class Nameless(Person):
        first = None

    class Below(Nameless):
        pass

    assert (list(Nameless.base_fields), list(Below.base_fields)) == (["last", "born"], ["last", "born"])


def test_a_subclass_replaces_a_field_in_its_place():
    class Numbered(Person):
        last = forms.IntegerField()

    assert (["first", "last", "born"], forms.IntegerField) == (
        list(Numbered.base_fields),
        type(Numbered.base_fields["last"]),
    )


def test_plain_mixins_of_forms_are_joined():
    class Address(forms.Form):
        street = forms.CharField()

    class Both(Person, Address):
        pass

    assert list(Both.base_fields) == ["street", "first", "last", "born"]


def test_fields_of_an_instance_are_its_own():
    form = Person()
    form.fields["first"].required = False
    del form.fields["last"]
    assert (Person().fields["first"].required, list(Person().fields)) == (True, ["first", "last", "born"])


def test_order_of_fields():
    class Ordered(Person):
        field_order = ["born", "unknown"]

    assert [bound.name for bound in Ordered()] == ["born", "first", "last"]
    assert list(Person(field_order=["last"]).fields) == ["last", "first", "born"]


def test_unknown_field_names_the_nearest():
    with pytest.raises(KeyError, match=r"Person has no field 'frist'. Did you mean 'first'\?"):
        Person()["frist"]


# -- checking ---------------------------------------------------------------------------------------------------------


def test_a_valid_form_has_cleaned_data():
    form = Person(QueryDict("first=Ada&born=1815-12-10&evil=1"))
    assert form.is_valid()
    assert list(form.cleaned_data) == ["first", "last", "born"]


def test_an_unbound_form_is_neither_valid_nor_wrong():
    form = Person()
    assert (form.is_valid(), form.errors, hasattr(form, "cleaned_data")) == (False, {}, False)


def test_empty_data_binds_the_form():
    assert Person({}).errors["first"] == ["This field is required."]


def test_cleaned_data_holds_only_what_is_valid():
    form = Person({"last": "L", "born": "x"})
    assert (form.is_valid(), form.cleaned_data) == (False, {"last": "L"})


def test_clean_may_replace_the_data_and_accuse_fields():
    class Strict(Person):
        def clean(self):
            cleaned = super().clean()
            if cleaned.get("first") == cleaned.get("last"):
                raise ValidationError({"last": [ValidationError("Same.", code="same")]})
            return {**cleaned, "whole": "x"}

    good, bad = Strict({"first": "a", "last": "b"}), Strict({"first": "a", "last": "a"})
    assert (good.is_valid(), bad.is_valid()) == (True, False)
    assert good.cleaned_data["whole"] == "x"
    assert (bad.has_error("last"), bad.has_error("last", "other"), bad.has_error("last", "same")) == (True, False, True)
    assert "last" not in bad.cleaned_data


def test_add_error_from_outside():
    form = Person({"first": "a"})
    form.add_error("first", "Taken.")
    form.add_error(None, ["One.", ValidationError("Two.", code="two")])
    assert (form.errors["first"], form.non_field_errors()) == (["Taken."], ["One.", "Two."])
    assert form.has_error(NON_FIELD_ERRORS, "two")


def test_add_error_refuses_unknown_fields_and_contradictions():
    form = Person({"first": "a"})
    with pytest.raises(ValueError, match=r"Person has no field named 'frist'. Did you mean 'first'\?"):
        form.add_error("frist", "x")
    with pytest.raises(TypeError, match="errors by field, which name their fields: pass None"):
        form.add_error("first", {"last": "x"})


def test_disabled_fields_keep_their_initial_value_whatever_is_sent():
    class Fixed(forms.Form):
        owner = forms.CharField(disabled=True, initial="ada")

    form = Fixed({"owner": "mallory"}, initial={"owner": "grace"})
    assert (form.is_valid(), form.cleaned_data["owner"], form.changed_data) == (True, "grace", [])
    assert 'value="grace" required disabled' in str(form["owner"])


def test_only_the_last_of_several_values_counts_for_a_single_field():
    form = Person(QueryDict("first=a&first=b"))
    assert form.is_valid()
    assert form.cleaned_data["first"] == "b"


def test_empty_permitted_accepts_what_was_not_changed():
    form = Person({"first": "Ada"}, empty_permitted=True, use_required_attribute=False)
    assert (form.is_valid(), form.cleaned_data) == (True, {})
    with pytest.raises(ValueError, match="use_required_attribute=False"):
        Person({}, empty_permitted=True)


def test_a_check_that_breaks_off_never_passes_for_a_whole_one():
    class Breaking(Person):
        def clean(self):
            raise RuntimeError("the database is away")

    form = Breaking({"first": "a"})
    for _ in range(2):
        with pytest.raises(RuntimeError, match="the database is away"):
            form.is_valid()


# -- colours ----------------------------------------------------------------------------------------------------------


def test_clean_of_a_field_in_either_colour():
    class Both(Person):
        def clean_first(self):
            return self.cleaned_data["first"].upper()

        async def aclean_last(self):
            return await self.later(self.cleaned_data["last"])

        async def later(self, value):
            return value + "!"

    for valid_of in (lambda form: form.is_valid(), lambda form: bridge.run(form.ais_valid())):
        form = Both({"first": "ada", "last": "l"})
        assert valid_of(form)
        assert (form.cleaned_data["first"], form.cleaned_data["last"]) == ("ADA", "l!")


def test_super_of_a_cleaner_reaches_the_other_colour():
    class Lower(Person):
        def clean_first(self):
            return self.cleaned_data["first"] + "1"

    class Middle(Lower):
        async def aclean_first(self):
            return await super().aclean_first() + "2"

    class Upper(Middle):
        def clean_first(self):
            return super().clean_first() + "3"

    form = Upper({"first": "a"})
    assert form.is_valid()
    assert form.cleaned_data["first"] == "a123"


def test_an_async_cleaner_under_the_sync_name_is_refused():
    with pytest.raises(TypeError, match="Write `async def aclean_first` or `def clean_first`"):

        class Wrong(Person):
            async def clean_first(self): ...


async def test_pure_forms_may_be_checked_directly_in_a_coroutine():
    assert Person({"first": "a"}).is_valid()


async def test_a_form_that_has_to_wait_says_what_to_await():
    class Waiting(Person):
        async def aclean(self):
            return self.cleaned_data

    form = Waiting({"first": "a"})
    with pytest.raises(SynchronousOnlyOperation, match=r"await form\.ais_valid\(\)"):
        form.is_valid()
    assert await form.ais_valid()


async def test_a_projects_sync_hooks_run_in_a_thread_so_that_they_may_block():
    names = []

    class Blocking(Person):
        def clean(self):
            names.append(threading.current_thread())
            return super().clean()

        def clean_first(self):
            names.append(threading.current_thread())
            return "x"

    async def in_server() -> bool:
        return await Blocking({"first": "a"}).ais_valid()

    assert await in_server()
    assert threading.current_thread() not in names
    names.clear()
    with settings.override(SYNC_VIEWS="loop"):
        assert await in_server()
    assert [threading.current_thread()] * 2 == names


async def test_forms_without_sync_hooks_stay_on_the_loop():
    seen = []

    class Async(Person):
        async def aclean(self):
            seen.append(threading.current_thread())

    assert await Async({"first": "a"}).ais_valid()
    assert [threading.current_thread()] == seen


def made(cls):
    return cls({"first": "a"}) if issubclass(cls, Person) else cls()


def valid_person(cls):
    form = cls({"first": "a"})
    form.full_clean()
    return form


@each_hook
def test_clean_is_a_hook_of_two_colours(shape, place):
    result = check_hook(HookCase(Person, "clean", valid_person), shape, place)
    assert result["first"] == "a"


@each_hook
def test_is_valid_is_a_hook_of_two_colours(shape, place):
    assert check_hook(HookCase(Person, "is_valid", made), shape, place)


@each_hook
def test_full_clean_is_a_hook_of_two_colours(shape, place):
    check_hook(HookCase(Person, "full_clean", made), shape, place)


# -- changes and initial values ---------------------------------------------------------------------------------------


def test_changed_data():
    form = Person({"first": "Ada", "last": "L"}, initial={"last": "K"})
    assert (form.changed_data, form.has_changed()) == (["last"], True)


def test_hidden_initial_values_decide_about_changes():
    class Shown(forms.Form):
        n = forms.IntegerField(initial=lambda: 5, show_hidden_initial=True)

    assert (
        str(Shown()["n"])
        == '<input type="number" name="n" value="5" required id="id_n"><input type="hidden" name="initial-n" value="5" id="initial-id_n">'
    )
    assert (
        Shown({"n": "7", "initial-n": "7"}).changed_data,
        Shown({"n": "7", "initial-n": "5"}).changed_data,
        Shown({"n": "7", "initial-n": "x"}).changed_data,
    ) == ([], ["n"], ["n"])


def test_initial_values_are_asked_for_once():
    calls = []

    class Counted(forms.Form):
        n = forms.IntegerField(initial=lambda: calls.append(1) or len(calls))

    bound = Counted()["n"]
    assert (bound.value(), bound.value()) == (1, 1)


def test_prefixes_keep_forms_apart():
    form = Person({"a-first": "x", "first": "y"}, prefix="a")
    assert form.is_valid()
    assert form.cleaned_data["first"] == "x"
    assert str(form["first"]) == '<input type="text" name="a-first" value="x" required id="id_a-first">'
