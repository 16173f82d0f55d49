from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from markupsafe import Markup, escape

from manoir.exceptions import ValidationError
from manoir.i18n import (
    LazyString,
    format_lazy,
    gettext_lazy,
    join_lazy,
    lazy,
    lazystr,
    ngettext_lazy,
    npgettext_lazy,
    pgettext_lazy,
)


class Counter:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        return f"text {self.count}"


def test_a_lazy_string_is_computed_at_each_use():
    text = lazystr(Counter())
    assert [str(text), str(text)] == ["text 1", "text 2"]


def test_operators_answer_real_strings():
    text = gettext_lazy("Title")
    assert [text + "!", "!" + text, text * 2, f"{text:>7}", "%s" % text,  # noqa: UP031 text[0], text.upper()] == [
        "Title!", "!Title", "TitleTitle", "  Title", "Title", "T", "TITLE",
    ]  # fmt: skip
    assert (text == "Title", text < "Z", "itl" in text, len(text), bool(text), hash(text)) == (
        True, True, True, 5, True, hash("Title"),
    )  # fmt: skip


def test_two_lazy_strings_compare_by_their_text():
    assert gettext_lazy("a") == gettext_lazy("a")
    assert gettext_lazy("a") != gettext_lazy("b")
    assert sorted([gettext_lazy("b"), gettext_lazy("a")]) == ["a", "b"]


def test_a_lazy_string_joins_lazy_strings():
    assert gettext_lazy(", ").join([gettext_lazy("a"), "b"]) == "a, b"
    assert str(join_lazy(", ", [gettext_lazy("a"), "b"])) == "a, b"


def test_joining_escapes_beside_safe_text():
    assert str(join_lazy("<", [Markup("<b>"), gettext_lazy("<i>")])) == "<b>&lt;&lt;i&gt;"


def test_it_is_no_str_so_that_c_code_never_reads_untranslated_text():
    assert not isinstance(gettext_lazy("a"), str)
    with pytest.raises(TypeError):
        "".join([gettext_lazy("a")])


def test_escape_escapes_it_unless_the_text_is_safe():
    assert escape(gettext_lazy("<b>")) == Markup("&lt;b&gt;")
    assert escape(lazystr(lambda: Markup("<b>"))) == Markup("<b>")


@pytest.mark.parametrize("text", [gettext_lazy("a"), pgettext_lazy("c", "a"), ngettext_lazy("%d a", "%d b")])
def test_it_can_be_pickled_and_copied(text: Any):
    assert pickle.loads(pickle.dumps(text)) == text
    assert copy.deepcopy(text) is text


def test_plural_is_chosen_by_the_number():
    assert ngettext_lazy("%d book", "%d books") % 1 == "1 book"
    assert ngettext_lazy("%d book", "%d books") % 2 == "2 books"
    assert str(ngettext_lazy("one", "many", 1)) == "one"
    assert npgettext_lazy("shop", "%(n)d book", "%(n)d books", "n") % {"n": 3} == "3 books"


def test_plural_without_placeholder_for_one():
    assert ngettext_lazy("one book", "%d books") % 1 == "one book"


def test_plural_names_the_missing_parameter():
    with pytest.raises(KeyError, match="chosen by the parameter 'count'"):
        ngettext_lazy("%(count)d book", "%(count)d books", "count") % {"other": 1}


def test_a_validation_error_chooses_the_plural_by_its_parameters():
    message = ngettext_lazy("%(n)d letter", "%(n)d letters", "n")
    assert ValidationError(message, params={"n": 1}).messages == ["1 letter"]


def test_format_lazy_formats_lazy_arguments():
    assert str(format_lazy("{a}-{b}", a=gettext_lazy("x"), b=1)) == "x-1"


def test_lazy_refuses_results_that_are_no_text():
    assert str(lazy(str.upper, str)("a")) == "A"
    with pytest.raises(TypeError, match="lazy text only; int"):
        lazy(int, int)


def test_every_method_of_str_works():
    text: Any = LazyString(str, ("Ab c",))
    for name in ("lower", "split", "title", "isascii", "encode", "strip"):
        assert getattr(text, name)() == getattr("Ab c", name)()
    assert text.replace(gettext_lazy("A"), "x") == "xb c"
