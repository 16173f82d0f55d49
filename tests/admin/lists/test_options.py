"""Every documented option and hook is there, and `manoir check` names wrong ones."""

from __future__ import annotations

import inspect

import pytest

from manoir import admin
from manoir.admin import AdminSite, ModelAdmin, StackedInline, TabularInline
from manoir.admin._checks import dependencies
from manoir.auth import User
from manoir.bridge import hook_pairs
from tests.library.models import Author, Book

OPTIONS = [
    "actions",
    "actions_on_top",
    "actions_on_bottom",
    "actions_selection_counter",
    "date_hierarchy",
    "empty_value_display",
    "exclude",
    "fields",
    "fieldsets",
    "filter_horizontal",
    "filter_vertical",
    "form",
    "formfield_overrides",
    "inlines",
    "list_display",
    "list_display_links",
    "list_editable",
    "list_filter",
    "list_max_show_all",
    "list_per_page",
    "list_select_related",
    "ordering",
    "paginator",
    "prepopulated_fields",
    "preserve_filters",
    "radio_fields",
    "autocomplete_fields",
    "raw_id_fields",
    "readonly_fields",
    "save_as",
    "save_as_continue",
    "save_on_top",
    "search_fields",
    "search_help_text",
    "show_facets",
    "show_full_result_count",
    "sortable_by",
    "view_on_site",
    "add_form_template",
    "change_form_template",
    "change_list_template",
    "delete_confirmation_template",
    "delete_selected_confirmation_template",
    "object_history_template",
    "popup_response_template",
    "action_form",
    "opts",
    "model",
    "admin_site",
    "media",
]

METHODS = [
    "save_model",
    "delete_model",
    "delete_queryset",
    "save_formset",
    "get_ordering",
    "get_search_results",
    "save_related",
    "get_autocomplete_fields",
    "get_readonly_fields",
    "get_prepopulated_fields",
    "get_list_display",
    "get_list_display_links",
    "get_exclude",
    "get_fields",
    "get_fieldsets",
    "get_list_filter",
    "get_list_select_related",
    "get_search_fields",
    "get_sortable_by",
    "get_inline_instances",
    "get_inlines",
    "get_urls",
    "get_form",
    "get_formset_kwargs",
    "get_formsets_with_inlines",
    "formfield_for_foreignkey",
    "formfield_for_manytomany",
    "formfield_for_choice_field",
    "formfield_for_dbfield",
    "get_changelist",
    "get_changelist_form",
    "get_changelist_formset",
    "lookup_allowed",
    "has_view_permission",
    "has_add_permission",
    "has_change_permission",
    "has_delete_permission",
    "has_module_permission",
    "has_view_or_change_permission",
    "get_queryset",
    "message_user",
    "get_paginator",
    "response_add",
    "response_change",
    "response_delete",
    "get_formset_kwargs",
    "get_changeform_initial_data",
    "get_deleted_objects",
    "get_actions",
    "get_action_choices",
    "get_object",
    "log_addition",
    "log_change",
    "log_deletions",
    "construct_change_message",
    "render_change_form",
    "response_post_save_add",
    "response_post_save_change",
    "add_view",
    "change_view",
    "changelist_view",
    "delete_view",
    "history_view",
    "get_model_perms",
    "get_empty_value_display",
    "get_view_on_site_url",
    "get_preserved_filters",
    "to_field_allowed",
    "save_form",
    "response_action",
    "get_changelist_instance",
]

INLINE = [
    "model",
    "fk_name",
    "formset",
    "form",
    "classes",
    "extra",
    "max_num",
    "min_num",
    "raw_id_fields",
    "template",
    "verbose_name",
    "verbose_name_plural",
    "can_delete",
    "show_change_link",
    "get_formset",
    "get_extra",
    "get_max_num",
    "get_min_num",
    "has_add_permission",
    "has_change_permission",
    "has_delete_permission",
    "has_view_permission",
]

SITE = [
    "name",
    "site_title",
    "site_header",
    "site_url",
    "index_title",
    "index_template",
    "app_index_template",
    "empty_value_display",
    "enable_nav_sidebar",
    "final_catch_all_view",
    "login_template",
    "login_form",
    "logout_template",
    "password_change_template",
    "password_change_done_template",
    "password_change_form",
    "each_context",
    "get_app_list",
    "has_permission",
    "register",
    "unregister",
    "is_registered",
    "get_model_admin",
    "add_action",
    "disable_action",
    "get_action",
    "actions",
    "admin_view",
    "get_urls",
    "urls",
    "index",
    "app_index",
    "login",
    "logout",
    "password_change",
    "password_change_done",
]


@pytest.fixture
def made():
    return ModelAdmin(Book, AdminSite(name="options"))


def test_options_of_models(made):
    """D1: every documented option of a ModelAdmin is accepted and has its default."""
    assert [name for name in OPTIONS if not hasattr(made, name)] == []


def test_methods_of_models(made):
    assert [name for name in METHODS if not callable(getattr(made, name, None))] == []


@pytest.mark.parametrize("cls", [StackedInline, TabularInline])
def test_options_of_inlines(cls):
    assert [name for name in INLINE if not hasattr(cls, name)] == []


def test_options_of_sites():
    assert [name for name in SITE if not hasattr(AdminSite(name="options"), name)] == []


