"""The tour: thirty pages in their order, each with an example, honest about what is missing."""

import re
from pathlib import Path

import pytest

TOUR = Path(__file__).resolve().parents[2] / "docs" / "tour"
PAGES = sorted(TOUR.glob("[0-9][0-9]-*.md"))
INDEX = (TOUR / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<number>\d+) \| \[[^|]+\]\((?P<page>[\w.-]+)\) \| (?P<today>[^|]+) \|$", re.MULTILINE)
TODAY = {row["page"]: row["today"] for row in ROW.finditer(INDEX)}


def test_tour_has_thirty_pages_in_the_order_of_its_index():
    assert [int(page.name[:2]) for page in PAGES] == list(range(1, 31))
    assert list(TODAY) == [page.name for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_has_an_example_that_runs(page):
    assert "```python\n" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_begins_with_its_number(page):
    assert page.read_text(encoding="utf-8").startswith(f"# {int(page.name[:2])}. ")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_index_says_not_yet_where_the_page_does(page):
    missing = "**not yet" in page.read_text(encoding="utf-8").lower()
    said = "not yet" in TODAY[page.name]
    assert said is missing
