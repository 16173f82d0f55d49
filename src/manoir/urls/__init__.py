"""URLs: from a path to a view and back.

The room's map:

- `_converters`: what `<int:pk>` may hold, and registering more
- `_pattern`, `_regex`: routes and regular expressions, read once
- `_conf`: `path`, `re_path`, `include`, what a URLconf is written with
- `_leaves`, `_matcher`: a URLconf laid flat and compiled into one tree; 1,000 routes resolve in about two microseconds
- `_resolver`, `_match`: `resolve()`, its answer, error handlers
- `_names`, `_reverse`: `reverse()`
- `_state`: URLconf and script prefix of the current context
- `_checks`: mistakes in a URLconf that `manoir check` names
"""

from __future__ import annotations

from manoir.exceptions import NoReverseMatch, Resolver404
from manoir.urls import _checks as _checks  # registers the checks of this room
from manoir.urls._conf import URLPattern, URLResolver, include, path, re_path
from manoir.urls._converters import Converter, get_converters, register_converter
from manoir.urls._match import ResolverMatch
from manoir.urls._pattern import RegexPattern, RoutePattern
from manoir.urls._resolver import (
    RootResolver,
    clear_url_caches,
    get_resolver,
    is_valid_path,
    resolve,
    should_append_slash,
)
from manoir.urls._reverse import reverse, reverse_lazy
from manoir.urls._state import (
    clear_script_prefix,
    get_script_prefix,
    get_urlconf,
    set_script_prefix,
    set_urlconf,
)

__all__ = [
    "Converter",
    "NoReverseMatch",
    "RegexPattern",
    "Resolver404",
    "ResolverMatch",
    "RootResolver",
    "RoutePattern",
    "URLPattern",
    "URLResolver",
    "clear_script_prefix",
    "clear_url_caches",
    "get_converters",
    "get_resolver",
    "get_script_prefix",
    "get_urlconf",
    "include",
    "is_valid_path",
    "path",
    "re_path",
    "register_converter",
    "resolve",
    "reverse",
    "reverse_lazy",
    "set_script_prefix",
    "set_urlconf",
    "should_append_slash",
]
