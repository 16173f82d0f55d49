"""The tables of tasks, workers and schedules."""

from manoir import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="QueuedTask",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("arguments", models.TextField()),
                ("queue", models.CharField(max_length=100)),
                ("priority", models.SmallIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("SCHEDULED", "Scheduled"),
                            ("READY", "Ready"),
                            ("RUNNING", "Running"),
                            ("SUCCESSFUL", "Successful"),
                            ("FAILED", "Failed"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        max_length=12,
                    ),
                ),
                ("enqueued_at", models.DateTimeField()),
                ("run_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("unique_key", models.CharField(max_length=64, null=True)),
                ("schedule", models.CharField(max_length=200, null=True)),
                ("lease", models.BigIntegerField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("attempts", models.SmallIntegerField()),
                ("lost", models.SmallIntegerField()),
                ("started_at", models.DateTimeField(null=True)),
                ("last_attempted_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("worker_ids", models.TextField()),
                ("cancel_requested", models.BooleanField()),
                ("result", models.TextField(null=True)),
                ("errors", models.TextField()),
                ("progress", models.TextField(null=True)),
            ],
            options={
                "db_table": "manoir_task",
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
                "indexes": [
                    models.Index(
                        name="manoir_task_ready",
                        fields=["queue", "-priority", "run_at", "id"],
                        condition=models.Q(status="READY"),
                    ),
                    models.Index(
                        name="manoir_task_scheduled",
                        fields=["run_at"],
                        condition=models.Q(status="SCHEDULED"),
                    ),
                    models.Index(
                        name="manoir_task_running",
                        fields=["lease_until"],
                        condition=models.Q(status="RUNNING"),
                    ),
                    models.Index(
                        name="manoir_task_finished",
                        fields=["status", "finished_at"],
                        condition=models.Q(finished_at__isnull=False),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        name="manoir_task_unique_key",
                        fields=("unique_key",),
                        condition=models.Q(unique_key__isnull=False),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskWorker",
            fields=[
                (
                    "id",
                    models.CharField(max_length=100, primary_key=True, serialize=False),
                ),
                ("host", models.CharField(max_length=255)),
                ("pid", models.IntegerField()),
                ("queues", models.TextField()),
                ("concurrency", models.IntegerField()),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("running", models.IntegerField()),
                ("finished", models.BigIntegerField()),
                ("failed", models.BigIntegerField()),
                ("stopping", models.BooleanField()),
            ],
            options={
                "db_table": "manoir_task_worker",
                "verbose_name": "worker",
                "verbose_name_plural": "workers",
            },
        ),
        migrations.CreateModel(
            name="ScheduleState",
            fields=[
                (
                    "name",
                    models.CharField(max_length=200, primary_key=True, serialize=False),
                ),
                ("written", models.CharField(max_length=300)),
                ("last_tick", models.DateTimeField()),
            ],
            options={
                "db_table": "manoir_task_schedule",
                "verbose_name": "schedule",
                "verbose_name_plural": "schedules",
            },
        ),
        migrations.CreateModel(
            name="SchedulerLease",
            fields=[
                (
                    "name",
                    models.CharField(max_length=100, primary_key=True, serialize=False),
                ),
                ("holder", models.CharField(max_length=100)),
                ("until", models.DateTimeField()),
            ],
            options={
                "db_table": "manoir_task_leader",
                "verbose_name": "scheduler",
                "verbose_name_plural": "schedulers",
            },
        ),
    ]
