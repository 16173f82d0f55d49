"""The debug page: what happened, where, with which values, after which queries; secrets are taken out first."""

from __future__ import annotations

import ipaddress
import linecache
import re
import reprlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Any

import manoir
from manoir.conf import import_string, settings
from manoir.db import connections
from manoir.exceptions import HTTPError
from manoir.http import HttpRequest, HttpResponse, is_allowed_host, split_host
from manoir.logging import SafeFormatter, escape_control, redact_text
from manoir.server._pages import render_own
from manoir.server._routes import MOST_ROUTES, Route, has_own_views, leads_somewhere, near_addresses, routes
from manoir.urls import NoReverseMatch, reverse

CONTEXT_LINES = 5
LARGEST_VALUE = 2_000
MOST_VARIABLES = 60
MOST_QUERIES = 200
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})
FORWARDING = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers of requests that a proxy passed on."""

PASSWORD_IN_URL = re.compile(r"(?<=://)([^\s/:@'\"]*):[^\s/@'\"]+(?=@)")

short = reprlib.Repr()
short.maxstring = short.maxother = LARGEST_VALUE
short.maxdict = short.maxlist = short.maxtuple = short.maxset = 30
short.maxlevel = 4


def is_developer(request: HttpRequest) -> bool:
    """Tell whether debug pages may be shown: the peer is this machine or of INTERNAL_IPS, under a name of its own.

    Both are asked for: a browser that was led here by DNS rebinding comes from this machine, under a foreign name. A
    request that a proxy or tunnel passed on comes from elsewhere, unless TRUSTED_PROXIES say from where. nginx, left to
    its defaults, says nothing of the sort and names this machine as the host; but it speaks HTTP/1.0, or comes over a
    Unix socket, and no browser does either.
    """
    try:
        headers = request.headers.raw
        address = request.client_ip
    except HTTPError:
        return False
    forwarded = any(header in headers for header in FORWARDING)
    if not address or (forwarded and not settings.TRUSTED_PROXIES):
        return False
    if request.META["SERVER_PROTOCOL"] == "HTTP/1.0" and not forwarded:
        return False
    name = split_host(headers.get("host", "localhost"))[0]
    if address in settings.INTERNAL_IPS:
        # No name server can lead an address, or a name that the project listed, to another machine.
        named = [pattern for pattern in settings.ALLOWED_HOSTS if pattern != "*"]
        return is_local(name) or is_address(name.strip("[]")) or is_allowed_host(name, named)
    return is_local(name) and is_address(address) and ipaddress.ip_address(address).is_loopback


def is_local(name: str) -> bool:
    """Return whether a host name means this machine, whoever is asked."""
    return name in LOCAL_HOSTS or name.endswith(".localhost")


def is_address(text: str) -> bool:
    """Return whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class SafeExceptionReporterFilter:
    """Takes secrets out of settings, forms, headers and variables.

    Attributes:
        cleansed_substitute: what stands in their place.
        hidden_settings: names that are secret, wherever they appear.
    """

    cleansed_substitute = "********************"
    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|COOKIES?$|SESSION|CREDENTIAL|_URL$", re.IGNORECASE
    )

    def cleanse(self, name: str, value: Any) -> Any:
        """Return `value`, or the substitute when its name is secret; mappings are cleansed inside."""
        if self.hidden_settings.search(name):
            return self.cleansed_substitute
        if isinstance(value, Mapping):
            return {key: self.cleanse(str(key), item) for key, item in list(value.items())[:MOST_VARIABLES]}
        return value

    def get_safe_settings(self) -> dict[str, Any]:
        """Return the settings, cleansed."""
        return {name: self.cleanse(name, getattr(settings, name)) for name in sorted(dir(settings)) if name.isupper()}

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        """Return `request.META`, cleansed."""
        return {name: self.cleanse(name, request.META[name]) for name in sorted(request.META)}

    def get_post_parameters(self, request: HttpRequest) -> dict[str, Any]:
        """Return the sent form, cleansed; empty when it could not be parsed."""
        try:
            return {name: self.cleanse(name, request.POST.getlist(name)) for name in request.POST}
        except Exception:
            return {}

    def get_frame_variables(self, frame: FrameType) -> list[tuple[str, str]]:
        """Return a frame's local variables as text, cleansed and shortened."""
        variables: list[tuple[str, str]] = []
        for name, value in list(frame.f_locals.items())[:MOST_VARIABLES]:
            try:
                text = show(self.cleanse(name, value))
            except Exception as error:  # a variable of any kind must not hide what went wrong
                text = f"<looking at it raised {type(error).__name__}>"
            variables.append((name, text))
        return variables


