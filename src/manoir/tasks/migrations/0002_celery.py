# Made by manoir on 2026-11-30 09:49

from manoir import migrations, models


class Migration(migrations.Migration):
    dependencies = [("manoir_tasks", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="queuedtask",
            name="status",
            field=models.CharField(
                choices=[
                    ("SCHEDULED", "Scheduled"),
                    ("READY", "Ready"),
                    ("RUNNING", "Running"),
                    ("OUTBOX", "In the outbox"),
                    ("PUBLISHED", "Published"),
                    ("TAKEN", "Taken"),
                    ("SUCCESSFUL", "Successful"),
                    ("FAILED", "Failed"),
                    ("CANCELLED", "Cancelled"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="queuedtask",
            index=models.Index(
                name="manoir_task_outbox",
                fields=["-priority", "run_at", "id"],
                condition=models.Q(status="OUTBOX"),
            ),
        ),
        migrations.AddIndex(
            model_name="queuedtask",
            index=models.Index(
                name="manoir_task_on_its_way",
                fields=["lease_until"],
                condition=models.Q(status__in=["PUBLISHED", "TAKEN"]),
            ),
        ),
    ]
