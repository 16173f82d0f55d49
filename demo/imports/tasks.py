"""Reading a file of cities in the background, with progress; all of it or nothing."""

from __future__ import annotations

from imports.models import CityImport
from imports.rows import rows_of
from manoir.rest.settings import api_settings
from manoir.tasks import TaskContext, task
from world.api import CitySerializer
from world.models import City
from world.search import fold

MOST_PROBLEMS = 20
STEP = 25


@task(atomic=True, takes_context=True, unique=True)
async def import_cities(context: TaskContext, import_id: int) -> int:
    """Store the cities of a file, and return how many; with a single wrong row, none.

    `atomic=True`: the cities and the end of the task are one transaction, so that a file is never read twice.
    """
    upload = await CityImport.objects.aget(pk=import_id)
    rows = rows_of(upload.text)
    problems: list[str] = []
    cities: list[City] = []
    for number, row in enumerate(rows):
        if number % STEP == 0:
            await context.aprogress(number, len(rows), f"line {number + 2}")
        serializer = CitySerializer(data=row)
        if await serializer.ais_valid():
            cities.append(City(search_name=fold(row["name"]), **serializer.validated_data))
        else:
            problems += [problem(number + 2, name, errors[0]) for name, errors in serializer.errors.items()]
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        upload.problems = problems[:MOST_PROBLEMS]
        await upload.asave(update_fields=["problems"])
        return 0
    await City.objects.abulk_create(cities, batch_size=500)
    await context.aprogress(len(rows), len(rows), "done")
    return len(cities)


def problem(line: int, field: str, error: str) -> str:
    """Say what is wrong in a line; an error of the whole row names no column."""
    return f"Line {line}: {error}" if field == api_settings.NON_FIELD_ERRORS_KEY else f"Line {line}: {field}: {error}"
