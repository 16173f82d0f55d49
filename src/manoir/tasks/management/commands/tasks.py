"""`tasks`: what waits, runs and failed, and what to do about it."""

from __future__ import annotations

from typing import Any

from manoir.commands import BaseCommand
from manoir.exceptions import CommandError
from manoir.tasks import monitoring


class Command(BaseCommand):
    """Shows tasks, repeats, cancels and purges them."""

    help = "Shows queues, tasks, workers and schedules of a database backend; repeats, cancels and purges tasks."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take what to do, and with which tasks."""
        parser.add_argument(
            "action", choices=["queues", "list", "workers", "schedules", "retry", "cancel", "purge"], help="what to do"
        )
        parser.add_argument("ids", nargs="*", help="ids of tasks, for retry and cancel")
        parser.add_argument("--backend", default="default", help="alias in TASKS (default)")
        parser.add_argument("--status", type=str.upper, help="only tasks that stand so (READY, FAILED …)")
        parser.add_argument("--queue", help="only tasks of this queue")
        parser.add_argument("--name", help="only tasks of this name")
        parser.add_argument("--limit", type=int, default=50, help="how many tasks are listed, up to 200 (50)")

    async def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        try:
            await getattr(self, options["action"])(options)
        except (ValueError, TypeError) as error:
            raise CommandError(str(error)) from error

    async def queues(self, options: dict[str, Any]) -> None:
        """Show the queues."""
        for one in await monitoring.aqueues(options["backend"]):
            oldest = "" if one.oldest_seconds is None else f", the oldest waits {one.oldest_seconds:,.0f} s"
            self.stdout.write(
                f"{one.name}: {one.ready} ready, {one.scheduled} scheduled, {one.running} running{oldest}"
            )

    async def list(self, options: dict[str, Any]) -> None:
        """Show tasks, the latest first."""
        page = await monitoring.atasks(
            status=options["status"],
            queue=options["queue"],
            name=options["name"],
            size=options["limit"],
            backend=options["backend"],
        )
        for row in page.rows:
            error = f"  {row.error}" if row.error else ""
            self.stdout.write(f"{row.id}  {row.status:10}  {row.enqueued_at:%Y-%m-%d %H:%M:%S}  {row.name}{error}")

    async def workers(self, options: dict[str, Any]) -> None:
        """Show the workers."""
        for one in await monitoring.aworkers(options["backend"]):
            state = "stopping" if one.stopping else "alive" if one.alive else "silent"
            self.stdout.write(
                f"{one.id}  {state}  {', '.join(one.queues) or 'all queues'}  {one.running}/{one.concurrency} running,"
                f" {one.finished} finished, {one.failed} failed"
            )

    async def schedules(self, options: dict[str, Any]) -> None:
        """Show the schedules."""
        for one in await monitoring.aschedules(options["backend"]):
            last = "never" if one.last_tick is None else f"{one.last_tick:%Y-%m-%d %H:%M:%S}"
            self.stdout.write(f"{one.name}  {one.written}  last {last}, next {one.next_tick:%Y-%m-%d %H:%M:%S}")

    async def retry(self, options: dict[str, Any]) -> None:
        """Let tasks wait again."""
        ids = await self.chosen(options, "FAILED")
        self.stdout.write(f"{await monitoring.aretry(ids, backend=options['backend'])} tasks wait again.")

    async def cancel(self, options: dict[str, Any]) -> None:
        """Cancel tasks."""
        ids = await self.chosen(options, None)
        self.stdout.write(f"{await monitoring.acancel(ids, backend=options['backend'])} tasks cancelled.")

    async def purge(self, options: dict[str, Any]) -> None:
        """Delete tasks."""
        if not options["status"]:
            raise CommandError("purge needs --status: which tasks are to be deleted?")
        count = await monitoring.apurge(
            status=options["status"], queue=options["queue"], name=options["name"], backend=options["backend"]
        )
        self.stdout.write(f"{count} tasks deleted.")

    async def chosen(self, options: dict[str, Any], status: str | None) -> list[str]:
        """Return the ids that were given, or those of the tasks that the options name."""
        if options["ids"]:
            return options["ids"]
        if not options["status"] and status is None:
            raise CommandError("Give the ids of tasks, or --status.")
        page = await monitoring.atasks(
            status=options["status"] or status,
            queue=options["queue"],
            name=options["name"],
            size=min(options["limit"], 200),
            backend=options["backend"],
        )
        return [row.id for row in page.rows]
