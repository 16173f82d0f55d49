"""The style sheet of the pages of people, served by a view: a strict policy allows it, and no app has to be installed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from manoir.auth._access import login_not_required
from manoir.exceptions import NoReverseMatch
from manoir.http import HttpResponse, HttpResponseBase
from manoir.urls import reverse
from manoir.views.decorators import require_safe

STYLE: Final = (Path(__file__).parent.parent / "pages" / "style.css").read_text(encoding="utf-8")
VERSION: Final = hashlib.sha256(STYLE.encode()).hexdigest()[:12]
FOR_EVER: Final = "public, max-age=31536000, immutable"


@login_not_required
@require_safe
async def style(request: Any) -> HttpResponseBase:
    """Answer with the style sheet; its address changes with it, so it is kept for ever."""
    return HttpResponse(STYLE, content_type="text/css; charset=utf-8", headers={"Cache-Control": FOR_EVER})


def style_url() -> str:
    """Return the address of the style sheet; empty where `manoir.auth.urls` is not included."""
    try:
        return f"{reverse('auth_style')}?v={VERSION}"
    except NoReverseMatch:
        return ""
