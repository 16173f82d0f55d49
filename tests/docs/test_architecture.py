"""The map of the repository names files and rooms that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
FILE = re.compile(r"`((?:\w+/)+\w*\.?\w*)(?:`|,)")
ROOM = re.compile(r"^  (\w+)/ ", re.MULTILINE)


def named(page: Path) -> list[str]:
    return sorted(set(FILE.findall(page.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("page", [ARCHITECTURE, ROOT / "docs" / "design.md"], ids=lambda page: page.name)
def test_files_named_by_page_exist(page):
    missing = [name for name in named(page) if not any((root / name).exists() for root in (ROOT / "src/manoir", ROOT))]
    assert missing == []
    assert named(page) != []


def test_tree_names_rooms_that_exist():
    rooms = ROOM.findall(ARCHITECTURE.read_text(encoding="utf-8"))
    assert [room for room in rooms if not (ROOT / "src" / "manoir" / room / "__init__.py").exists()] == []
    assert len(rooms) > 10


@pytest.mark.parametrize("room", sorted(path.parent.name for path in (ROOT / "src/manoir").glob("*/__init__.py")))
def test_each_room_has_a_short_readme(room):
    lines = (ROOT / "src" / "manoir" / room / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0].removeprefix("# ").removeprefix("manoir.").startswith(room)
    assert len(lines) <= 100
