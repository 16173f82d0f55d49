"""Routes of uploaded files."""

from __future__ import annotations

from manoir.views import media_urls

urlpatterns = media_urls()
