"""The admin of the world: countries with their cities, airports, what visitors say."""

from manoir import admin
from world.models import Airport, City, Continent, Country, Currency, Feedback, Language, Statistic
from world.search import fold


class CityInline(admin.TabularInline):
    model = City
    fields = ["name", "population", "latitude", "longitude", "timezone"]
    extra = 1
    show_change_link = True
    classes = ["tab"]


@admin.register(Continent)
class ContinentAdmin(admin.ModelAdmin):
    icon = "globe"
    list_display = ["name", "code"]
    search_fields = ["name", "=code"]


@admin.register(Currency)
class CurrencyAdmin(admin.ModelAdmin):
    icon = "coin"
    list_display = ["code", "name"]
    search_fields = ["name", "=code"]


@admin.register(Language)
class LanguageAdmin(admin.ModelAdmin):
    icon = "speech"
    list_display = ["name", "code"]
    search_fields = ["name", "=code"]


@admin.register(Country)
class CountryAdmin(admin.ModelAdmin):
    icon = "flag"
    list_display = ["name", "code", "capital", "population", "density", "continent", "currency", "languages"]
    list_filter = ["continent", ("currency", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "=code", "capital"]
    search_help_text = "Name, code or capital"
    fieldsets = [
        (None, {"fields": [("name", "code", "code3"), "capital"]}),
        ("Figures", {"fields": [("population", "area", "density")], "classes": ["tab"]}),
        ("Where and how", {"fields": ["continent", "neighbours", "languages"], "classes": ["tab"]}),
        ("Money and phone", {"fields": ["currency", ("calling_code", "top_level_domain")], "classes": ["tab"]}),
    ]
    readonly_fields = ["density"]
    autocomplete_fields = ["currency"]
    filter_horizontal = ["languages", "neighbours"]
    inlines = [CityInline]

    @admin.display(description="People per km²", empty_value="–")
    def density(self, country):
        return None if country.density is None else f"{country.density:,.1f}"


class SizeFilter(admin.SimpleListFilter):
    title = "size"
    parameter_name = "size"

    def lookups(self, request, model_admin):
        return [("town", "below 100,000"), ("city", "100,000 to a million"), ("metropolis", "above a million")]

    def queryset(self, request, queryset):
        ranges = {"town": (0, 99_999), "city": (100_000, 1_000_000), "metropolis": (1_000_001, 10**9)}
        return queryset.filter(population__range=ranges[self.value()]) if self.value() in ranges else queryset


@admin.register(City)
class CityAdmin(admin.ModelAdmin):
    icon = "city"
    fields = ["id", "name", "country", "population", ("latitude", "longitude"), "timezone"]
    list_display = ["name", "country", "population", "timezone"]
    list_editable = ["population"]
    list_filter = [SizeFilter, "country__continent", "country"]
    search_fields = ["^search_name", "=country__name"]
    search_help_text = "Beginning of a city's name, or a country"
    autocomplete_fields = ["country"]
    list_per_page = 50

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, fold(search_term))

    def save_model(self, request, obj, form, change):
        obj.search_name = fold(obj.name)
        super().save_model(request, obj, form, change)


@admin.register(Airport)
class AirportAdmin(admin.ModelAdmin):
    icon = "plane"
    fields = [("iata", "icao"), "name", "town", "country", "elevation", ("latitude", "longitude"), "timezone"]
    list_display = ["iata", "name", "town", "country", "elevation"]
    list_filter = ["country__continent", ("icao", admin.EmptyFieldListFilter)]
    search_fields = ["=iata", "=icao", "name", "town"]
    autocomplete_fields = ["country"]


@admin.register(Feedback)
class FeedbackAdmin(admin.ModelAdmin):
    icon = "mail"
    list_display = ["name", "beginning", "email", "created"]
    date_hierarchy = "created"
    search_fields = ["name", "message"]
    readonly_fields = ["created"]

    @admin.display(description="Message")
    def beginning(self, feedback):
        return feedback.message[:80]


@admin.register(Statistic)
class StatisticAdmin(admin.ModelAdmin):
    icon = "chart"
    list_display = ["day", "continent", "countries", "cities", "people"]
    list_filter = ["continent"]
    date_hierarchy = "day"
