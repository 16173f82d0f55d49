"""The tables of `DatabaseBackend`: tasks, workers, schedules, and who leads."""

from __future__ import annotations

from manoir import models

__all__ = ["QueuedTask", "ScheduleState", "SchedulerLease", "TaskStatus", "TaskWorker"]


class TaskStatus(models.TextChoices):
    """Where a row stands; a scheduled task is one that waits for its moment.

    Tasks of the database backend are scheduled, ready, running. Tasks of the Celery backend wait in the outbox, are
    published, are taken by a Celery worker.
    """

    SCHEDULED = "SCHEDULED", "Scheduled"
    READY = "READY", "Ready"
    RUNNING = "RUNNING", "Running"
    OUTBOX = "OUTBOX", "In the outbox"
    PUBLISHED = "PUBLISHED", "Published"
    TAKEN = "TAKEN", "Taken"
    SUCCESSFUL = "SUCCESSFUL", "Successful"
    FAILED = "FAILED", "Failed"
    CANCELLED = "CANCELLED", "Cancelled"


class QueuedTask(models.Model):
    """A task that was asked for, from then until it is pruned.

    Attributes:
        id: of the message.
        name: of the task in the registry.
        arguments: as the message carries them.
        queue: where it waits.
        priority: larger numbers run first.
        status: where it stands.
        enqueued_at: when it was asked for.
        run_at: not before this moment.
        expires_at: not after this moment.
        unique_key: nobody else may wait with it; None once the task has ended.
        schedule: whose tick it is.
        lease: the number that the worker which runs it has to show when it stores the end.
        lease_until: when the lease ends unless its worker renews it.
        attempts: how many attempts have begun.
        lost: how many of them ended with their worker.
        started_at: when the first attempt began.
        last_attempted_at: when the latest attempt began.
        finished_at: when it ended for good.
        worker_ids: the workers that ran it, in order, separated by blanks.
        cancel_requested: its worker is to cancel it.
        result: what it returned, as messages carry values.
        errors: JSON: a list of errors, oldest first.
        progress: JSON: what it reported last.
    """

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    arguments = models.TextField()
    queue = models.CharField(max_length=100)
    priority = models.SmallIntegerField()
    status = models.CharField(max_length=12, choices=TaskStatus)
    enqueued_at = models.DateTimeField()
    run_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    unique_key = models.CharField(max_length=64, null=True)
    schedule = models.CharField(max_length=200, null=True)
    lease = models.BigIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField()
    lost = models.SmallIntegerField()
    started_at = models.DateTimeField(null=True)
    last_attempted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    worker_ids = models.TextField()
    cancel_requested = models.BooleanField()
    result = models.TextField(null=True)
    errors = models.TextField()
    progress = models.TextField(null=True)

    class Meta:
        """The table."""

        app_label = "manoir_tasks"
        db_table = "manoir_task"
        verbose_name = "task"
        verbose_name_plural = "tasks"
        indexes = [
            # Each statement of a worker reads one of these from its start; only rows in that state are in it.
            models.Index(
                fields=["queue", "-priority", "run_at", "id"],
                condition=models.Q(status="READY"),
                name="manoir_task_ready",
            ),
            models.Index(fields=["run_at"], condition=models.Q(status="SCHEDULED"), name="manoir_task_scheduled"),
            models.Index(fields=["lease_until"], condition=models.Q(status="RUNNING"), name="manoir_task_running"),
            models.Index(
                fields=["-priority", "run_at", "id"],
                condition=models.Q(status="OUTBOX"),
                name="manoir_task_outbox",
            ),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(status__in=["PUBLISHED", "TAKEN"]),
                name="manoir_task_on_its_way",
            ),
            models.Index(
                fields=["status", "finished_at"],
                condition=models.Q(finished_at__isnull=False),
                name="manoir_task_finished",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["unique_key"], condition=models.Q(unique_key__isnull=False), name="manoir_task_unique_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"


class TaskWorker(models.Model):
    """A worker that runs, or did lately.

    Attributes:
        id: its name, unique for each start.
        host: the machine.
        pid: its process there.
        queues: it works on, separated by blanks; empty: all.
        concurrency: how many tasks it runs at once.
        started_at: when it began.
        seen_at: when it said last that it lives.
        running: tasks it runs.
        finished: tasks that ended well here.
        failed: attempts that failed here.
        stopping: it takes no more tasks.
    """

    id = models.CharField(max_length=100, primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.IntegerField()
    queues = models.TextField()
    concurrency = models.IntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    running = models.IntegerField()
    finished = models.BigIntegerField()
    failed = models.BigIntegerField()
    stopping = models.BooleanField()

    class Meta:
        """The table."""

        app_label = "manoir_tasks"
        db_table = "manoir_task_worker"
        verbose_name = "worker"
        verbose_name_plural = "workers"

    def __str__(self) -> str:
        return self.id


class ScheduleState(models.Model):
    """How far a schedule has come; the tick is moved on in the transaction that enqueues its task.

    Attributes:
        name: of the schedule.
        written: the schedule as text; when it changes, the schedule begins anew.
        last_tick: the latest tick that was enqueued, or when the schedule was seen first.
    """

    name = models.CharField(max_length=200, primary_key=True)
    written = models.CharField(max_length=300)
    last_tick = models.DateTimeField()

    class Meta:
        """The table."""

        app_label = "manoir_tasks"
        db_table = "manoir_task_schedule"
        verbose_name = "schedule"
        verbose_name_plural = "schedules"

    def __str__(self) -> str:
        return self.name


class SchedulerLease(models.Model):
    """Which worker watches the clock for the others.

    Attributes:
        name: of the backend in TASKS.
        holder: the worker.
        until: when another one may take over, unless it is renewed.
    """

    name = models.CharField(max_length=100, primary_key=True)
    holder = models.CharField(max_length=100)
    until = models.DateTimeField()

    class Meta:
        """The table."""

        app_label = "manoir_tasks"
        db_table = "manoir_task_leader"
        verbose_name = "scheduler"
        verbose_name_plural = "schedulers"

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
