"""Filters of the atlas: numbers and coordinates as people read them."""

from __future__ import annotations

from manoir.templates import Library

register = Library()


@register.filter
def thousands(number: float | None) -> str:
    """Write a whole number in groups of three: 1234567 becomes "1,234,567"."""
    return "–" if number is None else f"{number:,.0f}"


@register.filter
def millions(number: float | None) -> str:
    """Write a large number shortly: 13960000 becomes "14.0 M"."""
    if number is None:
        return "–"
    for size, unit in ((1_000_000_000, "bn"), (1_000_000, "M"), (1_000, "k")):
        if number >= size:
            value = number / size
            return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f} {unit}"
    return f"{number:.0f}"


@register.filter
def latitude(degrees: float) -> str:
    """Write a latitude: -33.87 becomes "33.87° S"."""
    return f"{abs(degrees):.2f}° {'N' if degrees >= 0 else 'S'}"


@register.filter
def longitude(degrees: float) -> str:
    """Write a longitude: 151.21 becomes "151.21° E"."""
    return f"{abs(degrees):.2f}° {'E' if degrees >= 0 else 'W'}"
