"""Every public parser: eight times the input, about eight times the work, whatever the input looks like."""

from __future__ import annotations

import contextlib
from time import process_time

import pytest

from manoir.conf import settings
from manoir.http import (
    FileResponse,
    HttpHeaders,
    QueryDict,
    iri_to_uri,
    parse_cookie,
    parse_etags,
    parse_header_parameters,
    parse_http_date,
    split_host,
    url_has_allowed_host_and_scheme,
)
from manoir.http._file_response import parse_range
from manoir.http._hosts import client_and_hops
from manoir.http._media import parse_accept
from manoir.urls import RootResolver, path, re_path
from tests.http.builders import make_request

RESOLVER = RootResolver(
    [
        path("<slug:a>-<slug:b>/", lambda request: None),
        path("<str:a>/<path:b>/x/", lambda request: None),
        re_path(r"^(?P<a>[a-z]+)*-$", lambda request: None),
    ]
)

PARSERS = {
    "accept": parse_accept,
    "content type": parse_header_parameters,
    "cookies": parse_cookie,
    "etags": parse_etags,
    "date": parse_http_date,
    "range": lambda text: parse_range("bytes=" + text, 10),
    "host": split_host,
    "forwarded for": lambda text: client_and_hops("10.0.0.1", text),
    "query string": QueryDict,
    "one header": lambda text: HttpHeaders([("x", text)]) if len(text) < 128_000 else None,
    "redirect target": lambda text: url_has_allowed_host_and_scheme(text, "a.example"),
    "address": iri_to_uri,
    "path": lambda text: RESOLVER._find(text),
    "absolute address": lambda text: make_request().build_absolute_uri("/" + text),
    "file name": lambda text: FileResponse([], filename=text),
}
UNITS = [
    ";",
    ",",
    '"',
    '\\"',
    "=",
    "a=b;",
    "a=b; ",
    "a,",
    "/",
    "//",
    "[",
    ":",
    "%",
    "%41",
    "+&",
    " ",
    "\t",
    "*/*;q=0.1,",
    'a="',
    "-",
    "a-",
    "1,",
    "😀",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_work_grows_with_the_input_only(name):
    parse = PARSERS[name]

    def cost(text: str) -> float:
        best = 9.0
        for _ in range(2):
            start = process_time()
            with contextlib.suppress(ValueError):
                parse(text)
            best = min(best, process_time() - start)
        return best

    with settings.override(TRUSTED_PROXIES=["10.0.0.0/8"], DATA_UPLOAD_MAX_NUMBER_FIELDS=None):
        for unit in UNITS:
            small, large = cost(unit * (15_000 // len(unit))), cost(unit * (120_000 // len(unit)))
            assert large < max(small, 0.002) * 8 * 3, unit
