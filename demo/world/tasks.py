"""What happens by night: the figures of the day."""

from __future__ import annotations

from manoir.models import Count, Sum
from manoir.tasks import cron, task
from manoir.timezone import localdate
from world.models import City, Continent, Statistic


@task(schedule=cron("15 3 * * *"), atomic=True, retries=3)
async def count_the_world() -> int:
    """Count countries, cities and people of each continent; running twice on a day changes nothing."""
    cities = {
        row["country__continent"]: row
        async for row in City.objects.order_by()
        .values("country__continent")
        .annotate(number=Count("id"), people=Sum("population"))
    }
    continents = Continent.objects.annotate(number=Count("countries"))
    rows = [
        Statistic(
            continent=continent,
            day=localdate(),
            countries=continent.number,
            cities=cities.get(continent.pk, {}).get("number", 0),
            people=cities.get(continent.pk, {}).get("people", 0),
        )
        async for continent in continents
    ]
    await Statistic.objects.abulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["continent", "day"],
        update_fields=["countries", "cities", "people"],
    )
    return len(rows)