def show(value: Any) -> str:
    """Write a value shortly; a `repr` that fails is told, not raised, and a lazy queryset is not run."""
    if hasattr(type(value), "_result_cache") or type(value).__name__.endswith(("QuerySet", "Manager")):
        return f"<{type(value).__name__}, not evaluated here>"
    try:
        text = short.repr(value)
    except Exception as error:
        return f"<{type(value).__name__}: its repr() raised {type(error).__name__}>"
    text = PASSWORD_IN_URL.sub(r"\1:********", text[: LARGEST_VALUE * 4]) if "://" in text else text
    return text if len(text) <= LARGEST_VALUE else f"{text[:LARGEST_VALUE]}… ({len(text):,} characters)"


def show_plain(value: Any) -> str:
    """Write a value as `show` does, texts without quotes."""
    return value[:LARGEST_VALUE] if isinstance(value, str) else show(value)


def text_of(error: object, most: int = LARGEST_VALUE) -> str:
    """Return the text of an exception; one that cannot be written is told, not raised."""
    try:
        return str(error)[:most]
    except Exception as second:
        return f"<str() of this {type(error).__name__} raised {type(second).__name__}>"


def fields_of(read: Callable[[], list[tuple[str, Any]]]) -> list[tuple[str, Any]]:
    """Return a part of a request; nothing when it is malformed, or larger than what is read of it."""
    try:
        return read()
    except HTTPError:
        return []


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of source: its number, its text, and whether it is the one that failed."""

    number: int
    text: str
    current: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of a traceback."""

    filename: str
    function: str
    lineno: int
    ours: bool
    lines: list[SourceLine]
    variables: list[tuple[str, str]] = field(repr=False)


def reporter_class(request: HttpRequest | None) -> type[ExceptionReporter]:
    """Return the class that reports errors: the request's `exception_reporter_class`, or DEFAULT_EXCEPTION_REPORTER."""
    own: Any = getattr(request, "exception_reporter_class", None)
    return own or import_string(settings.DEFAULT_EXCEPTION_REPORTER)


def get_exception_reporter_filter(request: HttpRequest | None) -> SafeExceptionReporterFilter:
    """Return what takes secrets out: the request's `exception_reporter_filter`, or DEFAULT_EXCEPTION_REPORTER_FILTER's."""
    own: Any = getattr(request, "exception_reporter_filter", None)
    return own or import_string(settings.DEFAULT_EXCEPTION_REPORTER_FILTER)()


