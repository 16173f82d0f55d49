"""A file of cities, and what became of it."""

from __future__ import annotations

from manoir import models
from manoir.conf import settings


class CityImport(models.Model):
    """A CSV file with the columns `id`, `name`, `country`, `population`, `latitude`, `longitude`, `timezone`."""

    title = models.CharField(max_length=100)
    text = models.TextField(help_text="The file's content; it is checked row by row.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imports")
    task = models.CharField("id of its task", max_length=36, editable=False)
    problems = models.JSONField(default=list, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return self.title
