"""The door to views: the class `View`; generic views in `manoir.views.generic`, decorators in `manoir.views.decorators`."""

from __future__ import annotations

from manoir.views import _checks as _checks  # registers the checks of this room
from manoir.views._base import View, answers, answers_in_either_colour

__all__ = ["View", "answers", "answers_in_either_colour"]
