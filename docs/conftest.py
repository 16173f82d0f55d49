"""Runs every Python block of the documentation, page by page, with `await` allowed at the top level.

Each page is one small program: its blocks share their names, the models of `docs/project/shop` and an empty database
whose changes are rolled back at the end of the page.
"""

from __future__ import annotations

import ast
import inspect
from types import FunctionType

import pytest
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, SkipParser

from manoir import bridge

def run_block(example) -> None:
    """Run one block in the names of its page."""
    source = "\n" * (example.line + 1) + example.parsed
    code = compile(source, example.path, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = FunctionType(code, example.namespace)()
    if inspect.iscoroutine(result):
        bridge.run(result)


@pytest.fixture(scope="module")
def docs_page(manoir_test_databases):
    """The project and the database that the blocks of one page see."""
    from manoir.testing._databases import inside_transactions

    with inside_transactions():
        yield


pytest_collect_file = Sybil(
    parsers=[CodeBlockParser(language="python", evaluator=run_block), SkipParser()],
    patterns=["*.md"],
    fixtures=["docs_page"],
    setup=lambda namespace: namespace.update({"__name__": "docs"}),
).pytest()
