# Made by manoir on 2026-11-22 22:53

from manoir import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Continent",
            fields=[
                (
                    "code",
                    models.CharField(max_length=2, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=40, unique=True)),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="Currency",
            fields=[
                (
                    "code",
                    models.CharField(max_length=3, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=60)),
            ],
            options={"ordering": ["code"], "verbose_name_plural": "currencies"},
        ),
        migrations.CreateModel(
            name="Language",
            fields=[
                (
                    "code",
                    models.CharField(max_length=8, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=80)),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="Country",
            fields=[
                (
                    "code",
                    models.CharField(
                        max_length=2,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ISO code",
                    ),
                ),
                (
                    "code3",
                    models.CharField(
                        max_length=3,
                        unique=True,
                        verbose_name="ISO code of three letters",
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True)),
                ("capital", models.CharField(blank=True, max_length=80)),
                ("area", models.PositiveIntegerField(verbose_name="area in km²")),
                ("population", models.PositiveBigIntegerField()),
                ("calling_code", models.CharField(blank=True, max_length=30)),
                ("top_level_domain", models.CharField(blank=True, max_length=10)),
                (
                    "continent",
                    models.ForeignKey(
                        on_delete=models.PROTECT,
                        related_name="countries",
                        to="world.Continent",
                    ),
                ),
                (
                    "currency",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.SET_NULL,
                        related_name="countries",
                        to="world.Currency",
                    ),
                ),
                (
                    "languages",
                    models.ManyToManyField(
                        blank=True, related_name="countries", to="world.Language"
                    ),
                ),
                ("neighbours", models.ManyToManyField(blank=True, to="world.Country")),
            ],
            options={"ordering": ["name"], "verbose_name_plural": "countries"},
        ),
        migrations.CreateModel(
            name="City",
            fields=[
                ("latitude", models.FloatField()),
                ("longitude", models.FloatField()),
                ("timezone", models.CharField(max_length=40, verbose_name="time zone")),
                (
                    "id",
                    models.IntegerField(
                        primary_key=True,
                        serialize=False,
                        verbose_name="GeoNames number",
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("search_name", models.CharField(editable=False, max_length=100)),
                ("population", models.PositiveIntegerField()),
                (
                    "country",
                    models.ForeignKey(
                        on_delete=models.CASCADE,
                        related_name="cities",
                        to="world.Country",
                    ),
                ),
            ],
            options={
                "ordering": ["-population", "name"],
                "verbose_name_plural": "cities",
                "indexes": [
                    models.Index(
                        name="city_by_population", fields=["-population", "name"]
                    ),
                    models.Index(name="city_by_search_name", fields=["search_name"]),
                ],
                "constraints": [
                    models.CheckConstraint(
                        name="city_on_the_globe",
                        violation_error_message="Latitudes go from -90 to 90, longitudes from -180 to 180.",
                        condition=models.Q(
                            latitude__gte=-90,
                            latitude__lte=90,
                            longitude__gte=-180,
                            longitude__lte=180,
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Airport",
            fields=[
                ("latitude", models.FloatField()),
                ("longitude", models.FloatField()),
                ("timezone", models.CharField(max_length=40, verbose_name="time zone")),
                (
                    "iata",
                    models.CharField(
                        max_length=3,
                        primary_key=True,
                        serialize=False,
                        verbose_name="IATA code",
                    ),
                ),
                (
                    "icao",
                    models.CharField(
                        blank=True, max_length=4, verbose_name="ICAO code"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("town", models.CharField(blank=True, max_length=100)),
                ("elevation", models.IntegerField(verbose_name="elevation in feet")),
                (
                    "country",
                    models.ForeignKey(
                        on_delete=models.CASCADE,
                        related_name="airports",
                        to="world.Country",
                    ),
                ),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="Feedback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="your name")),
                (
                    "email",
                    models.EmailField(
                        blank=True,
                        help_text="Only if you would like an answer.",
                        max_length=254,
                        verbose_name="email",
                    ),
                ),
                ("message", models.TextField(max_length=2000)),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["-created"], "verbose_name_plural": "feedback"},
        ),
    ]
