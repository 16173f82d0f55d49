"""The pages for people: what an API answers, and forms to ask it, without any script."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from manoir.conf import settings
from manoir.exceptions import APIException, Http404, NoReverseMatch, PermissionDenied
from manoir.rest._browsable_forms import inputs_of, raw_json, sent_values
from manoir.rest._description import paragraphs_of
from manoir.rest._json_tokens import Token, tokens_of
from manoir.rest._rehearsal import rehearsed
from manoir.rest._renderer import BaseRenderer
from manoir.rest.settings import api_settings
from manoir.security import get_token
from manoir.staticfiles import static
from manoir.templates import Engine, get_template
from manoir.urls import Resolver404, resolve, reverse

if TYPE_CHECKING:
    from manoir.rest.response import Response

MAX_CRUMBS = 12
OWN_TEMPLATE = "rest/api.html"
WITHOUT_FILTERS = frozenset({401, 403, 404, 405})
"""Answers that no other filter would change; one of 400 is often about a filter, which its reader then corrects."""
REFUSALS = (APIException, Http404, PermissionDenied)


@cache
def engine() -> Engine:
    """The engine of manoir's own pages: it always escapes, whatever the project's engines do (H14)."""
    return Engine(dirs=[Path(__file__).parent / "templates"], debug=False)


class BrowsableAPIRenderer(BaseRenderer):
    """Shows an answer as a page, with forms for what its reader may do.

    What a form does is asked beforehand, by the view's own permissions: who may not use a method sees no form for it
    (H03). The page needs no script and no style of its own: it runs under the strictest policy.

    Attributes:
        template: its template; of the project, if it is not the renderer's own.
    """

    media_type = "text/html"
    format = "api"
    has_forms = True
    template = OWN_TEMPLATE

    def get_default_renderer(self, view: Any) -> Any:
        """Return the renderer whose text the page shows: the first of the view that is no page; None without one."""
        classes = [one for one in view.renderer_classes if not getattr(one, "has_forms", False)]
        chosen = [one for one in classes if not getattr(one, "get_template_names", None)]
        return chosen[0]() if chosen else None

    def get_content(self, data: Any, media_type: str, context: dict[str, Any]) -> list[Token]:
        """Return the text of the answer, in pieces to be coloured."""
        renderer = self.get_default_renderer(context["view"])
        if renderer is None:
            return []
        content = renderer.render(data, renderer.media_type, {**context, "indent": 4})
        if renderer.render_style == "binary":
            return [Token(f"[{len(content)} bytes of {renderer.media_type}]")]
        text = content.decode(renderer.charset or "utf-8", "replace") if isinstance(content, bytes) else str(content)
        return tokens_of(text) if renderer.format == "json" else [Token(text)]

    def get_context(self, data: Any, accepted_media_type: str, renderer_context: dict[str, Any]) -> dict[str, Any]:
        """Return the variables of the page."""
        view, request = renderer_context["view"], renderer_context["request"]
        response: Response = renderer_context["response"]
        renderer = self.get_default_renderer(view)
        paginator = getattr(view, "paginator", None)
        parameters = parameters_of(view) if response.status_code not in WITHOUT_FILTERS else []
        filters = [(one["name"], one, request.query_params.get(one["name"], "")) for one in parameters]
        description = view.get_view_description()
        return {
            "name": view.get_view_name(),
            "description": description,
            "paragraphs": paragraphs_of(description),
            "site": "API",
            "breadcrumbs": breadcrumbs_of(request),
            "content": self.get_content(data, accepted_media_type, renderer_context),
            "content_type": renderer.media_type if renderer is not None else "",
            "status": response.status_code,
            "status_text": response.reason_phrase,
            "headers": [(key, value) for key, value in response.items() if key not in ("Content-Type", "Vary")],
            "method": request.method,
            "path": request.get_full_path(),
            "formats": [one.format for one in view.renderer_classes if one.format != self.format],
            "format_parameter": api_settings.URL_FORMAT_OVERRIDE,
            "user": user_of(request),
            "links": {name: url for name, url in paginator.get_links().items() if url} if paginator is not None else {},
            "parameters": filters,
            "filtered": any(value for _, _, value in filters),
            "plain_path": request.path,
            "extra_actions": extra_actions_of(view),
            "forms": self.get_forms(data, view, request, response),
            "csrf_token": get_token(request._request),
            "stylesheet": stylesheet(),
            "nonce": request._request.csp_nonce,
            "login_url": login_url(request),
            "logout_url": logout_url(request),
        }

    def get_forms(self, data: Any, view: Any, request: Any, response: Response) -> dict[str, Any]:
        """Return a form for each method that the reader may use."""
        forms: dict[str, Any] = {}
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            if method in view.allowed_methods:
                with rehearsed(view, request, method) as stage:
                    if stage.allowed:
                        forms[method] = self.get_form(method, view, stage.instance, request, data, response)
        if "PUT" in forms:
            forms.pop("PATCH", None)  # the same fields, and PUT shows them all
        return forms

    def get_form(
        self, method: str, view: Any, instance: Any, request: Any, data: Any, response: Response
    ) -> dict[str, Any]:
        """Return one form: inputs, where a form can say all, and JSON to edit."""
        if method in ("DELETE", "OPTIONS"):
            return {"inputs": None, "raw": None}
        parsers = [parser.media_type for parser in view.parser_classes]
        raw_types = [one for one in parsers if one == "application/json"]
        serializer = serializer_of(view, instance)
        if serializer is None:
            return {"inputs": None, "raw": "" if raw_types else None}
        sent = request.data if request.method == method and isinstance(request.data, dict) else None
        errors = data if response.status_code == 400 and sent is not None and isinstance(data, dict) else {}
        values = sent_values(serializer, sent) if errors and sent is not None else values_of(serializer, instance)
        takes_forms = any(one.startswith(("multipart/", "application/x-www-form")) for one in parsers)
        inputs = inputs_of(serializer, values, errors) if takes_forms else None
        multipart = "multipart/form-data" in parsers
        return {
            "inputs": inputs,
            "enctype": "multipart/form-data" if multipart else "application/x-www-form-urlencoded",
            "raw": raw_json(serializer, values) if raw_types else None,
        }

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: dict[str, Any] | None = None
    ) -> str:
        """Return the page."""
        context = renderer_context or {}
        response: Response = context["response"]
        variables = self.get_context(data, accepted_media_type or "", context)
        if self.template == OWN_TEMPLATE:
            page = engine().get_template(self.template).render(variables)
        else:
            page = get_template(self.template).render(variables, context["request"]._request)
        if response.status_code == 204:
            response.status_code = 200  # a page is shown, which 204 would forbid
        response.setdefault("Content-Security-Policy", policy_of(variables["nonce"]))
        response["Cache-Control"] = "no-store"
        return page


def policy_of(nonce: str) -> str:
    """Return the policy of a page: its style sheet and its own forms, nothing else."""
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def stylesheet() -> str:
    """Return the address of the style sheet; "" in a project without static files."""
    return static("rest/api.css") if settings.STATIC_URL else ""


def serializer_of(view: Any, instance: Any) -> Any:
    """Return a serializer of the view; None where it has none."""
    if not hasattr(view, "get_serializer"):
        return None
    if hasattr(view, "get_serializer_class") and getattr(view, "serializer_class", None) is None:
        try:
            view.get_serializer_class()
        except AssertionError:
            return None
    return view.get_serializer() if instance is None else view.get_serializer(instance)


def values_of(serializer: Any, instance: Any) -> dict[str, Any]:
    if instance is not None:
        return dict(serializer.data)
    return dict(serializer.get_initial()) if hasattr(serializer, "get_initial") else {}


def user_of(request: Any) -> str:
    """Return the name of who is signed in; "" for nobody."""
    user = getattr(request, "user", None)
    return str(user) if user is not None and user.is_authenticated else ""


def breadcrumbs_of(request: Any) -> list[tuple[str, str]]:
    """Return names and addresses of the views above this one."""
    found: list[tuple[str, str]] = []
    parts = [part for part in request.path.split("/") if part][:MAX_CRUMBS]
    addresses = ["/", *("/" + "/".join(parts[: end + 1]) + "/" for end in range(len(parts)))]
    for address in addresses:
        try:
            view = resolve(address.removeprefix(request.script_name or "") or "/").func
        except Resolver404:
            continue
        cls = getattr(view, "cls", None)
        if cls is None or not hasattr(cls, "get_view_name"):
            continue
        name = cls(**getattr(view, "initkwargs", {})).get_view_name()
        if not found or found[-1][1] != address:
            found.append((name, address))
    return found


def parameters_of(view: Any) -> list[dict[str, Any]]:
    """Return the parameters of the filters of a list."""
    if getattr(view, "detail", None) or getattr(view, "lookup_url_kwarg", None) in getattr(view, "kwargs", {}):
        return []
    if getattr(view, "lookup_field", None) in getattr(view, "kwargs", {}):
        return []
    found: list[dict[str, Any]] = []
    for backend in getattr(view, "filter_backends", ()):
        found += backend().get_schema_operation_parameters(view)
    return found


def extra_actions_of(view: Any) -> list[tuple[str, str]]:
    """Return names and addresses of a viewset's further actions."""
    method: Callable[[], dict[str, str]] | None = getattr(view, "get_extra_action_url_map", None)
    return list(method().items()) if method is not None else []


SIGN_IN = ("rest_framework:login", "login")
SIGN_OUT = ("rest_framework:logout", "logout")
"""URL names of `manoir.rest.urls`, then of `manoir.auth.urls`."""


def login_url(request: Any) -> str:
    """Return where to sign in and come back; "" where the project has no such page."""
    return back_from(SIGN_IN, request)


def logout_url(request: Any) -> str:
    """Return where to sign out and come back; "" where the project has no such page."""
    return back_from(SIGN_OUT, request)


def back_from(names: tuple[str, ...], request: Any) -> str:
    """Return the address of the first of these pages that the project has, with the way back; "" without any."""
    for name in names:
        try:
            return f"{reverse(name)}?{urlencode({'next': request._request.get_full_path()})}"
        except NoReverseMatch:
            continue
    return ""
