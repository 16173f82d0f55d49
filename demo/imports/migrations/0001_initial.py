# Made by manoir on 2026-11-30 10:33

from manoir import migrations, models
from manoir.conf import settings


class Migration(migrations.Migration):
    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="CityImport",
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
                ("title", models.CharField(max_length=100)),
                (
                    "text",
                    models.TextField(
                        help_text="The file's content; it is checked row by row."
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=models.CASCADE,
                        related_name="imports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "task",
                    models.CharField(
                        editable=False, max_length=36, verbose_name="id of its task"
                    ),
                ),
                ("problems", models.JSONField(default=list, editable=False)),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["-created", "-id"]},
        ),
    ]
