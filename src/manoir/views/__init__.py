"""The door to views: the class `View`, and views of stored files (`_files`).

Generic views are in `manoir.views.generic`, decorators in `manoir.views.decorators`.
"""

from __future__ import annotations

from manoir.views import _checks as _checks  # registers the checks of this room
from manoir.views import _file_checks as _file_checks
from manoir.views._base import View, answers, answers_in_either_colour
from manoir.views._files import media_urls, private_file, public_file, stored_file

__all__ = [
    "View",
    "answers",
    "answers_in_either_colour",
    "media_urls",
    "private_file",
    "public_file",
    "stored_file",
]
