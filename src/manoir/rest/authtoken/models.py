"""The tokens, where Django REST framework documents them."""

from __future__ import annotations

from manoir.rest.models import Token

__all__ = ["Token"]
