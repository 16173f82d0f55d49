"""Photos for the staff, who may remove what should not be there."""

from manoir import admin
from manoir.templates import format_html
from photos.models import Photo


@admin.register(Photo)
class PhotoAdmin(admin.ModelAdmin):
    icon = "picture"
    list_display = ["picture", "airport", "caption", "by", "created"]
    list_display_links = ["picture", "airport"]
    list_filter = ["created"]
    fields = ["picture", "image", "caption", "airport", "by"]
    readonly_fields = ["picture"]
    autocomplete_fields = ["airport", "by"]

    @admin.display(description="Photo", empty_value="–")
    def picture(self, photo):
        return format_html('<img src="{}" alt="{}" height="48">', photo.image.url, photo) if photo.image else None
