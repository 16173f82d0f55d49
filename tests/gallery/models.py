"""Models with files."""

from __future__ import annotations

from typing import Any

from manoir import models
from manoir.storage import InMemoryStorage, Storage

shelf = InMemoryStorage(base_url="/shelf/")
"""Where these models keep their files; each test empties it."""


def shelf_by_function() -> Storage:
    return shelf


def by_owner(instance: Any, filename: str) -> str:
    return f"of/{instance.owner or 'nobody'}/{filename}"


class Note(models.Model):
    owner = models.CharField(max_length=20, blank=True)
    text = models.FileField(upload_to="notes/", storage=shelf)
    extra = models.FileField(upload_to=by_owner, storage=shelf_by_function, blank=True, null=True)


class Photo(models.Model):
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    image = models.ImageField(
        upload_to="photos/%Y", storage=shelf, width_field="width", height_field="height", max_length=40
    )
    caption = models.CharField(max_length=50, default="")


class Renaming(models.FileField):
    """A documented way to choose a name: overriding `pre_save`."""

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        file = getattr(model_instance, self.attname)
        if file and not file._committed:
            file.name = "renamed.txt"
        return super().pre_save(model_instance, add)


class Renamed(models.Model):
    text = Renaming(storage=shelf)
