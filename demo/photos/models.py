"""Photos that people upload: drawn anew, private on the disk, shown by signed links."""

from __future__ import annotations

from manoir import models
from manoir.conf import settings
from manoir.uploads import Images


class Photo(models.Model):
    airport = models.ForeignKey("world.Airport", on_delete=models.CASCADE, related_name="photos")
    image = models.FileField(
        upload_to="airports/%Y/", policy=Images(max="8MB", max_side=1600, format="webp"), help_text="At most 8 MB."
    )
    caption = models.CharField(max_length=100, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="photos")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return self.caption or f"{self.airport_id}, photo {self.pk}"
