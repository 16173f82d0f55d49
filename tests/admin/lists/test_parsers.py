"""What is read out of addresses and written into files, for any text."""

from __future__ import annotations

import csv
import io

from hypothesis import example, given, settings
from hypothesis import strategies as st

from manoir.admin._date_hierarchy import parts_in, span
from manoir.admin._display import safe_url
from manoir.admin._export import plain, written
from manoir.admin._lookups import LONGEST_ADDRESS, lookup_allowed, preserved
from manoir.admin._search import LONGEST_SEARCH, MOST_WORDS, words_in
from manoir.http import QueryDict
from tests.admin.lists.site import site
from tests.library.models import Book

quick = settings(derandomize=True, max_examples=150, deadline=None)
odd = st.text(alphabet=st.sampled_from("ab \"'\\\t\n=+-@|;,&%_\x00\u200b\ufeff＝"), max_size=60) | st.text(max_size=60)


@quick
@given(st.text(max_size=400) | odd)
@example('"' * 400)
@example("\\" * 400)
def test_words(text):
    words = words_in(text)
    assert len(words) <= MOST_WORDS
    assert sum(map(len, words)) <= LONGEST_SEARCH
    assert all(words)
    assert "\x00" not in "".join(words)


@quick
@given(odd)
def test_no_text_of_a_file_is_a_formula(text):
    """M10: whatever a cell holds, a spreadsheet reads text."""
    cell = plain(text)
    begin = cell.lstrip(' \t\r\n\u200b\ufeff"').lstrip()
    assert not begin.startswith(("=", "+", "-", "@", "|", "＝"))


@quick
@given(st.lists(st.lists(odd, min_size=2, max_size=3), max_size=4))
def test_files_are_read_as_they_were_written(rows):
    cells = [[plain(text) for text in row] for row in rows]
    read = list(csv.reader(io.StringIO(written(cells).decode(), newline="")))
    assert read == cells


@quick
@given(st.dictionaries(st.sampled_from(["d__year", "d__month", "d__day", "x"]), odd | st.integers(-5, 9999).map(str)))
def test_dates_of_addresses(wanted):
    try:
        given_parts = parts_in("d", wanted)
    except ValueError:
        return
    if given_parts and given_parts["year"] < 9999:
        start, end = span(given_parts)
        assert start < end


@quick
@given(odd | st.text(max_size=9_000))
def test_kept_filters(text):
    kept = preserved(text)
    assert len(text) <= LONGEST_ADDRESS or kept == ""
    assert preserved(kept) == kept or len(kept) > LONGEST_ADDRESS
    assert QueryDict(kept).urlencode() == kept


@quick
@given(st.lists(st.sampled_from(["author", "password", "title", "pk", "startswith", "regex", "exact", "id", "books", "published", "year"]),
                min_size=1, max_size=5).map("__".join))  # fmt: skip
def test_lookups_are_declared_ones(lookup):
    """H37: an allowed lookup begins with a declared name and holds no word that tells a part of a value."""
    if lookup_allowed(site.get_model_admin(Book), lookup, "x", None):
        assert lookup.startswith(("author", "published"))
        assert not {"startswith", "regex", "password", "title", "books"} & set(lookup.split("__"))


@quick
@given(odd)
@example("java\tscript:alert(1)")
@example("\x01javascript:alert(1)")
def test_links_never_run(text):
    """H14: browsers drop tabs, line ends and leading control characters of an address before they read its scheme."""
    seen = (
        "".join(letter for letter in safe_url(text) if letter not in "\t\r\n")
        .lstrip("".join(map(chr, range(33))))
        .lower()
    )
    assert not seen.startswith(("javascript:", "data:", "vbscript:"))
