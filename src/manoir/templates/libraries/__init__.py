"""What `{% load i18n %}`, `{% load l10n %}`, `{% load tz %}` and `{% load cache %}` load; each module has `register`."""

from __future__ import annotations

__all__: list[str] = []
