"""URLs: resolving and reversing among 1,000 routes, against a walk over compiled expressions.

Run: python -P benchmarks/urls.py
The limit it is compared with is the cheapest honest work: one dict look-up of the whole path. The other end is what a
list of regular expressions costs, tried one after the other.
"""

from __future__ import annotations

import platform
import re
import sys
import types
from timeit import repeat

from manoir.conf import settings

ROUTES = 1_000


def view(request: object, **kwargs: object) -> None: ...


def build() -> types.ModuleType:
    from manoir.urls import include, path

    module = types.ModuleType("benchmark_urls")
    patterns = []
    for number in range(ROUTES // 10):
        below = [
            path("", view, name=f"list{number}"),
            path("new/", view, name=f"new{number}"),
            path("<int:pk>/", view, name=f"detail{number}"),
            path("<int:pk>/edit/", view, name=f"edit{number}"),
            path("<int:pk>/comments/<int:comment>/", view, name=f"comment{number}"),
            path("<slug:slug>/", view, name=f"slug{number}"),
            path("<slug:slug>/history/", view, name=f"history{number}"),
            path("archive/<int:year>/<int:month>/", view, name=f"month{number}"),
            path("by/<str:name>/", view, name=f"by{number}"),
            path("files/<path:rest>", view, name=f"files{number}"),
        ]
        patterns.append(path(f"section{number}/", include(below)))
    module.urlpatterns = patterns  # type: ignore[attr-defined]
    sys.modules["benchmark_urls"] = module
    return module


def microseconds(statement: object, number: int = 20_000) -> float:
    return min(repeat(statement, number=number, repeat=5)) / number * 1e6  # type: ignore[arg-type]


def main() -> None:
    settings.configure(SECRET_KEY="benchmark" * 8, ROOT_URLCONF="benchmark_urls")
    build()
    from manoir.urls import get_resolver, resolve, reverse

    resolver = get_resolver()
    paths = {
        "first section, list": "/section0/",
        "middle, two numbers": "/section50/123/comments/7/",
        "last, slug": "/section99/some-slug/",
        "last, four segments": "/section99/archive/2026/11/",
        "last, rest of the path": "/section99/files/a/b/c.txt",
    }
    table = dict.fromkeys(paths.values(), resolver)
    expressions = [re.compile(re.sub(r"<\w+:(\w+)>", r"(?P<\1>[^/]+)", leaf.route) + r"\Z") for leaf in resolver.leaves]

    def walk(path: str) -> object:
        for expression in expressions:
            if found := expression.match(path[1:]):
                return found
        return None

    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {len(resolver.leaves)} routes"
    )
    print(f"{'path':<26}{'dict':>8}{'resolve()':>12}{'list walk':>12}   µs")
    for title, path in paths.items():
        assert resolve(path).route
        times = (
            microseconds(lambda path=path: table[path]),
            microseconds(lambda path=path: resolver.resolve(path)),
            microseconds(lambda path=path: walk(path), 500),
        )
        print(f"{title:<26}{times[0]:>8.2f}{times[1]:>12.2f}{times[2]:>12.2f}")
    missing = microseconds(lambda: resolver._find("section99/nothing/here/at/all/"))
    print(f"{'no match':<26}{'':>8}{missing:>12.2f}")
    print(f"reverse, no arguments {microseconds(lambda: reverse('list99')):.2f} µs")
    print(f"reverse, two numbers  {microseconds(lambda: reverse('comment99', kwargs={'pk': 1, 'comment': 2})):.2f} µs")


if __name__ == "__main__":
    main()
