"""Jinja2 as a BACKEND of TEMPLATES, beside or instead of manoir's own engine. Needs the extra `manoir[jinja]`."""

from __future__ import annotations

from collections.abc import Mapping
from os import fspath
from typing import TYPE_CHECKING, Any

from manoir import bridge
from manoir.conf import import_string, settings
from manoir.exceptions import ImproperlyConfigured, TemplateSyntaxError
from manoir.templates._loader import missing
from manoir.templates._safe import SafeString
from manoir.templates.loaders.app_directories import template_directories

if TYPE_CHECKING:
    from manoir.http import HttpRequest


class Jinja2:
    """An engine that renders Jinja2 templates.

    Templates of apps are in their `jinja2` directories. OPTIONS are those of Jinja2's Environment, and `environment`
    (dotted path of a function that makes one) and `context_processors`.

    Args:
        params: NAME, DIRS, APP_DIRS and OPTIONS of an entry of TEMPLATES.

    Raises:
        ImproperlyConfigured: Jinja2 is not installed.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        try:
            import jinja2
        except ImportError as error:
            raise ImproperlyConfigured("The Jinja2 engine needs a package: pip install 'manoir[jinja]'.") from error
        options = dict(params.get("OPTIONS", {}))
        self.jinja2 = jinja2
        self.name: str = params.get("NAME", "jinja2")
        self.context_processors = [import_string(path) for path in options.pop("context_processors", ())]
        make = options.pop("environment", None)
        directories = [fspath(directory) for directory in params.get("DIRS", ())]
        if params.get("APP_DIRS"):
            directories.extend(template_directories("jinja2"))
        options.setdefault("autoescape", True)
        options.setdefault("auto_reload", settings.DEBUG)
        options.setdefault("loader", jinja2.FileSystemLoader(directories))
        options.setdefault("undefined", jinja2.DebugUndefined if settings.DEBUG else jinja2.Undefined)
        self.env = (import_string(make) if make else jinja2.Environment)(**options)

    def from_string(self, template_code: str) -> JinjaTemplate:
        """Compile a template of a string."""
        return JinjaTemplate(self.env.from_string(template_code), self)

    def get_template(self, template_name: str) -> JinjaTemplate:
        """Return a template by name.

        Raises:
            TemplateDoesNotExist: it is in none of the directories.
            TemplateSyntaxError: Jinja2 cannot compile it.
        """
        try:
            return JinjaTemplate(self.env.get_template(template_name), self)
        except self.jinja2.TemplateNotFound as error:
            raise missing(str(error.name or template_name)) from error
        except self.jinja2.TemplateSyntaxError as error:
            raise TemplateSyntaxError(f"{error.name}:{error.lineno}: {error.message}") from error


class JinjaTemplate:
    """A Jinja2 template with the methods that templates have here."""

    def __init__(self, template: Any, engine: Jinja2) -> None:
        self.template = template
        self.engine = engine
        self.name: str | None = template.name

    def render(self, context: Mapping[str, Any] | None = None, request: HttpRequest | None = None) -> SafeString:
        """Return the text of the template; with a request, `request` and what context processors add are known."""
        values: dict[str, Any] = {}
        if request is not None:
            values["request"] = request
            for processor in self.engine.context_processors:
                values.update(processor(request))
        return SafeString(self.template.render(values | dict(context or {})))

    async def arender(self, context: Mapping[str, Any] | None = None, request: HttpRequest | None = None) -> SafeString:
        """Return the text of the template, in a coroutine."""
        return await bridge.spawn(self.render, context, request)
