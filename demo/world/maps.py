"""Maps drawn from coordinates: each city is a dot, many dots are one SVG path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, radians

Point = tuple[float, float, int]
"""Latitude, longitude, population."""

WIDTH, HEIGHT = 1440, 620
NORTH, SOUTH = 78.0, -57.0
CLASSES = ((1_000_000, "metropolis"), (150_000, "city"), (0, "town"))


@dataclass(frozen=True, slots=True)
class Layer:
    """Dots of one size: `name` is the CSS class, `path` the `d` of an SVG path."""

    name: str
    path: str


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Place a point on the world map (equirectangular, without the poles), in SVG units."""
    return (longitude + 180) / 360 * WIDTH, (NORTH - latitude) / (NORTH - SOUTH) * HEIGHT


def world_layers(points: Iterable[Point]) -> list[Layer]:
    """Draw cities as three layers of dots, the small ones first; cities that would cover each other are one dot."""
    dots: dict[str, set[tuple[int, int]]] = {name: set() for _, name in CLASSES}
    for latitude, longitude, population in points:
        x, y = project(latitude, longitude)
        name = next(name for least, name in CLASSES if population >= least)
        dots[name].add((round(x), round(y)) if name != "town" else (round(x / 2) * 2, round(y / 2) * 2))
    return [Layer(name, "".join(f"M{x} {y}h0" for x, y in sorted(dots[name]))) for _, name in reversed(CLASSES)]


@dataclass(frozen=True, slots=True)
class CountryMap:
    """A country's cities in a box of its own: `view_box` and `layers` for the SVG."""

    view_box: str
    layers: list[Layer]


def country_map(points: list[Point]) -> CountryMap | None:
    """Draw one country's cities to fill a box of 400 × 300; None without cities.

    A country that crosses the 180th meridian is shifted, so that it stays in one piece.
    """
    if not points:
        return None
    longitudes = [longitude for _, longitude, _ in points]
    if max(longitudes) - min(longitudes) > 180:
        points = [(latitude, longitude % 360, people) for latitude, longitude, people in points]
        longitudes = [longitude for _, longitude, _ in points]
    latitudes = [latitude for latitude, _, _ in points]
    squeeze = cos(radians((max(latitudes) + min(latitudes)) / 2))
    width = max((max(longitudes) - min(longitudes)) * squeeze, 0.5)
    height = max(max(latitudes) - min(latitudes), 0.5)
    scale = min(380 / width, 280 / height)
    dots: dict[str, set[tuple[int, int]]] = {name: set() for _, name in CLASSES}
    for latitude, longitude, population in points:
        x = (longitude - min(longitudes)) * squeeze * scale
        y = (max(latitudes) - latitude) * scale
        dots[next(name for least, name in CLASSES if population >= least)].add((round(x), round(y)))
    layers = [Layer(name, "".join(f"M{x} {y}h0" for x, y in sorted(dots[name]))) for _, name in reversed(CLASSES)]
    return CountryMap(f"-10 -10 {round(width * scale) + 20} {round(height * scale) + 20}", layers)
