# Made by manoir on 2026-11-30 10:33

from manoir import migrations, models


class Migration(migrations.Migration):
    dependencies = [("world", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Statistic",
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
                (
                    "continent",
                    models.ForeignKey(
                        on_delete=models.CASCADE,
                        related_name="statistics",
                        to="world.Continent",
                    ),
                ),
                ("day", models.DateField()),
                ("countries", models.PositiveIntegerField()),
                ("cities", models.PositiveIntegerField()),
                (
                    "people",
                    models.PositiveBigIntegerField(verbose_name="people in cities"),
                ),
            ],
            options={
                "ordering": ["-day", "continent__name"],
                "constraints": [
                    models.UniqueConstraint(
                        name="statistic_once_a_day", fields=("continent", "day")
                    ),
                ],
            },
        ),
    ]
