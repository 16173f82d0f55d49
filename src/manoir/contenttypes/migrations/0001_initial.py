"""The table of content types."""

from manoir import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ContentType",
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
                ("app_label", models.CharField(max_length=100)),
                (
                    "model",
                    models.CharField(max_length=100),
                ),
            ],
            options={
                "db_table": "django_content_type",
                "verbose_name": "content type",
                "verbose_name_plural": "content types",
                "constraints": [
                    models.UniqueConstraint(
                        name="django_content_type_app_model_uniq",
                        fields=("app_label", "model"),
                    ),
                ],
            },
        ),
    ]
