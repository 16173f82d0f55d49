"""The admin of photos."""

from manoir import admin
from photos.models import Photo


@admin.register(Photo)
class PhotoAdmin(admin.ModelAdmin):
    list_display = ["airport", "caption", "by", "created"]
    date_hierarchy = "created"
    autocomplete_fields = ["airport", "by"]
