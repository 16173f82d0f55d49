"""The world: continents, countries, cities, airports."""

from manoir.apps import AppConfig


class WorldConfig(AppConfig):
    name = "world"
    verbose_name = "World"
