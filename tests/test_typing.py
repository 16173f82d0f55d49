"""What pyright, in strict mode, says about `typing_tests/`: files without marks have no error.

Files with marked uses are compared mark by mark in `tests/models/declaration/test_typing.py`.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "typing_tests"
FILES = sorted(path for path in FOLDER.glob("*.py") if "# @" not in path.read_text() and path.name != "app.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("pyright") is None, reason=f"pyright is not installed: {len(FILES)} files not checked"
    ),
]


def test_files_without_marks_have_no_errors():
    command = [sys.executable, "-m", "pyright", "-p", str(FOLDER), "--outputjson", *map(str, FILES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    errors = [
        f"{Path(error['file']).name}:{error['range']['start']['line'] + 1}: {error['message']}"
        for error in json.loads(done.stdout)["generalDiagnostics"]
        if error["severity"] == "error"
    ]
    assert {path.name for path in FILES} >= {"bridge.py", "testing.py"}
    assert errors == []
