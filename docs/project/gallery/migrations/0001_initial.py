# Made by manoir on 2026-11-30 10:09

from manoir import migrations, models, uploads


class Migration(migrations.Migration):
    initial = True

    dependencies = []

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
                ("title", models.CharField(max_length=100)),
                (
                    "image",
                    models.FileField(
                        policy=uploads.Images(max="5MB", max_side=2000),
                        upload_to="photos/%Y/",
                    ),
                ),
            ],
        ),
    ]
