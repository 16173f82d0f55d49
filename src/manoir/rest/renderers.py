"""Renderers: from data to the bytes of an answer, each for one media type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from manoir.exceptions import ImproperlyConfigured, TemplateDoesNotExist
from manoir.http import JSONEncoder, MediaType, MultiValueDict, encode_json
from manoir.rest._browsable import BrowsableAPIRenderer
from manoir.rest._renderer import BaseRenderer
from manoir.rest.settings import api_settings
from manoir.templates import get_template, select_template

if TYPE_CHECKING:
    from manoir.rest.response import Response

__all__ = [
    "BaseRenderer",
    "BrowsableAPIRenderer",
    "JSONOpenAPIRenderer",
    "JSONRenderer",
    "MultiPartRenderer",
    "OpenAPIRenderer",
    "StaticHTMLRenderer",
    "TemplateHTMLRenderer",
]

MAX_INDENT = 8


class JSONRenderer(BaseRenderer):
    """Writes JSON, in UTF-8. A client may ask for a readable form: `Accept: application/json; indent=4`."""

    media_type = "application/json"
    format = "json"
    charset = None  # JSON has no charset: it is UTF-8 (RFC 8259)
    encoder_class: type[json.JSONEncoder] = JSONEncoder

    def get_indent(self, accepted_media_type: str, renderer_context: dict[str, Any]) -> int | None:
        """Return the number of blanks per level, at most 8; None for the compact form."""
        if accepted_media_type and ";" in accepted_media_type:
            text = MediaType.parse(accepted_media_type).params.get("indent", "")
            if text.isascii() and text.isdecimal() and len(text) <= 2:
                return min(int(text), MAX_INDENT)
        return renderer_context.get("indent")

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: dict[str, Any] | None = None
    ) -> bytes:
        """Return `data` as JSON; None is nothing, and bytes are JSON already."""
        # hot path: benchmarks/rest.py
        if data is None:
            return b""
        indent = self.get_indent(accepted_media_type or "", renderer_context or {})
        plain = indent is None and api_settings.COMPACT_JSON and api_settings.UNICODE_JSON
        if plain and self.encoder_class is JSONEncoder:
            return encode(data)
        data = json.loads(encode(data)) if holds_encoded(data) else data
        separators = (",", ":") if indent is None and api_settings.COMPACT_JSON else (", ", ": ")
        return json.dumps(
            data,
            cls=self.encoder_class,
            indent=indent or None,
            ensure_ascii=not api_settings.UNICODE_JSON,
            allow_nan=not api_settings.STRICT_JSON,
            separators=(",", ": ") if indent else separators,
        ).encode()


def encode(data: Any) -> bytes:
    """Return data as compact JSON; what serializers have encoded already is taken as it is."""
    if hasattr(data, "encoded"):
        return data.encoded()
    try:
        return _encode(data if not isinstance(data, dict) else without_lists(data))
    except RecursionError:
        raise ValueError("The data contains itself, or is nested too deeply for JSON.") from None


def without_lists(data: dict[Any, Any]) -> dict[Any, Any]:
    """Return data with the last value of each field of a form in it, as `items()` gives it: inside there are lists."""
    if isinstance(data, MultiValueDict):
        return dict(data.items())
    for value in data.values():
        if isinstance(value, MultiValueDict):
            return {key: dict(one.items()) if isinstance(one, MultiValueDict) else one for key, one in data.items()}
    return data


def _other_type(value: Any) -> Any:
    if hasattr(value, "encoded"):
        return msgspec.Raw(value.encoded())
    return msgspec.Raw(encode_json(value))  # dates, numbers and lazy texts are known there


_encode = msgspec.json.Encoder(enc_hook=_other_type).encode


def holds_encoded(data: Any) -> bool:
    """Tell whether data, or the list in a page of it, is encoded already."""
    values = data.values() if isinstance(data, dict) else ()
    return hasattr(data, "encoded") or any(hasattr(value, "encoded") for value in values)


class TemplateHTMLRenderer(BaseRenderer):
    """Renders a template with the data as its variables.

    The template is the response's `template_name`, else the renderer's, else the view's `template_name` or
    `get_template_names()`. Errors use `<status>.html` or `api_exception.html`, and are plain text without one.
    """

    media_type = "text/html"
    format = "html"
    template_name: str | None = None
    exception_template_names = ("{status_code}.html", "api_exception.html")

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: dict[str, Any] | None = None
    ) -> Any:
        """Return the page."""
        context = renderer_context or {}
        response: Response = context["response"]
        view, request = context["view"], context["request"]
        if response.exception:
            template = self.get_exception_template(response)
            if template is None:
                return response.status_text.title()
        else:
            template = self.resolve_template(self.get_template_names(response, view))
        return template.render(self.get_template_context(data, context), getattr(request, "_request", request))

    def resolve_template(self, template_names: list[str]) -> Any:
        """Return the first template that exists."""
        return select_template(template_names)

    def get_template_context(self, data: Any, renderer_context: dict[str, Any]) -> dict[str, Any]:
        """Return the variables: the data, and `status_code` for errors."""
        response = renderer_context["response"]
        if response.exception:
            return {**(data if isinstance(data, dict) else {"details": data}), "status_code": response.status_code}
        if data is None or isinstance(data, Mapping):
            return dict(data or {})
        raise ImproperlyConfigured(
            f"A template's variables have names: give the Response a dict instead of {type(data).__name__}."
        )

    def get_template_names(self, response: Response, view: Any) -> list[str]:
        """Return names of templates.

        Raises:
            ImproperlyConfigured: nothing names a template.
        """
        if response.template_name:
            return [response.template_name]
        if self.template_name:
            return [self.template_name]
        if hasattr(view, "get_template_names"):
            return view.get_template_names()
        if getattr(view, "template_name", None):
            return [view.template_name]
        raise ImproperlyConfigured(
            f"{type(view).__name__} is rendered by TemplateHTMLRenderer and names no template: "
            "Response(data, template_name=…), or `template_name` on the view."
        )

    def get_exception_template(self, response: Response) -> Any:
        """Return the template of an error; None where the project has none."""
        names = [name.format(status_code=response.status_code) for name in self.exception_template_names]
        for name in names:
            try:
                return get_template(name)
            except TemplateDoesNotExist:
                continue
        return None


class StaticHTMLRenderer(TemplateHTMLRenderer):
    """Sends text that is HTML already."""

    media_type = "text/html"
    format = "html"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: dict[str, Any] | None = None
    ) -> Any:
        """Return the text; an error is rendered by its template."""
        response = (renderer_context or {}).get("response")
        if response is not None and response.exception:
            context = renderer_context or {}
            template = self.get_exception_template(response)
            if template is None:
                return response.status_text.title()
            return template.render(self.get_template_context(data, context), context["request"]._request)
        return data


class OpenAPIRenderer(JSONRenderer):
    """Writes the description of an API as JSON, under OpenAPI's media type."""

    media_type = "application/vnd.oai.openapi+json"
    format = "openapi"


JSONOpenAPIRenderer = OpenAPIRenderer
"""The same by its other documented name."""


class MultiPartRenderer(BaseRenderer):
    """Writes forms with files, for requests of tests."""

    media_type = "multipart/form-data; boundary=ApiBoundary"
    format = "multipart"
    charset = "utf-8"
    BOUNDARY = "ApiBoundary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: dict[str, Any] | None = None
    ) -> bytes:
        """Refuse nested data, which a form cannot say; `manoir.testing` encodes the rest."""
        for name, value in data.items() if isinstance(data, Mapping) else ():
            if isinstance(value, Mapping):
                raise AssertionError(
                    f"The form's value {name!r} is a mapping, which a form cannot say: test with format='json'."
                )
        raise NotImplementedError("Forms of tests are encoded by manoir.testing.APIClient.")
