# Made by manoir on 2026-11-30 10:01

from manoir import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("contenttypes", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Note",
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
                ("text", models.CharField(max_length=200)),
                (
                    "content_type",
                    models.ForeignKey(on_delete=models.CASCADE, to="contenttypes.ContentType"),
                ),
                ("object_id", models.PositiveBigIntegerField()),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(name="note_about", fields=["content_type", "object_id"]),
                ],
            },
        ),
        migrations.CreateModel(
            name="Shelf",
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
        ),
    ]
