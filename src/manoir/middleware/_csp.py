"""Content-Security-Policy: what a page may load and run, with a nonce that is only made when something reads it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.http import HttpResponseBase, header_value
from manoir.middleware._base import PureMiddleware
from manoir.middleware._steps import AddsHeaders

if TYPE_CHECKING:
    from manoir.http import HttpRequest

F = TypeVar("F", bound=Callable[..., Any])


class CSP(StrEnum):
    """Sources and headers of a policy, spelled as browsers want them.

    Example:
        >>> SECURE_CSP = {"default-src": [CSP.SELF], "script-src": [CSP.SELF, CSP.NONCE]}
    """

    HEADER_ENFORCE = "Content-Security-Policy"
    HEADER_REPORT_ONLY = "Content-Security-Policy-Report-Only"
    NONE = "'none'"
    REPORT_SAMPLE = "'report-sample'"
    SELF = "'self'"
    STRICT_DYNAMIC = "'strict-dynamic'"
    UNSAFE_EVAL = "'unsafe-eval'"
    UNSAFE_HASHES = "'unsafe-hashes'"
    UNSAFE_INLINE = "'unsafe-inline'"
    WASM_UNSAFE_EVAL = "'wasm-unsafe-eval'"
    NONCE = "<CSP_NONCE_SENTINEL>"
    """Stands for `'nonce-…'` of the answer; left out of the header when nothing read `request.csp_nonce`."""


_NONCE = CSP.NONCE.value
_HEADERS = (CSP.HEADER_ENFORCE.value.lower(), CSP.HEADER_REPORT_ONLY.value.lower())
_compiled: dict[int, tuple[Any, str, str]] = {}
MAX_POLICIES = 100


def build_policy(config: Mapping[str, Any], nonce: str | None = None) -> str:
    """Return the value of the header.

    Args:
        config: directives and their sources: a list, tuple or set, one string, True for a directive without sources;
            None and False leave it out.
        nonce: what CSP.NONCE stands for; None leaves it out.

    Raises:
        ImproperlyConfigured: a directive or source holds a semicolon, comma or line break, or a keyword has no quotes.

    Example:
        >>> build_policy({"default-src": [CSP.SELF], "upgrade-insecure-requests": True})
        "default-src 'self'; upgrade-insecure-requests"
    """
    return "; ".join(
        text for directive, value in config.items() if (text := _directive(directive, value, nonce)) is not None
    )


def _directive(directive: str, value: Any, nonce: str | None) -> str | None:
    if value is None or value is False:
        return None
    if value is True:
        return _word(directive)
    sources = [value] if isinstance(value, str) else sorted(value) if isinstance(value, (set, frozenset)) else value
    words = [f"'nonce-{nonce}'" if source == _NONCE else str(source) for source in sources if nonce or source != _NONCE]
    return " ".join([_word(directive), *map(_source, words)]) if words else None


_QUOTED = {member.value.strip("'"): member for member in CSP if member.value[:1] == "'"}
_QUOTED["nonce"] = CSP.NONCE


def _source(text: str) -> str:
    keyword = _QUOTED.get(text)
    if keyword is not None:
        raise ImproperlyConfigured(
            f"{text!r} in a Content-Security-Policy would be the name of a host, and allow nothing; "
            f"write CSP.{keyword.name} (from manoir.middleware import CSP)."
        )
    return _word(text)


def _word(text: str) -> str:
    if ";" in text or "," in text:
        raise ImproperlyConfigured(f"{text!r} in a Content-Security-Policy must not hold ';' or ','; use a list.")
    return header_value(text, "Content-Security-Policy")


def policy_for(config: Mapping[str, Any], nonce: str | None) -> str:
    """Return the header for a policy of the settings or of a view; compiled once for each policy."""
    # hot path: benchmarks/http_objects.py
    known = _compiled.get(id(config))
    if known is None or known[0] is not config:
        if len(_compiled) >= MAX_POLICIES:
            _compiled.clear()
        known = _compiled[id(config)] = (config, build_policy(config), build_policy(config, "{nonce}"))
    return known[1] if nonce is None else known[2].replace("{nonce}", nonce)


class ContentSecurityPolicyMiddleware(PureMiddleware):
    """Sets the policies of SECURE_CSP and SECURE_CSP_REPORT_ONLY, unless the view set its own."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers where they are missing."""
        enforced: Any = response._csp_config
        if enforced is None:
            enforced = settings.SECURE_CSP
        reported: Any = response._csp_ro_config
        if reported is None:
            reported = settings.SECURE_CSP_REPORT_ONLY
        if enforced:
            self._add(request, response, _HEADERS[0], enforced)
        if reported:
            self._add(request, response, _HEADERS[1], reported)
        return response

    def active_hooks(self) -> tuple[Any, Any]:
        """Write the policies of the settings once, for the answers without a policy or a nonce of their own."""
        before, after = super().active_hooks()
        enforced, reported = settings.SECURE_CSP, settings.SECURE_CSP_REPORT_ONLY
        if not self.is_own(ContentSecurityPolicyMiddleware, "process_response"):
            return before, after
        policies = [
            (name, policy_for(config, None))
            for name, config in zip(_HEADERS, (enforced, reported), strict=True)
            if config
        ]
        constant = [(name, policy) for name, policy in policies if policy]
        return before, AddsHeaders(constant, self.process_response)

    def _add(self, request: HttpRequest, response: HttpResponseBase, header: str, config: Mapping[str, Any]) -> None:
        raw = response.headers.raw
        if header in raw:
            return
        nonce = request.csp_nonce_used
        if nonce is None and response.streaming and _mentions_nonce(config):
            # The body may read the nonce when the header is long gone.
            nonce = request.csp_nonce
        policy = policy_for(config, nonce)
        if policy:
            raw[header] = policy


def _mentions_nonce(config: Mapping[str, Any]) -> bool:
    return any(_NONCE in value for value in config.values() if isinstance(value, (list, tuple, set, frozenset, str)))


def csp_override(config: Mapping[str, Any]) -> Callable[[F], F]:
    """Give a view another policy than SECURE_CSP; an empty one sends no header.

    Example:
        >>> @csp_override({"default-src": [CSP.SELF]})
        ... def page(request): ...
    """
    return _override("_csp_config", config)


def csp_report_only_override(config: Mapping[str, Any]) -> Callable[[F], F]:
    """Give a view another policy than SECURE_CSP_REPORT_ONLY; an empty one sends no header."""
    return _override("_csp_ro_config", config)


def _override(attribute: str, config: Mapping[str, Any]) -> Callable[[F], F]:
    if not isinstance(config, Mapping):
        raise TypeError(f"A policy is a dict of directives, not {type(config).__name__}.")
    policy = dict(config)

    def decorate(view: Any) -> Any:
        if inspect.iscoroutinefunction(view):

            @wraps(view)
            async def answer_async(*args: Any, **kwargs: Any) -> Any:
                response = await view(*args, **kwargs)
                setattr(response, attribute, policy)
                return response

            return answer_async

        @wraps(view)
        def answer(*args: Any, **kwargs: Any) -> Any:
            response = view(*args, **kwargs)
            setattr(response, attribute, policy)
            return response

        return answer

    return decorate
