"""The page of tasks: queues, workers, schedules, and every task with what became of it; repeat and cancel.

It is registered on `admin.site` when `manoir.tasks` is installed; another site gets it by `register_task_pages(site)`.
"""

from __future__ import annotations

from typing import Any, Final

from manoir import messages
from manoir.admin._registry import default_site
from manoir.admin.models import CHANGE, LogEntry
from manoir.bridge import spawn
from manoir.conf import settings
from manoir.exceptions import PermissionDenied, TaskResultDoesNotExist
from manoir.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from manoir.i18n import gettext as _
from manoir.i18n import gettext_lazy, ngettext
from manoir.tasks import BaseTaskBackend, DatabaseBackend, monitoring, task_backends
from manoir.tasks.models import QueuedTask, TaskStatus
from manoir.templates import TemplateResponse

SEE: Final = "manoir_tasks.view_queuedtask"
CHANGE_TASKS: Final = "manoir_tasks.change_queuedtask"
MOST_CHOSEN: Final = 200
PAGE: Final = 50
TABS: Final = (
    ("", gettext_lazy("All")),
    ("running", gettext_lazy("Running")),
    ("ready", gettext_lazy("Ready")),
    ("scheduled", gettext_lazy("Scheduled")),
    ("failed", gettext_lazy("Failed")),
    ("successful", gettext_lazy("Successful")),
    ("cancelled", gettext_lazy("Cancelled")),
)
"""What an address may ask for by `?status=`, and its name."""
IN_THE_TABLE: Final = {
    "running": ("RUNNING", "TAKEN"),
    "ready": ("READY", "OUTBOX", "PUBLISHED"),
}
"""States that have other names in the table, by backend: of the database and of Celery."""


def register_task_pages(site: Any) -> None:
    """Add the page of tasks to a site."""

    async def tasks(request: HttpRequest) -> HttpResponseBase:
        return await TaskPages(site, request).answer()

    site.register_page("tasks/", tasks, "tasks", gettext_lazy("Tasks"), has_permission=may_see)


def may_see(request: Any) -> bool:
    """Tell whether the user of a request may look at tasks."""
    return bool(request.user.has_perm(SEE) or request.user.has_perm(CHANGE_TASKS))


