"""Uploads: what is let in of the files that visitors send.

The room's map:

- `_headers`: what a picture says of itself, read before any decoder sees it.
- `_pillow`: Pillow, loaded at its first need.
"""

from __future__ import annotations

from manoir.uploads._headers import PictureHeader, picture_header
from manoir.uploads._pillow import PICTURE_FORMATS, opened_picture, pillow_image

__all__ = [
    "PICTURE_FORMATS",
    "PictureHeader",
    "opened_picture",
    "picture_header",
    "pillow_image",
]
