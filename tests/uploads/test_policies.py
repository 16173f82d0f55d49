"""Policies: what is let in, what is refused, and as what it is kept."""

from __future__ import annotations

import asyncio
import io
import re
from contextlib import suppress
from io import BytesIO
from random import Random
from typing import Any

import pytest
from PIL import Image

from manoir import forms, models
from manoir.bridge import hook, run, spawn, twin
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, SynchronousOnlyOperation, ValidationError
from manoir.http import MultiValueDict, SimpleUploadedFile
from manoir.rest import serializers
from manoir.storage import ContentFile, PrivateFileSystemStorage, default_storage, private_storage
from manoir.uploads import KINDS, AdmittedFile, AnyFile, Documents, Images, Kind, Policy, Scanner
from manoir.uploads._sizes import bytes_of, shown_size
from tests.bridge.hook_table import HookCase, check_hook, each_hook
from tests.uploads.samples import (
    animation,
    docx,
    jpeg_header,
    odt,
    photo,
    picture,
    png_bomb,
    png_chunk,
    webp_header,
)


def admit(policy: Policy, content: bytes, name: str = "a.bin") -> AdmittedFile:
    return run(policy.aadmit(ContentFile(content, name=name)))


def code_of(policy: Policy, content: bytes, name: str = "a.bin") -> str:
    with pytest.raises(ValidationError) as refused:
        admit(policy, content, name)
    return refused.value.error_code


def opened(file: AdmittedFile) -> Any:
    file.seek(0)
    found = Image.open(BytesIO(file.read()))
    found.load()
    return found


# -- sizes, names, kinds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "expected"),
    [("5MB", 5_000_000), ("512 KiB", 524_288), (7, 7), ("1.5kb", 1_500), ("2 GiB", 2**31), ("9", 9), ("10 B", 10)],
)
def test_sizes(size: Any, expected: int):
    assert bytes_of(size) == expected


@pytest.mark.parametrize("size", [0, -1, "", "MB", "5 XB", "5IB", "1e9", True, None, "9" * 40, "0MB", "-5MB", "٥MB"])
def test_sizes_that_are_none(size: Any):
    with pytest.raises(ValueError, match="is no size"):
        bytes_of(size)


def test_sizes_for_people():
    assert [shown_size(size) for size in (999, 1_000, 5_000_000, 5_250_000, 3 * 10**9)] == [
        "999 B", "1 KB", "5 MB", "5.2 MB", "3 GB",
    ]  # fmt: skip


def test_too_large_and_empty_files():
    assert code_of(Documents(max=10), b"x" * 11) == "too_large"
    assert code_of(Documents(), b"") == "empty"
    with pytest.raises(ValidationError, match=r"This file is 1\.5 KB large; at most 1 KB are taken"):
        admit(Documents(max="1KB"), b"x" * 1_500)


def test_names_are_random_and_end_as_the_content_does():
    """C20, M08: nothing of the client's name is in the name that is kept."""
    names = {admit(Documents(), b"text", "../../etc/passwd.html").name for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch(r"[a-z0-9]{26}\.txt", name) for name in names)
    assert admit(Documents(), b"a,b", "a.CSV").name.endswith(".csv")
    file = admit(Documents(), b"text", "../../etc/passwd.html")
    assert file.original_name == "../../etc/passwd.html"
    assert file.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("report.txt", "report.txt"),
        ("report.html", "report.txt"),
        ("shell.php.txt", "shell_php.txt"),
        ("C:\\docs\\report", "report.txt"),
        (".htaccess", "file.txt"),
        ("a.md", "a.md"),
        ("..", "_.txt"),
        ("\u202egpj\x00.txt", "gpj.txt"),
    ],
)
def test_names_of_clients_that_are_kept_end_as_the_content_does(sent: str, kept: str):
    """C20, H16: `shell.php.txt`, `page.html` with plain text inside."""
    assert Documents(random_names=False).name_for(sent, KINDS["text"]) == kept


