"""What pyright, in strict mode, accepts and refuses in `typing_tests/`.

A use that a comment marks is compared with its mark: `# @r…` and `# @a…` are right, `# @w…` is wrong. Nowhere else is
there an error. pyright runs once for all files, as it reads manoir each time.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "typing_tests"
FILES = sorted(path.name for path in FOLDER.glob("*.py"))
MARK = re.compile(r"# @([rwa]\d+) (.+)")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("pyright") is None, reason="pyright is a tool for developers: make check installs it"
    ),
]


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
        if error["severity"] == "error":
            by_file[Path(error["file"]).name].setdefault(error["range"]["start"]["line"], error["message"])
    return by_file


USES = [(file, *mark) for file in FILES for mark in marks(file)]


@pytest.mark.parametrize(("file", "name", "what", "lines"), USES, ids=[f"{use[0]}-{use[1]}" for use in USES])
def test_use(file: str, name: str, what: str, lines: range) -> None:
    found = [message for line, message in complaints()[file].items() if line in lines]
    if name.startswith("w"):
        assert found, f"accepted: {what}"
    else:
        assert found == [], what


def test_nothing_else_is_complained_about() -> None:
    assert {"app.py", "bridge.py", "right.py", "testing.py", "wrong.py"} <= set(FILES)
    expected = {(file, line) for file, name, _what, lines in USES if name.startswith("w") for line in lines}
    others = {
        f"{file}:{line + 1}": message
        for file, errors in complaints().items()
        for line, message in errors.items()
        if (file, line) not in expected
    }
    assert others == {}
