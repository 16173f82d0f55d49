"""Views of the atlas, each in the form that suits it: `async def` functions, and generic class-based views."""

from __future__ import annotations

from accounts.models import Favourite
from manoir.cache import cache
from manoir.http import HttpRequest, HttpResponse, JsonResponse
from manoir.models import Count, Max, Q, Sum
from manoir.shortcuts import aget_object_or_404, redirect, render
from manoir.staticfiles import static
from manoir.urls import reverse_lazy
from manoir.views.decorators import cache_page
from manoir.views.generic import CreateView, ListView, TemplateView
from world import maps
from world.forms import FeedbackForm
from world.models import Airport, City, Continent, Country, Feedback
from world.search import fold

A_DAY = 24 * 60 * 60

LARGEST = 25
"""Cities on the page of a country."""
SORTS = {
    "population": ("-population", "name"),
    "-population": ("population", "name"),
    "name": ("search_name", "id"),
    "-name": ("-search_name", "id"),
    "country": ("country__name", "-population"),
    "-country": ("-country__name", "-population"),
}
"""What `?sort=` may say, and the order it means. Population comes first from the largest."""


async def world_map() -> list[maps.Layer]:
    """Draw the world from all cities, once a day."""
    drawn = await cache.aget("world-map")
    if drawn is None:
        points = [point async for point in City.objects.values_list("latitude", "longitude", "population")]
        drawn = [[layer.name, layer.path] for layer in maps.world_layers(points)]
        await cache.aset("world-map", drawn, A_DAY)
    return [maps.Layer(name, path) for name, path in drawn]


@cache_page(5 * 60)
async def start(request: HttpRequest) -> HttpResponse:
    """Show the world as a map of its cities, the continents, and the largest cities by name."""
    figures = {
        "countries": await Country.objects.acount(),
        "cities": await City.objects.acount(),
        "airports": await Airport.objects.acount(),
    }
    largest = [city async for city in City.objects.select_related("country")[:12]]
    for city in largest:
        city.x, city.y = maps.project(city.latitude, city.longitude)
    context = {
        "layers": await world_map(),
        "width": maps.WIDTH,
        "height": maps.HEIGHT,
        "figures": figures,
        "largest": largest,
        "continents": Continent.objects.annotate(
            country_count=Count("countries"), people=Sum("countries__population")
        ).order_by("-people"),
    }
    return render(request, "world/start.html", context)


async def icon(request: HttpRequest) -> HttpResponse:
    """Lead browsers to the icon that pages without one of their own ask for."""
    return redirect(static("world/favicon.svg"))


class CityList(ListView):
    """Search, sort and page through all cities."""

    model = City
    template_name = "world/cities.html"
    context_object_name = "cities"
    paginate_by = 50

    @property
    def query(self) -> str:
        return self.request.GET.get("q", "").strip()[:100]

    @property
    def sort(self) -> str:
        sort = self.request.GET.get("sort", "population")
        return sort if sort in SORTS else "population"

    def get_queryset(self):
        cities = City.objects.order_by(*SORTS[self.sort])
        if self.query:
            cities = cities.filter(Q(search_name__contains=fold(self.query)) | Q(country__name__iexact=self.query))
        return cities

    def get_context_data(self, **kwargs):
        return super().get_context_data(query=self.query, sort=self.sort, **kwargs)


async def cities_json(request: HttpRequest) -> JsonResponse:
    """Answer up to 100 cities whose name contains `q`, the largest first, as JSON."""
    cities = City.objects.filter(search_name__contains=fold(request.GET.get("q", "")))
    rows = cities.values("id", "name", "country__code", "population", "latitude", "longitude", "timezone")
    return JsonResponse({"count": await cities.acount(), "cities": [row async for row in rows[:100]]})


class CountryList(ListView):
    """All countries by continent: four queries, however many countries."""

    queryset = Continent.objects.prefetch_related("countries")
    template_name = "world/countries.html"
    context_object_name = "continents"


async def country(request: HttpRequest, code: str) -> HttpResponse:
    """Show a country with its largest cities, its neighbours, languages and airports."""
    country = await aget_object_or_404(Country.objects.select_related("continent", "currency"), pk=code)
    points = [point async for point in country.cities.values_list("latitude", "longitude", "population")]
    figures = await country.cities.aaggregate(count=Count("id"), people=Sum("population"), largest=Max("population"))
    cities = [city async for city in country.cities.all()[:LARGEST]]
    context = {
        "country": country,
        "map": maps.country_map(points),
        "figures": figures,
        "cities": await with_favourites(request, cities),
        "many": LARGEST,
    }
    return render(request, "world/country.html", context)


async def with_favourites(request: HttpRequest, cities: list[City]) -> list[City]:
    """Give cities a `favourite`, the key under which the user of the request keeps them; None where they do not."""
    user = await request.auser()
    kept: dict[int, int] = {}
    if user.is_authenticated:
        rows = Favourite.objects.filter(user=user, city__in=[city.pk for city in cities])
        kept = {city: key async for city, key in rows.values_list("city_id", "pk")}
    for city in cities:
        city.favourite = kept.get(city.pk)
    return cities


async def airport(request: HttpRequest, code: str) -> HttpResponse:
    """Show one airport, and the cities around it."""
    airport = await aget_object_or_404(Airport.objects.select_related("country"), pk=code)
    near = City.objects.filter(
        latitude__range=(airport.latitude - 1, airport.latitude + 1),
        longitude__range=(airport.longitude - 1, airport.longitude + 1),
    )
    x, y = maps.project(airport.latitude, airport.longitude)
    context = {
        "airport": airport,
        "near": near.select_related("country")[:8],
        "layers": await world_map(),
        "width": maps.WIDTH,
        "height": maps.HEIGHT,
        "x": x,
        "y": y,
    }
    return render(request, "world/airport.html", context)


class FeedbackCreate(CreateView):
    """Store what a visitor tells us."""

    model = Feedback
    form_class = FeedbackForm
    template_name = "world/feedback.html"
    success_url = reverse_lazy("feedback-thanks")


class FeedbackThanks(TemplateView):
    """Say thank you."""

    template_name = "world/thanks.html"
