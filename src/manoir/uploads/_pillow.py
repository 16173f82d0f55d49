"""Pillow, loaded at its first need, with the few formats that this house lets it read."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Final

from manoir.exceptions import ImproperlyConfigured

PICTURE_FORMATS: Final = ("png", "jpeg", "gif", "webp")
"""Formats that are read; Pillow knows dozens, and each is another parser to attack."""


def pillow_image() -> Any:
    """Return Pillow's module `Image`.

    Raises:
        ImproperlyConfigured: Pillow is not installed.
    """
    try:
        return importlib.import_module("PIL.Image")
    except ImportError as error:
        raise ImproperlyConfigured("Pictures need Pillow: pip install 'manoir[images]'.") from error


def opened_picture(file: Any, formats: Sequence[str] = PICTURE_FORMATS) -> Any:
    """Open a picture with Pillow and let it check the file, without decoding the pixels.

    Args:
        file: an open binary file.
        formats: formats that may be read.

    Returns:
        Pillow's image, after `verify()`: it tells format and size but cannot be decoded any more.

    Raises:
        Exception: whatever Pillow says about a file that it cannot read.
        ImproperlyConfigured: Pillow is not installed.
    """
    module = pillow_image()
    picture = module.open(file, formats=[name.upper() for name in formats])
    picture.verify()
    return picture