class TaskPages:
    """The answer to one request: a list, one task, or something done to some.

    Args:
        site: the site.
        request: the request, whose user may look at tasks.
    """

    def __init__(self, site: Any, request: HttpRequest) -> None:
        self.site = site
        self.request = request
        self.alias = self.chosen_alias()

    def chosen_alias(self) -> str:
        """Return the backend that the address names, or the first one that keeps tasks in the database."""
        found = database_aliases()
        asked = self.request.GET.get("backend", "")
        if asked and asked not in found:
            raise Http404("There is no such backend of tasks.")
        return asked or next(iter(found), "")

    async def answer(self) -> HttpResponseBase:
        """Do what was asked for, or show it."""
        if not self.alias:
            return await self.page("admin/tasks.html", {"title": _("Tasks"), "nothing": True})
        if self.request.method == "POST":
            return await self.change()
        if task_id := self.request.GET.get("task"):
            return await self.one(task_id[:100])
        return await self.all()

    # -- showing ----------------------------------------------------------------------------------------------------

    async def all(self) -> HttpResponseBase:
        """Show queues, workers, schedules, and a page of tasks."""
        status, name = self.request.GET.get("status", ""), self.request.GET.get("q", "").strip()[:200]
        if status not in dict(TABS):
            raise Http404("There is no such status of tasks.")
        try:
            page = await self.page_of(status, name)
        except ValueError as error:
            raise Http404(str(error)) from error
        summary = await monitoring.asummary(self.alias)
        context = {
            "title": _("Tasks"),
            "tabs": [tab_of(value, label, value == status, summary.counts) for value, label in TABS],
            "status": status,
            "query": name,
            "rows": page.rows,
            "after": page.after,
            "queues": summary.queues,
            "workers": await monitoring.aworkers(self.alias),
            "schedules": await monitoring.aschedules(self.alias),
            "may_change": await self.may_change(),
            "aliases": database_aliases() if len(database_aliases()) > 1 else [],
        }
        return await self.page("admin/tasks.html", context)

    async def page_of(self, status: str, name: str) -> monitoring.TaskPage:
        """Return the tasks that the address asks for.

        Raises:
            ValueError: the address names a page that is none.
        """
        states = IN_THE_TABLE.get(status, (status.upper(),)) if status else None
        after = self.request.GET.get("after")
        return await monitoring.atasks(status=states, name=name or None, after=after, size=PAGE, backend=self.alias)

    async def one(self, task_id: str) -> HttpResponseBase:
        """Show one task: arguments, attempts, errors, what it returned."""
        try:
            detail = await monitoring.atask(task_id, backend=self.alias)
        except (TaskResultDoesNotExist, LookupError) as error:
            raise Http404("There is no such task.") from error
        context = {"title": detail.row.name, "task": detail, "may_change": await self.may_change()}
        return await self.page("admin/task.html", context)

    async def page(self, template: str, context: dict[str, Any]) -> HttpResponseBase:
        """Return a page of the site."""
        around = await spawn(self.site.each_context, self.request)
        return TemplateResponse(self.request, template, {**around, "alias": self.alias, **context})

    # -- changing ---------------------------------------------------------------------------------------------------

    async def may_change(self) -> bool:
        """Tell whether the user may repeat and cancel tasks."""
        user: Any = await self.request.auser()
        return bool(await user.ahas_perm(CHANGE_TASKS))

    async def change(self) -> HttpResponseBase:
        """Repeat, cancel, or run a schedule; nothing else is understood."""
        if not await self.may_change():
            raise PermissionDenied("This account may not change tasks.")
        action = self.request.POST.get("action", "")
        if action == "run":
            await self.run_schedule(self.request.POST.get("schedule", "")[:200])
        elif action in ("cancel", "retry"):
            await self.change_chosen(action, self.request.POST.getlist("id")[:MOST_CHOSEN])
        else:
            messages.error(self.request, _("Nothing was done: there is no such action."))
        return HttpResponseRedirect(self.request.get_full_path())

    async def change_chosen(self, action: str, ids: list[str]) -> None:
        """Cancel or repeat the chosen tasks, and log it."""
        if not ids:
            messages.warning(self.request, _("Choose at least one task."))
            return
        done: list[str] = []
        change = monitoring.acancel if action == "cancel" else monitoring.aretry
        for one in ids:
            if await change([one], backend=self.alias):
                done.append(one)
        words = self.words(action, len(done))
        if len(done) < len(ids):
            words = f"{words} {_('The others had ended, or stand differently now.')}"
        messages.add_message(self.request, messages.SUCCESS if done else messages.WARNING, words)
        await self.log(done, "Cancelled." if action == "cancel" else "Repeated.")

    def words(self, action: str, count: int) -> str:
        if action == "cancel":
            return ngettext("%d task is cancelled.", "%d tasks are cancelled.", count) % count
        return ngettext("%d task waits again.", "%d tasks wait again.", count) % count

    async def run_schedule(self, name: str) -> None:
        """Enqueue the task of a schedule beside its ticks."""
        try:
            task_id = await monitoring.arun_now(name, backend=self.alias)
        except LookupError:
            messages.error(self.request, _("There is no such schedule."))
            return
        messages.success(self.request, _("%s was asked for.") % name)
        await self.log([task_id], "Asked for by hand.")

    async def log(self, ids: list[str], words: str) -> None:
        """Write who did it into the log of the admin."""
        user: Any = await self.request.auser()
        backend = task_backends[self.alias]
        assert isinstance(backend, DatabaseBackend)
        rows = [row async for row in QueuedTask.objects.using(backend.database).filter(pk__in=ids)]
        if rows:
            await LogEntry.objects.alog_actions(user.pk, rows, CHANGE, words)


def database_aliases() -> list[str]:
    """Return the aliases of TASKS whose tasks are kept in the database."""
    return [alias for alias in settings.TASKS if isinstance(backend_of(alias), DatabaseBackend)]


def backend_of(alias: str) -> BaseTaskBackend:
    return task_backends[alias]


def tab_of(value: str, label: Any, here: bool, counts: dict[str, int]) -> dict[str, Any]:
    """Return a tab of the list: its address, its name, how many tasks are behind it."""
    states = TaskStatus.values if not value else IN_THE_TABLE.get(value, (value.upper(),))
    return {"value": value, "label": label, "here": here, "count": sum(counts.get(one, 0) for one in states)}


register_task_pages(default_site)