def test_kinds_are_checked_when_a_policy_is_made():
    with pytest.raises(ValueError, match=r"'pgn' is no kind of files\. Did you mean 'png'"):
        Policy(kinds=["pgn"])
    with pytest.raises(ValueError, match="'pdf' is no picture"):
        Images(kinds=["pdf"])
    with pytest.raises(ValueError, match="'bmp' is no picture"):
        Images(format="bmp")
    with pytest.raises(ValueError, match="quality is 1 to 95"):
        Images(quality=100)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Policy(kinds="pdf"), r"even of one kind: kinds=\['pdf'\]"),
        (lambda: Images(max_side=0), "max_side is 1 or more, not 0"),
        (lambda: Images(max_frames=0), "max_frames is 1 or more, not 0"),
        (lambda: Images(max_pixels=-5), "max_pixels is 1 or more, not -5"),
    ],
)
def test_options_out_of_their_range(make: Any, message: str):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("field", [models.FileField, forms.FileField, serializers.FileField])
def test_a_field_takes_an_instance_of_a_policy(field: Any):
    with pytest.raises(TypeError, match=r"write policy=Documents\(\)\."):
        field(policy=Documents)
    with pytest.raises(TypeError, match=r"not 'images': write policy=Images\(max=\"5MB\"\)"):
        field(policy="images")


@pytest.mark.parametrize("what", [b"abc", "/etc/passwd", None])
def test_what_is_no_file_is_told(what: Any):
    with pytest.raises(TypeError, match=f"not {type(what).__name__}. ContentFile"):
        Documents().admit(what)


@pytest.mark.parametrize("what", [ContentFile("Grüße", name="a.txt"), io.StringIO("Grüße")])
def test_text_is_kept_as_bytes(what: Any):
    file = Documents().admit(what, "a.txt")
    assert (file.kind.name, file.read()) == ("text", "Grüße".encode())


def test_documents():
    for content in (b"%PDF-1.7 x", docx(), odt(), b"plain"):
        assert admit(Documents(), content)
    assert code_of(Documents(), picture()) == "kind"
    assert code_of(Documents(), b"MZ\x90\x00") == "kind"
    assert code_of(Documents(), docx({"word/vbaProject.bin": b"x"})) == "archive"
    with pytest.raises(ValidationError, match="Send one of these kinds of files: PDF, DOCX"):
        admit(Documents(), picture())


def test_any_file():
    assert admit(AnyFile(), b"MZ\x90\x00", "setup.exe").name.endswith(".bin")
    assert admit(AnyFile(), picture(), "x.exe").name.endswith(".png")


def test_equal_policies():
    assert Images(max="5MB") == Images(max=5_000_000)
    assert Images() != Documents()
    assert Images(max=1) != Images(max=2)
    assert len({Images(), Images()}) == 1
    path, args, kwargs = Images(max="5MB").deconstruct()
    assert (path, args, kwargs) == ("manoir.uploads.Images", (), {"max": "5MB"})


def test_files_are_private_unless_told():
    assert Images().storage is private_storage
    assert Images(private=False).storage is default_storage


def test_what_a_policy_let_in_is_not_asked_again():
    file = admit(Documents(), b"text")
    assert run(Documents().aadmit(file)) is file
    assert run(Documents(max=100).aadmit(file)) is not file


class NoSwearing(Documents):
    """A policy of a project's own, in sync code."""

    def check(self, file: Any, kind: Kind) -> None:
        super().check(file, kind)
        if b"damn" in file.read():
            raise ValidationError("Mind your words.", code="swearing")


def test_a_policy_of_ones_own():
    assert admit(NoSwearing(), b"fine")
    assert code_of(NoSwearing(), b"damn") == "swearing"
    assert code_of(NoSwearing(), picture()) == "kind"
    assert NoSwearing().admit(ContentFile(b"fine", name="a.txt")).read() == b"fine"


# -- pictures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["png", "jpeg", "gif", "webp"])
def test_pictures_are_kept_as_what_they_are(format: str):
    file = admit(Images(), picture(format), "x.exe")
    assert file.content_type == f"image/{format}"
    assert file.name.endswith({"jpeg": ".jpg"}.get(format, f".{format}"))
    assert (opened(file).format, opened(file).size) == (format.upper(), (8, 6))


