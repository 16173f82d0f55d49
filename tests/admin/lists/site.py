"""A site with the models of the test library, each option of the list used at least once."""

from __future__ import annotations

from manoir import admin
from manoir.admin import AdminSite, ModelAdmin, ShowFacets, SimpleListFilter
from manoir.auth import Group, User
from manoir.models import Count
from manoir.templates import format_html
from manoir.urls import include, path
from tests.library.models import Author, Book, Credit, Publisher, Review, Tag

site = AdminSite(name="library")


class PriceFilter(SimpleListFilter):
    title = "price"
    parameter_name = "band"

    def lookups(self, request, model_admin):
        return [("cheap", "Cheap"), ("dear", "Dear")]

    def queryset(self, request, queryset):
        if self.value() == "cheap":
            return queryset.filter(price__lt=10)
        if self.value() == "dear":
            return queryset.filter(price__gte=10)
        return None


@admin.action(description="Put the chosen %(verbose_name_plural)s on sale", permissions=["change"])
def put_on_sale(modeladmin, request, queryset):
    number = queryset.update(on_sale=True)
    modeladmin.message_user(request, f"{number} on sale now", "success")


@admin.action(description="Say <b>hello</b>")
async def greet(modeladmin, request, queryset):
    modeladmin.message_user(request, f"<i>hello</i> {await queryset.acount()}")


@admin.display(description="Length", ordering="pages", empty_value="unknown")
def length(book):
    return f"{book.pages} pp." if book.pages else None


@admin.register(Book, site=site)
class BookAdmin(ModelAdmin):
    list_display = [
        "title",
        "author",
        "publisher__country",
        "price",
        length,
        "is_cheap",
        "on_sale",
        "status",
        "published",
        "tags",
    ]
    list_filter = [
        "on_sale",
        "status",
        "author",
        "tags",
        "published",
        PriceFilter,
        ("publisher", admin.RelatedOnlyFieldListFilter),
        ("subtitle", admin.EmptyFieldListFilter),
    ]
    list_editable = ["price", "on_sale"]
    search_fields = ["title", "^author__name", "=isbn", "tags__label"]
    search_help_text = "Title, author, ISBN or tag"
    date_hierarchy = "published"
    list_per_page = 10
    list_max_show_all = 40
    actions = [put_on_sale, greet, "mark_gone"]

    @admin.display(boolean=True, description="Cheap?")
    def is_cheap(self, obj):
        return obj.price < 10

    @admin.action(description="Mark as gone", permissions=["change"])
    def mark_gone(self, request, queryset):
        queryset.update(status="gone")


@admin.register(Author, site=site)
class AuthorAdmin(ModelAdmin):
    list_display = ["name", "link", "email", "born", "active", "mentor", "books"]
    list_filter = ["active", "born", "mentor"]
    search_fields = ["name", "email"]
    list_per_page = 20
    show_facets = ShowFacets.ALWAYS
    ordering = ["name"]

    @admin.display(ordering="name")
    def link(self, obj):
        return format_html('<a href="https://example.com/{}">{}</a>', obj.pk, obj.name)


@admin.register(Publisher, site=site)
class PublisherAdmin(ModelAdmin):
    list_display = ["name", "country", "website", "book_count"]
    list_filter = ["country"]
    show_facets = ShowFacets.NEVER
    search_fields = ["name"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(book_count=Count("books"))

    @admin.display(ordering="book_count")
    def book_count(self, obj):
        return obj.book_count


@admin.register(Review, site=site)
class ReviewAdmin(ModelAdmin):
    list_display = ["reader", "book", "stars", "posted"]
    list_filter = ["stars", "posted", ("reader", admin.AllValuesFieldListFilter)]
    date_hierarchy = "posted"
    actions = None


site.register([Tag, Credit])
site.register(Group)
site.register(User, list_display=["username", "password", "is_staff"], search_fields=["username"])

urlpatterns = [path("admin/", site.urls), path("accounts/", include("manoir.auth.urls"))]
