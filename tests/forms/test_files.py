"""File fields, their widgets, and what they refuse."""

from __future__ import annotations

import re
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from manoir import forms
from manoir.bridge import spawn
from manoir.conf import settings
from manoir.exceptions import SynchronousOnlyOperation, ValidationError
from manoir.http import MultiValueDict, SimpleUploadedFile, TemporaryUploadedFile


def one_line(html: object) -> str:
    return re.sub(r"\n\s*", "", str(html))


def upload(name: str = "notes.txt", content: bytes = b"hello", kind: str = "text/plain") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def picture(format: str = "png", size: tuple[int, int] = (4, 3)) -> bytes:
    stream = BytesIO()
    Image.new("RGB", size, "red").save(stream, format)
    return stream.getvalue()


def sent(**files: Any) -> MultiValueDict[Any]:
    return MultiValueDict({name: value if isinstance(value, list) else [value] for name, value in files.items()})


class Stored:
    """A stored file, as a model's field gives it."""

    url = "/media/a&b.txt"

    def __str__(self) -> str:
        return "a&b.txt"


class Note(forms.Form):
    file = forms.FileField(max_length=20)


class Optional(forms.Form):
    file = forms.FileField(required=False)


def codes(form: forms.Form, name: str = "file") -> list[str]:
    return [error.error_code for error in form.errors[name].as_data()] if name in form.errors else []


def test_a_file_arrives():
    file = upload()
    form = Note({}, sent(file=file))
    assert form.is_valid()
    assert form.cleaned_data["file"] is file
    assert form.is_multipart()
    assert form.changed_data == ["file"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, "required"),
        ({"file": upload(content=b"")}, "empty"),
        ({"file": upload(name="a" * 20 + ".txt")}, "max_length"),
        ({"file": "text"}, "invalid"),
        ({"file": [upload(), upload()]}, "too_many"),
    ],
)
def test_what_a_file_field_refuses(files: dict[str, Any], code: str):
    assert codes(Note({}, sent(**files))) == [code]


def test_the_first_of_two_files_cannot_hide_behind_the_second():
    """H18: two files under one name are refused, be the field required or not, by each of its widgets."""
    for field in (forms.FileField(), forms.FileField(required=False), forms.ImageField(widget=forms.FileInput)):
        Form = type("Form", (forms.Form,), {"file": field})
        form = Form({}, sent(file=[upload("evil.html", b"<script>"), upload("good.png", picture())]))
        assert codes(form) == ["too_many"]
        assert "Send one file, not 2." in str(form.errors)


def test_empty_files_are_accepted_on_demand():
    field = forms.FileField(allow_empty_file=True)
    assert field.clean(upload(content=b"")).size == 0


def test_the_file_that_is_there_stays_when_nothing_is_sent():
    there = Stored()
    form = Note({}, sent(), initial={"file": there})
    assert form.is_valid()
    assert form.cleaned_data["file"] is there
    assert form.changed_data == []


def test_a_ticked_box_clears_a_file_that_is_optional():
    form = Optional({"file-clear": "on"}, sent(), initial={"file": Stored()})
    assert form.is_valid()
    assert form.cleaned_data["file"] is False
    assert form.changed_data == ["file"]


def test_a_required_file_is_not_cleared():
    there = Stored()
    form = Note({"file-clear": "on"}, sent(), initial={"file": there})
    assert form.is_valid()
    assert form.cleaned_data["file"] is there
    assert forms.FileField().clean(False, there) is there


def test_a_file_and_the_wish_to_clear_contradict_each_other():
    form = Optional({"file-clear": "on"}, sent(file=upload()), initial={"file": Stored()})
    assert codes(form) == ["contradiction"]
    assert " checked>" in str(form["file"])


def test_a_disabled_field_takes_no_file():
    there = Stored()
    Form = type("Form", (forms.Form,), {"file": forms.FileField(disabled=True)})
    form = Form({}, sent(file=upload()), initial={"file": there})
    assert form.is_valid()
    assert form.cleaned_data["file"] is there
    assert form.changed_data == []


def test_the_widget_links_to_the_file_that_is_there_and_offers_to_clear_it():
    html = one_line(Optional(initial={"file": Stored()})["file"])
    assert html == (
        'Currently: <a href="/media/a&amp;b.txt">a&amp;b.txt</a>'
        '<input type="checkbox" name="file-clear" id="file-clear_id">'
        '<label for="file-clear_id">Clear</label><br>Change: <input type="file" name="file" id="id_file">'
    )


def test_the_widget_of_a_required_file_offers_no_clearing_and_asks_for_none_again():
    html = one_line(Note(initial={"file": Stored()})["file"])
    assert "checkbox" not in html
    assert "required" not in html
    assert one_line(Note()["file"]) == '<input type="file" name="file" required id="id_file">'


def test_a_plain_file_input_shows_no_value():
    assert (
        str(forms.FileInput(attrs={"accept": ".txt"}).render("f", "x")) == '<input type="file" name="f" accept=".txt">'
    )
    assert str(forms.ClearableFileInput().render("f", upload())) == '<input type="file" name="f">'


def test_one_file_inputs_refuse_the_attribute_multiple():
    with pytest.raises(ValueError, match="allow_multiple_selected = True"):
        forms.FileInput(attrs={"multiple": True})
    with pytest.raises(ValueError, match="takes one file"):
        forms.ClearableFileInput(attrs={"multiple": True})


