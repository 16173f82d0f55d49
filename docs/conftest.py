"""Runs every Python block of the documentation, page by page, with `await` allowed at the top level.

Each page is one small program: its blocks share their names, the project in `docs/project` and an empty database whose
changes are rolled back at the end of the page. A block whose first line names a file of that project, such as
`# shop/views.py`, is compared with the file instead. The tutorial is a project of its own: see `test_tutorial.py`.
"""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from types import FunctionType

import pytest
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser

from manoir import bridge

PROJECT = Path(__file__).parent / "project"
FILE_NAME = re.compile(r"(?:# |\{# )(?P<path>(?:(?:shop|bookshop|notes|gallery)/[\w./]+|hello\.py))(?: #\})?\n")


def run_block(example) -> None:
    """Run one block in the names of its page, or compare it with the file that it shows."""
    if compare_block(example):
        return
    source = "\n" * (example.line + example.parsed.line_offset) + example.parsed
    code = compile(source, example.path, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = FunctionType(code, example.namespace)()
    if inspect.iscoroutine(result):
        bridge.run(result)


def compare_shown(example) -> None:
    """Compare a block of HTML with the file that it shows."""
    compare_block(example)


def compare_block(example) -> bool:
    """Find the text of a block in the file that its first line names; False when it names none."""
    header = FILE_NAME.match(example.parsed)
    if header is None:
        return False
    text = (PROJECT / header["path"]).read_text(encoding="utf-8")
    shown = example.parsed[header.end() :].strip("\n")
    assert shown in text, f"{header['path']} does not contain what {example.path}:{example.line} shows of it:\n{shown}"
    return True


@pytest.fixture(scope="module")
def docs_page(manoir_test_databases, tmp_path_factory):
    """The database and the folders of uploads that the blocks of one page see."""
    from manoir import mail
    from manoir.cache import caches
    from manoir.conf import settings
    from manoir.testing import allow_databases
    from manoir.testing._databases import rolled_back

    mail.outbox.clear()
    for cache in caches.all(initialized_only=True):
        cache.clear()
    media = tmp_path_factory.mktemp("uploads") / "media"
    with settings.override(MEDIA_ROOT=media), allow_databases("default"), rolled_back(["default"]):
        yield


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser(language="python", evaluator=run_block),
        CodeBlockParser(language="html", evaluator=compare_shown),
    ],
    patterns=["*.md"],
    excludes=["tutorial/*.md", "**/tutorial/*.md"],
    fixtures=["docs_page"],
    setup=lambda namespace: namespace.update({"__name__": "docs"}),
).pytest()
