"""What `manoir check` says about options of forms and inlines."""

from __future__ import annotations

import pytest

from manoir import admin as room
from tests.admin.forms.site import admin
from tests.admin.forms.site.models import Guild, Person, Skill, Tool, Workshop


class NoKey(room.TabularInline):
    model = Skill


class TwoKeys(room.TabularInline):
    model = Workshop


class WrongKey(room.TabularInline):
    model = Tool
    fk_name = "workshopp"


class WrongNumbers(room.StackedInline):
    model = Tool
    extra = "3"
    max_num = 2.5


class WrongRows(room.TabularInline):
    model = Tool
    readonly_fields = ["nmae"]


class WrongGeneric(room.GenericTabularInline):
    model = Tool


CASES = [
    (Guild, {"fields": ["name"], "fieldsets": [(None, {"fields": ["name"]})]}, "E005", "Both fields and fieldsets"),
    (Guild, {"fields": "name"}, "E004", "fields is a list or tuple, not 'name'."),
    (Guild, {"fields": ["name", ("slug", "name")]}, "E006", "fields names 'name' twice."),
    (Guild, {"fields": ["nmae"]}, "E033", "fields names 'nmae', which is no field of Guild. Did you mean 'name'?"),
    (Guild, {"fieldsets": [("x", ["name"])]}, "E008", "fieldsets[0] is a pair of a title and a dict with 'fields'"),
    (Guild, {"fieldsets": [("x", {"fields": "name"})]}, "E011", "fieldsets[0][1] needs 'fields'"),
    (Guild, {"fieldsets": [("x", {"fields": ["name", "name"]})]}, "E012", "fieldsets names 'name' twice."),
    (Person, {"fields": ["number"]}, "E034", "fields names 'number', which cannot be edited."),
    (Guild, {"exclude": "name"}, "E014", "exclude is a list or tuple"),
    (Guild, {"exclude": ["name", "name"]}, "E015", "exclude names a field twice."),
    (Guild, {"form": Guild}, "E016", "form is a ModelForm"),
    (Guild, {"view_on_site": 3}, "E025", "view_on_site is True, False or a function"),
    (Person, {"readonly_fields": ["greting"]}, "E035", "Did you mean 'greeting'?"),
    (Person, {"radio_fields": ["rank"]}, "E021", "radio_fields is a dict"),
    (Person, {"radio_fields": {"ranc": 1}}, "E022", "Did you mean 'rank'?"),
    (Person, {"radio_fields": {"name": 1}}, "E023", "is no foreign key and has no choices"),
    (Person, {"radio_fields": {"rank": 7}}, "E024", "admin.HORIZONTAL or admin.VERTICAL"),
    (Guild, {"prepopulated_fields": ["slug"]}, "E026", "prepopulated_fields is a dict"),
    (Person, {"prepopulated_fields": {"guild": ["name"]}}, "E028", "which is no field of text"),
    (Guild, {"prepopulated_fields": {"slug": "name"}}, "E029", "is a list or tuple"),
    (Guild, {"prepopulated_fields": {"slug": ["nmae"]}}, "E030", "Did you mean 'name'?"),
    (Workshop, {"inlines": [Tool]}, "E104", "no subclass of InlineModelAdmin"),
    (Workshop, {"inlines": [room.TabularInline]}, "E105", "needs `model`"),
    (Workshop, {"inlines": [NoKey]}, "E202", "Skill has no foreign key to Workshop."),
    (
        Person,
        {"inlines": [TwoKeys]},
        "E202",
        "more than one foreign key to Person: keeper, patron. Say which with fk_name.",
    ),
    (Workshop, {"inlines": [WrongKey]}, "E202", "Did you mean 'workshop'?"),
    (Workshop, {"inlines": [WrongNumbers]}, "E203", "extra is a whole number, not '3'."),
    (Workshop, {"inlines": [WrongNumbers]}, "E204", "max_num is a whole number, not 2.5."),
    (Workshop, {"inlines": [WrongRows]}, "E035", "Did you mean 'name'?"),
    (Workshop, {"inlines": [WrongGeneric]}, "E202", "Tool has no field 'content_type'."),
]


@pytest.mark.parametrize(("model", "options", "number", "text"), CASES, ids=lambda value: str(value)[:40])
def test_a_mistake_in_an_option_is_named(model, options, number, text):
    made = type("Wrong", (room.ModelAdmin,), options)(model, admin.site)
    found = [message for message in made.check() if message.id == f"manoir.admin.{number}"]
    assert text in found[0].msg


def test_the_site_of_the_tests_has_no_mistakes():
    assert [str(message) for message in admin.site.check()] == []


def test_fields_of_a_declared_form_and_of_get_form_are_not_asked_about():
    class Declared(room.ModelAdmin):
        fields = ["name", "anything"]

        def get_form(self, request, obj=None, change=False, **kwargs):
            return super().get_form(request, obj, change, **kwargs)

    assert Declared(Guild, admin.site).check() == []