class ExceptionReporter:
    """Writes the report about one exception, as a page and as text.

    Args:
        request: the request in which it happened; None outside of one.
        error: the exception; None for a report about the request alone.
    """

    def __init__(self, request: HttpRequest | None, error: BaseException | None) -> None:
        self.request = request
        self.error = error
        self.filter = get_exception_reporter_filter(request)

    def get_traceback_html(self) -> str:
        """Return the debug page as a text."""
        return self.get_response().text

    def get_traceback_text(self) -> str:
        """Return the report as text: the traceback and the request, without variables of the program.

        Lines of it are indented where they hold what somebody else wrote, and known secrets are taken out.
        """
        parts: list[str] = []
        if self.request is not None:
            parts.append(self._request_text(self.request))
        if self.error is not None:
            info = (type(self.error), self.error, self.error.__traceback__)
            parts.append(SafeFormatter().formatException(info))
        return redact_text("\n\n".join(parts))

    def _request_text(self, request: HttpRequest) -> str:
        """The request: its line, who sent it, its fields and headers, cleansed."""
        rows: list[tuple[str, Any]] = [
            ("Request", f"{request.method} {request.get_full_path()}"),
            ("View", view_name(request)),
            *(
                (f"GET {name}", self.filter.cleanse(name, value))
                for name, value in fields_of(lambda: list(request.GET.lists()))
            ),
            *((f"POST {name}", value) for name, value in self.filter.get_post_parameters(request).items()),
            *fields_of(lambda: list(self.filter.get_safe_request_meta(request).items())),
        ]
        return "\n".join(f"  {escape_control(name)}: {escape_control(show_plain(value))}" for name, value in rows)

    def get_response(self) -> HttpResponse:
        """Return the debug page."""
        return render_own("debug.html", self.get_traceback_data(), 500)

    def get_traceback_data(self) -> dict[str, Any]:
        """Return the variables of the debug page."""
        request, error = self.request, self.error
        return {
            "type": ""
            if error is None
            else f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins."),
            "name": "Report" if error is None else type(error).__qualname__,
            "message": text_of(self.error, LARGEST_VALUE * 4),
            "notes": [text_of(note) for note in getattr(self.error, "__notes__", [])],
            "chain": list(self.get_chain()),
            "request": request,
            "method": request.method if request else "",
            "url": request.get_full_path() if request else "",
            "view": view_name(request),
            "get": fields_of(lambda: list(request.GET.lists())) if request else [],
            "post": list(self.filter.get_post_parameters(request).items()) if request else [],
            "meta": fields_of(lambda: list(self.filter.get_safe_request_meta(request).items())) if request else [],
            "settings": [(name, show(value)) for name, value in self.filter.get_safe_settings().items()],
            "queries": list(recent_queries()),
            "python": sys.version.split()[0],
            "version": manoir.__version__,
        }

    def get_chain(self) -> Iterator[dict[str, Any]]:
        """Yield the exception and what caused it, innermost first."""
        chain: list[tuple[BaseException, str]] = []
        error = self.error
        relation = ""
        while error is not None and len(chain) < 10:
            chain.append((error, relation))
            if error.__cause__ is not None:
                error, relation = error.__cause__, "was the direct cause of"
            elif error.__context__ is not None and not error.__suppress_context__:
                error, relation = error.__context__, "was being handled when this happened:"
            else:
                error = None
        for error, relation in reversed(chain):
            yield {
                "type": type(error).__qualname__,
                "message": text_of(error),
                "relation": relation,
                "frames": (frames := list(self.get_frames(error.__traceback__))),
                "open": position_to_open(frames),
            }

    def get_frames(self, traceback: TracebackType | None) -> Iterator[Frame]:
        """Yield the steps of a traceback, outermost first."""
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if "__traceback_hide__" not in traceback.tb_frame.f_locals:
                yield Frame(
                    filename=code.co_filename,
                    function=code.co_qualname if sys.version_info >= (3, 11) else code.co_name,
                    lineno=traceback.tb_lineno,
                    ours=traceback.tb_frame.f_globals.get("__name__", "").partition(".")[0] == "manoir",
                    lines=source_lines(code.co_filename, traceback.tb_lineno, traceback.tb_frame.f_globals),
                    variables=self.filter.get_frame_variables(traceback.tb_frame),
                )
            traceback = traceback.tb_next

    def get_not_found_response(self) -> HttpResponse:
        """Return the page that lists the URL patterns which did not match."""
        patterns: list[Route] = []
        problem = ""
        try:
            patterns = list(routes())
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        path, view = self.request.path if self.request else "", view_name(self.request)
        if path == "/" and not problem and not has_own_views():
            return self.get_welcome_response()
        context = {
            "path": path,
            "reason": text_of(self.error),
            "view": view,
            "near": []
            if view and not view.startswith("manoir.")
            else [one for one in near_addresses(path, patterns)[:10] if leads_somewhere(one)][:3],
            "urlconf": settings.ROOT_URLCONF,
            "patterns": patterns[:MOST_ROUTES],
            "more": max(len(patterns) - MOST_ROUTES, 0),
            "problem": problem,
        }
        return render_own("not_found.html", context, 404)

    def get_welcome_response(self) -> HttpResponse:
        """Return the page of a project that has no pages of its own yet."""
        try:
            admin = reverse("admin:index")
        except NoReverseMatch:
            admin = ""
        context = {"version": manoir.__version__, "urlconf": settings.ROOT_URLCONF, "admin": admin}
        return render_own("welcome.html", context, 200)


def position_to_open(frames: list[Frame]) -> int:
    """Return which frame is shown unfolded: the innermost of the project, or else the innermost; -1 without any."""
    own = [position for position, frame in enumerate(frames) if not frame.ours]
    return own[-1] if own else len(frames) - 1


def view_name(request: HttpRequest | None) -> str:
    """Return the dotted path of the view that was called; empty when none was."""
    match = getattr(request, "resolver_match", None)
    return match._func_path if match is not None else ""


def source_lines(filename: str, lineno: int, module_globals: dict[str, Any]) -> list[SourceLine]:
    """Return the lines around one; empty when the source is not to be had."""
    lines = linecache.getlines(filename, module_globals)
    first = max(lineno - CONTEXT_LINES, 1)
    return [
        SourceLine(number, text.rstrip("\n"), number == lineno)
        for number, text in enumerate(lines[first - 1 : lineno + CONTEXT_LINES], first)
    ]


def recent_queries() -> Iterator[dict[str, Any]]:
    """Yield the queries that were recorded, with their database."""
    for alias in connections:
        for query in connections[alias].queries[-MOST_QUERIES:]:
            yield {"alias": alias, "sql": str(query["sql"])[:LARGEST_VALUE], "time": query["time"]}