class Several(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFiles(forms.FileField):
    """The documented way to take several files: each is checked as one."""

    widget = Several

    def clean(self, value: Any, initial: Any = None) -> Any:
        single = super().clean
        return [single(each, initial) for each in value] if value else [single(None, initial)]


class LoopingFiles(forms.FileField):
    """The other shape of it: only a list is looped over."""

    widget = Several

    def clean(self, value: Any, initial: Any = None) -> Any:
        single = super().clean
        return [single(each, initial) for each in value] if isinstance(value, list) else [single(value, initial)]


def test_a_required_field_for_several_files_misses_them():
    Form = type("Form", (forms.Form,), {"file": LoopingFiles(), "more": LoopingFiles(required=False)})
    assert codes(Form({}, sent())) == ["required"]
    form = Form({}, sent(file=upload("a.txt")))
    assert form.is_valid()
    assert ([file.name for file in form.cleaned_data["file"]], form.cleaned_data["more"]) == (["a.txt"], [])


def test_several_files_are_each_checked():
    Form = type("Form", (forms.Form,), {"file": SeveralFiles()})
    assert str(Form()["file"]) == '<input type="file" name="file" multiple required id="id_file">'
    form = Form({}, sent(file=[upload("a.txt"), upload("b.txt")]))
    assert form.is_valid()
    assert [file.name for file in form.cleaned_data["file"]] == ["a.txt", "b.txt"]
    assert codes(Form({}, sent(file=[upload("a.txt"), upload("b.txt", b"")]))) == ["empty"]
    assert codes(Form({}, sent())) == ["required"]


def test_files_of_a_plain_mapping():
    assert Note({}, {"file": upload()}).is_valid()


def test_files_in_formsets():
    Notes = forms.formset_factory(Note, extra=2)
    counts = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0"}
    formset = Notes(counts, sent(**{"form-0-file": upload("a.txt"), "form-1-file": upload("b.txt")}))
    assert formset.is_valid()
    assert [data["file"].name for data in formset.cleaned_data] == ["a.txt", "b.txt"]
    assert formset.is_multipart()
    assert not Notes(counts, sent(**{"form-0-file": [upload(), upload()]})).is_valid()


# -- pictures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["png", "jpeg", "gif", "webp"])
def test_pictures_are_known_by_their_content(format: str):
    file = upload(f"a.{format}", picture(format), "text/html")
    cleaned = forms.ImageField().clean(file)
    assert cleaned.image.size == (4, 3)
    assert cleaned.content_type == f"image/{format}"
    assert cleaned.read() == picture(format)


def test_pictures_on_disk_are_checked_too():
    file = TemporaryUploadedFile("a.png", "image/png", None, None)
    file.file.write(picture())
    file.size = file.file.tell()
    assert forms.ImageField().clean(file).image.format == "PNG"
    file.close()


def png(width: int, height: int) -> bytes:
    """A PNG whose header promises what its few bytes do not hold."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.png", b"<script>alert(1)</script>", "invalid_image"),
        ("a.png", picture()[:40], "invalid_image"),
        ("a.png", picture()[:-20] + bytes(20), "invalid_image"),
        ("a.png", b"BM" + bytes(60), "invalid_image"),
        ("a.gif", b"SIMPLE  =                    T" + bytes(100), "invalid_image"),
        ("a.html", picture(), "invalid_extension"),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "invalid_image"),
        ("bomb.png", png(50_000, 50_000), "too_many_pixels"),
        ("flat.png", png(2**31 - 1, 1), "too_many_pixels"),
        ("bomb.gif", b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(20), "too_many_pixels"),
    ],
)
def test_what_an_image_field_refuses(name: str, content: bytes, code: str):
    """H19: formats by an allow list, pixels out of the header before anything is decoded."""
    Form = type("Form", (forms.Form,), {"file": forms.ImageField()})
    assert codes(Form({}, sent(file=upload(name, content)))) == [code]


def test_the_limit_of_pixels_is_a_setting():
    with settings.override(FILE_UPLOAD_MAX_IMAGE_PIXELS=11), pytest.raises(ValidationError, match="4 times 3 pixels"):
        forms.ImageField().clean(upload("a.png", picture()))
    with settings.override(FILE_UPLOAD_MAX_IMAGE_PIXELS=None):
        assert forms.ImageField().clean(upload("a.png", picture())).image.size == (4, 3)


def test_image_fields_offer_pictures():
    assert 'accept="image/*"' in str(type("F", (forms.Form,), {"f": forms.ImageField()})()["f"])
    own = forms.ImageField(widget=forms.FileInput(attrs={"accept": "image/png"}))
    assert own.widget.attrs["accept"] == "image/png"


async def test_pictures_are_checked_off_the_loop():
    """M16: in a coroutine the form says what to await; in `spawn` reading happens in a thread."""
    Form = type("Form", (forms.Form,), {"file": forms.ImageField()})
    with pytest.raises(SynchronousOnlyOperation, match=r"await form\.ais_valid"):
        Form({}, sent(file=upload("a.png", picture()))).is_valid()
    assert await Form({}, sent(file=upload("a.png", picture()))).ais_valid()
    form = Form({}, sent(file=upload("a.png", picture())))
    assert await spawn(form.is_valid)