def test_nothing_but_pixels_is_kept():
    """H16: place, camera, comments and profiles go; the picture is turned as its EXIF says."""
    content = photo()
    assert b"SECRET" in content
    file = admit(Images(), content)
    kept = opened(file)
    file.seek(0)
    assert b"SECRET" not in file.read()
    assert not kept.getexif()
    assert "icc_profile" not in kept.info
    assert "comment" not in kept.info
    assert kept.size == (6, 8)


@pytest.mark.parametrize("format", ["png", "gif", "webp", "jpeg"])
def test_a_second_file_behind_the_picture_is_gone(format: str):
    """H16: polyglots: a picture with HTML, a script or an archive behind it, or inside a comment."""
    payload = b"<script>alert('polyglot')</script>" + docx()
    file = admit(Images(), picture(format) + payload)
    assert payload not in file.read()
    assert b"<script>" not in admit(Images(), picture("gif", comment=b"<script>x</script>")).read()
    text = picture("png")
    with_text = text[:33] + png_chunk(b"tEXt", b"Comment\0<script>x</script>") + text[33:]
    assert b"<script>" not in admit(Images(), with_text).read()


PAYLOADS = {
    "html": b"<!DOCTYPE html><script>alert(document.domain)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "php": b"<?php system($_GET['c']); ?>",
    "zip": docx(),
    "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj",
}


def png_with(payload: bytes, kind: bytes) -> bytes:
    plain = picture("png")
    return plain[:33] + png_chunk(kind, b"Comment\0" + payload) + plain[33:]


CONTAINERS = {
    "png behind": lambda payload: picture("png") + payload,
    "png text": lambda payload: png_with(payload, b"tEXt"),
    "png own chunk": lambda payload: png_with(payload, b"prVt"),
    "jpeg behind": lambda payload: picture("jpeg") + payload,
    "jpeg comment": lambda payload: picture("jpeg", comment=payload),
    "jpeg profile": lambda payload: picture("jpeg", icc_profile=payload),
    "jpeg exif": lambda payload: picture("jpeg", exif=b"Exif\0\0" + payload),
    "gif behind": lambda payload: picture("gif") + payload,
    "gif comment": lambda payload: picture("gif", comment=payload[:250]),
    "webp behind": lambda payload: picture("webp") + payload,
    "webp xmp": lambda payload: picture("webp", xmp=payload),
}


@pytest.mark.slow
def test_a_corpus_of_polyglots_is_neutralised():
    """H16: 55 pictures that are something else as well: of what is kept nothing is left but a picture, or they are refused."""

    async def main() -> list[Any]:
        files = [
            ContentFile(container(payload), name=f"{name}.html")
            for container in CONTAINERS.values()
            for name, payload in PAYLOADS.items()
        ]
        return await asyncio.gather(*[Images().aadmit(file) for file in files], return_exceptions=True)

    kept = run(main())
    assert len(kept) == 55
    marks = [payload[:12] for payload in PAYLOADS.values()]
    for outcome in kept:
        if isinstance(outcome, BaseException):
            assert isinstance(outcome, ValidationError)
            continue
        content = outcome.read()
        assert not any(mark in content for mark in marks)
        assert outcome.kind.inline
    assert sum(isinstance(outcome, AdmittedFile) for outcome in kept) > 40


