"""Pages of the atlas."""

from manoir.urls import path, register_converter
from world import views
from world.converters import AirportCode, CountryCode

register_converter(CountryCode, "country")
register_converter(AirportCode, "airport")

urlpatterns = [
    path("favicon.ico", views.icon),
    path("", views.start, name="start"),
    path("cities/", views.CityList.as_view(), name="cities"),
    path("cities.json", views.cities_json, name="cities-json"),
    path("countries/", views.CountryList.as_view(), name="countries"),
    path("countries/<country:code>/", views.country, name="country"),
    path("airports/<airport:code>/", views.airport, name="airport"),
    path("feedback/", views.FeedbackCreate.as_view(), name="feedback"),
    path("feedback/thanks/", views.FeedbackThanks.as_view(), name="feedback-thanks"),
]
