"""Every documented hook of forms, overridden as `def` and as `async def`, on its way through real requests."""

from __future__ import annotations

import datetime as dt
import inspect
import sys
import threading
import types
from contextlib import contextmanager

import pytest

from manoir import admin as room
from manoir.admin import LogEntry
from manoir.admin._form_hooks import FormHooks
from manoir.admin._formfields import FormFieldHooks
from manoir.bridge import hook_conflicts, hook_pairs
from manoir.db import transaction
from manoir.testing import AsyncClient, override_settings
from manoir.urls import path
from tests.admin.forms.browser import form_data
from tests.admin.forms.site import admin
from tests.admin.forms.site.models import Guild, Person, Skill, Tool, Visit, Workshop

PERMISSIONS = [
    "has_view_permission",
    "has_add_permission",
    "has_change_permission",
    "has_delete_permission",
    "get_queryset",
]
SHARED = [*hook_pairs(FormFieldHooks), *PERMISSIONS]
OF_PAGES = sorted({*hook_pairs(FormHooks), *SHARED} - {"get_autocomplete_fields"})
OF_INLINES = sorted({*SHARED, "get_extra", "get_min_num", "get_max_num", "get_formset"} - {"get_autocomplete_fields"})


def overridden(base, names, colour, calls):
    """A subclass of `base` that notes each call of these hooks and goes on."""
    body = {"__module__": __name__}
    for name in names:
        if colour == "async":

            async def override(self, *args, _name=name, **kwargs):
                calls.append((_name, threading.get_ident()))
                return await getattr(super(made, self), f"a{_name}")(*args, **kwargs)

            body[f"a{name}"] = override
        else:

            def override(self, *args, _name=name, **kwargs):
                calls.append((_name, threading.get_ident()))
                return getattr(super(made, self), _name)(*args, **kwargs)

            body[name] = override
    made = type(f"{colour.title()}{base.__name__}", (base,), body)
    return made


@contextmanager
def site_with(**classes):
    """The pages of a site on which these models have these ModelAdmins, the others those of the tests."""
    site = room.AdminSite()
    for model, made in admin.site._registry.items():
        site.register(model, classes.get(model.__name__, type(made)))
    module = types.ModuleType(f"tests.admin.forms.urls_{id(site)}")  # resolvers are kept by name
    module.urlpatterns = [path("admin/", site.urls)]
    sys.modules[module.__name__] = module
    try:
        with override_settings(ROOT_URLCONF=module.__name__):
            yield site
    finally:
        del sys.modules[module.__name__]


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_every_hook_is_called_in_either_colour(client, colour):
    calls, inner = [], []
    tools = overridden(admin.ToolInline, OF_INLINES, colour, inner)
    workshops = overridden(admin.WorkshopAdmin, OF_PAGES, colour, calls)
    workshops.inlines = [tools]
    people = overridden(admin.PersonAdmin, OF_PAGES, colour, calls)
    Skill.objects.create(name="Casting")
    with site_with(Workshop=workshops, Person=people):
        add = "/admin/atelier/workshop/add/"
        data = form_data(client.get(add), **{"name": "Forge", "tools-0-name": "Anvil"})
        assert client.post(add, data).status_code == 302
        forge = Workshop.objects.get()
        own = f"/admin/atelier/workshop/{forge.pk}"
        assert client.post(f"{own}/change/", form_data(client.get(f"{own}/change/"), town="Ulm")).status_code == 302
        assert client.get(f"{own}/history/").status_code == 200
        assert client.get(f"{own}/delete/").status_code == 200
        assert client.post(f"{own}/delete/", {"post": "yes"}).status_code == 302
        client.get("/admin/atelier/person/add/")
        chosen = {
            "action": "delete_selected",
            "_selected_action": [str(Workshop.objects.create(name="x").pk)],
            "post": "yes",
        }
        assert client.post("/admin/atelier/workshop/", chosen).status_code == 302
    assert set(OF_PAGES) - {name for name, _thread in calls} == set()
    assert set(OF_INLINES) - {name for name, _thread in inner} - {"formfield_for_choice_field",
        "formfield_for_manytomany", "get_fields", "get_exclude"} == set()  # fmt: skip
    assert [str(entry) for entry in LogEntry.objects.order_by("pk")][:2] == [
        "Added “Forge”.",
        "Changed “Forge” — Changed town.",
    ]


def test_a_hook_of_both_colours_is_named_by_the_checks():
    class Torn(room.ModelAdmin):
        def save_model(self, request, obj, form, change): ...
        async def asave_model(self, request, obj, form, change): ...

    assert [conflict.sync_name for conflict in hook_conflicts(Torn)] == ["save_model"]


async def test_sync_code_of_a_project_runs_in_a_thread_and_in_the_transaction_of_the_page(boss):
    seen = []

    class Careful(admin.GuildAdmin):
        def save_model(self, request, obj, form, change):
            seen.append(threading.current_thread() is threading.main_thread())
            super().save_model(request, obj, form, change)
            transaction.on_commit(lambda: seen.append("committed"))
            raise RuntimeError("no")

    client = AsyncClient(raise_request_exception=False)
    await client.aforce_login(boss)
    with site_with(Guild=Careful):
        answer = await client.post("/admin/atelier/guild/add/", {"name": "Smiths", "slug": "smiths"})
    assert answer.status_code == 500
    assert seen == [False]
    assert not await Guild.objects.aexists()
    assert not await LogEntry.objects.aexists()


