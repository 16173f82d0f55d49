"""Continents, countries with their currencies and languages, cities, airports, and what visitors tell us."""

from __future__ import annotations

from manoir import models
from manoir.urls import reverse


class Continent(models.Model):
    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Currency(models.Model):
    code = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "currencies"

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Language(models.Model):
    code = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Country(models.Model):
    code = models.CharField("ISO code", max_length=2, primary_key=True)
    code3 = models.CharField("ISO code of three letters", max_length=3, unique=True)
    name = models.CharField(max_length=80, unique=True)
    capital = models.CharField(max_length=80, blank=True)
    area = models.PositiveIntegerField("area in km²")
    population = models.PositiveBigIntegerField()
    calling_code = models.CharField(max_length=30, blank=True)
    top_level_domain = models.CharField(max_length=10, blank=True)
    continent = models.ForeignKey(Continent, on_delete=models.PROTECT, related_name="countries")
    currency = models.ForeignKey(Currency, on_delete=models.SET_NULL, related_name="countries", null=True, blank=True)
    languages = models.ManyToManyField(Language, related_name="countries", blank=True)
    neighbours = models.ManyToManyField("self", blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("country", args=[self.code])

    @property
    def dialling(self) -> str:
        """How calls to the country begin: "+49"; "" where that is not known."""
        code = self.calling_code.strip().removeprefix("+")
        return f"+{code}" if code else ""

    @property
    def density(self) -> float | None:
        """People per square kilometre; None where the area is not known."""
        return self.population / self.area if self.area else None


class Place(models.Model):
    """Something with a name at a point of the globe."""

    latitude = models.FloatField()
    longitude = models.FloatField()
    timezone = models.CharField("time zone", max_length=40)

    class Meta:
        abstract = True


class City(Place):
    id = models.IntegerField("GeoNames number", primary_key=True)
    name = models.CharField(max_length=100)
    search_name = models.CharField(max_length=100, editable=False)
    population = models.PositiveIntegerField()
    country = models.ForeignKey(Country, on_delete=models.CASCADE, related_name="cities")

    class Meta:
        ordering = ["-population", "name"]
        verbose_name_plural = "cities"
        indexes = [
            models.Index(fields=["-population", "name"], name="city_by_population"),
            models.Index(fields=["search_name"], name="city_by_search_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="city_on_the_globe",
                violation_error_message="Latitudes go from -90 to 90, longitudes from -180 to 180.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Airport(Place):
    iata = models.CharField("IATA code", max_length=3, primary_key=True)
    icao = models.CharField("ICAO code", max_length=4, blank=True)
    name = models.CharField(max_length=120)
    town = models.CharField(max_length=100, blank=True)
    elevation = models.IntegerField("elevation in feet")
    country = models.ForeignKey(Country, on_delete=models.CASCADE, related_name="airports")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.iata})"

    def get_absolute_url(self) -> str:
        return reverse("airport", args=[self.iata])


class Feedback(models.Model):
    name = models.CharField("your name", max_length=80)
    email = models.EmailField("email", blank=True, help_text="Only if you would like an answer.")
    message = models.TextField(max_length=2000)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]
        verbose_name_plural = "feedback"

    def __str__(self) -> str:
        return f"{self.name}: {self.message[:40]}"


class Statistic(models.Model):
    """What the nightly task counts: one row for each continent and day."""

    continent = models.ForeignKey(Continent, on_delete=models.CASCADE, related_name="statistics")
    day = models.DateField()
    countries = models.PositiveIntegerField()
    cities = models.PositiveIntegerField()
    people = models.PositiveBigIntegerField("people in cities")

    class Meta:
        ordering = ["-day", "continent__name"]
        constraints = [models.UniqueConstraint(fields=["continent", "day"], name="statistic_once_a_day")]

    def __str__(self) -> str:
        return f"{self.continent}, {self.day}"
