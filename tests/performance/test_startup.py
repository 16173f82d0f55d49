"""What a process does not load: heavy packages come on first need."""

from __future__ import annotations

import os
import subprocess
import sys

SETUP = """
import sys
import manoir
from manoir.conf import settings
settings.configure(SECRET_KEY="only for tests " * 4, DATABASES={"default": {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}})
manoir.setup()
from manoir import forms, models, templates, urls, views
from manoir.server import Handler, get_rsgi_application
class Book(models.Model):
    title = models.CharField(max_length=200)
    class Meta:
        app_label = "shop"
Book.objects.filter(title__contains="tea").order_by("-title")
get_rsgi_application()
print(*sorted(name for name in sys.modules if "." not in name))
"""
HEAVY = {
    "sqlalchemy",
    "granian",
    "rich",
    "asyncpg",
    "uvicorn",
    "argon2",
    "watchfiles",
    "redis",
    "pytest",
    "http.client",
}


def test_setting_up_imports_no_heavy_package() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MANOIR_")}
    answer = subprocess.run([sys.executable, "-c", SETUP], capture_output=True, text=True, env=environment, timeout=60)
    assert answer.returncode == 0, answer.stderr
    assert sorted(HEAVY.intersection(answer.stdout.split())) == []
