"""A page with inheritance and 1,000 rows: manoir's templates against string building by hand and Jinja2.

Run `python -P benchmarks/templates.py` (-P: `http.py` beside it must not hide the standard library). Prints the best CPU time of each and its ratio to the hand-written page; the
answers are compared before anything is timed, and rounds are interleaved. Budget: 3.5 times (docs/design.md).
"""

from __future__ import annotations

import gc
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import metadata
from typing import Any

from markupsafe import _escape_inner as escape  # the quickest there is: by hand nothing needs to be marked safe
from markupsafe import escape as marking_escape

from manoir.conf import settings
from manoir.templates import Engine

ROWS = 1_000
ROUNDS = 60

BASE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{% block title %}Shop{% endblock %}</title></head>
<body>
<nav>{% for entry in navigation %}<a href="{{ entry.href }}">{{ entry.label }}</a>{% endfor %}</nav>
<main>{% block content %}{% endblock %}</main>
<footer>{% block footer %}{{ company }}{% endblock %}</footer>
</body>
</html>
"""

PAGE = """{% extends "base.html" %}
{% block title %}Books of {{ owner.name }}{% endblock %}
{% block content %}
<h1>{{ heading }}</h1>
<table>
{% for book in books %}<tr>
  <td>{{ book.id }}</td><td><a href="/books/{{ book.id }}/">{{ book.title }}</a></td>
  <td>{{ book.author.name }}</td><td>{{ book.price }}</td>
  <td>{% if book.available %}yes{% else %}no{% endif %}</td>
</tr>
{% endfor %}</table>
{% endblock %}
"""

LOCALISED = """<table>{% for book in books %}<tr><td>{{ book.title|upper }}</td><td>{{ book.amount }}</td>"""
LOCALISED += """<td>{{ book.published|date:"Y-m-d" }}</td><td>{{ forloop.counter }}</td></tr>{% endfor %}</table>"""


@dataclass
class Author:
    name: str


@dataclass
class Book:
    id: int
    title: str
    author: Author
    price: int
    available: bool
    amount: Decimal
    published: date


AUTHORS = [Author(f"Author <{number}>") for number in range(20)]
BOOKS = [
    Book(n, f"Book & title {n}", AUTHORS[n % 20], n * 3, n % 3 == 0, Decimal(n) / 4, date(2026, 1 + n % 12, 1 + n % 28))
    for n in range(ROWS)
]
DICTS = [{**vars(book), "author": vars(book.author)} for book in BOOKS]
NAVIGATION = [{"href": f"/section/{n}/", "label": f"Section {n}"} for n in range(8)]


def context(books: list[Any]) -> dict[str, Any]:
    return {
        "navigation": NAVIGATION,
        "owner": AUTHORS[0],
        "heading": "All <books>",
        "books": books,
        "company": "Manoir & Co",
    }


def by_hand(values: dict[str, Any], escape: Callable[[str], str] = escape) -> str:
    navigation = "".join(f'<a href="{escape(e["href"])}">{escape(e["label"])}</a>' for e in values["navigation"])
    out = [
        f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Books of {escape(values["owner"].name)}</title></head>
<body>
<nav>{navigation}</nav>
<main>
<h1>{escape(values["heading"])}</h1>
<table>
"""
    ]
    for book in values["books"]:
        out.append(f"""<tr>
  <td>{book.id}</td><td><a href="/books/{book.id}/">{escape(book.title)}</a></td>
  <td>{escape(book.author.name)}</td><td>{book.price}</td>
  <td>{"yes" if book.available else "no"}</td>
</tr>
""")
    out.append(f"""</table>
</main>
<footer>{escape(values["company"])}</footer>
</body>
</html>
""")
    return "".join(out)


def localised_by_hand(values: dict[str, Any]) -> str:
    out = ["<table>"]
    for number, book in enumerate(values["books"], 1):
        out.append(
            f"<tr><td>{escape(book.title.upper())}</td><td>{book.amount}</td><td>{book.published:%Y-%m-%d}</td>"
            f"<td>{number}</td></tr>"
        )
    out.append("</table>")
    return "".join(out)


def manoir_engine() -> Engine:
    sources = {"base.html": BASE, "page.html": PAGE, "localised.html": LOCALISED}
    locmem = ("manoir.templates.loaders.locmem.Loader", sources)
    return Engine(debug=False, loaders=[("manoir.templates.loaders.cached.Loader", [locmem])])


def jinja() -> Callable[[dict[str, Any]], str] | None:
    try:
        import jinja2
    except ImportError:
        return None
    environment = jinja2.Environment(
        autoescape=True, loader=jinja2.DictLoader({"base.html": BASE, "page.html": PAGE}), keep_trailing_newline=True
    )
    return environment.get_template("page.html").render


def best_times(tasks: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the best CPU time in milliseconds of each task; rounds are interleaved."""
    best = dict.fromkeys(tasks, float("inf"))
    gc.disable()
    for _ in range(ROUNDS):
        for name, task in tasks.items():
            start = time.process_time_ns()
            task()
            best[name] = min(best[name], (time.process_time_ns() - start) / 1e6)
    gc.enable()
    return best


def main() -> int:
    settings.configure(DEBUG=False)
    engine = manoir_engine()
    page, localised = engine.get_template("page.html"), engine.get_template("localised.html")
    objects, dicts = context(BOOKS), context(DICTS)
    tasks: dict[str, Callable[[], object]] = {
        "by hand": lambda: by_hand(objects),
        "by hand, Markup": lambda: by_hand(objects, marking_escape),
        "manoir, objects": lambda: page.render(objects),
        "manoir, dicts": lambda: page.render(dicts),
    }
    expected = by_hand(objects).replace("\n", "")
    assert page.render(objects).replace("\n", "") == expected, "the pages differ"
    assert page.render(dicts).replace("\n", "") == expected, "the pages differ"
    rendered = jinja()
    if rendered is not None:
        assert rendered(objects).replace("\n", "") == expected, "the pages differ"
        tasks["Jinja2, objects"] = lambda: rendered(objects)
        tasks["Jinja2, dicts"] = lambda: rendered(dicts)
    report("page with inheritance and 1,000 rows", "by hand", best_times(tasks))
    assert localised.render(objects) == localised_by_hand(objects), "the pages differ"
    report(
        "1,000 rows with filters, decimals and dates",
        "by hand",
        best_times({"by hand": lambda: localised_by_hand(objects), "manoir": lambda: localised.render(objects)}),
    )
    start = time.process_time_ns()
    for _ in range(20):
        Engine(debug=False).from_string(PAGE.partition("\n")[2]).unit.code(True)
    print(f"\ncompiling the page: {(time.process_time_ns() - start) / 20e6:.2f} ms")
    return 0


def report(title: str, limit: str, times: dict[str, float]) -> None:
    versions = f"Python {platform.python_version()}, MarkupSafe {metadata.version('markupsafe')}"
    print(f"\n{title} ({versions}, best of {ROUNDS})")
    for name, milliseconds in times.items():
        print(f"  {name:<18} {milliseconds:8.3f} ms  {milliseconds / times[limit]:6.2f} x")


if __name__ == "__main__":
    sys.exit(main())
