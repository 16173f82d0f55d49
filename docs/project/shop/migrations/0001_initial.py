# Made by manoir on 2026-11-22 22:52

import shop.fields
from manoir import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Author",
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
                ("name", models.CharField(max_length=100)),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="Tag",
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
                ("name", models.CharField(max_length=40, unique=True)),
                ("colour", shop.fields.ColourField(default="#808080")),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="Book",
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
                ("title", models.CharField(max_length=200)),
                ("price", models.DecimalField(decimal_places=2, max_digits=8)),
                (
                    "author",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="books", to="shop.Author"),
                ),
                ("published", models.DateField(blank=True, null=True)),
                ("subtitle", models.CharField(blank=True, max_length=200)),
                (
                    "tags",
                    models.ManyToManyField(blank=True, related_name="books", to="shop.Tag"),
                ),
            ],
            options={
                "ordering": ["title"],
                "constraints": [
                    models.CheckConstraint(name="price_not_negative", condition=models.Q(price__gte=0)),
                ],
            },
        ),
    ]
