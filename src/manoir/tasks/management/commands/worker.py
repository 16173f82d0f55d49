"""`worker`: runs tasks."""

from __future__ import annotations

import logging
from typing import Any

from manoir.commands import BaseCommand
from manoir.conf import settings
from manoir.exceptions import CommandError, InvalidTaskBackend, nearest
from manoir.tasks import WorkerOptions, task_backends
from manoir.tasks._processes import Processes


class Command(BaseCommand):
    """Runs the tasks of a backend until it is told to stop."""

    help = (
        "Runs tasks until SIGTERM or SIGINT. It takes no more then, and ends when those that run have ended; a second"
        " signal gives them back to the queue."
    )

    def add_arguments(self, parser: Any) -> None:
        """Take the backend, the queues and the size."""
        parser.add_argument(
            "--backend", default="default", help="alias in TASKS, or the name of a backend's class (default)"
        )
        parser.add_argument("--queues", default="", help="names of queues, separated by commas (all of the backend)")
        parser.add_argument("--concurrency", type=int, help="tasks at once in each process (50; of Celery: processes)")
        parser.add_argument("--processes", type=int, default=1, help="worker processes; lost ones are started anew (1)")
        parser.add_argument(
            "--grace", type=float, default=30.0, help="seconds that tasks may run on after SIGTERM (30)"
        )
        parser.add_argument("--no-schedules", action="store_true", help="leave the clock to other workers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find the backend, and let it work."""
        if options["processes"] < 1 or (options["concurrency"] is not None and options["concurrency"] < 1):
            raise CommandError("--concurrency and --processes must be 1 or more.")
        alias = alias_of(options["backend"])
        queues = tuple(name for name in options["queues"].split(",") if name)
        try:
            backend = task_backends[alias]
        except InvalidTaskBackend as error:
            raise CommandError(str(error)) from error
        for name in queues:
            if backend.queues and name not in backend.queues:
                raise CommandError(
                    f"TASKS[{alias!r}] has no queue {name!r}.{nearest(name, backend.queues)}"
                    f" QUEUES are: {', '.join(sorted(backend.queues))}."
                )
        if options["processes"] > 1:
            Processes(self.words(alias, options), options["processes"]).run()
            return
        if not logging.getLogger("manoir.tasks").isEnabledFor(logging.INFO):
            logging.getLogger("manoir.tasks").setLevel(logging.INFO)
        self.stderr.write(f"Worker for {alias}: {', '.join(queues) or 'all queues'}. Ctrl-C ends.")
        chosen = WorkerOptions(queues, options["concurrency"], options["grace"], not options["no_schedules"])
        try:
            backend.work(chosen)
        except InvalidTaskBackend as error:
            raise CommandError(str(error)) from error

    def words(self, alias: str, options: dict[str, Any]) -> list[str]:
        """Return the arguments for one of several processes."""
        words = ["worker", "--backend", alias, "--grace", str(options["grace"])]
        words += ["--concurrency", str(options["concurrency"])] if options["concurrency"] is not None else []
        words += ["--queues", options["queues"]] if options["queues"] else []
        words += ["--no-schedules"] if options["no_schedules"] else []
        if not settings.SETTINGS_MODULE:
            raise CommandError("--processes needs a settings module, which each process can import.")
        return [*words, "--settings", settings.SETTINGS_MODULE]


def alias_of(name: str) -> str:
    """Return the alias that a word means: itself, or the only backend whose class is called so (`celery`)."""
    if name in task_backends:
        return name
    wanted = f"{name}backend".lower()
    found = [alias for alias in task_backends if type(task_backends[alias]).__name__.lower() == wanted]
    if len(found) == 1:
        return found[0]
    raise CommandError(f"TASKS has no {name!r}.{nearest(name, task_backends)} There are: {', '.join(task_backends)}.")
