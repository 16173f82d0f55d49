"""Starting: import manoir and set up a project of ten models, and the memory of an idle worker.

What is told is CPU time, with the byte code of every module at hand, as after an installation.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

MANOIR = """
import time; start = time.process_time()
from manoir.conf import settings
settings.configure(SECRET_KEY="benchmark" * 5, INSTALLED_APPS=[], ALLOWED_HOSTS=["*"], DATABASES={"default": {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}})
import manoir; manoir.setup()
from manoir import models
for n in range(10):
    type(f"M{n}", (models.Model,), {"__module__": "bench", "name": models.CharField(max_length=10), "number": models.IntegerField(), "Meta": type("Meta", (), {"app_label": "bench"})})
print((time.process_time() - start) * 1000)
"""
SERVER = (
    MANOIR
    + """
from manoir.server import Handler; Handler()
import os
print(int(open(f"/proc/{os.getpid()}/statm").read().split()[1]) * 4 / 1024)
"""
)
DJANGO = """
import time; start = time.process_time()
from django.conf import settings
settings.configure(SECRET_KEY="benchmark" * 5, INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.messages", "django.contrib.admin"], DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
import django; django.setup()
from django.db import models
for n in range(10):
    type(f"M{n}", (models.Model,), {"__module__": "bench", "name": models.CharField(max_length=10), "number": models.IntegerField(), "Meta": type("Meta", (), {"app_label": "bench"})})
print((time.process_time() - start) * 1000)
"""


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(code: str, line: int = 0) -> float:
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    return float(answer.stdout.split("\n")[line])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ENVIRONMENT["PYTHONPYCACHEPREFIX"] = folder
        run(SERVER)
        run(DJANGO)
        compare()


def compare() -> None:
    ours, theirs = [], []
    for _ in range(7):
        ours.append(run(MANOIR))
        theirs.append(run(DJANGO))
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"set up ten models: manoir {mine:.0f} ms, Django {other:.0f} ms, ratio {mine / other:.2f} (budget 300 ms)")
    print(f"memory with the handler loaded: {run(SERVER, 1):.0f} MB (budget 60 MB)")


if __name__ == "__main__":
    main()
