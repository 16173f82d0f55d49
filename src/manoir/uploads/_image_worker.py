"""Draws one picture anew, in a process of its own with limits on memory, time and output.

Run as a file by `_images`, with nothing of manoir loaded: the decoders are C code that reads what strangers wrote, so
they run where a crash or an endless loop ends nothing but this process. The picture comes on standard input, the new one
goes to standard output, and the last line of standard error is a report in JSON.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any


def limit_process(memory: int, seconds: int, output: int) -> None:
    """Limit memory and output in bytes and processor time in seconds, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: output,
        resource.RLIMIT_CORE: 0,
    }
    for which, value in limits.items():
        hard = resource.getrlimit(which)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (allowed, allowed))


def redraw(options: dict[str, Any]) -> dict[str, Any]:
    """Read a picture from standard input and write the new one; return the report."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = options["max_pixels"]
    source = io.BytesIO(sys.stdin.buffer.read())
    picture = Image.open(source, formats=[options["format"].upper()])
    width, height = picture.size
    if width * height > options["max_pixels"]:
        return {"problem": "too_many_pixels", "width": width, "height": height}
    frames = getattr(picture, "n_frames", 1) if options["max_frames"] > 1 else 1
    if frames > options["max_frames"]:
        return {"problem": "too_many_frames", "frames": frames}
    if frames * width * height > 4 * options["max_pixels"]:
        return {"problem": "too_many_pixels", "width": width, "height": height}
    target = options["target"]
    drawn = [clean_frame(picture, number, target, options["max_side"]) for number in range(frames)]
    settings: dict[str, Any] = {"format": target.upper()}
    if target in ("jpeg", "webp"):
        settings["quality"] = options["quality"]
    if frames > 1 and target in ("gif", "webp", "png"):
        settings.update(save_all=True, append_images=[frame for frame, _ in drawn[1:]], loop=0)
        settings["duration"] = [duration for _, duration in drawn]
    result = io.BytesIO()
    drawn[0][0].save(result, **settings)
    sys.stdout.buffer.write(result.getvalue())
    sys.stdout.buffer.flush()
    return {"width": drawn[0][0].width, "height": drawn[0][0].height, "frames": frames}


def clean_frame(picture: Any, number: int, target: str, max_side: int | None) -> tuple[Any, int]:
    """One frame: turned as its EXIF says, in sRGB, in a mode that the target knows, without any metadata."""
    from PIL import Image, ImageOps

    if number:
        picture.seek(number)
    duration = int(picture.info.get("duration", 100) or 100)
    frame = ImageOps.exif_transpose(picture)
    frame = in_srgb(frame)
    if frame.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in frame.info:
        frame = frame.convert("RGBA")
    elif frame.mode not in ("RGB", "RGBA", "L", "1"):
        frame = frame.convert("RGB")
    if target == "jpeg" and frame.mode == "RGBA":
        ground = Image.new("RGB", frame.size, "white")
        ground.paste(frame, mask=frame.getchannel("A"))
        frame = ground
    if frame.mode == "1":
        frame = frame.convert("L")
    if max_side is not None and max(frame.size) > max_side:
        frame.thumbnail((max_side, max_side))
    # A copy of the pixels alone: comments, EXIF, XMP, ICC profiles and text chunks live in `info`.
    bare = Image.new(frame.mode, frame.size)
    bare.paste(frame)
    return bare, min(max(duration, 20), 10_000)


def in_srgb(frame: Any) -> Any:
    """The frame in sRGB, so that the colours stay when its profile goes; as it is when the profile makes no sense."""
    profile = frame.info.get("icc_profile")
    if not profile:
        return frame
    from PIL import ImageCms

    try:
        mode = "RGBA" if frame.mode in ("RGBA", "PA", "LA", "P") else "RGB"
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if frame.mode in ("P", "PA", "LA"):
            frame = frame.convert(mode)
        return ImageCms.profileToProfile(frame, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except Exception:  # a profile that cannot be used is dropped with the rest of the metadata
        return frame


def main() -> None:
    """Read the options, limit this process, draw, report."""
    options = json.loads(sys.argv[1])
    try:
        limit_process(options["memory"], options["seconds"], options["max_output"])
        report = redraw(options)
    except MemoryError:
        report = {"problem": "damaged", "detail": "it needs more memory than its pixels should"}
    except Exception as error:
        report = {"problem": "damaged", "detail": type(error).__name__}
    sys.stderr.write("\n" + json.dumps(report))


if __name__ == "__main__":
    main()
