"""The table of failed attempts to sign in."""

from manoir import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auth", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SignInFailure",
            fields=[
                (
                    "key",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=20)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("locked_until", models.DateTimeField(null=True)),
                ("expires", models.DateTimeField(db_index=True)),
            ],
            options={
                "default_permissions": (),
                "verbose_name": "failed sign-in",
                "verbose_name_plural": "failed sign-ins",
            },
        ),
    ]
