"""Templates: the Django template language, compiled to Python.

The room's map, in the order in which a template passes through it:

- `_registry`, `_engine`, `_loading`, `loaders/`: the TEMPLATES setting, where templates are found, templates by name.
- `_lexer`, `_expressions`, `_conditions`, `_parser`, `_nodes`: source to tokens to nodes.
- `_tags/`, `_filters/`, `libraries/`: what is built in, and what `{% load i18n %}` and its kin load.
- `_library`, `_calls`, `_resolve`, `_discovery`: tags and filters of your own.
- `_writer`, `_emitter`, `_module`, `_unit`: nodes to Python to functions whose tracebacks point into the template.
- `_context`, `_template`, `_support`, `_lookup`, `_loops`, `_output`: what happens while a template is rendered.
- `_checks`: mistakes in TEMPLATES that `manoir check` names.
- `_safe`, `_html`, `_urlize`: text that is safe, and careful handling of text that is not.
- `_response`, `context_processors`: answers that render themselves, and what every page gets of its request.
"""

from __future__ import annotations

from markupsafe import escape

from manoir.exceptions import (
    ContentNotRenderedError,
    ContextPopException,
    InvalidTemplateLibrary,
    TemplateDoesNotExist,
    TemplateSyntaxError,
    VariableDoesNotExist,
)
from manoir.templates import _checks  # pyright: ignore[reportUnusedImport]  # noqa: F401 - registers the checks
from manoir.templates._context import Context, ContextProcessor, RequestContext
from manoir.templates._discovery import register_builtins
from manoir.templates._engine import Engine
from manoir.templates._errors import TemplateLine, template_lines
from manoir.templates._html import json_script, slugify, strip_tags
from manoir.templates._jinja import Jinja2
from manoir.templates._lexer import Token, TokenType, tokenize
from manoir.templates._library import Library, stringfilter
from manoir.templates._loader import Origin
from manoir.templates._loading import arender_to_string, get_template, render_to_string, select_template
from manoir.templates._nodes import Node, NodeList
from manoir.templates._output import render_value_in_context
from manoir.templates._parser import Parser, token_kwargs
from manoir.templates._registry import EngineHandler, engines
from manoir.templates._resolve import FilterExpression, Variable
from manoir.templates._response import SimpleTemplateResponse, TemplateResponse
from manoir.templates._safe import (
    SafeString,
    conditional_escape,
    force_escape,
    format_html,
    format_html_join,
    mark_safe,
)
from manoir.templates._template import Template, template_rendered
from manoir.templates._urlize import urlize

__all__ = [
    "ContentNotRenderedError",
    "Context",
    "ContextPopException",
    "ContextProcessor",
    "Engine",
    "EngineHandler",
    "FilterExpression",
    "InvalidTemplateLibrary",
    "Jinja2",
    "Library",
    "Node",
    "NodeList",
    "Origin",
    "Parser",
    "RequestContext",
    "SafeString",
    "SimpleTemplateResponse",
    "Template",
    "TemplateDoesNotExist",
    "TemplateLine",
    "TemplateResponse",
    "TemplateSyntaxError",
    "Token",
    "TokenType",
    "Variable",
    "VariableDoesNotExist",
    "arender_to_string",
    "conditional_escape",
    "engines",
    "escape",
    "force_escape",
    "format_html",
    "format_html_join",
    "get_template",
    "json_script",
    "mark_safe",
    "register_builtins",
    "render_to_string",
    "render_value_in_context",
    "select_template",
    "slugify",
    "stringfilter",
    "strip_tags",
    "template_lines",
    "template_rendered",
    "token_kwargs",
    "tokenize",
    "urlize",
]
