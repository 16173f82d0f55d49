"""The admin of imports: to look at, not to change."""

from imports.models import CityImport
from manoir import admin


@admin.register(CityImport)
class CityImportAdmin(admin.ModelAdmin):
    list_display = ["title", "by", "created"]
    fields = ["title", "by", "created", "problems"]
    readonly_fields = ["title", "by", "created", "problems"]

    def has_add_permission(self, request):
        return False