def test_documented_defaults(made):
    assert made.list_display == ("__str__",)
    assert (made.list_per_page, made.list_max_show_all) == (100, 200)
    assert (made.actions_on_top, made.actions_on_bottom, made.actions_selection_counter) == (True, False, True)
    assert made.show_facets is admin.ShowFacets.ALLOW
    assert (made.save_as, made.save_as_continue, made.save_on_top) == (False, True, False)
    assert made.preserve_filters is made.show_full_result_count is True
    assert made.get_empty_value_display() == "-"
    assert (admin.HORIZONTAL, admin.VERTICAL) == (1, 2)


def test_hooks_have_two_colours():
    """Each documented hook that a request reaches can be overridden as `def` or as `async def`."""
    pairs = hook_pairs(ModelAdmin)
    plain = {"get_formsets_with_inlines", "get_urls", "message_user", "get_preserved_filters", "get_view_on_site_url", "to_field_allowed", "get_action_choices",
             "get_changelist_instance", "response_action"}  # fmt: skip
    views = {name for name in METHODS if name.endswith("_view")}
    for name in set(METHODS) - plain - views:
        assert name in pairs, name
        assert inspect.iscoroutinefunction(getattr(ModelAdmin, pairs[name].async_name))
    for name in ("has_permission", "each_context", "get_app_list"):
        assert name in hook_pairs(AdminSite)


WRONG = [
    ({"list_display": "title"}, "E107", r"list_display is a list or tuple, not str \('title'\)"),
    ({"list_display": ["titel"]}, "E108", "list_display names 'titel'.*Did you mean 'title'"),
    ({"list_display_links": ["price"]}, "E111", "'price', which is not in list_display"),
    ({"list_filter": ["nothing"]}, "E116", "'nothing', which is no field"),
    ({"list_filter": [int]}, "E113", "int, which is no ListFilter"),
    ({"list_filter": [admin.DateFieldListFilter]}, "E114", "without a field"),
    ({"list_per_page": "10"}, "E118", "list_per_page is a whole number, not '10'"),
    ({"list_editable": ["price"]}, "E122", "'price', which is not in list_display"),
    ({"list_editable": ["title"], "list_display": ["title"]}, "E124", "which is a link in the list"),
    ({"list_editable": ["nothing"]}, "E121", "which is no field"),
    ({"list_editable": ["created"], "list_display": ["title", "created"]}, "E125", "which cannot be edited"),
    ({"date_hierarchy": "title"}, "E128", "neither a date nor a datetime"),
    ({"date_hierarchy": "when"}, "E127", "'when', which is no field"),
    ({"raw_id_fields": ["title"]}, "E003", "'title', which is no relation"),
    ({"raw_id_fields": ["autor"]}, "E002", "'autor'.*Did you mean 'author'"),
    ({"filter_horizontal": ["author"]}, "E020", "no many-to-many field"),
    ({"autocomplete_fields": ["author"]}, "E039", "Author has no ModelAdmin"),
]


@pytest.mark.parametrize(("options", "number", "text"), WRONG)
def test_checks_name_wrong_options(options, number, text):
    import re

    site = AdminSite(name="checked")
    site.register(Book, ModelAdmin, **options)
    found = [message for message in site.check() if message.id == f"manoir.admin.{number}"]
    assert found, site.check()
    assert re.search(text, found[0].msg), found[0].msg


def test_checks_find_nothing_wrong_here():
    from tests.admin.lists.site import site

    assert site.check() == []
    assert list(dependencies()) == []


def test_autocomplete_needs_search_fields():
    site = AdminSite(name="checked")
    site.register(Author)
    site.register(Book, ModelAdmin, autocomplete_fields=["author"])
    assert [message.id for message in site.check()] == ["manoir.admin.E040"]


def test_secrets_cannot_be_filters():
    """H38: the mistake is named before anybody meets it."""
    site = AdminSite(name="checked")
    site.register(User, ModelAdmin, list_filter=["password"])
    assert "manoir.admin.E117" in [message.id for message in site.check()]


def test_two_colours_of_one_hook_are_a_mistake():
    class Both(ModelAdmin):
        def get_list_display(self, request):
            return ["title"]

        async def aget_list_display(self, request):
            return ["title"]

    site = AdminSite(name="checked")
    site.register(Book, Both)
    assert [message.id for message in site.check()] == ["manoir.admin.E150"]


def test_display_takes_either_boolean_or_empty_value():
    with pytest.raises(ValueError, match="either boolean or empty_value"):
        admin.display(boolean=True, empty_value="-")


def test_display_on_properties(database):
    class Person:
        @property
        @admin.display(description="Full name", ordering="last")
        def full(self):
            return "x"

    assert Person.full.fget.short_description == "Full name"
    assert Person.full.fget.admin_order_field == "last"


def test_media_of_classes():
    class Base(ModelAdmin):
        class Media:
            css = {"all": ["/base.css"]}
            js = ["/base.js"]

    class Mine(Base):
        class Media:
            js = ["/mine.js"]

    class Alone(Base):
        class Media:
            extend = False
            js = ["/alone.js"]

    site = AdminSite(name="media")
    assert Mine(Book, site).media._js == ["/base.js", "/mine.js"]
    assert Alone(Book, site).media._js == ["/alone.js"]
    assert Mine(Book, site).media._css == {"all": ["/base.css"]}
