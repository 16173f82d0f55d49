"""Links between pages lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"!?\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
DOCUMENTATION = [page for page in ROOT.glob("docs/**/*.md") if ".pytest_cache" not in page.parts]
PAGES = sorted([*DOCUMENTATION, ROOT / "README.md", ROOT / "CONTRIBUTING.md"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_page_lead_to_files(page):
    targets = [match["target"].partition("#")[0] for match in LINK.finditer(page.read_text(encoding="utf-8"))]
    broken = [target for target in targets if target and "://" not in target and not (page.parent / target).exists()]
    assert broken == []


def test_every_page_is_reached_from_the_map():
    seen: set[Path] = set()
    waiting = [ROOT / "docs" / "README.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        for match in LINK.finditer(page.read_text(encoding="utf-8")):
            target = match["target"].partition("#")[0]
            if target and "://" not in target:
                waiting.append(page.parent / target)
    assert sorted(set(DOCUMENTATION) - seen) == []
