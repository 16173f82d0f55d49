"""The admin of people."""

from accounts.models import Favourite, User
from manoir import admin


class FavouriteInline(admin.TabularInline):
    model = Favourite
    autocomplete_fields = ["city"]
    extra = 0


@admin.register(User)
class UserAdmin(admin.UserAdmin):
    list_display = ["email", "first_name", "last_name", "is_staff", "date_joined"]
    inlines = [FavouriteInline]
