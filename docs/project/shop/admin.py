"""The shop in the admin."""

from manoir import admin
from shop.models import Author, Book


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "author", "price", "is_cheap"]
    list_filter = ["author", "tags"]
    search_fields = ["title", "author__name"]
    actions = ["halve_prices"]

    @admin.display(boolean=True, ordering="price", description="Cheap?")
    def is_cheap(self, book):
        return book.price < 10

    @admin.action(description="Halve the prices", permissions=["change"])
    async def halve_prices(self, request, queryset):
        async for book in queryset:
            book.price /= 2
            await book.asave(update_fields=["price"])


class BookInline(admin.TabularInline):
    model = Book
    fields = ["title", "price", "published"]
    extra = 1


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    search_fields = ["name"]
    readonly_fields = ["books_written"]
    inlines = [BookInline]

    def books_written(self, author):
        return author.books.count()
