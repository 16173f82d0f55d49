"""Reference pages that are written out of the code stay as the code is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from manoir.conf._defaults import known_settings
from manoir.templates import _filters as filters
from manoir.templates import _tags as tags

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "settings.md"


def test_reference_of_settings_is_up_to_date():
    command = [sys.executable, str(ROOT / "scripts" / "settings_reference.py"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")


def test_reference_of_settings_names_every_known_setting():
    text = PAGE.read_text(encoding="utf-8")
    missing = [name for name in sorted(known_settings()) if f"**`{name}`**" not in text]
    assert missing == []


TEMPLATE_PAGE = ROOT / "docs" / "reference" / "template-language.md"


@pytest.mark.parametrize("name", sorted(tags.register.tags))
def test_reference_of_templates_names_every_tag(name):
    assert re.search(rf"\{{% {name}\b", TEMPLATE_PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(filters.register.filters))
def test_reference_of_templates_shows_every_filter(name):
    assert re.search(rf"\|{name}\b", TEMPLATE_PAGE.read_text(encoding="utf-8"))
