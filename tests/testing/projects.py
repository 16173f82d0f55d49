"""Small projects in temporary directories, whose tests run in a pytest of their own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.programs import run

SETTINGS = """
import os
from manoir.conf import parse_database_url

SECRET_KEY = "only-for-tests-" + "0123456789abcdef" * 3
DEBUG = True
ALLOWED_HOSTS = []
INSTALLED_APPS = []
MIDDLEWARE = []
ROOT_URLCONF = "urls"
DATABASES = {"default": parse_database_url(os.environ["SHOP_DATABASE"])}
"""


class Project:
    """A folder with files; `run` runs its tests.

    Attributes:
        database: URL of the project's own database, which no test may touch.
    """

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.database = database
        self.write(**{"pytest.ini": "[pytest]\nMANOIR_SETTINGS_MODULE = shop_settings\nfilterwarnings = error\n"})
        self.write(**{"shop_settings.py": SETTINGS, "urls.py": "urlpatterns = []\n"})

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def run(self, *arguments: str, **environment: str) -> Result:
        words = [sys.executable, "-m", "pytest", "-rA", "-q", "-p", "no:cacheprovider", *arguments]
        done = run(words, self.folder, **{"SHOP_DATABASE": self.database, **environment})
        return Result(done.returncode, done.stdout + done.stderr)


class Result:
    """What a run of pytest said.

    Attributes:
        status: its exit status.
        output: all it wrote.
        outcomes: `passed`, `failed`, `error` by name of the test.
    """

    def __init__(self, status: int, output: str) -> None:
        self.status = status
        self.output = output
        found = re.findall(r"^(PASSED|FAILED|ERROR) \S+?::(\S+)", output, re.MULTILINE)
        self.outcomes = {name: outcome.lower() for outcome, name in found}

    def __repr__(self) -> str:
        return f"<Result {self.status}\n{self.output}>"
