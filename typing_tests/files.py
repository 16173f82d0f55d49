"""File fields, policies and stored files, as a type checker sees them."""

from __future__ import annotations

from io import BytesIO
from typing import assert_type

from manoir import forms, models
from manoir.http import FileResponse, SimpleUploadedFile
from manoir.storage import ContentFile, private_storage
from manoir.uploads import AdmittedFile, Documents, ImageFile, Images
from manoir.views import stored_file


class Photo(models.Model):
    image = models.ImageField(upload_to="photos/", width_field="width", policy=Images(max="5MB", format="webp"))
    paper = models.FileField(upload_to=lambda instance, name: f"papers/{name}", policy=Documents(), blank=True)
    width = models.IntegerField(null=True)
    frame = models.FilePathField(path="/srv/frames", match=r"\.svg$")
    old_frame = models.FilePathField(path=lambda: "/srv/frames", null=True)


class Upload(forms.Form):
    file = forms.FileField(policy=Documents(max=1_000_000), required=False)
    template = forms.FilePathField(path="/srv/frames", recursive=True)


async def uses() -> None:
    photo = Photo(image=SimpleUploadedFile("a.png", b""))
    assert_type(photo.image, models.ImageFieldFile)
    assert_type(photo.paper, models.FieldFile)
    assert_type(await photo.image.asize(), int)
    assert_type(photo.image.url, str)
    assert_type(photo.frame, str)
    assert_type(photo.old_frame, str | None)
    assert_type(ImageFile(BytesIO(), name="a.png").width, int | None)
    assert_type(await photo.image.adimensions(), "tuple[int, int] | tuple[None, None]")
    photo.paper = ContentFile(b"")
    photo.paper = "papers/a.pdf"
    photo.paper = None
    await photo.paper.asave("b.pdf", ContentFile(b""), save=False)
    Photo.objects.filter(Photo.paper == "papers/a.pdf", image__endswith=".png")
    assert_type(await Documents().aadmit(ContentFile(b"")), AdmittedFile)
    assert_type(await stored_file(private_storage, "a.pdf"), FileResponse)


def uses_in_sync_code() -> None:
    photo = Photo()
    photo.paper.save("b.pdf", ContentFile(b""))
    with photo.paper.open("rb") as opened:
        opened.read()
    assert_type(Documents().admit(ContentFile(b"")), AdmittedFile)
