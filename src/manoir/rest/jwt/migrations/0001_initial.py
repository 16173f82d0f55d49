# Made by manoir on 2026-11-30 15:36

from manoir import migrations, models
from manoir.conf import settings


class Migration(migrations.Migration):
    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="OutstandingToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=models.DB_CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "family",
                    models.CharField(
                        help_text="the sign-in, through all its exchanges",
                        max_length=255,
                        unique=True,
                    ),
                ),
                (
                    "jti",
                    models.CharField(
                        help_text="identifier of the newest token",
                        max_length=255,
                        unique=True,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "ordering": ["-pk"],
                "verbose_name": "outstanding token",
                "verbose_name_plural": "outstanding tokens",
            },
        ),
        migrations.CreateModel(
            name="BlacklistedToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "token",
                    models.OneToOneField(on_delete=models.DB_CASCADE, to="rest_jwt.OutstandingToken"),
                ),
                ("blacklisted_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-pk"],
                "verbose_name": "blacklisted token",
                "verbose_name_plural": "blacklisted tokens",
            },
        ),
    ]
