# Made by manoir on 2026-11-30 10:23

from manoir import migrations, models, uploads
from manoir.conf import settings


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("world", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Photo",
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
                    "airport",
                    models.ForeignKey(
                        on_delete=models.CASCADE,
                        related_name="photos",
                        to="world.Airport",
                    ),
                ),
                (
                    "image",
                    models.FileField(
                        help_text="At most 8 MB.",
                        policy=uploads.Images(max="8MB", max_side=1600, format="webp"),
                        upload_to="airports/%Y/",
                    ),
                ),
                ("caption", models.CharField(blank=True, max_length=100)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=models.CASCADE,
                        related_name="photos",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["-created", "-id"]},
        ),
    ]
