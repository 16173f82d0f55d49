"""The table of the admin's history."""

from manoir import migrations, models, timezone
from manoir.conf import settings


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("contenttypes", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="LogEntry",
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
                    "action_time",
                    models.DateTimeField(default=timezone.now, editable=False, verbose_name="action time"),
                ),
                ("object_id", models.TextField(blank=True, null=True, verbose_name="object id")),
                ("object_repr", models.CharField(max_length=200, verbose_name="object repr")),
                (
                    "action_flag",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Addition"), (2, "Change"), (3, "Deletion")], verbose_name="action flag"
                    ),
                ),
                ("change_message", models.TextField(blank=True, verbose_name="change message")),
                (
                    "content_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.SET_NULL,
                        to="contenttypes.ContentType",
                        verbose_name="content type",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(on_delete=models.CASCADE, to=settings.AUTH_USER_MODEL, verbose_name="user"),
                ),
            ],
            options={
                "db_table": "django_admin_log",
                "verbose_name": "log entry",
                "verbose_name_plural": "log entries",
                "ordering": ["-action_time", "-id"],
            },
        ),
    ]