def test_pictures_without_pillow_say_what_to_install(monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr("manoir.uploads._pillow.importlib.import_module", missing)
    with pytest.raises(ImproperlyConfigured, match=r"pip install 'manoir\[images\]'"):
        admit(Images(), picture())
    assert admit(Documents(), b"words")


def test_a_worker_that_cannot_start_is_told(monkeypatch: pytest.MonkeyPatch, caplog: Any):
    """A Python that does not start would look like a damaged picture; the log says what it is."""
    from manoir.uploads import _images

    monkeypatch.setattr(_images, "WORKER", "/nowhere/worker.py")
    with caplog.at_level("WARNING", "manoir.uploads"):
        assert code_of(Images(), picture()) == "damaged"
    assert "can't open file" in caplog.text


def test_colours_of_other_spaces():
    assert opened(admit(Images(), picture("jpeg", mode="CMYK"))).mode == "RGB"
    assert opened(admit(Images(), picture("png", mode="1"))).mode == "L"
    assert opened(admit(Images(), picture("png", mode="RGBA"))).mode == "RGBA"
    assert opened(admit(Images(format="jpeg"), picture("png", mode="RGBA"))).mode == "RGB"
    assert opened(admit(Images(), picture("jpeg", icc_profile=b"no profile at all"))).size == (8, 6)


def test_pictures_become_another_kind_and_smaller():
    file = admit(Images(format="webp", max_side=4), picture("png", (40, 20)))
    assert (file.kind.name, opened(file).size) == ("webp", (4, 2))
    assert file.name.endswith(".webp")


def test_animations_keep_their_first_frame_unless_told():
    assert getattr(opened(admit(Images(), animation(3))), "n_frames", 1) == 1
    assert opened(admit(Images(max_frames=3), animation(3))).n_frames == 3
    assert opened(admit(Images(max_frames=5, format="webp"), animation(3))).n_frames == 3
    assert code_of(Images(max_frames=2), animation(3)) == "too_many_frames"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (png_bomb(), "too_many_pixels"),
        (png_bomb(2**31 - 1, 2**31 - 1), "too_many_pixels"),
        (webp_header(16_777_216, 16_777_216), "too_many_pixels"),
        (jpeg_header(65_535, 65_535), "too_many_pixels"),
        (b"GIF89a\xff\xff\xff\xff\x00\x00\x00;", "too_many_pixels"),
        (png_bomb(100, 0), "damaged"),
        (png_bomb(900, 900), "damaged"),
        (webp_header(8, 8), "damaged"),
        (jpeg_header(8, 8), "damaged"),
        (picture("png")[:50], "damaged"),
        (picture("jpeg")[:100], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "damaged"),
        (b"RIFF\xff\xff\xff\xffWEBP" + bytes(100), "damaged"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "kind"),
        (b"<html><script>alert(1)</script>", "kind"),
        (b"%PDF-1.7", "kind"),
        (b"BM" + bytes(60), "kind"),
        (b"II*\x00" + bytes(60), "kind"),
        (b"SIMPLE  =                    T" + bytes(100), "kind"),
        (docx(), "kind"),
        (b"PK\x03\x04" + picture(), "kind"),
        (bytes(100), "kind"),
    ],
)
def test_what_is_no_picture(content: bytes, code: str):
    """H19, H51: formats by a list, pixels before decoding, decoding in a process with limits."""
    assert code_of(Images(), content) == code


def test_a_frame_larger_than_its_picture_is_refused():
    """H19: a GIF of one pixel whose frame claims the largest size there is."""
    frame = b"\x2c\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02\x44\x01\x00\x3b"
    content = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + frame
    assert code_of(Images(), content) in ("too_many_pixels", "damaged")


