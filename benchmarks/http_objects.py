"""Requests, responses and the default middleware: what a request costs besides its view, in microseconds.

Run: python -P benchmarks/http_objects.py
The limit is an onion without layers around the same view. The budget of all layers together is 15 microseconds.
"""

from __future__ import annotations

import asyncio
import platform
import sys
from time import perf_counter
from timeit import repeat
from typing import Any

from manoir.conf import settings

HEADERS = [
    ("host", "testserver"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
    ("accept-language", "en-GB,en;q=0.9,de;q=0.8"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("cookie", "sessionid=0123456789abcdef0123456789abcdef; csrftoken=Zm9vYmFyLXNlY3JldC1vZi1hLXRlc3Q_; theme=dark"),
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-mode", "navigate"),
    ("referer", "https://testserver/"),
    ("connection", "keep-alive"),
]


def microseconds(statement: Any, number: int = 20_000) -> float:
    return min(repeat(statement, number=number, repeat=5)) / number * 1e6


def main() -> None:
    settings.configure(SECRET_KEY="benchmark" * 8, ALLOWED_HOSTS=["testserver"], SECURE_CSP={"default-src": ["'self'"]})
    from manoir.http import HttpRequest, HttpResponse, JsonResponse, QueryDict, RequestBody, RequestHead, parse_cookie
    from manoir.middleware import (
        CommonMiddleware,
        ContentSecurityPolicyMiddleware,
        SecurityMiddleware,
        XFrameOptionsMiddleware,
        compose,
    )
    from manoir.security import CsrfViewMiddleware

    def head() -> RequestHead:
        return RequestHead(
            "GET", "http", "", "q=tea&page=2", HEADERS, "127.0.0.1:1234", "127.0.0.1:80", "1.1", "", "/a/"
        )

    def settled() -> None:
        HttpRequest(head()).settle()

    def form(content: bytes) -> Any:
        def read() -> None:
            kind = ("content-type", "multipart/form-data; boundary=XX")
            request = HttpRequest(RequestHead("POST", headers=[*HEADERS, kind]), RequestBody(content))
            _ = request.FILES

        return read

    field = b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    file = b'--XX\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    end = b"--XX--\r\n"
    data = {"message": "Hello, World!"}
    ready = JsonResponse(data)
    cookies = dict(HEADERS)["cookie"]
    rows = {
        "RequestHead": head,
        "HttpRequest(head)": lambda: HttpRequest(head()),
        "HttpRequest(head).settle()": settled,
        "QueryDict of two fields": lambda: QueryDict("q=tea&page=2"),
        "three cookies": lambda: parse_cookie(cookies),
        "HttpResponse(bytes)": lambda: HttpResponse(b"Hello, World!", content_type="text/plain"),
        "JsonResponse(small dict)": lambda: JsonResponse(data),
        "header_items()": ready.header_items,
        "form of two fields": form(field * 2 + end),
        "form with a file of 10 kB": form(field * 2 + file + b"x" * 10_000 + b"\r\n" + end),
    }
    print(f"{platform.machine()}, Python {platform.python_version()}, µs")
    for title, statement in rows.items():
        print(f"{title:<30}{microseconds(statement):>8.2f}")

    async def convert(request: Any, error: Exception) -> Any:
        raise error

    layers = [
        SecurityMiddleware,
        CommonMiddleware,
        CsrfViewMiddleware,
        XFrameOptionsMiddleware,
        ContentSecurityPolicyMiddleware,
    ]

    def stack(factories: list[Any]) -> Any:
        async def view(request: Any) -> Any:
            for hook in onion.view_hooks:
                await hook(request, view, (), {})
            return JsonResponse(data)

        onion = compose(view, factories, convert=convert)
        return onion.call

    async def cost(call: Any, rounds: int = 20_000) -> float:
        best = 9.0
        for _ in range(5):
            requests = [HttpRequest(head()) for _ in range(rounds)]
            start = perf_counter()
            for request in requests:
                await call(request)
            best = min(best, (perf_counter() - start) / rounds)
        return best * 1e6

    async def compare() -> None:
        bare = await cost(stack([]))
        print(f"{'no layer':<30}{bare:>8.2f}")
        for layer in layers:
            print(f"{'  + ' + layer.__name__:<30}{await cost(stack([layer])) - bare:>8.2f}")
        print(f"{'all five layers':<30}{await cost(stack(layers)) - bare:>8.2f}")

    asyncio.run(compare())


if __name__ == "__main__":
    sys.exit(main())
