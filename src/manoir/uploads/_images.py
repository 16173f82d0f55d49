"""`Images`: pictures are drawn anew, so that nothing but their pixels is kept."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from manoir.bridge import LoopLocal, hook, to_thread
from manoir.conf import settings
from manoir.i18n import gettext_lazy as _
from manoir.uploads._headers import picture_header
from manoir.uploads._kinds import KINDS, Kind
from manoir.uploads._pillow import PICTURE_FORMATS, pillow_image
from manoir.uploads._policy import Policy
from manoir.uploads._sizes import Size
from manoir.validators import deconstructible

WORKER: Final = Path(__file__).with_name("_image_worker.py")
SECONDS: Final = 20
"""Time for one picture."""
AT_ONCE: Final = 2
"""Pictures that are drawn at the same time; each may take the memory of its pixels several times."""
BASE_MEMORY: Final = 512 * 1024 * 1024
BYTES_A_PIXEL: Final = 24
"""Memory per pixel: four bytes, for the picture, its turned copy, its conversion and the copy that is kept."""
NO_LIMIT: Final = 2**31 - 1
NEEDED: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
"""What the worker sees of our environment: what Python may need to start, and no secret."""
MAX_SHOWN: Final = 500

logger = logging.getLogger("manoir.uploads")

turns: LoopLocal[asyncio.Semaphore] = LoopLocal(lambda: asyncio.Semaphore(AT_ONCE))


@deconstructible(path="manoir.uploads.Images")
class Images(Policy):
    """Pictures: PNG, JPEG, GIF and WebP, drawn anew in a process of their own.

    What is kept holds the pixels and nothing else: no EXIF (where a photo was taken), no comments, no second file behind
    the picture. Photos are turned as their EXIF says, colours are converted to sRGB, transparency stays where the format
    knows it.

    Args:
        kinds: of `"png"`, `"jpeg"`, `"gif"`, `"webp"`; None takes all four.
        max: largest size of the file: bytes, or text such as `"5MB"`.
        max_pixels: most pixels, asked of the header before anything is decoded; None takes FILE_UPLOAD_MAX_IMAGE_PIXELS.
        max_side: longest side of what is kept, in pixels; larger pictures are made smaller. None keeps the size.
        max_frames: frames of an animation that are kept; 1 keeps the first picture of it.
        format: kind to keep all pictures as; None keeps each one's own.
        quality: quality of JPEG and WebP, 1 to 95.
        **options: those of Policy.

    Raises:
        ValueError: `kinds` or `format` names something that is no picture, or a number is out of its range.

    Example:
        >>> Images(max="5MB", format="webp").kinds
        ('png', 'jpeg', 'gif', 'webp')
    """

    default_kinds: ClassVar[Sequence[str]] = PICTURE_FORMATS
    default_max: ClassVar[Size] = "5MB"
    default_error_messages: ClassVar[dict[str, Any]] = {
        "too_many_pixels": _("This picture has %(width)d times %(height)d pixels; at most %(max)d in all are taken."),
        "too_many_frames": _("This animation has too many frames; at most %(max)d are taken."),
        "damaged": _("This picture is damaged, or is none."),
    }

    def __init__(
        self,
        *,
        max_pixels: int | None = None,
        max_side: int | None = None,
        max_frames: int = 1,
        format: str | None = None,
        quality: int = 85,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        for name in (*self.kinds, *([format] if format else [])):
            if name not in PICTURE_FORMATS:
                raise ValueError(f"{name!r} is no picture that is taken. There are: {', '.join(PICTURE_FORMATS)}.")
        for option, value in {"max_pixels": max_pixels, "max_side": max_side, "max_frames": max_frames}.items():
            if value is not None and value < 1:
                raise ValueError(f"{option} is 1 or more, not {value}.")
        if not 1 <= quality <= 95:
            raise ValueError(f"quality is 1 to 95, not {quality}.")
        self.max_pixels = max_pixels
        self.max_side = max_side
        self.max_frames = max_frames
        self.format = format
        self.quality = quality

    @property
    def pixel_limit(self) -> int:
        """Most pixels of a picture."""
        found = settings.FILE_UPLOAD_MAX_IMAGE_PIXELS if self.max_pixels is None else self.max_pixels
        return NO_LIMIT if found is None else found

    @hook
    async def acheck(self, file: Any, kind: Kind) -> None:
        """Refuse what is no picture, and what would become too many pixels."""
        await super().acheck(file, kind)
        header = await to_thread(picture_header, file)
        if header is None or not header.pixels:
            raise self.error("damaged")
        if header.pixels > self.pixel_limit:
            raise self.error("too_many_pixels", width=header.width, height=header.height, max=self.pixel_limit)

    @hook
    async def aconvert(self, file: Any, kind: Kind) -> tuple[Any, Kind]:
        """Draw the picture anew."""
        pillow_image()  # says what to install, before a process is started
        target = self.format or kind.name
        async with turns.get():
            content, report = await to_thread(self._redrawn, file, kind.name, target)
        problem = report.get("problem")
        if problem == "too_many_pixels":
            raise self.error(problem, width=report["width"], height=report["height"], max=self.pixel_limit)
        if problem == "too_many_frames":
            raise self.error(problem, max=self.max_frames)
        if problem is not None:
            raise self.error("damaged")
        return content, KINDS[target]

    def _redrawn(self, file: Any, kind: str, target: str) -> tuple[Any, dict[str, Any]]:
        """Run the worker; answer an open file with the new picture, and the worker's report."""
        options = {
            "format": kind, "target": target, "max_pixels": self.pixel_limit, "max_side": self.max_side,
            "max_frames": self.max_frames, "quality": self.quality, "seconds": SECONDS,
            "memory": BASE_MEMORY + BYTES_A_PIXEL * min(self.pixel_limit, 10**9), "max_output": 16 * self.max + 2**20,
        }  # fmt: skip
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as source:
            for chunk in file.chunks():
                source.write(chunk)
            source.seek(0)
            made = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - it is what is kept
            try:
                report = run_worker(options, source, made)
            except BaseException:
                made.close()
                raise
        made.seek(0)
        if "problem" in report:
            made.close()
        return made, report


def run_worker(options: dict[str, Any], source: Any, made: Any) -> dict[str, Any]:
    """Draw one picture in a process of its own; whatever happens to it, a report comes back."""
    command = [sys.executable, "-I", "-W", "ignore", str(WORKER), json.dumps(options)]
    environment = {name: os.environ[name] for name in NEEDED if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - a list, no shell; the options are ours
            command,
            stdin=source,
            stdout=made,
            stderr=subprocess.PIPE,
            timeout=2 * SECONDS,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        logger.warning("A picture was refused: drawing it took longer than %s seconds.", 2 * SECONDS)
        return {"problem": "damaged"}
    report = last_line(done.stderr)
    if report is None or done.returncode != 0:
        # A decoder that crashed, a limit that was met, or a Python that does not start: the log tells them apart.
        said = done.stderr[-MAX_SHOWN:].decode("utf-8", "backslashreplace").strip()
        logger.warning("A picture was refused: the process that draws it ended with %s: %r", done.returncode, said)
        return {"problem": "damaged"}
    return report


def last_line(said: bytes) -> dict[str, Any] | None:
    """The worker's report; None where it gave none."""
    try:
        report = json.loads(said.rpartition(b"\n")[2])
    except ValueError:
        return None
    return report if isinstance(report, dict) else None
