"""Uploads: what is let in of the files that visitors send, and as what it is kept.

The room's map:

- `_policy`: `Policy`, and the ready ones: `Documents`, `AnyFile`; `_images`: `Images`, which draws pictures anew in a
  process of its own (`_image_worker`).
- `_kinds`: what a file is, by its content: a closed table of signatures.
- `_headers`: how large a picture would become, read before any decoder sees it; `_picture_file`: `ImageFile`, a file
  that tells it; `_pillow`: Pillow, at its first need.
- `_scanner`: `Scanner`, and `ClamAV`, which speaks with a clamd.
- `_sizes`: `"5MB"`.
"""

from __future__ import annotations

from manoir.exceptions import ScannerUnavailable
from manoir.uploads._headers import PictureHeader, picture_header
from manoir.uploads._images import Images
from manoir.uploads._kinds import KINDS, UNKNOWN, Kind, kind_of
from manoir.uploads._picture_file import ImageFile
from manoir.uploads._pillow import PICTURE_FORMATS, opened_picture, pillow_image
from manoir.uploads._policy import AdmittedFile, AnyFile, Documents, Policy, checked_policy
from manoir.uploads._scanner import ClamAV, Scanner, configured_scanner
from manoir.uploads._sizes import bytes_of, shown_size

__all__ = [
    "KINDS",
    "PICTURE_FORMATS",
    "UNKNOWN",
    "AdmittedFile",
    "AnyFile",
    "ClamAV",
    "Documents",
    "ImageFile",
    "Images",
    "Kind",
    "PictureHeader",
    "Policy",
    "Scanner",
    "ScannerUnavailable",
    "bytes_of",
    "checked_policy",
    "configured_scanner",
    "kind_of",
    "opened_picture",
    "picture_header",
    "pillow_image",
    "shown_size",
]
