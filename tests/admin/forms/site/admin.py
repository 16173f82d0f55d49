from __future__ import annotations

from manoir import admin
from manoir.admin.models import LogEntry
from manoir.auth import Group, get_user_model
from tests.admin.forms.site import models

site = admin.AdminSite()


class ToolInline(admin.TabularInline):
    model = models.Tool
    extra = 1
    show_change_link = True


class VisitInline(admin.StackedInline):
    model = models.Visit
    extra = 0
    raw_id_fields = ["guest"]


class SkillInline(admin.TabularInline):
    model = models.Workshop.skills.through
    extra = 0


class RemarkInline(admin.GenericTabularInline):
    model = models.Remark
    extra = 1


@admin.register(models.Sheet, site=site)
class SheetAdmin(admin.ModelAdmin):
    list_display = ["title"]


@admin.register(models.Guild, site=site)
class GuildAdmin(admin.ModelAdmin):
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]


@admin.register(models.Person, site=site)
class PersonAdmin(admin.ModelAdmin):
    fieldsets = [
        (None, {"fields": [("name", "email"), "rank", "guild", "active", "known"]}),
        ("Life", {"fields": ["born", "joined", "starts", "bio"], "classes": ["wide"], "description": "<b>When</b>"}),
        ("More", {"fields": ["website", "details", "pay", "greeting", "shout", "number"], "classes": ["collapse"]}),
    ]
    readonly_fields = ["greeting", "shout", "number"]
    radio_fields = {"rank": admin.VERTICAL}
    autocomplete_fields = ["guild"]
    search_fields = ["name"]
    save_as = True

    @admin.display(description="Loud name")
    def shout(self, obj):
        return obj.name.upper()


@admin.register(models.Workshop, site=site)
class WorkshopAdmin(admin.ModelAdmin):
    inlines = [ToolInline, VisitInline]
    raw_id_fields = ["patron"]
    filter_horizontal = ["skills"]
    save_on_top = True


@admin.register(models.Skill, site=site)
class SkillAdmin(admin.ModelAdmin):
    pass


@admin.register(models.Tool, site=site)
class ToolAdmin(admin.ModelAdmin):
    autocomplete_fields = ["owner"]


@admin.register(models.Country, site=site)
class CountryAdmin(admin.ModelAdmin):
    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {**(extra_context or {}), "extra": "<more>", "show_save_and_add_another": False, "show_delete": False}
        return super().change_view(request, object_id, form_url, extra)


@admin.register(models.Visit, site=site)
class VisitAdmin(admin.ModelAdmin):
    pass


@admin.register(models.Seal, site=site)
class SealAdmin(admin.ModelAdmin):
    pass


site.register(get_user_model(), admin.UserAdmin)
site.register(Group, admin.GroupAdmin)
site.register(LogEntry, admin.LogEntryAdmin)
