"""What pyright, in strict mode, accepts and refuses in `typing_tests/`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyright", reason="pyright is a tool for developers: make check installs it")

FOLDER = Path(__file__).parents[3] / "typing_tests"
FILES = ("app.py", "right.py", "wrong.py", "checked.py")
MARK = re.compile(r"# @([rwa]\d+) (.+)")


def marks(file: str) -> list[tuple[str, str, range]]:
    """Name, description and lines of each marked use."""
    lines = (FOLDER / file).read_text().splitlines()
    starts = [number for number, line in enumerate(lines) if "# @" in line]
    found = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=False):
        if match := MARK.search(lines[start]):
            found.append((match[1], match[2], range(start, end)))
    return found


@cache
def complaints() -> dict[str, dict[int, str]]:
    """Pyright's errors by file and line."""
    command = [sys.executable, "-m", "pyright", "-p", str(FOLDER), "--outputjson", *(str(FOLDER / f) for f in FILES)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    by_file: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for error in json.loads(answer.stdout)["generalDiagnostics"]:
        by_file[Path(error["file"]).name].setdefault(error["range"]["start"]["line"], error["message"])
    return by_file


USES = [(file, *mark) for file in FILES for mark in marks(file)]


@pytest.mark.slow
@pytest.mark.parametrize(("file", "name", "what", "lines"), USES, ids=[f"{use[0]}-{use[1]}" for use in USES])
def test_use(file: str, name: str, what: str, lines: range) -> None:
    found: list[Any] = [message for line, message in complaints()[file].items() if line in lines]
    if name.startswith("w"):
        assert found, f"accepted: {what}"
    else:
        assert found == [], what


@pytest.mark.slow
def test_nothing_else_is_complained_about() -> None:
    expected = {(file, line) for file, name, _what, lines in USES if name.startswith("w") for line in lines}
    others = {
        (file, line): message
        for file, errors in complaints().items()
        for line, message in errors.items()
        if (file, line) not in expected
    }
    assert others == {}