def test_decoding_has_a_memory_of_its_own():
    """H19: this process stays small while a picture of many pixels is drawn anew, and limits are the policy's."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    large = picture("png", (6_000, 6_000), mode="L")
    made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    admit(Images(max="50MB"), large)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - max(before, made) < 20_000  # KiB; the pixels alone are 36,000 and three copies are made
    assert code_of(Images(max_pixels=35_999_999), large) == "too_many_pixels"


def test_the_worker_cannot_outgrow_its_memory():
    """H51: a worker that needs more than it may have ends, and nothing else does."""
    from manoir.uploads import _images

    policy = Images()
    limits = (_images.BASE_MEMORY, _images.BYTES_A_PIXEL)
    _images.BASE_MEMORY, _images.BYTES_A_PIXEL = 60 * 2**20, 0
    try:
        assert code_of(policy, picture("png", (6_000, 6_000))) in ("damaged", "too_many_pixels")
    finally:
        _images.BASE_MEMORY, _images.BYTES_A_PIXEL = limits


async def test_the_loop_answers_while_pictures_are_drawn():
    """M16: decoding and reading happen elsewhere: the loop turns and turns meanwhile."""
    turns = 0
    content = picture("png", (2_000, 2_000))
    drawing = asyncio.gather(*[Images(max="50MB").aadmit(ContentFile(content, name="a.png")) for _ in range(3)])
    while not drawing.done():
        await asyncio.sleep(0.001)
        turns += 1
    await drawing
    assert turns > 20


# -- in forms ---------------------------------------------------------------------------------------------------------


class Profile(forms.Form):
    photo = forms.FileField(policy=Images(max="1MB"), error_messages={"kind": "Pictures, please."})


def sent(content: bytes, name: str = "me.png") -> MultiValueDict[Any]:
    return MultiValueDict({"photo": [SimpleUploadedFile(name, content)]})


def test_a_form_field_with_a_policy():
    form = Profile({}, sent(photo(), "../me.html"))
    assert form.is_valid()
    assert re.fullmatch(r"[a-z0-9]{26}\.jpg", form.cleaned_data["photo"].name)
    assert 'accept=".png,.jpg,.jpeg,.jpe,.jfif,.gif,.webp"' in str(Profile()["photo"])


def test_a_form_shows_why_a_file_is_refused():
    form = Profile({}, sent(b"<html>"))
    assert form.errors == {"photo": ["Pictures, please."]}
    assert Profile({}, sent(png_bomb())).errors.as_data()["photo"][0].error_code == "too_many_pixels"


async def test_a_form_with_a_policy_waits():
    with pytest.raises(SynchronousOnlyOperation, match=r"await form\.ais_valid"):
        Profile({}, sent(picture())).is_valid()
    assert await Profile({}, sent(picture())).ais_valid()
    assert await spawn(Profile({}, sent(picture())).is_valid)


def test_a_setting_limits_pixels():
    with settings.override(FILE_UPLOAD_MAX_IMAGE_PIXELS=47):
        assert code_of(Images(), picture()) == "too_many_pixels"
    with settings.override(FILE_UPLOAD_MAX_IMAGE_PIXELS=None):
        assert admit(Images(), picture())


def test_the_private_storage_is_one_of_signed_links(tmp_path: Any):
    with settings.override(MEDIA_ROOT=tmp_path / "media"):
        assert isinstance(private_storage.url("a.txt"), str)
        assert PrivateFileSystemStorage().location == str(tmp_path / "media-private")


# -- hooks, mutations -------------------------------------------------------------------------------------------------


@each_hook
def test_check_is_a_hook_of_two_colours(shape: Any, place: Any):
    case = HookCase(Documents, "check", lambda cls: cls(), args=(ContentFile(b"x"), KINDS["text"]))
    assert check_hook(case, shape, place) is None


@each_hook
def test_convert_is_a_hook_of_two_colours(shape: Any, place: Any):
    file = ContentFile(b"x")
    case = HookCase(Documents, "convert", lambda cls: cls(), args=(file, KINDS["text"]))
    assert check_hook(case, shape, place) == (file, KINDS["text"])


@each_hook
def test_scan_is_a_hook_of_two_colours(shape: Any, place: Any):
    class Clean(Scanner):
        @hook
        async def ascan(self, file: Any) -> str | None:
            return "Found"

        scan = twin(ascan)

    assert check_hook(HookCase(Clean, "scan", lambda cls: cls(), args=(ContentFile(b"x"),)), shape, place) == "Found"


def test_damaged_pictures_end_in_an_answer():
    """H51: bytes changed at random crash at most the worker; what is kept is a picture again."""
    random = Random(7)
    originals = [picture("png"), photo(), animation(), picture("webp")]
    for number in range(24):
        content = bytearray(originals[number % 4])
        for _ in range(random.randint(1, 8)):
            content[random.randrange(12, len(content))] = random.randrange(256)
        with suppress(ValidationError):  # nothing else may come out
            assert opened(admit(Images(max_frames=5), bytes(content))).size
