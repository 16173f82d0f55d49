"""Security that is more than a header: forgery of requests (CSRF).

The room's map:

- `_tokens`: the secret, its masked tokens, `get_token`, `aget_token`, `rotate_token`
- `_origins`: where a request comes from, by fetch metadata, Origin, Referer
- `_middleware`: `CsrfViewMiddleware`; `_failure`: the page for refused requests
- `_decorators`: `csrf_exempt`, `csrf_protect`, `ensure_csrf_cookie`, `requires_csrf_token`
- `_template`: `{% csrf_token %}` and the context processor `csrf`
- `_checks`: whether the page of CSRF_FAILURE_VIEW can be shown
"""

from __future__ import annotations

from manoir.security import _checks as _checks
from manoir.security._decorators import csrf_exempt, csrf_protect, ensure_csrf_cookie, requires_csrf_token
from manoir.security._failure import csrf_failure
from manoir.security._middleware import CsrfViewMiddleware
from manoir.security._origins import origin_verdict
from manoir.security._template import csrf, csrf_input
from manoir.security._tokens import aget_token, get_token, rotate_token

__all__ = [
    "CsrfViewMiddleware",
    "aget_token",
    "csrf",
    "csrf_exempt",
    "csrf_failure",
    "csrf_input",
    "csrf_protect",
    "ensure_csrf_cookie",
    "get_token",
    "origin_verdict",
    "requires_csrf_token",
    "rotate_token",
]