def test_all_or_nothing_when_saving_what_belongs_to_it_fails(client):
    class Broken(admin.WorkshopAdmin):
        async def asave_formset(self, request, form, formset, change):
            await super().asave_formset(request, form, formset, change)
            if formset.model is Visit:
                raise RuntimeError("no")

    ada = Person.objects.create(name="Ada")
    with site_with(Workshop=Broken):
        client.raise_request_exception = False
        data = form_data(client.get("/admin/atelier/workshop/add/"), **{"name": "Forge", "tools-0-name": "Anvil"})
        data.update({"visit_set-TOTAL_FORMS": "1", "visit_set-0-guest": str(ada.pk), "visit_set-0-day": "2026-01-01"})
        assert client.post("/admin/atelier/workshop/add/", data).status_code == 500
    assert (Workshop.objects.count(), Tool.objects.count(), LogEntry.objects.count()) == (0, 0, 0)


def test_documented_recipes(client, boss):
    """`save_model` that notes the user, choices that are the user's own, a form that is read-only once it is saved."""

    class Recipes(admin.WorkshopAdmin):
        inlines = [admin.VisitInline]

        def save_model(self, request, obj, form, change):
            obj.town = f"{obj.town} by {request.user}"
            super().save_model(request, obj, form, change)

        def formfield_for_foreignkey(self, db_field, request, **kwargs):
            if db_field.name == "keeper":
                kwargs["queryset"] = Person.objects.filter(name=request.user.username)
            return super().formfield_for_foreignkey(db_field, request, **kwargs)

        def get_readonly_fields(self, request, obj=None):
            return ["name"] if obj else []

        def get_inlines(self, request, obj):
            return self.inlines if obj else []

        def get_changeform_initial_data(self, request):
            return {"town": "Ulm"}

        def save_formset(self, request, form, formset, change):
            for row in formset.save(commit=False):
                row.note = f"noted by {request.user}"
                row.save()
            for row in formset.deleted_objects:
                row.delete()
            formset.save_m2m()

        def get_formset_kwargs(self, request, obj, inline, prefix):
            return {**super().get_formset_kwargs(request, obj, inline, prefix), "form_kwargs": {"label_suffix": "!"}}

    ada, me = Person.objects.create(name="Ada"), Person.objects.create(name="boss")
    with site_with(Workshop=Recipes):
        page = client.get("/admin/atelier/workshop/add/")
        data = form_data(page, name="Forge")
        assert (data["town"], "visit_set-TOTAL_FORMS" in data) == (["Ulm"], False)
        assert client.post("/admin/atelier/workshop/add/", {**data, "keeper": str(ada.pk)}).status_code == 200
        assert client.post("/admin/atelier/workshop/add/", {**data, "keeper": str(me.pk)}).status_code == 302
        forge = Workshop.objects.get()
        assert forge.town == "Ulm by boss"
        url = f"/admin/atelier/workshop/{forge.pk}/change/"
        data = form_data(client.get(url), name="Forged")
        data.update({"visit_set-TOTAL_FORMS": "1", "visit_set-0-guest": str(ada.pk), "visit_set-0-day": "2026-01-01"})
        assert client.post(url, data).status_code == 302
    assert Visit.objects.get().note == "noted by boss"
    assert Visit.objects.get().day == dt.date(2026, 1, 1)
    assert Workshop.objects.get().name == "Forge"
    assert "Added visit" in LogEntry.objects.first().get_change_message()


def test_the_hooks_have_the_documented_arguments():
    documented = {
        "save_model": ["request", "obj", "form", "change"],
        "delete_model": ["request", "obj"],
        "delete_queryset": ["request", "queryset"],
        "save_formset": ["request", "form", "formset", "change"],
        "save_related": ["request", "form", "formsets", "change"],
        "get_readonly_fields": ["request", "obj"],
        "get_prepopulated_fields": ["request", "obj"],
        "get_exclude": ["request", "obj"],
        "get_fields": ["request", "obj"],
        "get_fieldsets": ["request", "obj"],
        "get_inlines": ["request", "obj"],
        "get_inline_instances": ["request", "obj"],
        "get_formsets_with_inlines": ["request", "obj"],
        "get_formset_kwargs": ["request", "obj", "inline", "prefix"],
        "formfield_for_foreignkey": ["db_field", "request", "kwargs"],
        "formfield_for_manytomany": ["db_field", "request", "kwargs"],
        "formfield_for_choice_field": ["db_field", "request", "kwargs"],
        "get_changeform_initial_data": ["request"],
        "get_deleted_objects": ["objs", "request"],
        "response_add": ["request", "obj", "post_url_continue"],
        "response_change": ["request", "obj"],
        "response_delete": ["request", "obj_display", "obj_id"],
        "render_change_form": ["request", "context", "add", "change", "form_url", "obj"],
        "add_view": ["request", "form_url", "extra_context"],
        "change_view": ["request", "object_id", "form_url", "extra_context"],
        "delete_view": ["request", "object_id", "extra_context"],
        "history_view": ["request", "object_id", "extra_context"],
    }
    for name, arguments in documented.items():
        assert list(inspect.signature(getattr(room.ModelAdmin, name)).parameters)[1:] == arguments, name
